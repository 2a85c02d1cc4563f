"""The course of one training: its faults, its clock, who reacted how fast. Pure; time is an
argument.

`training` is what is published of it; `changed` says whether that differs from what was.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from simulators.scenarios.actions import Action, convert, to_wire
from simulators.scenarios.names import check_names
from simulators.scenarios.scenario import Scenario, span
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS, StreamClock
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.training import (
    MAX_FAULTS,
    Fault,
    FaultState,
    Training,
    TrainingState,
    WantedFault,
)
from training.attribution import where_in
from training.catalogue import is_fault, tag, words
from training.reactions import Reactions, rebuilt

#: A session that nobody ends ends by itself after so long, or when nobody has asked anything of it
#: for so long: its processor time is wanted for live telemetry [A].
LASTS_NS: Final = 2 * 3600 * SECOND_NS
IDLE_NS: Final = 30 * 60 * SECOND_NS


class Course:
    """scenario: read with the seed of the training's spec.

    :raises UsageError: if it cannot be joined there, or a prepared fault is none.
    """

    def __init__(self, training: Training, scenario: Scenario, database: MissionDatabase) -> None:
        start_ns = span(scenario, training.spec.at or None).start_ns
        self._scenario = scenario
        self._database = database
        self._where = where_in(database)
        self._reactions = Reactions(self._where)
        self._acted_ns = training.created_ns
        self._closed = False
        self.changed = True
        self.training = msgspec.structs.replace(
            training,
            title=scenario.title,
            label=scenario.label,
            start_ns=start_ns,
            faults=tuple(_own(scenario, start_ns)),
        )
        for wanted in training.spec.faults:
            self.want(wanted, by=training.by, now_ns=training.created_ns)

    def began(self, ingest: str, now_ns: int) -> None:
        """It runs; its ingest answers at that address."""
        self._acted_ns = now_ns
        self._change(
            state=TrainingState.RUNNING, ingest=ingest, began_ns=now_ns, until_ns=now_ns + LASTS_NS
        )

    def take_clock(self, clock: StreamClock) -> None:
        self._change(clock=clock)

    def acted(self, now_ns: int) -> None:
        """Somebody asked something of it."""
        self._acted_ns = now_ns

    def stream_ns(self, now_ns: int) -> int:
        """The generation time it has reached; its start before anything flies."""
        clock = self.training.clock
        return clock.at(now_ns) if clock else self.training.start_ns

    # --- faults ---

    def want(self, wanted: WantedFault, *, by: str, now_ns: int) -> Fault:
        """Prepare a fault; `due` gives it when its time has come.

        :raises UsageError: if it cannot be done, with what was expected.
        """
        if len(self.training.faults) >= MAX_FAULTS:
            raise UsageError(f"{MAX_FAULTS} faults are in it already, as many as may be")
        action = checked(wanted.action, self._database)
        reached_ns = self.stream_ns(now_ns)
        time_ns = reached_ns
        if wanted.at.strip():
            time_ns = self._scenario.instant_ns(_number_or_text(wanted.at.strip()))
            if time_ns < reached_ns:
                raise UsageError(f"{wanted.at} is over: leave the time out for now")
        fault = Fault(
            id=f"f{len(self.training.faults) + 1}",
            title=words(action),
            action=to_wire(action),
            state=FaultState.PLANNED,
            time_ns=time_ns,
            by=by,
        )
        self._change(faults=tuple(sorted((*self.training.faults, fault), key=_by_time)))
        return fault

    def due(self, now_ns: int) -> list[Fault]:
        """What simulators must be told now; the scenario does its own."""
        reached_ns = self.stream_ns(now_ns)
        if self.training.clock is None:
            return []
        ripe = [
            one
            for one in self.training.faults
            if one.state is FaultState.PLANNED and one.time_ns <= reached_ns
        ]
        for own in (one for one in ripe if not one.by):
            self._put(own, state=FaultState.DONE, told_ns=now_ns)
        return [one for one in ripe if one.by]

    def told(self, fault: Fault, now_ns: int) -> None:
        """The simulators were told of it just now."""
        self._put(fault, state=FaultState.DONE, time_ns=self.stream_ns(now_ns), told_ns=now_ns)

    def refused(self, what: str, why: str) -> None:
        """The simulators cannot do it. what: the fault's id, or its action's name."""
        done = [
            one
            for one in self.training.faults
            if one.by
            and one.state is FaultState.DONE
            and what in (one.id, str(one.action.get("do")))
        ]
        if done:
            newest = max(done, key=lambda one: one.told_ns)
            self._put(newest, state=FaultState.REFUSED, reason=why[:300])

    def _put(self, fault: Fault, **changes: Any) -> None:
        after = msgspec.structs.replace(fault, **changes)
        self._change(
            faults=tuple(after if one.id == fault.id else one for one in self.training.faults)
        )

    # --- reactions ---

    def take(self, event: Event) -> None:
        if not self._closed and self._reactions.take(event, self.training.faults):
            self._react()

    def rebuild(self, journal: Iterable[Event]) -> None:
        """From all of its journal: something of it may have been missed."""
        self._reactions = rebuilt(journal, self.training.faults, self._where)
        self._react()

    def _react(self) -> None:
        self._change(
            reactions=self._reactions.told(),
            unlisted=self._reactions.unlisted,
            faults=self._reactions.detected(self.training.faults),
        )

    # --- its end ---

    def close(self) -> None:
        """Take nothing more of its journal."""
        self._closed = True

    def over(self, now_ns: int) -> str:
        """Why it must end now; empty if it need not."""
        if self.training.until_ns and now_ns >= self.training.until_ns:
            return f"a training ends after {LASTS_NS // (3600 * SECOND_NS)} h"
        if now_ns >= self._acted_ns + IDLE_NS:
            return f"nobody did anything in it for {IDLE_NS // (60 * SECOND_NS)} min"
        return ""

    def end(self, reason: str, now_ns: int) -> None:
        faults = tuple(
            msgspec.structs.replace(one, state=FaultState.DROPPED)
            if one.state is FaultState.PLANNED
            else one
            for one in self.training.faults
        )
        self._change(
            state=TrainingState.ENDED, reason=reason, ended_ns=now_ns, ingest="", faults=faults
        )

    def _change(self, **changes: Any) -> None:
        after = msgspec.structs.replace(self.training, **changes)
        self.changed |= after != self.training
        self.training = after


def checked(raw: Mapping[str, object], database: MissionDatabase) -> Action:
    """:raises UsageError: if it is no action, or names what is not there."""
    action = convert({key: value for key, value in raw.items() if value is not None})
    check_names(action, database)
    return action


def _own(scenario: Scenario, start_ns: int) -> Iterable[Fault]:
    """What goes wrong by the scenario itself; what did before it is joined tests nobody."""
    for number, event in enumerate(scenario.events, 1):
        if event.action is not None and is_fault(event.action) and event.at_ns >= start_ns:
            yield Fault(
                id=f"s{number}",
                title=event.says or words(event.action),
                action={"do": tag(event.action), **to_wire(event.action)},
                state=FaultState.PLANNED,
                time_ns=event.at_ns,
            )


def _by_time(fault: Fault) -> tuple[int, str]:
    return fault.time_ns, fault.id


def _number_or_text(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
