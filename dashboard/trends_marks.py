"""What else happened in a range: when, how bad, and about what that is shown. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from dashboard.database_search import Entry
from dashboard.trends_ask import TrendAsk
from telemetry.clock import SECOND_NS
from telemetry.contact import ContactSchedule
from telemetry.limit import Severity
from telemetry.plan import Plan, PlanState

#: More of a kind lie on each other.
MAX_MARKS: Final = 400


class MarkKind(StrEnum):
    ACTIVITY = "activity"
    ALARM = "alarm"
    LOS = "los"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """It lasted, or lasts, over [start_ns, stop_ns); both are within the range shown.

    keys: the parameters it is about. open: it goes on, as far as is known.
    """

    kind: MarkKind
    start_ns: int
    stop_ns: int
    title: str
    severity: Severity = Severity.NOMINAL
    keys: frozenset[str] = frozenset()
    open: bool = False


def activity_marks(plans: Iterable[Plan], ask: TrendAsk) -> list[Mark]:
    """In the order of their starts. One that was never approved permitted nothing, and is none."""
    marks = []
    for plan in plans:
        activity = plan.activity
        ended_ns = min(activity.end_ns, plan.ended_ns) if plan.ended_ns else activity.end_ns
        span = within(activity.start_ns, ended_ns, ask)
        if span is None or plan.state is PlanState.PROPOSED or plan.ended_ns == 1:
            continue
        title = activity.title
        if activity.spacecraft not in title.lower():
            title = f"{activity.spacecraft.upper()} {title}"
        marks.append(
            Mark(
                kind=MarkKind.ACTIVITY,
                start_ns=span[0],
                stop_ns=span[1],
                title=f"{title}, {plan.state.value}",
            )
        )
    return marks[:MAX_MARKS]


def outage_marks(
    schedules: Mapping[str, ContactSchedule],
    shown: Sequence[Entry],
    start_ns: int,
    stop_ns: int,
) -> list[Mark]:
    """When what is shown was announced not to be heard."""
    spans: dict[tuple[str, int, int], set[str]] = {}
    for entry in shown:
        schedule = schedules.get(entry.craft.id)
        if schedule is None:
            continue
        for began_ns, over_ns in schedule.outages(entry.subsystem.links):
            if began_ns < stop_ns and over_ns > start_ns:
                spans.setdefault((entry.craft.id, began_ns, over_ns), set()).add(entry.key)
    return [
        Mark(
            kind=MarkKind.LOS,
            start_ns=max(began_ns, start_ns),
            stop_ns=min(over_ns, stop_ns),
            title=f"{craft.upper()} no contact announced",
            keys=frozenset(keys),
        )
        for (craft, began_ns, over_ns), keys in sorted(spans.items())
    ][:MAX_MARKS]


def violated_s(marks: Iterable[Mark], key: str) -> tuple[float, Severity]:
    """How long any alarm of a parameter stood within the range, and the most severe there was."""
    its = [one for one in marks if one.kind is MarkKind.ALARM and key in one.keys]
    reached_ns, total_ns = 0, 0
    for mark in sorted(its, key=lambda one: one.start_ns):
        total_ns += max(0, mark.stop_ns - max(mark.start_ns, reached_ns))
        reached_ns = max(reached_ns, mark.stop_ns)
    return total_ns / SECOND_NS, max((one.severity for one in its), default=Severity.NOMINAL)


def worst(marks: Iterable[Mark]) -> list[Mark]:
    """Alarms as one row: at each time the most severe, with all it is about."""
    alarms = [one for one in marks if one.kind is MarkKind.ALARM]
    edges = sorted({edge for one in alarms for edge in (one.start_ns, one.stop_ns)})
    row: list[Mark] = []
    for start_ns, stop_ns in pairwise(edges):
        there = [one for one in alarms if one.start_ns < stop_ns and one.stop_ns > start_ns]
        if not there:
            continue
        severity = max(one.severity for one in there)
        leading = [one for one in there if one.severity == severity]
        keys = frozenset().union(*(one.keys for one in leading))
        if row and (row[-1].stop_ns, row[-1].severity, row[-1].keys) == (start_ns, severity, keys):
            start_ns = row.pop().start_ns
        row.append(
            Mark(
                kind=MarkKind.ALARM,
                start_ns=start_ns,
                stop_ns=stop_ns,
                title=leading[0].title,
                severity=severity,
                keys=keys,
                open=any(one.open for one in leading),
            )
        )
    return row


def within(start_ns: int, stop_ns: int, ask: TrendAsk) -> tuple[int, int] | None:
    if stop_ns <= ask.start_ns or start_ns >= ask.stop_ns:
        return None
    return max(start_ns, ask.start_ns), min(stop_ns, ask.stop_ns)
