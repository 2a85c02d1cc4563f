"""What an address asks of Trends: which parameters, from when to when, drawn how wide. Pure.

p=iss/A,soyuz/B   from=…&to=… (fixed) or range=15m (follows the stream)   lanes=1
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.database_search import Entry, entries
from telemetry.clock import LAST_NS, SECOND_NS, utc
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.moments import parse_time

#: More lines than these cannot be told apart.
MAX_PARAMETERS: Final = 8
#: Longer ranges than this are for the command line [A].
MAX_RANGE_NS: Final = 400 * 86_400 * SECOND_NS
MIN_RANGE_NS: Final = SECOND_NS // 10
USUAL_RANGE: Final = "15m"

FORMS: Final = "2021-10-15 09:12, 2021/288 09:12, 288/09:12, 09:12, now-2h"

_UNITS_S: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LENGTH: Final = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)\s*(s|m|min|h|d|w)", re.ASCII)
_RELATIVE: Final = re.compile(r"(?:now)?\s*([+-])\s*(.+)", re.ASCII)
_CLOCK: Final = re.compile(r"\d\d?:\d\d(?::\d\d(?:\.\d+)?)?Z?", re.ASCII)
#: Day of the year as it is spoken and written on board: year/day/time, or without the year.
_DAY: Final = re.compile(r"(?:(\d{4})[/:-])?(\d{3})(?:[/:T ]+(\d.*))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendAsk:
    """start_ns <= generation time < stop_ns. follows: its end is where the stream is.

    wide, high: of the chart, in pixels. lanes: each parameter by itself. day_of_year: dates so.
    missing: what was asked for and is none of the mission database's, or too many.
    """

    entries: tuple[Entry, ...]
    start_ns: int
    stop_ns: int
    now_ns: int
    follows: bool = False
    lanes: bool = False
    wide: int = 1000
    high: int = 500
    theme: str = "dark"
    day_of_year: bool = False
    missing: tuple[str, ...] = ()

    @classmethod
    def read(cls, query: Mapping[str, str], database: MissionDatabase, now_ns: int) -> "TrendAsk":
        """:raises UsageError: if it names no range; the message is for the operator."""
        found, missing = parameters(query.get("p", ""), database)
        start_ns, stop_ns, follows = span(query, now_ns)
        return cls(
            entries=found,
            start_ns=start_ns,
            stop_ns=stop_ns,
            now_ns=now_ns,
            follows=follows,
            lanes=query.get("lanes") == "1",
            wide=_pixels(query.get("wide"), 1000),
            high=_pixels(query.get("high"), 500),
            theme=query.get("theme", "dark"),
            day_of_year=query.get("days") == "doy",
            missing=missing,
        )


def parameters(text: str, database: MissionDatabase) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Those that a list of `<spacecraft>/<parameter>` names, and what is wrong with others."""
    known = {entry.key: entry for entry in entries(database)}
    found: list[Entry] = []
    missing: list[str] = []
    for key in dict.fromkeys(word.strip() for word in text.split(",")):
        if not key:
            continue
        if key not in known:
            missing.append(f"{key[:60]} is not in the mission database")
        elif len(found) == MAX_PARAMETERS:
            missing.append(f"{key} is not shown: at most {MAX_PARAMETERS} at once")
        else:
            found.append(known[key])
    return tuple(found), tuple(missing[:MAX_PARAMETERS])


def span(query: Mapping[str, str], now_ns: int) -> tuple[int, int, bool]:
    """start_ns, stop_ns, and whether the end follows the stream.

    :raises UsageError: as `TrendAsk.read`.
    """
    start_text, stop_text = query.get("from", "").strip(), query.get("to", "").strip()
    if not start_text and not stop_text:
        length_ns = length(query.get("range") or USUAL_RANGE)
        return max(0, now_ns - length_ns), now_ns, True
    if not start_text:
        raise UsageError("say from when; to when may be left out")
    start_ns = moment(start_text, now_ns)
    stop_ns = moment(stop_text or "now", now_ns)
    if stop_ns <= start_ns:
        raise UsageError(
            f"the range ends at {_said(stop_ns)}, not after its start {_said(start_ns)}"
        )
    if stop_ns - start_ns > MAX_RANGE_NS:
        raise UsageError("that is more than 400 days: use `stationwatch export`")
    if stop_ns - start_ns < MIN_RANGE_NS:
        raise UsageError("that is less than 0.1 s")
    return start_ns, stop_ns, False


def length(text: str) -> int:
    """`15m`, `90 s`, `2h`, `3d` in nanoseconds.

    :raises UsageError: if it is none, or too long.
    """
    parts = _LENGTH.fullmatch(text.strip().lower())
    if parts is None:
        raise UsageError(f"{text[:40]!r} is no length of time: write 90s, 15m, 2h or 3d")
    length_ns = round(float(parts[1]) * _UNITS_S[parts[2]] * SECOND_NS)
    if not MIN_RANGE_NS <= length_ns <= MAX_RANGE_NS:
        raise UsageError(f"{text[:40]!r}: from 0.1 s to 400 days can be shown")
    return length_ns


def moment(text: str, now_ns: int) -> int:
    """A time as people type it, UTC: of `FORMS` and of those `parse_time` takes.

    :raises UsageError: if it is none.
    """
    typed = text.strip()
    if typed.lower() == "now":
        return now_ns
    if (relative := _RELATIVE.fullmatch(typed.lower())) is not None:
        sign = -1 if relative[1] == "-" else 1
        return min(max(0, now_ns + sign * length(relative[2])), LAST_NS)
    today = utc(now_ns)
    if _CLOCK.fullmatch(typed):
        return parse_time(f"{today[:10]}T{typed.zfill(len(typed) + (typed[1] == ':'))}")
    if (day := _DAY.fullmatch(typed)) is not None:
        clock = f"T{day[3].strip()}" if day[3] else ""
        return parse_time(f"{day[1] or today[:4]}-{day[2]}{clock}")
    try:
        return parse_time(typed)
    except UsageError:
        if re.match(r"\d{4}[-/]\d", typed):
            raise
        raise UsageError(f"{text[:40]!r} is no time: write UTC as {FORMS}") from None


def _said(time_ns: int) -> str:
    return utc(time_ns)[:19].replace("T", " ")


def _pixels(text: str | None, otherwise: int) -> int:
    try:
        return min(max(int(float(text or otherwise)), 100), 4000)
    except (ValueError, OverflowError):
        return otherwise
