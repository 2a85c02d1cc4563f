"""Of when a bundle is, and what was planned and went wrong in that time. Pure."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.incident import Incident
from telemetry.missiondb.table import hint
from telemetry.moments import parse_time
from telemetry.plan import Plan, PlanChange

_BEFORE, _AFTER = "10m", "30m"
_SPAN: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h|d)", re.ASCII)
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a bundle is asked of: a range, or what it is around. Times of 0 are not given."""

    start_ns: int = 0
    stop_ns: int = 0
    at_ns: int = 0
    incident: str = ""
    before_ns: int
    after_ns: int


def asked(arguments: argparse.Namespace) -> Asked:
    """:raises UsageError: if that does not say of when."""
    by_range = arguments.start is not None or arguments.stop is not None
    ways = (by_range, arguments.at is not None, arguments.incident is not None)
    if sum(ways) != 1 or (by_range and None in (arguments.start, arguments.stop)):
        raise UsageError("bundle create: say of when, by --from and --to, --at or --incident")
    if by_range and (arguments.before or arguments.after):
        raise UsageError("bundle create: --before and --after go with --at or --incident")
    found = Asked(
        start_ns=parse_time(arguments.start) if by_range else 0,
        stop_ns=parse_time(arguments.stop) if by_range else 0,
        at_ns=parse_time(arguments.at) if arguments.at is not None else 0,
        incident=arguments.incident or "",
        before_ns=_span_ns("--before", arguments.before or _BEFORE),
        after_ns=_span_ns("--after", arguments.after or _AFTER),
    )
    if by_range and found.stop_ns <= found.start_ns:
        raise UsageError(f"--to {arguments.stop} is not after --from {arguments.start}")
    return found


def _span_ns(option: str, text: str) -> int:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise UsageError(f"{option} is {text!r}: write a span such as 90s, 10m or 2h")
    return round(float(found[1]) * _UNITS_S[found[2]]) * SECOND_NS


def around(asked: Asked, versions: Sequence[Incident]) -> tuple[int, int, int]:
    """Start, stop and centre of a bundle; the centre is 0 where a range was asked for.

    versions: of incidents, the newest first.
    :raises UsageError: for an incident that there is not.
    """
    if asked.incident:
        found = next((one for one in versions if one.id == asked.incident), None)
        if found is None:
            known = list(dict.fromkeys(one.id for one in versions))
            newest = f"the newest are {', '.join(known[:5])}" if known else "there are none"
            near = hint(asked.incident, known)
            raise UsageError(f"no incident {asked.incident!r}{near}; {newest}")
        ended_ns = found.closed_ns or max(found.changed_ns, found.settled_ns)
        centre_ns = found.first_out.time_ns
        start_ns, stop_ns = min(found.opened_ns, centre_ns), max(ended_ns, centre_ns)
    elif asked.at_ns:
        start_ns = stop_ns = centre_ns = asked.at_ns
    else:
        return asked.start_ns, asked.stop_ns, 0
    return max(start_ns - asked.before_ns, 0), stop_ns + asked.after_ns, centre_ns


def plans_of(changes: Sequence[PlanChange], start_ns: int, stop_ns: int) -> list[Plan]:
    """What was planned for a range, as it stood at its end. changes: the newest first."""
    found: dict[tuple[str, str], Plan] = {}
    for change in changes:
        plan = change.plan
        if plan is None or change.refused or plan.changed_ns >= stop_ns:
            continue
        activity = plan.activity
        if activity.start_ns < stop_ns and activity.end_ns >= start_ns:
            found.setdefault((activity.spacecraft, activity.id), plan)
    return sorted(found.values(), key=lambda plan: plan.activity.start_ns)


def incidents_of(versions: Sequence[Incident], start_ns: int, stop_ns: int) -> list[Incident]:
    """Those open in a range, as they stood at its end. versions: the newest first."""
    found: dict[str, Incident] = {}
    for one in versions:
        if one.changed_ns < stop_ns and one.opened_ns < stop_ns:
            found.setdefault(one.id, one)
    there = [one for one in found.values() if not one.closed_ns or one.closed_ns >= start_ns]
    return sorted(there, key=lambda one: one.opened_ns)
