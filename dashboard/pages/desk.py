"""What an operator asks for from a page: checked, sent as commands, and told if it cannot be.

Whether it may be done is for ingest to say; here is only what it could not even be asked for.
"""

import uuid
from collections.abc import Callable
from typing import Any, Final

from dashboard import components
from dashboard.commands import AlarmReference, Commands
from telemetry.clock import SECOND_NS, Clock
from telemetry.errors import LinkError
from telemetry.missiondb import MissionDatabase
from telemetry.plan import PlanVerb
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

    def __init__(self, database: MissionDatabase, commands: Commands, clock: Clock) -> None:
        self._database = database
        self._commands = commands
        self._clock = clock

    async def alarms(
        self, request: dict[str, Any], operator: str, comment: str, shelf: str
    ) -> dict[str, Any] | None:
        """Ask one thing for each row as it was seen. request: {verb, rows}."""
        verb = _known(Verb, request.get("verb"))
        rows = request.get("rows") or []
        nothing = "Nothing acknowledged" if verb is Verb.ACKNOWLEDGE else "Nothing done"
        by, comment = operator.strip()[:MAX_NAME], comment.strip()[:MAX_COMMENT]
        if verb is None or not rows:
            return warn(nothing, "Select one or more alarms first.")
        if not by:
            return warn(nothing, "Enter your name: it goes into the journal.")
        if verb in _NEED_A_REASON and not comment:
            return warn(nothing, "Give the reason as a comment: the next shift must know it.")
        until_ns = 0
        if verb is Verb.SHELVE:
            until_ns = self._clock.now_ns() + SHELVES_S.get(shelf, 900) * SECOND_NS
        try:
            for row in rows[:MAX_ROWS]:
                seen = AlarmReference(
                    spacecraft=str(row["spacecraft"]),
                    alarm=str(row["alarm"]),
                    occurrence=str(row["occurrence"]),
                )
                if seen.spacecraft in self._database.spacecraft:
                    await self._commands.alarm(
                        verb, seen, by=by, comment=comment, until_ns=until_ns
                    )
        except LinkError as error:
            failed = "NOT acknowledged" if verb is Verb.ACKNOWLEDGE else "NOT done"
            return warn(failed, f"{error}. Try again when it is back.")
        return None

    async def plan(
        self, request: dict[str, Any], operator: str, comment: str
    ) -> dict[str, Any] | None:
        """Ask one thing for one activity. request: {verb, spacecraft, plan, version, override}."""
        verb = _known(PlanVerb, request.get("verb"))
        by, comment = operator.strip()[:MAX_NAME], comment.strip()[:MAX_COMMENT]
        spacecraft = str(request.get("spacecraft"))
        if verb is None or spacecraft not in self._database.spacecraft:
            return warn("Nothing done", "There is no such activity.")
        if not by:
            return warn("Nothing done", "Enter your name: it goes into the journal.")
        override = bool(request.get("override"))
        if override and not comment:
            return warn(
                "Nothing done", "The check says NO-GO: give the reason to start all the same."
            )
        try:
            await self._commands.plan(
                verb,
                spacecraft,
                str(request["plan"]),
                by=by,
                comment=comment,
                override=override,
                version=int(request.get("version") or 0),
            )
        except LinkError as error:
            return warn("NOT done", f"{error}. Try again when it is back.")
        return None


def _known(verbs: Callable[[Any], Any], name: object) -> Any:
    try:
        return verbs(name)
    except ValueError:
        return None
