"""The plan: every activity there is, moved by what people ask and by time. Pure.

`telemetry.plan` says what may follow what. Two people make a plan: whoever proposes an activity, or
asks for more time, cannot approve it. A hazardous one starts when its configuration check says go,
or when somebody overrides that and says why.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from telemetry.activity import Activity
from telemetry.clock import SECOND_NS, utc
from telemetry.plan import (
    PLAN_TABLE,
    ConfigurationCheck,
    Plan,
    PlanChange,
    PlanCommand,
    PlanState,
    PlanVerb,
)

#: Of one spacecraft that are not over.
MAX_PLANS: Final = 200
#: How long before its window an activity may be started [A].
EARLY_NS: Final = 600 * SECOND_NS
#: How much longer an extension may make a window, in all [A].
MAX_EXTENSION_NS: Final = 86_400 * SECOND_NS
#: What is over is kept so long, of stream time: what it permitted still explains late data.
KEEP_NS: Final = 86_400 * SECOND_NS
#: An activity nobody closed is closed so long after its window [A].
CLOSE_AFTER_NS: Final = 600 * SECOND_NS
#: A hazardous one is checked so long before its window, and when it opens [A].
CHECK_AHEAD_NS: Final = 600 * SECOND_NS

WATCH: Final = "stationwatch"

#: What an activity needs to be as it should at a time.
Check = Callable[[Activity, int], ConfigurationCheck]
_Key = tuple[str, str]


class _Refused(Exception):
    """Why a command is not done, and what to do instead."""


class PlanBook:
    """Plans by (spacecraft, activity id)."""

    def __init__(self) -> None:
        self._plans: dict[_Key, Plan] = {}

    @property
    def plans(self) -> Mapping[_Key, Plan]:
        return self._plans

    def all(self) -> Sequence[Plan]:
        return tuple(self._plans.values())

    def command(
        self,
        spacecraft: str,
        verb: str,
        command: PlanCommand,
        *,
        time_ns: int,
        received_ns: int,
        check: Check,
    ) -> PlanChange | None:
        """Do what a person asks, or tell in `refused` why not. None for a verb that is none.

        time_ns: now, on the spacecraft's stream.
        """
        try:
            known = PlanVerb(verb)
        except ValueError:
            return None
        plan = self._plans.get((spacecraft, command.plan))
        refused = ""
        try:
            plan = self._obey(spacecraft, known, command, plan, time_ns, check)
        except _Refused as why:
            refused = str(why)
        else:
            self._plans[spacecraft, command.plan] = plan
        return PlanChange(
            id=f"refused/{command.id}" if refused or plan is None else _id(spacecraft, plan),
            verb=known,
            time_ns=time_ns,
            received_ns=received_ns,
            by=command.by,
            plan=plan,
            refused=refused,
            command=command.id,
        )

    def _obey(
        self,
        spacecraft: str,
        verb: PlanVerb,
        command: PlanCommand,
        plan: Plan | None,
        time_ns: int,
        check: Check,
    ) -> Plan:
        if verb is PlanVerb.PROPOSE:
            return self._propose(spacecraft, command, plan, time_ns)
        if plan is None:
            raise _Refused(f"{spacecraft} has no activity {command.plan!r}: propose it first")
        state = PLAN_TABLE.get((plan.state, verb))
        if state is None:
            raise _Refused(f"{verb} is not possible: the activity is {plan.state}")
        changes: dict[str, Any] = {}
        match verb:
            case PlanVerb.APPROVE:
                changes = _approval(plan, command.by)
            case PlanVerb.START:
                changes = _start(plan, command, time_ns, check)
            case PlanVerb.EXTEND:
                changes = _extension(plan, command)
            case PlanVerb.ABORT | PlanVerb.CLOSE:
                changes = {"ended_ns": max(time_ns, 1), "extension_ns": 0, "extension_by": ""}
        return _changed(plan, state, command.by, time_ns, command.comment, **changes)

    def _propose(
        self, spacecraft: str, command: PlanCommand, plan: Plan | None, time_ns: int
    ) -> Plan:
        activity = command.activity
        if activity is None:
            raise _Refused("a proposal needs the activity itself")
        if (activity.spacecraft, activity.id) != (spacecraft, command.plan):
            raise _Refused(
                f"the activity is {activity.spacecraft}/{activity.id}, asked was {command.plan!r}"
            )
        if plan is not None:
            again = plan.activity == activity and _same(plan.proposed_by, command.by)
            if again and plan.state is not PlanState.ABORTED:
                return plan  # said again, perhaps by a publisher that came back
            if not plan.state.over and plan.state is not PlanState.PROPOSED:
                raise _Refused(f"it is {plan.state} already: abort it, or extend it")
        live = sum(key[0] == spacecraft and not one.state.over for key, one in self._plans.items())
        if live >= MAX_PLANS:
            raise _Refused(f"{live} activities are planned already: abort or close some")
        return Plan(
            activity=activity,
            state=PlanState.PROPOSED,
            version=plan.version + 1 if plan else 1,
            proposed_by=command.by,
            changed_by=command.by,
            changed_ns=time_ns,
            comment=command.comment,
        )

    def tick(
        self, spacecraft: str, time_ns: int, received_ns: int, check: Check
    ) -> list[PlanChange]:
        """What time does: checks ahead of a hazardous window, closing after it, forgetting."""
        changes: list[PlanChange] = []
        for key, plan in list(self._plans.items()):
            if key[0] != spacecraft:
                continue
            after = _due(plan, time_ns, check)
            if after is not None:
                self._plans[key] = after
                verb = PlanVerb.CLOSE if after.state.over else PlanVerb.START
                changes.append(
                    PlanChange(
                        id=_id(spacecraft, after),
                        verb=verb,
                        time_ns=time_ns,
                        received_ns=received_ns,
                        by=WATCH,
                        plan=after,
                    )
                )
            elif plan.state.over and time_ns > plan.ended_ns + KEEP_NS:
                del self._plans[key]
        return changes

    def snapshot(self) -> list[Any]:
        return [msgspec.to_builtins(plan) for plan in self._plans.values()]

    def restore(self, state: Iterable[Any]) -> None:
        plans = msgspec.convert(state, list[Plan])
        self._plans = {(plan.activity.spacecraft, plan.activity.id): plan for plan in plans}


def _approval(plan: Plan, by: str) -> dict[str, Any]:
    if plan.state is PlanState.PROPOSED:
        if _same(by, plan.proposed_by):
            raise _Refused(f"{plan.proposed_by} proposed it; another person must approve")
        return {"approved_by": by}
    if not plan.extension_ns:
        raise _Refused(f"it is {plan.state} already, and no extension is asked for")
    if _same(by, plan.extension_by):
        raise _Refused(f"{plan.extension_by} asked for the extension; another must approve it")
    activity = msgspec.convert(
        msgspec.to_builtins(plan.activity) | {"end_ns": plan.extension_ns}, Activity
    )
    return {"activity": activity, "extension_ns": 0, "extension_by": "", "approved_by": by}


def _start(plan: Plan, command: PlanCommand, time_ns: int, check: Check) -> dict[str, Any]:
    activity = plan.activity
    if not activity.start_ns - EARLY_NS <= time_ns < activity.end_ns:
        window = f"{utc(activity.start_ns)} to {utc(activity.end_ns)}"
        raise _Refused(f"its window is {window}, and it is {utc(time_ns)}")
    if not activity.hazardous:
        return {}
    found = check(activity, time_ns)
    if not found.go and not (command.override and command.comment.strip()):
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in found.items if not one.go)
        raise _Refused(f"no-go: {reasons} (override with a comment, if it must be)")
    return {"check": found}


def _extension(plan: Plan, command: PlanCommand) -> dict[str, Any]:
    end_ns = plan.activity.end_ns
    if not end_ns < command.until_ns <= end_ns + MAX_EXTENSION_NS:
        raise _Refused(f"an extension ends after {utc(end_ns)}, within a day of that")
    return {"extension_ns": command.until_ns, "extension_by": command.by}


def _due(plan: Plan, time_ns: int, check: Check) -> Plan | None:
    """The plan as time has changed it; None if it has not."""
    activity = plan.activity
    if plan.state.over:
        return None
    if time_ns >= activity.end_ns + CLOSE_AFTER_NS:
        comment = "its window is over"
        ended = {"ended_ns": activity.end_ns, "extension_ns": 0, "extension_by": ""}
        state = PlanState.CLOSED if plan.state is not PlanState.PROPOSED else PlanState.ABORTED
        return _changed(plan, state, WATCH, time_ns, comment, **ended)
    if not activity.hazardous or plan.state is PlanState.PROPOSED or time_ns >= activity.end_ns:
        return None
    checked_ns = plan.check.time_ns if plan.check else 0
    for due_ns in (activity.start_ns, activity.start_ns - CHECK_AHEAD_NS):
        if time_ns >= due_ns:
            if checked_ns >= due_ns:
                return None
            found = check(activity, time_ns)
            comment = "configuration is as expected" if found.go else "NO-GO, see the check"
            return _changed(plan, plan.state, WATCH, time_ns, comment, check=found)
    return None


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


def _id(spacecraft: str, plan: Plan) -> str:
    return f"{spacecraft}/{plan.activity.id}/{plan.version}"


def _same(one: str, other: str) -> bool:
    """Whether two names are one person's, however they were typed."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
