"""What an operator asks for from a page: checked, sent as commands, and told if it cannot be.

Whether it may be done is for ingest to say; here is only what it could not even be asked for.
"""

import uuid
from collections.abc import Callable
from typing import Any, Final

from dash import Dash, Input, Output, State, no_update

from dashboard import components
from dashboard.commands import AlarmReference, Commands, NotPermitted
from dashboard.means import Means
from dashboard.pages.names import ALARM_REQUEST, NOTIFICATIONS, OPERATOR, WHERE
from dashboard.person import name_of
from dashboard.tree import NoTree
from telemetry.clock import SECOND_NS
from telemetry.errors import LinkError
from telemetry.topics import Verb

#: An operator's name and comment travel in every event of the alarm.
MAX_NAME: Final = 40
MAX_COMMENT: Final = 200
MAX_ROWS: Final = 200

#: For how long an alarm may be shelved, as offered; ingest takes up to a day.
SHELVES_S: Final = {"15 min": 900, "1 h": 3600, "4 h": 14_400, "8 h": 28_800}

_NEED_A_REASON: Final = (Verb.SHELVE, Verb.OUT_OF_SERVICE)


def warn(title: str, message: str) -> dict[str, Any]:
    return components.notification(
        title, message, colour="yellow", identity=uuid.uuid4().hex, stays=True
    )


class Desk:
    """Each method gives what to tell the operator if it could not be asked for, else None."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def layout(self) -> None:
        """It is not seen: the browser asks through Stores of the frame."""

    def register(self, pages: Dash) -> None:
        """Answer the requests that the browser puts into the frame's Stores."""

        @pages.callback(
            Output(NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            Input(ALARM_REQUEST, "data"),
            State(OPERATOR, "value"),
            State(WHERE, "search"),
            prevent_initial_call=True,
        )
        async def ask_for_alarms(
            request: dict[str, Any] | None, operator: str | None, search: str | None
        ) -> Any:
            if request is None:  # the frame has only just been put there
                return no_update
            try:
                commands = self._means.trees.at(search).commands
            except NoTree as error:
                return [warn("Nothing done", str(error))]
            problem = await self.alarms(commands, request, operator or "")
            return [problem] if problem else no_update

    async def alarms(
        self, commands: Commands, request: dict[str, Any], operator: str
    ) -> dict[str, Any] | None:
        """Ask one thing for each row as it was seen. request: {verb, rows, comment, shelf}."""
        verb = _known(Verb, request.get("verb"))
        rows = request.get("rows") or []
        nothing = "Nothing acknowledged" if verb is Verb.ACKNOWLEDGE else "Nothing done"
        by = name_of(operator)[:MAX_NAME]
        comment = str(request.get("comment") or "").strip()[:MAX_COMMENT]
        if verb is None or not rows:
            return warn(nothing, "Select one or more alarms first.")
        if not by:
            return warn(nothing, "Enter your name: it goes into the journal.")
        if verb in _NEED_A_REASON and not comment:
            return warn(nothing, "Give the reason as a comment: the next shift must know it.")
        until_ns = 0
        if verb is Verb.SHELVE:
            shelf_s = SHELVES_S.get(str(request.get("shelf")), 900)
            until_ns = self._means.clock.now_ns() + shelf_s * SECOND_NS
        try:
            for row in rows[:MAX_ROWS]:
                seen = AlarmReference(
                    spacecraft=str(row["spacecraft"]),
                    alarm=str(row["alarm"]),
                    occurrence=str(row["occurrence"]),
                )
                if seen.spacecraft in self._means.database.spacecraft:
                    await commands.alarm(verb, seen, by=by, comment=comment, until_ns=until_ns)
        except NotPermitted as error:
            return warn(nothing, str(error))
        except LinkError as error:
            failed = "NOT acknowledged" if verb is Verb.ACKNOWLEDGE else "NOT done"
            return warn(failed, f"{error}. Try again when it is back.")
        return None


def _known(verbs: Callable[[Any], Any], name: object) -> Any:
    try:
        return verbs(name)
    except ValueError:
        return None
