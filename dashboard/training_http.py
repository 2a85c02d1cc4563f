"""What the training page asks over HTTP: the offer, the tables of a session, and commands.

GET  /training/offer         scenarios and actions, as `training_rows.offer` has them
GET  /training/debrief/<id>  the tables of a session, running or ended
POST /training/ask/<verb>    an `Ask`; {"command": id} once it is on its way, or {"problem": words}

The answer to a command comes by the feed, to every browser, under the id that its sender chose.
"""

from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from msgspec import Meta

from dashboard import training_rows
from dashboard.http_json import answer, body
from dashboard.means import Means
from dashboard.pages.shell import MAX_NAME
from dashboard.person import name_of
from telemetry.errors import LinkError, UsageError
from telemetry.training import TrainingCommand, TrainingSpec, TrainingVerb, WantedFault

MAX_BODY_BYTES: Final = 50_000

_Name = Annotated[str, Meta(max_length=64)]


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """id: chosen by the browser, which waits for the answer that bears it."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    by: Annotated[str, Meta(max_length=200)]
    session: _Name = ""
    spec: TrainingSpec | None = None
    fault: WantedFault | None = None


def command(ask: Ask) -> TrainingCommand:
    """:raises UsageError: if nobody asks; the message is for the operator."""
    by = name_of(ask.by)[:MAX_NAME]
    if not by:
        raise UsageError("enter your name in the top bar: a training says who started it")
    return TrainingCommand(id=ask.id, by=by, session=ask.session, spec=ask.spec, fault=ask.fault)


def add_routes(server: FastAPI, means: Means) -> None:
    def board() -> Any:
        return means.trees.own.view.board

    @server.get("/training/offer")
    async def offer() -> Response:
        return answer(training_rows.offer(board().training_catalogue))

    @server.get("/training/debrief/{session}")
    async def debrief(session: str) -> Response:
        training = board().trainings.get(session)
        if training is None:
            return answer({"problem": "of this training nothing is kept any more"}, 404)
        return answer(training_rows.debrief(training, means.database))

    @server.post("/training/ask/{verb}")
    async def ask(verb: str, request: Request) -> Response:
        try:
            asked = command(msgspec.json.decode(await body(request, MAX_BODY_BYTES), type=Ask))
            await means.trees.own.commands.training(TrainingVerb(verb), asked)
        except UsageError as error:  # an answer like others: the operator sees to it
            return answer({"problem": str(error)})
        except LinkError as error:
            return answer({"problem": f"{error}. Try again when it is back."})
        except ValueError as error:
            return answer({"problem": str(error)}, 400)
        return answer({"command": asked.id})
