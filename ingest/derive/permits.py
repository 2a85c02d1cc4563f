"""What the plan permits one thruster, over a span of time. Pure.

An activity permits firing in its window, from its approval on and until it is closed or aborted
(`Plan.in_force`); a pulse begun before that end may end up to the activity's longest pulse later.
"""

from collections.abc import Sequence
from typing import Final

from ingest.derive.counter import Rise
from telemetry.activity import Activity
from telemetry.clock import SECOND_NS
from telemetry.plan import Plan, PlanState

#: The ship whose thrusters these are.
VEHICLE: Final = "soyuz"


def names(activity: Activity, jet: str) -> bool:
    """Whether the activity lets this thruster fire at all."""
    return activity.allows_firing(VEHICLE, jet, activity.start_ns)


def names_any(activity: Activity) -> bool:
    """Whether it lets any thruster of the ship fire."""
    return any(one.partition("/")[0] == VEHICLE for one in activity.may_fire)


def end_ns(plan: Plan) -> int:
    """When what it permits ends."""
    return min(plan.activity.end_ns, plan.ended_ns or plan.activity.end_ns)


def overlap_s(plan: Plan, rise: Rise, tail_s: float = 0.0) -> float:
    """For how much of the interval the activity, `tail_s` longer than it is, is in force."""
    span = _span(plan, rise, tail_s)
    return 0.0 if span is None else (span[1] - span[0]) / SECOND_NS


def permitted_s(plans: Sequence[Plan], jet: str, rise: Rise, begun_ns: int) -> float:
    """How long in the interval the thruster may have been on by the plan, in seconds.

    begun_ns: when a pulse that was on at the interval's start began, at the earliest; that start
    itself if none was.
    """
    spans = []
    for plan in plans:
        if names(plan.activity, jet):
            began_in_force = begun_ns < end_ns(plan)
            tail_s = plan.activity.longest_pulse_s or 0.0
            span = _span(plan, rise, tail_s if began_in_force else 0.0)
            if span is not None:
                spans.append(span)
    total_ns, reached_ns = 0, rise.from_ns
    for start, end in sorted(spans):
        total_ns += max(0, end - max(start, reached_ns))
        reached_ns = max(reached_ns, end)
    return total_ns / SECOND_NS


def longest_pulse_s(plans: Sequence[Plan], jet: str, rise: Rise) -> float | None:
    """The longest pulse that activities in force in the interval allow; None if none is.

    Infinite where one allows firing and says nothing of pulses.
    """
    longest = [
        plan.activity.longest_pulse_s or float("inf")
        for plan in plans
        if names(plan.activity, jet) and _span(plan, rise, 0.0) is not None
    ]
    return max(longest, default=None)


def _span(plan: Plan, rise: Rise, tail_s: float) -> tuple[int, int] | None:
    """What of the interval is in force, the tail included; None if nothing is."""
    if plan.state is PlanState.PROPOSED:
        return None
    start = max(plan.activity.start_ns, rise.from_ns)
    end = min(end_ns(plan) + round(tail_s * SECOND_NS), rise.to_ns)
    return (start, end) if start < end else None
