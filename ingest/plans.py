"""The plan: every activity there is, moved by what people ask and by time. Pure.

`ingest.plan_steps` says what becomes of one activity; here they all are, each by its id, bounded,
and answered for. A command that comes twice is done once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from ingest.plan_steps import (
    CHECK_AHEAD_NS,
    CLOSE_AFTER_NS,
    WATCH,
    Check,
    Refused,
    due,
    of_another_run,
    proposed,
    step,
)
from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.plan import Plan, PlanChange, PlanCommand, PlanState, PlanVerb

#: Of one spacecraft that are not over; and that are, the oldest of which give way.
MAX_PLANS: Final = 200
#: Ids of done commands that are remembered of each plan.
MAX_DONE: Final = 50
#: What is over is kept so long, of stream time: what it permitted still explains late data.
KEEP_NS: Final = 86_400 * SECOND_NS
_Key = tuple[str, str]


class PlanBook:
    """Plans by (spacecraft, activity id)."""

    def __init__(self) -> None:
        self._plans: dict[_Key, Plan] = {}
        #: Ids of the commands that made each plan what it is, newest last.
        self._done: dict[_Key, tuple[str, ...]] = {}

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
        key = spacecraft, command.plan
        before = self._plans.get(key)
        refused, found, plan = "", None, before
        try:
            if command.denied:
                raise Refused(command.denied)
            plan = self._obey(spacecraft, known, command, before, time_ns, check)
        except Refused as why:
            refused, found = str(why), why.check
        repeated = not refused and plan is before
        if plan is not None and not refused and not repeated:
            self._keep(key, plan, command.id, anew=_anew(known, before, time_ns))
            if known in (PlanVerb.START, PlanVerb.CHECK):
                found = plan.check
        return PlanChange(
            id=_answer_id(spacecraft, plan, command, refused=bool(refused), repeated=repeated),
            verb=known,
            time_ns=time_ns,
            received_ns=received_ns,
            by=command.by,
            plan=plan,
            refused=refused,
            command=command.id,
            check=found,
            repeated=repeated,
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
        """The plan as it then is; the very same if nothing is left to do."""
        if not command.by.strip():
            raise Refused("nobody asks for it: say who you are")
        known = plan is not None and command.id in self._done.get(_key(plan), ())
        if plan is not None and known and not _anew(verb, plan, time_ns):
            return plan
        if verb is PlanVerb.PROPOSE:
            return self._propose(spacecraft, command, plan, time_ns)
        if plan is None:
            raise Refused(f"{spacecraft} has no activity {command.plan!r}: propose it first")
        return step(plan, verb, command, time_ns, check)

    def _propose(
        self, spacecraft: str, command: PlanCommand, plan: Plan | None, time_ns: int
    ) -> Plan:
        activity = command.activity
        if activity is None:
            raise Refused("a proposal needs the activity itself")
        if (activity.spacecraft, activity.id) != (spacecraft, command.plan):
            raise Refused(
                f"the activity is {activity.spacecraft}/{activity.id}, asked was "
                f"{spacecraft}/{command.plan}: name the same"
            )
        if plan is None or plan.state.over:
            live = sum(key[0] == spacecraft and not p.state.over for key, p in self._plans.items())
            if live >= MAX_PLANS:
                raise Refused(f"{live} activities are planned already: abort or close some")
        return proposed(activity, command, plan, time_ns)

    def _keep(self, key: _Key, plan: Plan, command: str, *, anew: bool) -> None:
        done = () if anew else self._done.get(key, ())
        self._done[key] = (*done, command)[-MAX_DONE:]
        self._plans[key] = plan
        over = [k for k, p in self._plans.items() if k[0] == key[0] and p.state.over]
        if len(over) > MAX_PLANS:
            self._forget(min(over, key=lambda k: (self._plans[k].changed_ns, k)))

    def _forget(self, key: _Key) -> None:
        del self._plans[key]
        self._done.pop(key, None)

    def next_deadline_ns(self) -> int:
        """Before then no `tick` changes anything; after it each may."""
        return min((_deadline_ns(plan) for plan in self._plans.values()), default=LAST_NS)

    @property
    def edges_ns(self) -> tuple[int, ...]:
        """The times at which what is in force changes by itself."""
        edges = {
            time_ns
            for plan in self._plans.values()
            for time_ns in (plan.activity.start_ns, plan.activity.end_ns, plan.ended_ns)
        }
        return tuple(sorted(edges - {0}))

    def tick(
        self, spacecraft: str, time_ns: int, received_ns: int, check: Check
    ) -> list[PlanChange]:
        """What time does: checks ahead of a hazardous window, closing after it, forgetting."""
        changes: list[PlanChange] = []
        for key, plan in list(self._plans.items()):
            if key[0] != spacecraft:
                continue
            now_due = due(plan, time_ns, check)
            if now_due is not None:
                verb, after = now_due
                self._plans[key] = after
                changes.append(
                    PlanChange(
                        id=_id(spacecraft, after),
                        verb=verb,
                        time_ns=time_ns,
                        received_ns=received_ns,
                        by=WATCH,
                        plan=after,
                        check=after.check if verb is PlanVerb.CHECK else None,
                    )
                )
            elif plan.state.over and time_ns > plan.changed_ns + KEEP_NS:
                self._forget(key)
        return changes

    def snapshot(self) -> list[Any]:
        return [
            [msgspec.to_builtins(plan), list(self._done.get(key, ()))]
            for key, plan in self._plans.items()
        ]

    def restore(self, state: Iterable[Any]) -> None:
        saved = msgspec.convert(state, list[tuple[Plan, tuple[str, ...]]])
        self._plans = {_key(plan): plan for plan, _ in saved}
        self._done = {_key(plan): done for plan, done in saved if done}


def _anew(verb: PlanVerb, plan: Plan | None, time_ns: int) -> bool:
    """Whether a proposal begins a life of its own: then what was done before counts no more."""
    return verb is PlanVerb.PROPOSE and plan is not None and of_another_run(plan, time_ns)


def _deadline_ns(plan: Plan) -> int:
    if plan.state.over:
        return plan.changed_ns + KEEP_NS
    if plan.activity.hazardous and plan.state is not PlanState.PROPOSED:
        return plan.activity.start_ns - CHECK_AHEAD_NS
    return plan.activity.end_ns + CLOSE_AFTER_NS


def _key(plan: Plan) -> _Key:
    return plan.activity.spacecraft, plan.activity.id


def _id(spacecraft: str, plan: Plan) -> str:
    return f"{spacecraft}/{plan.activity.id}/{plan.version}"


def _answer_id(
    spacecraft: str, plan: Plan | None, command: PlanCommand, *, refused: bool, repeated: bool
) -> str:
    if plan is None or refused:
        return f"refused/{command.id}"
    return f"repeated/{command.id}" if repeated else _id(spacecraft, plan)
