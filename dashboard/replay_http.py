"""What pages ask of replay over HTTP: what there is to replay, what happened when, and commands.

GET  /replay/sources    recordings, bundles and incidents that can be replayed
GET  /replay/overview   ?start=&stop= (ms) &parameter=craft/id: see `overview`
POST /replay/ask/<verb> an `Ask`; {"command": id} once it is on its way, or {"problem": words}

The answer to a command comes by the feed, to every browser, under the id that its sender chose.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import FastAPI, Request, Response
from msgspec import Meta

from dashboard.ingest_client import IngestAway
from dashboard.means import Means
from dashboard.overview import incident_mark, known_incidents, overview
from dashboard.pages.shell import MAX_NAME
from dashboard.person import name_of
from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.errors import LinkError, StoreError, UsageError
from telemetry.moments import parse_time
from telemetry.replay import (
    ReplayCommand,
    ReplayGaps,
    ReplayLimits,
    ReplayOrder,
    ReplaySpec,
    ReplayVerb,
)

#: Longer ranges than this are for the command line [A].
MAX_OVERVIEW_NS: Final = 400 * 86_400 * SECOND_NS
MAX_INCIDENTS: Final = 50
MAX_BODY_BYTES: Final = 10_000

_TIMES: Final = ("start", "stop", "at")
_T = TypeVar("_T")
_Time = Annotated[str, Meta(max_length=40)]
_Name = Annotated[str, Meta(max_length=64)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `ReplaySpec` as a form has it: times are UTC as people write them, empty for none."""

    start: _Time = ""
    stop: _Time = ""
    at: _Time = ""
    recording: _Name = ""
    bundle: _Name = ""
    order: ReplayOrder = ReplayOrder.RECEIVED
    limits: ReplayLimits = ReplayLimits.THEN
    gaps: ReplayGaps = ReplayGaps.KEEP
    speed: float = 1.0
    paused: bool = False


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """id: chosen by the browser, which waits for the answer that bears it."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    by: Annotated[str, Meta(max_length=200)]
    session: _Name = ""
    spec: Wanted | None = None
    to: _Time = ""
    speed: float = 1.0
    frames: int = 1


def command(ask: Ask) -> ReplayCommand:
    """What is asked of ingest.

    :raises UsageError: if it cannot be asked like that; the message is for the operator.
    """
    by = name_of(ask.by)[:MAX_NAME]
    if not by:
        raise UsageError("enter your name in the top bar: a replay says who asked for it")
    given = {
        "id": ask.id,
        "by": by,
        "session": ask.session,
        "spec": spec(ask.spec) if ask.spec else None,
        "to_ns": parse_time(ask.to) if ask.to else 0,
        "speed": ask.speed,
        "frames": ask.frames,
    }
    return _checked(given, ReplayCommand)


def spec(wanted: Wanted) -> ReplaySpec:
    """:raises UsageError: if it does not say what to replay, or its end is not after its start."""
    named = wanted.recording or wanted.bundle
    if wanted.recording and wanted.bundle:
        raise UsageError("a recording or a bundle, not both")
    start_ns, stop_ns, at_ns = (
        parse_time(text) if text.strip() else 0 for text in (wanted.start, wanted.stop, wanted.at)
    )
    if not named and not (start_ns and stop_ns):
        raise UsageError("say from when to when")
    if stop_ns <= start_ns and not (named and 0 in (start_ns, stop_ns)):
        raise UsageError("its end is not after its start")
    given = {
        name: value for name, value in msgspec.structs.asdict(wanted).items() if name not in _TIMES
    }
    times = {"start_ns": start_ns, "stop_ns": stop_ns, "at_ns": at_ns}
    return _checked(given | times, ReplaySpec)


def _checked(given: Mapping[str, Any], shape: type[_T]) -> _T:
    """:raises UsageError: if it is beyond what can be asked."""
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        raise UsageError(str(error)) from None


async def sources(means: Means) -> dict[str, Any]:
    """What can be replayed by name, newest first; notes say what could not be had."""
    notes: list[str] = []
    recordings: list[dict[str, Any]] = []
    bundles: list[str] = []
    try:
        recordings = [
            {
                "name": one.name,
                "start": one.start_ns / 1e6,
                "stop": one.stop_ns / 1e6,
                "by": one.by,
                "notes": one.notes,
            }
            for one in reversed(await means.history.recordings())
        ]
    except StoreError as error:
        notes.append(f"no recordings: the store is away ({error})")
    try:
        bundles = await means.ingest.get_json("/bundles")
    except IngestAway as error:
        notes.append(f"no bundles: {error}")
    incidents = await known_incidents(means, notes)
    marks = [mark for one in incidents if (mark := incident_mark(one, (0, LAST_NS)))]
    return {
        "recordings": recordings,
        "bundles": bundles,
        "incidents": marks[:MAX_INCIDENTS],
        "notes": notes,
    }


def add_routes(server: FastAPI, means: Means) -> None:
    @server.get("/replay/sources")
    async def get_sources() -> Response:
        return _json(await sources(means))

    @server.get("/replay/overview")
    async def get_overview(start: float, stop: float, parameter: str = "") -> Response:
        start_ns, stop_ns = round(start * 1e6), round(stop * 1e6)
        if not 0 <= start_ns < stop_ns <= LAST_NS or stop_ns - start_ns > MAX_OVERVIEW_NS:
            return _json({"problem": "that is no range of at most 400 days"}, 400)
        return _json(await overview(means, start_ns, stop_ns, parameter))

    @server.post("/replay/ask/{verb}")
    async def ask(verb: str, request: Request) -> Response:
        try:
            asked = command(msgspec.json.decode(await _body(request), type=Ask))
            await means.trees.own.commands.replay(ReplayVerb(verb), asked)
        except UsageError as error:  # an answer like others: the operator sees to it
            return _json({"problem": str(error)})
        except LinkError as error:
            return _json({"problem": f"{error}. Try again when it is back."})
        except ValueError as error:
            return _json({"problem": str(error)}, 400)
        return _json({"command": asked.id})


async def _body(request: Request) -> bytes:
    """:raises UsageError: if it is longer than anything that can be asked."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise UsageError("that is too long")
    return body


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
