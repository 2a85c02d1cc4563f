"""What pages ask of the plan over HTTP: to check a form or a file, to ask ingest, what was before.

GET  /plan/log         activities that are over, the plan's journal and incidents: see `log`
POST /plan/check       a `PlanForm`; {"problems": {field: words}, "hazardous", "window": [ms, ms]}
POST /plan/file        a plan file as text; {"activities": forms} or {"problems": lines}
POST /plan/ask/<verb>  an `Ask`; {"command": id} once it is on its way, or {"problem": words}

The answer to a command comes by the feed, to every browser, under the id that its sender chose.
`?root=` says of which topic root, as in the address of the page.
"""

from collections.abc import Collection
from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from msgspec import Meta

from dashboard import plan_form, plan_rows
from dashboard.catalogue import is_training
from dashboard.http_json import answer, body
from dashboard.ingest_client import IngestAway
from dashboard.means import Means
from dashboard.overview import incident_mark, known_incidents
from dashboard.pages.shell import MAX_NAME
from dashboard.person import name_of
from dashboard.plan_form import PlanForm
from dashboard.tree import NoTree, Tree
from telemetry.clock import LAST_NS
from telemetry.errors import LinkError, UsageError
from telemetry.moments import parse_time
from telemetry.plan import Plan, PlanChange, PlanCommand, PlanVerb
from telemetry.plan_file import MAX_FILE_BYTES, PlanFileError, parse_activities

MAX_BODY_BYTES: Final = 50_000
#: Of activities that are over and of incidents, the newest.
MAX_OVER: Final = 300
MAX_INCIDENTS: Final = 50

_Name = Annotated[str, Meta(max_length=64)]


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """id: chosen by the browser, which waits for the answer that bears it.

    until: the new end of a window, UTC as people write it. activity: what is proposed.
    """

    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    by: Annotated[str, Meta(max_length=200)]
    spacecraft: _Name
    plan: _Name
    version: Annotated[int, Meta(ge=0, le=2**53)] = 0
    until: Annotated[str, Meta(max_length=40)] = ""
    override: bool = False
    comment: Annotated[str, Meta(max_length=1000)] = ""
    activity: PlanForm | None = None


def command(verb: PlanVerb, ask: Ask, spacecraft: Collection[str]) -> PlanCommand:
    """What is asked of ingest, which alone says whether it may be done.

    :raises UsageError: if it could not even be asked; the message is for the operator.
    """
    by, comment = name_of(ask.by)[:MAX_NAME], ask.comment.strip()
    if not by:
        raise UsageError("enter your name in the top bar: it goes into the journal")
    if ask.spacecraft not in spacecraft:
        raise UsageError(f"there is no spacecraft {ask.spacecraft!r}")
    if not ask.plan:
        raise UsageError("there is no activity without an id")
    if ask.override and not comment:
        raise UsageError("the check says NO-GO: give the reason to start all the same")
    activity = None
    if verb is PlanVerb.PROPOSE:
        activity, wrong = plan_form.read(ask.activity or PlanForm(), spacecraft)
        if activity is None:
            raise UsageError("; ".join(f"{name}: {why}" for name, why in wrong.items()))
    until_ns = 0
    if verb is PlanVerb.EXTEND:
        until_ns = parse_time(ask.until)
    return PlanCommand(
        id=ask.id,
        by=by,
        plan=ask.plan,
        activity=activity,
        until_ns=until_ns,
        override=ask.override,
        version=ask.version if verb is PlanVerb.APPROVE else 0,
        comment=comment,
    )


async def log(means: Means, tree: Tree) -> dict[str, Any]:
    """over: activities that are over, newest first; changes: the journal, likewise; incidents.

    means: of the tree's root. Ingest keeps them for good, of live telemetry and of a training; of a
    replay it is what this console heard.
    """
    notes: list[str] = []
    changes: list[PlanChange] = []
    over: list[Plan] = []
    live = tree is means.trees.own
    if live or is_training(tree.root):
        try:
            changes = msgspec.convert(await means.ingest.get_json("/log/plan"), list[PlanChange])
        except (IngestAway, msgspec.ValidationError) as error:
            notes.append(f"of the plan's journal nothing is known: {error}")
        over = _over(changes, tree)
    else:
        notes.append("in a replay the plan's journal is not kept")
        over = list(tree.view.board.ended(0))[::-1]
    standing = list(tree.view.board.incidents.values())
    incidents = await known_incidents(means, notes) if live else standing
    marks = [mark for one in incidents if (mark := incident_mark(one, (0, LAST_NS)))]
    return {
        "over": [plan_rows.row(plan, means.database) for plan in over[:MAX_OVER]],
        "changes": [plan_rows.change(_craft(one), one) for one in changes],
        "incidents": marks[:MAX_INCIDENTS],
        "notes": sorted(set(notes)),
    }


def _over(changes: list[PlanChange], tree: Tree) -> list[Plan]:
    """As each activity ended, the last flight of it; none that stands."""
    kept: dict[tuple[str, str], Plan] = {}
    for change in changes:
        if change.plan is not None and not change.refused:
            activity = change.plan.activity
            kept.setdefault((activity.spacecraft, activity.id), change.plan)
    standing = tree.view.board.plans
    return [plan for key, plan in kept.items() if plan.state.over and key not in standing]


def _craft(change: PlanChange) -> str:
    return change.plan.activity.spacecraft if change.plan else ""


def add_routes(server: FastAPI, means: Means) -> None:
    @server.get("/plan/log")
    async def get_log(request: Request) -> Response:
        try:
            tree = _tree(means, request)
            return answer(await log(means.of(f"?{request.url.query}"), tree))
        except NoTree as error:
            return answer({"problem": str(error)}, 404)

    @server.post("/plan/check")
    async def check(request: Request) -> Response:
        return answer(await _check(request, means.database.spacecraft))

    @server.post("/plan/file")
    async def file(request: Request, name: str = "") -> Response:
        return answer(await _read_file(request, name[:80] or "the file"))

    @server.post("/plan/ask/{verb}")
    async def ask(verb: str, request: Request) -> Response:
        try:
            return answer({"command": await _ask(means, PlanVerb(verb), request)})
        except (UsageError, NoTree) as error:  # an answer like others: the operator sees to it
            return answer({"problem": str(error)})
        except LinkError as error:
            return answer({"problem": f"{error}. Try again when it is back."})
        except ValueError as error:
            return answer({"problem": str(error)}, 400)


async def _check(request: Request, spacecraft: Collection[str]) -> dict[str, Any]:
    try:
        form = msgspec.json.decode(await body(request, MAX_BODY_BYTES), type=PlanForm)
    except (ValueError, UsageError) as error:
        return {"problems": {"form": str(error)}, "hazardous": False}
    activity, wrong = plan_form.read(form, spacecraft)
    return {
        "problems": wrong,
        "hazardous": bool(activity and activity.hazardous),
        "window": plan_form.window(form),
    }


async def _read_file(request: Request, name: str) -> dict[str, Any]:
    try:
        activities = parse_activities(await body(request, MAX_FILE_BYTES + 1), name)
    except PlanFileError as error:
        return {"problems": [str(one) for one in error.problems]}
    except UsageError as error:
        return {"problems": [str(error)]}
    return {"activities": [plan_form.fields(one) for one in activities]}


async def _ask(means: Means, verb: PlanVerb, request: Request) -> str:
    """Send what a browser asks for; the command's id."""
    asked = msgspec.json.decode(await body(request, MAX_BODY_BYTES), type=Ask)
    made = command(verb, asked, means.database.spacecraft)
    return await _tree(means, request).commands.plan(verb, asked.spacecraft, made)


def _tree(means: Means, request: Request) -> Tree:
    """:raises NoTree: if nobody looks at that root any longer."""
    return means.trees.at(f"?{request.url.query}")
