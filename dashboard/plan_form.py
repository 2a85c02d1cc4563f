"""An activity as a form has it: texts as they were typed, checked as a plan file is. Pure.

What is wrong is told beside its field, in the words that the command line has for it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.activity import Activity
from telemetry.errors import Problem, UsageError
from telemetry.missiondb.table import Raw, hint
from telemetry.moments import parse_time
from telemetry.plan_file import check_activity
from telemetry.topics import GROUND

_Text = Annotated[str, Meta(max_length=400)]
_Texts = Annotated[tuple[_Text, ...], Meta(max_length=100)]

_TIMES: Final = ("start", "end")
_BUDGETS: Final = ("longest_pulse_s", "on_time_s", "propellant_kg")
#: What an activity says of itself begins with its id, then the field.
_OF_ITSELF: Final = re.compile(r"activity '.*?': ((\w+) .*)", re.DOTALL)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PlanForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field empty is a form nobody has touched. may_fire: separated by commas or spaces."""

    id: _Text = ""
    title: _Text = ""
    kind: _Text = ""
    spacecraft: _Text = ""
    start: _Text = ""
    end: _Text = ""
    may_fire: _Text = ""
    longest_pulse_s: _Text = ""
    on_time_s: _Text = ""
    propellant_kg: _Text = ""
    planned_states: _Texts = ()
    links: _Texts = ()


def read(form: PlanForm, spacecraft: Iterable[str]) -> tuple[Activity | None, dict[str, str]]:
    """The activity, None while anything is wrong; and what is, by field (`form` for all of it).

    spacecraft: ids there are.
    """
    wrong: dict[str, str] = {}
    raw: Raw = {
        "id": form.id.strip(),
        "title": form.title.strip(),
        "kind": form.kind,
        "spacecraft": form.spacecraft,
        "may_fire": re.split(r"[,\s]+", form.may_fire.strip(", ")) if form.may_fire.strip() else [],
        "planned_states": list(form.planned_states),
        "links": list(form.links),
    }
    for name in _TIMES:
        if moment := _moment(name, getattr(form, name), wrong):
            raw[name] = moment
    for name in _BUDGETS:
        number = _number(name, getattr(form, name), wrong)
        if number is not None:
            raw[name] = number
    activity, problems = check_activity(raw)
    for field, message in _told(problems):
        wrong.setdefault(field, message)
    ships = [one for one in spacecraft if one != GROUND]
    if form.spacecraft and form.spacecraft not in ships:
        wrong["spacecraft"] = f"there is no spacecraft {form.spacecraft!r}"
        wrong["spacecraft"] += hint(form.spacecraft, ships)
    return (None if wrong else activity), wrong


def window(form: PlanForm) -> tuple[float, float] | None:
    """Start and end in ms, as far as they can be read, to be drawn while the rest is typed."""
    try:
        start_ns, end_ns = parse_time(form.start), parse_time(form.end)
    except UsageError:
        return None
    return (start_ns / 1e6, end_ns / 1e6) if start_ns < end_ns else None


def fields(activity: Activity) -> dict[str, object]:
    """The form that gives this activity, as what a plan file has is shown before it is proposed."""
    return {
        "id": activity.id,
        "title": activity.title,
        "kind": activity.kind.value,
        "spacecraft": activity.spacecraft,
        "start": _text(activity.start_ns),
        "end": _text(activity.end_ns),
        "may_fire": ", ".join(activity.may_fire),
        **{name: _figure(getattr(activity, name)) for name in _BUDGETS},
        "planned_states": [state.value for state in activity.planned_states],
        "links": [link.value for link in activity.links],
    }


def _moment(name: str, text: str, wrong: dict[str, str]) -> datetime | None:
    if not text.strip():
        wrong[name] = "is missing: a date and time in UTC, or 2021-288T09:02 by day of year"
        return None
    try:
        return _EPOCH + timedelta(microseconds=parse_time(text) // 1_000)
    except UsageError as error:
        wrong[name] = str(error)
        return None


def _number(name: str, text: str, wrong: dict[str, str]) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        wrong[name] = f"{text.strip()!r} is no number"
        return None


def _told(problems: Iterable[Problem]) -> Iterator[tuple[str, str]]:
    for problem in problems:
        field, message = problem.key, problem.message
        if said := _OF_ITSELF.fullmatch(message):
            message, first = said.groups()
            field = first if first in PlanForm.__struct_fields__ else "form"
        yield field or "form", message.removeprefix(f"{field} ")


def _text(time_ns: int) -> str:
    """As people type it, to the microsecond that a plan file has."""
    moment = _EPOCH + timedelta(microseconds=time_ns // 1_000)
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def _figure(number: float | None) -> str:
    return "" if number is None else f"{number:g}"
