"""Scenarios and actions in words, as lines for a terminal. Pure."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

import msgspec

from simulators.scenarios.actions import ACTIONS
from simulators.scenarios.fields import expected
from simulators.scenarios.parameters import PARAMETERS, ParameterValue
from simulators.scenarios.scenario import Scenario
from telemetry.activity import Activity
from telemetry.clock import utc

_WIDTH = 100


def listing(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """One line each: name, how long, title and label."""
    for one in scenarios:
        yield f"{one.name:<14}{_duration(one.duration_s):>10}  {one.heading}"


def about(scenario: Scenario) -> Iterator[str]:
    """Everything a scenario says: summary, time line, activities, gaps, parameters."""
    yield scenario.heading
    yield from wrap(scenario.summary, _WIDTH)
    yield ""
    yield (
        f"From {_utc(scenario.start_ns)} for {_duration(scenario.duration_s)}; element set "
        f"{scenario.elements}, docked as on {scenario.stack}"
    )
    yield ""
    yield "Time line"
    for event in scenario.events:
        what = event.action and str(type(event.action).__struct_config__.tag)
        words = " ".join(part for part in (event.says, f"[{what}]" if what else "") if part)
        yield f"  {_utc(event.at_ns)}  {words}"
    for gap in scenario.links.gaps:
        told = "announced" if gap.announced else "not announced"
        yield f"  {_utc(gap.start_ns)}  {gap.link} lost until {_utc(gap.end_ns)}, {told}"
    if scenario.activities:
        yield ""
        yield "Activities"
        for activity in scenario.activities:
            yield from _activity(activity)
    own = [name for name in scenario.parameters if name not in PARAMETERS]
    yield ""
    yield "Parameters (--set NAME=VALUE)"
    yield from _parameters(scenario, own)
    yield from _parameters(scenario, PARAMETERS)


def vocabulary() -> Iterator[str]:
    """Every action with its fields, and what they must be."""
    for name, kind in ACTIONS.items():
        yield f"{name}: {(inspect.getdoc(kind) or '').splitlines()[0]}"
        for field in msgspec.structs.fields(kind):
            default = "" if field.required or field.default is None else f"; {field.default}"
            optional = "" if field.required else f" (optional{default})"
            yield f"    {field.name}: {expected(field.type)}{optional}"


def _activity(activity: Activity) -> Iterator[str]:
    yield f"  {_utc(activity.start_ns)} to {_utc(activity.end_ns)}  {activity.title}"
    said = {
        "may fire": ", ".join(activity.may_fire),
        "longest pulse": _quantity(activity.longest_pulse_s, "s"),
        "on-time of each": _quantity(activity.on_time_s, "s"),
        "propellant": _quantity(activity.propellant_kg, "kg"),
        "planned": ", ".join(activity.planned_states),
        "links": ", ".join(activity.links),
    }
    words = "; ".join(f"{name} {value}" for name, value in said.items() if value)
    if words:
        yield from wrap(words, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _parameters(scenario: Scenario, names: Sequence[str] | Iterable[str]) -> Iterator[str]:
    for name in names:
        one, value = scenario.definitions[name], scenario.parameters[name]
        changed = "" if value == one.default else f" (default: {_value(one.default)})"
        unit = f" {one.unit}" if one.unit else ""
        yield f"  {name} = {_value(value)}{unit}{changed}"
        text = one.help if not one.choices else f"{' | '.join(one.choices)}: {one.help}"
        yield from wrap(text, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _value(value: ParameterValue) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
        case float():
            return f"{value:g}"
    return str(value)


def _quantity(value: float | None, unit: str) -> str:
    return "" if value is None else f"at most {value:g} {unit}"


def _utc(time_ns: int) -> str:
    return utc(time_ns)[:19].replace("T", " ") + "Z"


def _duration(seconds: float) -> str:
    minutes, left_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (left_s, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
