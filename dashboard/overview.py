"""What happened in a range of time, as the overview strip draws it: alarms, incidents, activities
and one parameter's least and most. Pure but for `overview`, which asks the store and ingest.

Times are ms as floats, for the browser. What cannot be had is said in `notes`, and costs no other.
"""

import asyncio
import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import msgspec

from dashboard import alarm_rows, figures
from dashboard.ingest_client import IngestAway
from dashboard.means import Means
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS
from telemetry.errors import StoreError
from telemetry.frame import Buckets
from telemetry.incident import Incident
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import STALE_AFTER_PERIODS, Parameter
from telemetry.plan import Plan

#: A longer journal of one range is cut, and the page told so [A].
MAX_EVENTS: Final = 50_000
#: More marks than these lie on each other; the most severe are kept.
MAX_MARKS: Final = 1_500
#: What does not change is sent again so often, as senders do it [A].
REPEATED_S: Final = 60
#: The envelope shown where none was chosen: how full the CMGs are says most of a day [A].
USUAL: Final = "iss/USLAB000010"

_BEGINNINGS: Final = (EventKind.VIOLATED, EventKind.ESCALATED, EventKind.OCCURRED)

_T = TypeVar("_T")


async def overview(means: Means, start_ns: int, stop_ns: int, key: str) -> dict[str, Any]:
    """key: `<spacecraft>/<parameter>` of the envelope; empty for the usual one."""

    async def band() -> dict[str, Any] | None:
        try:
            return await envelope(means, start_ns, stop_ns, key or USUAL)
        except StoreError:
            return None  # the alarms' note says it

    marked, drawn = await asyncio.gather(marks(means, start_ns, stop_ns), band())
    return {**marked, "envelope": drawn}


async def marks(means: Means, start_ns: int, stop_ns: int) -> dict[str, Any]:
    """Alarms, incidents and activities of a range."""
    notes: list[str] = []

    async def events() -> Sequence[Event]:
        try:
            found = await means.history.events(MAX_EVENTS, start_ns, stop_ns)
        except StoreError as error:
            notes.append(f"no alarms: the store is away ({error})")
            return ()
        if len(found) > MAX_EVENTS:
            notes.append(f"over {MAX_EVENTS:,} alarm events: the last of them are not shown")
        return found

    found, incidents, plans = await asyncio.gather(
        events(), known_incidents(means, notes), known_plans(means, notes)
    )
    database = means.database
    span = (start_ns, stop_ns)
    return {
        "start": start_ns / 1e6,
        "stop": stop_ns / 1e6,
        "alarms": list(alarm_marks(found, database)),
        "incidents": [mark for one in incidents if (mark := incident_mark(one, span))],
        "activities": [mark for one in plans if (mark := activity_mark(one, span))],
        "notes": sorted(set(notes)),
    }


def alarm_marks(events: Iterable[Event], database: MissionDatabase) -> Iterator[dict[str, Any]]:
    """Where alarms began or became worse, in order of time; the most severe if there are many."""
    begun = [
        event
        for event in last_flight(events)
        if event.kind in _BEGINNINGS and event.alarm.highest > Severity.NOMINAL
    ]
    if len(begun) > MAX_MARKS:
        begun = heapq.nlargest(MAX_MARKS, begun, key=lambda event: event.alarm.severity)
    for event in sorted(begun, key=lambda event: event.time_ns):
        alarm = event.alarm
        name, value = alarm_rows.subject_words(
            database, alarm.spacecraft, alarm.subject, alarm.value
        )
        said = ", ".join(filter(None, (value, alarm.limit)))
        yield {
            "t": event.time_ns / 1e6,
            "subject": f"{alarm.spacecraft}/{alarm.subject}",
            "severity": int(alarm.severity or alarm.highest),
            "name": f"{alarm.spacecraft.upper()} {alarm_rows.titled(name, alarm.condition)}",
            "said": said,
            "held": bool(alarm.inhibited_by),
        }


def last_flight(events: Iterable[Event]) -> Iterator[Event]:
    """The journal without what was flown again later: a replay plays the later flight.

    Another flight of a spacecraft shows by the run at the end of its occurrences.
    """
    runs: dict[str, str] = {}
    kept: list[Event] = []
    for event in sorted(events, key=lambda event: event.received_ns):
        craft, run = event.alarm.spacecraft, _run(event)
        if runs.setdefault(craft, run) != run:
            runs[craft] = run
            kept = [
                one for one in kept if one.alarm.spacecraft != craft or one.time_ns < event.time_ns
            ]
        kept.append(event)
    return iter(kept)


def _run(event: Event) -> str:
    """`<spacecraft>/<alarm>/<time>/<run>`; empty where the stream has none."""
    parts = event.alarm.occurrence.split("/")
    return parts[3] if len(parts) > 3 else ""


def incident_mark(incident: Incident, span: tuple[int, int]) -> dict[str, Any] | None:
    """end: null while it is open. None for one outside the range, or part of another."""
    over_ns = incident.closed_ns or span[1]
    if incident.merged_into or incident.opened_ns >= span[1] or over_ns < span[0]:
        return None
    first = incident.first_out
    return {
        "id": incident.id,
        "title": incident.title,
        "start": incident.opened_ns / 1e6,
        "end": incident.closed_ns / 1e6 if incident.closed_ns else None,
        "first": first.time_ns / 1e6,
        "severity": int(max(member.severity for member in incident.members)),
    }


def activity_mark(plan: Plan, span: tuple[int, int]) -> dict[str, Any] | None:
    """end: as planned; over: when it ended, null if it has not."""
    activity = plan.activity
    if activity.start_ns >= span[1] or max(activity.end_ns, plan.ended_ns) < span[0]:
        return None
    return {
        "id": activity.id,
        "spacecraft": activity.spacecraft,
        "title": activity.title,
        "kind": activity.kind.value.replace("-", " "),
        "state": plan.state.value,
        "start": activity.start_ns / 1e6,
        "end": activity.end_ns / 1e6,
        "over": plan.ended_ns / 1e6 if plan.ended_ns else None,
    }


async def envelope(means: Means, start_ns: int, stop_ns: int, key: str) -> dict[str, Any] | None:
    """Least and most of a numeric parameter; None of any other.

    :raises StoreError: if the store is away.
    """
    craft, _, parameter_id = key.partition("/")
    try:
        subsystem = means.database.spacecraft[craft].subsystem_of(parameter_id)
    except KeyError:
        return None
    parameter = subsystem.parameters[parameter_id]
    if not parameter.type.numeric:
        return None
    width_ns = figures.bucket_width_ns((stop_ns - start_ns) / SECOND_NS)
    buckets = await means.history.buckets(
        craft, subsystem.id, parameter_id, start_ns, stop_ns, width_ns
    )
    columns = _columns(buckets, holds_s(parameter, width_ns))
    return {"key": key, "name": parameter.name, "unit": parameter.unit, **columns}


def holds_s(parameter: Parameter, width_ns: int) -> float | None:
    """For how long a value stands that is not sent again; None for ever."""
    if parameter.period_s is None:
        return None
    longest_s = max(width_ns / SECOND_NS, parameter.period_s, REPEATED_S)
    return longest_s * STALE_AFTER_PERIODS


def _columns(buckets: Buckets, hold_s: float | None) -> dict[str, Any]:
    return {
        "hold": None if hold_s is None else hold_s * 1000,
        "width": buckets.width_ns / 1e6,
        "t": (buckets.time_ns / 1e6).tolist(),
        "low": buckets.minimum.tolist(),
        "high": buckets.maximum.tolist(),
        "last": buckets.last.tolist(),
    }


async def known_incidents(means: Means, notes: list[str]) -> list[Incident]:
    """Those ingest has kept and those that are open, newest first."""
    kept = {one.id: one for one in means.trees.own.view.board.incidents.values()}
    for one in await _log(means, "incident", Incident, notes):
        kept.setdefault(one.id, one)
    told = [one for one in kept.values() if one.members]
    return sorted(told, key=lambda one: one.opened_ns, reverse=True)


async def known_plans(means: Means, notes: list[str]) -> list[Plan]:
    """Activities as they were last heard of, by their start."""

    class Change(msgspec.Struct):
        plan: Plan | None = None

    plans = means.trees.own.view.board.plans
    kept = {(one.activity.spacecraft, one.activity.id): one for one in plans.values()}
    for change in await _log(means, "plan", Change, notes):
        if change.plan is not None:
            activity = change.plan.activity
            kept.setdefault((activity.spacecraft, activity.id), change.plan)
    return sorted(kept.values(), key=lambda one: one.activity.start_ns)


async def _log(means: Means, kind: str, shape: type[_T], notes: list[str]) -> list[_T]:
    """What ingest has kept of a kind, newest first; of one thing there may be several states."""
    try:
        lines = await means.ingest.get_json(f"/log/{kind}")
        return msgspec.convert(lines, list[shape])  # type: ignore[valid-type]
    except (IngestAway, msgspec.ValidationError) as error:
        notes.append(f"of {kind}s only what stands now: {error}")
        return []
