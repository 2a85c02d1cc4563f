"""A link to a minute of a parameter: `/?at=2021-10-15T09:12Z&craft=iss&parameter=USLAB000010`.

Messages to people carry such links. Opening one only shows: nothing is acknowledged by it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs

from telemetry.clock import LAST_NS
from telemetry.missiondb import MissionDatabase

#: What came after that minute is shown for so long too [A].
AFTER_MS: Final = 5 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """chosen: as if a row had been chosen in the browser; None if the link names no parameter."""

    chosen: dict[str, Any] | None = None
    note: str = ""


def read(search: str, database: MissionDatabase) -> Linked:
    """What a link asks to see; what is wrong with it is in the note."""
    query = {name: values[-1] for name, values in parse_qs(search.removeprefix("?")).items()}
    if not {"at", "craft", "parameter"} & query.keys():
        return Linked()
    craft = database.spacecraft.get(query.get("craft", ""))
    at_ms = _milliseconds(query.get("at", ""))
    if craft is None or at_ms is None:
        return Linked(note="The link names no spacecraft and minute that are known here.")
    moment = f"{craft.name} at {query['at']}"
    parameter = query.get("parameter")
    if parameter is None:
        return Linked(note=f"From a link: {moment}. It only shows; nothing was acknowledged.")
    try:
        subsystem = craft.subsystem_of(parameter)
    except KeyError:
        return Linked(note=f"From a link: {moment}. It names no parameter known here.")
    chosen = {
        "spacecraft": craft.id,
        "subsystem": subsystem.id,
        "parameter": parameter,
        "now": at_ms + AFTER_MS,
        "at": at_ms,
    }
    return Linked(
        chosen=chosen, note=f"From a link: {moment}. It only shows; nothing was acknowledged."
    )


def _milliseconds(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    milliseconds = int(moment.timestamp() * 1000)
    return milliseconds if 0 <= milliseconds <= LAST_NS // 1_000_000 else None
