"""Activities and contact schedules as people write them: TOML, every mistake at once.

A plan file has any number of activities, written as in a scenario, with times in RFC 3339:

    [[activity]]
    id = "sud-test"
    title = "Soyuz motion control test before undocking"
    kind = "thruster-test"
    spacecraft = "soyuz"
    start = 2021-10-15T09:02:00Z
    end = 2021-10-15T09:12:00Z
    may_fire = ["soyuz"]
    longest_pulse_s = 0.5
    on_time_s = 5.0
    propellant_kg = 3.0
    planned_states = ["desaturation-inhibited"]
    links = ["russian"]

A contacts file says when one spacecraft is expected to be heard. Of a link it names without a
contact none is expected; of others, and before `from` and from `to` on, nothing is announced:

    spacecraft = "soyuz"
    from = 2021-10-15T06:00:00Z
    to = 2021-10-15T12:00:00Z
    links = ["russian"]
    [[contact]]
    link = "russian"
    start = 2021-10-15T09:10:00Z
    end = 2021-10-15T09:19:30Z
"""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.clock import LAST_NS
from telemetry.contact import MAX_CONTACTS, Contact, ContactSchedule
from telemetry.errors import Problem, UsageError
from telemetry.missiondb.table import Raw, Table, hint, listed

#: Of one file.
MAX_ACTIVITIES: Final = 200
MAX_FILE_BYTES: Final = 1 << 20

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LINKS: Final = {one.value: one for one in LinkName}
_STATES: Final = {one.value: one for one in PlannedState}
_KINDS: Final = {one.value: one for one in ActivityKind}
_E = TypeVar("_E", bound=Enum)
_T = TypeVar("_T")


class PlanFileError(UsageError):
    """All mistakes found in a file, as `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        super().__init__(f"{problems[0]}{more}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedContacts:
    spacecraft: str
    schedule: ContactSchedule


def read_activities(path: Path) -> tuple[Activity, ...]:
    """:raises PlanFileError: with every mistake in the file."""
    return parse_activities(_content(path), path.name)


def parse_activities(content: bytes, name: str) -> tuple[Activity, ...]:
    """name: of the file, for what is said of it. :raises PlanFileError: with every mistake."""

    def read(table: Table) -> tuple[Activity | None, ...]:
        rows = _rows(table, "activity", MAX_ACTIVITIES)
        if not rows and not table.problems:
            table.report("activity", "there is none: write [[activity]] tables")
        activities = [_activity(row) for row in rows]
        keys = [(one.spacecraft, one.id) for one in activities if one]
        for craft, id_ in sorted({key for key in keys if keys.count(key) > 1}):
            table.report("activity", f"the id {id_!r} of {craft} is there twice")
        return tuple(activities)

    return tuple(one for one in _parse(content, name, read) if one)


def check_activity(raw: Raw) -> tuple[Activity | None, tuple[Problem, ...]]:
    """One [[activity]] table as a form has it, and every mistake in it; None if there is any."""
    table = Table(raw, file="", name="", problems=[])
    activity = _activity(table)
    return activity, tuple(table.problems)


def read_contacts(path: Path, *, by: str = "") -> AnnouncedContacts:
    """:raises PlanFileError: with every mistake in the file."""

    def read(table: Table) -> AnnouncedContacts:
        spacecraft = table.text("spacecraft")
        from_ns, to_ns = _span(table, "from", "to")
        links = _choices(table, "links", _LINKS, required=True)
        contacts = []
        for row in _rows(table, "contact", MAX_CONTACTS):
            link = row.choice("link", _LINKS)
            start_ns, end_ns = _span(row, "start", "end")
            if link and link not in links:
                row.report("link", f"{link} is not in links of the file")
            if start_ns < from_ns or end_ns > to_ns:
                row.report("start", "the contact is not within from and to of the file")
            row.finish()
            if link:
                contacts.append(Contact(link=link, start_ns=start_ns, end_ns=end_ns))
        schedule = ContactSchedule(
            from_ns=from_ns, to_ns=to_ns, links=links, contacts=tuple(contacts), by=by
        )
        return AnnouncedContacts(spacecraft=spacecraft, schedule=schedule)

    return _parse(_content(path), path.name, read)


def instant_ns(moment: datetime) -> int:
    """Nanoseconds since 1970 of a time with an offset; outside what can be, too."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problem = Problem(str(path), "", "", f"cannot be read: {error.strerror}")
        raise PlanFileError((problem,)) from None


def _parse(content: bytes, name: str, read: Callable[[Table], _T]) -> _T:
    problems: list[Problem] = []
    if len(content) > MAX_FILE_BYTES:
        raise PlanFileError((Problem(name, "", "", "is larger than 1 MiB"),))
    try:
        raw: Raw = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:  # no TOML, or not UTF-8
        raise PlanFileError((Problem(name, "", "", f"is no TOML: {error}"),)) from None
    table = Table(raw, file=name, name="", problems=problems)
    found = read(table)
    table.finish()
    if problems:
        raise PlanFileError(tuple(problems))
    return found


def _rows(table: Table, key: str, most: int) -> list[Table]:
    rows = table.children(key)
    if len(rows) > most:
        table.report(key, f"there are {len(rows)}, at most {most} can be")
        return []
    return rows


def _activity(row: Table) -> Activity | None:
    """None if anything is wrong with it."""
    before = len(row.problems)
    start_ns, end_ns = _span(row, "start", "end")
    id_, title, spacecraft = row.text("id"), row.text("title"), row.text("spacecraft")
    longest_pulse_s, on_time_s = row.positive("longest_pulse_s"), row.positive("on_time_s")
    propellant_kg = row.positive("propellant_kg")
    kind = row.choice("kind", _KINDS)
    may_fire = tuple(_texts(row, "may_fire"))
    states, links = _choices(row, "planned_states", _STATES), _choices(row, "links", _LINKS)
    row.finish()
    if kind is None or len(row.problems) > before:
        return None
    try:
        return Activity(
            id=id_,
            title=title,
            kind=kind,
            spacecraft=spacecraft,
            start_ns=start_ns,
            end_ns=end_ns,
            may_fire=may_fire,
            longest_pulse_s=longest_pulse_s,
            on_time_s=on_time_s,
            propellant_kg=propellant_kg,
            planned_states=states,
            links=links,
        )
    except UsageError as error:
        row.report("", str(error))
        return None


def _span(table: Table, start: str, end: str) -> tuple[int, int]:
    """Two times in order; a span that can be, if they are not."""
    before = len(table.problems)
    span = _time(table, start), _time(table, end)
    if len(table.problems) == before and span[0] >= span[1]:
        table.report(end, f"must be after {start}")
    return span if len(table.problems) == before else (0, 1)


def _time(table: Table, key: str) -> int:
    value = table.raw[key] if key in table else None
    wanted = "a date and time in UTC, as 2021-10-15T09:00:00Z"
    if not isinstance(value, datetime) or value.utcoffset() is None:
        table.report(
            key, f"is missing: it must be {wanted}" if value is None else f"must be {wanted}"
        )
        return 0
    time_ns = instant_ns(value)
    if not 0 <= time_ns <= LAST_NS:
        table.report(key, "must be between 1970 and 2116")
    return time_ns


def _texts(table: Table, key: str) -> list[str]:
    """A list of texts, which may be absent or empty."""
    if key not in table:
        return []
    value = table.raw[key]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        table.report(key, "must be a list of texts")
        return []
    return value


def _choices(
    table: Table, key: str, choices: dict[str, _E], *, required: bool = False
) -> tuple[_E, ...]:
    texts = _texts(table, key)
    if required and not texts:
        table.report(key, f"must name some of {_all(choices)}")
    for text in texts:
        if text not in choices:
            table.report(key, f"{text!r} is none of {_all(choices)}{hint(text, choices)}")
    return tuple(dict.fromkeys(choices[text] for text in texts if text in choices))


def _all(choices: Iterable[str]) -> str:
    return listed(choices).replace(" or ", " and ")
