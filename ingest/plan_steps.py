"""One activity and what is asked of it: who may, when, and what it then is. Pure.

Two people make a plan: whoever proposes an activity, or asks for more time, cannot approve it. A
hazardous one starts when its configuration check says go, or when somebody overrides that and says
why. What must not be is refused, with what to do instead.
"""

from collections.abc import Callable
from dataclasses import replace as dataclass_replace
from typing import Any, Final

from msgspec.structs import replace

from telemetry.activity import Activity
from telemetry.clock import LAST_NS, SECOND_NS, utc
from telemetry.plan import (
    PLAN_TABLE,
    ConfigurationCheck,
    Plan,
    PlanCommand,
    PlanState,
    PlanVerb,
)

#: How long before its window an activity may be started [A].
EARLY_NS: Final = 600 * SECOND_NS
#: How much longer one extension may make a window [A].
MAX_EXTENSION_NS: Final = 86_400 * SECOND_NS
#: An activity nobody closed is closed so long after its window [A].
CLOSE_AFTER_NS: Final = 600 * SECOND_NS
#: A hazardous one is checked from so long before its window until that opens [A].
CHECK_AHEAD_NS: Final = 600 * SECOND_NS
#: Ahead of the window a change of the check is told no sooner than this after the last [A].
CHECK_AGAIN_NS: Final = 60 * SECOND_NS

WATCH: Final = "stationwatch"

#: What an activity needs to be as it should at a time.
Check = Callable[[Activity, int], ConfigurationCheck]


class Refused(Exception):
    """Why a command is not done, and what to do instead. check: the one that said no-go."""

    def __init__(self, why: str, check: ConfigurationCheck | None = None) -> None:
        self.check = check
        super().__init__(why)


def step(plan: Plan, verb: PlanVerb, command: PlanCommand, time_ns: int, check: Check) -> Plan:
    """The plan after what is asked of it; the very same if nothing is left to do.

    time_ns: now, on the spacecraft's stream.
    :raises Refused: if it is not to be done.
    """
    state = PLAN_TABLE.get((plan.state, verb))
    if state is None:
        raise Refused(f"{verb} is not possible: the activity is {plan.state}")
    comment = command.comment
    match verb:
        case PlanVerb.APPROVE:
            if command.version not in (0, plan.version):
                raise Refused(
                    f"it is version {plan.version} now, you saw {command.version}: look at it again"
                )
            changes = _approval(plan, command.by, time_ns)
            if not changes:
                return plan
        case PlanVerb.START:
            changes = _start(plan, command, time_ns, check)
            if "check" in changes and not changes["check"].go:
                comment = f"override: {comment}"
        case PlanVerb.EXTEND:
            changes = _extension(plan, command, time_ns)
        case PlanVerb.CHECK:
            changes = {"check": check(plan.activity, time_ns)}
        case _:
            changes = _ended(plan, time_ns)
    return _changed(plan, state, command.by, time_ns, comment, **changes)


def proposed(activity: Activity, command: PlanCommand, plan: Plan | None, time_ns: int) -> Plan:
    """What a proposal makes of what is known by that id; the very same if it says nothing new.

    :raises Refused: if that is not to be replaced.
    """
    if plan is not None:
        if not plan.state.over and plan.activity == activity and same(plan.proposed_by, command.by):
            return plan  # said again, by a publisher that came back
        if not of_another_run(plan, time_ns):
            _must_be_replaceable(plan)
    return Plan(
        activity=activity,
        state=PlanState.PROPOSED,
        version=plan.version + 1 if plan else 1,
        proposed_by=command.by,
        changed_by=command.by,
        changed_ns=time_ns,
        comment=command.comment,
    )


def _must_be_replaceable(plan: Plan) -> None:
    if not plan.state.over and plan.state is not PlanState.PROPOSED:
        raise Refused(f"it is {plan.state} already: abort it, or extend it")
    if plan.state.over and plan.approved_by and plan.ended_ns > plan.activity.start_ns:
        # what it permitted until then still explains data that come late
        raise Refused(f"it was in force and is {plan.state}: propose it by another id")


def _approval(plan: Plan, by: str, time_ns: int) -> dict[str, Any]:
    """What approval changes; nothing if it is said again by who approved."""
    if plan.state is PlanState.PROPOSED:
        if same(by, plan.proposed_by):
            raise Refused(f"{plan.proposed_by} proposed it: another person must approve it")
        return {"approved_by": by}
    if not plan.extension_ns:
        if same(by, plan.approved_by):
            return {}
        raise Refused(f"it is {plan.state} already, and no extension is asked for")
    if same(by, plan.extension_by):
        raise Refused(f"{plan.extension_by} asked for more time: another person must approve it")
    _must_not_be_past(plan, time_ns)
    longer = dataclass_replace(plan.activity, end_ns=plan.extension_ns)
    return {"activity": longer, "extension_ns": 0, "extension_by": ""}


def _start(plan: Plan, command: PlanCommand, time_ns: int, check: Check) -> dict[str, Any]:
    activity = plan.activity
    if not activity.start_ns - EARLY_NS <= time_ns < activity.end_ns:
        window = f"{utc(activity.start_ns)} to {utc(activity.end_ns)}"
        raise Refused(f"its window is {window}, and it is {utc(time_ns)}: wait, or propose anew")
    if not activity.hazardous:
        return {}
    found = check(activity, time_ns)
    if not found.go and not (command.override and command.comment.strip()):
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in found.items if not one.go)
        raise Refused(f"no-go: {reasons} (override with a comment, if it must be)", found)
    return {"check": found}


def _extension(plan: Plan, command: PlanCommand, time_ns: int) -> dict[str, Any]:
    _must_not_be_past(plan, time_ns)
    end_ns = plan.activity.end_ns
    if not end_ns < command.until_ns <= min(end_ns + MAX_EXTENSION_NS, LAST_NS):
        raise Refused(f"the new end must be after {utc(end_ns)}, and within a day of it")
    return {"extension_ns": command.until_ns, "extension_by": command.by}


def _must_not_be_past(plan: Plan, time_ns: int) -> None:
    """A window made longer after its end would permit what nobody had permitted."""
    if time_ns >= plan.activity.end_ns:
        raise Refused(f"its window ended {utc(plan.activity.end_ns)}: propose a new activity")


def _ended(plan: Plan, time_ns: int) -> dict[str, Any]:
    """What nobody approved must not look as if it had been in force until now."""
    ended_ns = max(time_ns, 1) if plan.approved_by else 1
    return {"ended_ns": ended_ns, "extension_ns": 0, "extension_by": ""}


def due(plan: Plan, time_ns: int, check: Check) -> tuple[PlanVerb, Plan] | None:
    """What time asks for, and the plan as that has changed it; None if nothing is due."""
    activity = plan.activity
    if plan.state.over:
        return None
    if time_ns >= activity.end_ns + CLOSE_AFTER_NS:
        proposed = plan.state is PlanState.PROPOSED
        verb = PlanVerb.ABORT if proposed else PlanVerb.CLOSE
        state = PlanState.ABORTED if proposed else PlanState.CLOSED
        comment = "nobody approved it in time" if proposed else "its window is over"
        ended = _ended(plan, activity.end_ns)
        return verb, _changed(plan, state, WATCH, time_ns, comment, **ended)
    first_ns = activity.start_ns - CHECK_AHEAD_NS
    waiting = plan.state is PlanState.PROPOSED or not first_ns <= time_ns < activity.end_ns
    if not activity.hazardous or waiting:
        return None
    known = plan.check
    # a check of another run of the stream, or of an extension's first window, counts for nothing
    if known is not None and first_ns <= known.time_ns <= time_ns:
        if known.time_ns >= activity.start_ns:
            return None
        if time_ns < activity.start_ns:
            found = check(activity, time_ns) if time_ns >= known.time_ns + CHECK_AGAIN_NS else known
            if _verdicts(found) == _verdicts(known):
                return None
            return PlanVerb.CHECK, _checked(plan, time_ns, found)
    return PlanVerb.CHECK, _checked(plan, time_ns, check(activity, time_ns))


def _checked(plan: Plan, time_ns: int, found: ConfigurationCheck) -> Plan:
    comment = "configuration is as expected" if found.go else "NO-GO, see the check"
    return _changed(plan, plan.state, WATCH, time_ns, comment, check=found)


def _verdicts(check: ConfigurationCheck) -> list[tuple[str, bool]]:
    return [(item.name, item.go) for item in check.items]


def _changed(
    plan: Plan, state: PlanState, by: str, time_ns: int, comment: str, **changes: Any
) -> Plan:
    return replace(
        plan,
        state=state,
        version=plan.version + 1,
        changed_by=by,
        changed_ns=time_ns,
        comment=comment,
        **changes,
    )


def of_another_run(plan: Plan, time_ns: int) -> bool:
    """Whether it changed at a time the stream has yet to come to: the same day is flown again."""
    return time_ns < plan.changed_ns


def same(one: str, other: str) -> bool:
    """Whether two names are one person's, however they were typed."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
