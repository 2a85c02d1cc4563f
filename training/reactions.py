"""How fast a fault was detected and an alarm answered: from the journal of a training. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from telemetry.alarm import Event, EventKind
from telemetry.training import MAX_REACTIONS, Fault, Reaction
from training.attribution import Where, attributed

#: Of the journal, to know what has been taken: no session has nearly as many.
MAX_EVENTS: Final = 20_000


class Reactions:
    """Takes the journal in the order received; what comes twice is taken once."""

    def __init__(self, where: Where) -> None:
        self.unlisted = 0
        self._where = where
        self._told: list[Reaction] = []
        #: Occurrences that wait for an acknowledgement, and where they stand in `_told`.
        self._open: dict[str, int] = {}
        #: Of each fault the event of its first alarm.
        self._first: dict[str, Event] = {}
        self._taken: set[str] = set()

    def take(self, event: Event, faults: Sequence[Fault]) -> bool:
        """Whether it changed anything."""
        if event.id in self._taken or len(self._taken) >= MAX_EVENTS:
            return False
        self._taken.add(event.id)
        if event.kind is EventKind.ACKNOWLEDGED:
            return self._answer(event)
        if event.kind not in (EventKind.VIOLATED, EventKind.ESCALATED):
            return False
        fault = attributed(event.alarm, faults, self._where)
        detected = self._detect(fault, event)
        return self._ask(event, fault) or detected

    def _detect(self, fault: str, event: Event) -> bool:
        known = self._first.get(fault)
        if not fault or (known is not None and known.time_ns <= event.time_ns):
            return False
        self._first[fault] = event
        return True

    def _ask(self, event: Event, fault: str) -> bool:
        alarm = event.alarm
        if not event.annunciate or alarm.occurrence in self._open:
            return False
        if len(self._told) >= MAX_REACTIONS:
            self.unlisted += 1
            return True
        self._open[alarm.occurrence] = len(self._told)
        self._told.append(
            Reaction(
                spacecraft=alarm.spacecraft,
                alarm=alarm.id,
                subject=alarm.subject,
                condition=alarm.condition,
                occurrence=alarm.occurrence,
                severity=alarm.severity,
                heard_ns=event.time_ns,
                asked_ns=event.received_ns,
                fault=fault,
            )
        )
        return True

    def _answer(self, event: Event) -> bool:
        at = self._open.pop(event.alarm.occurrence, None)
        if at is None:
            return False
        self._told[at] = msgspec.structs.replace(
            self._told[at], answered_ns=event.received_ns, by=event.by
        )
        return True

    def told(self) -> tuple[Reaction, ...]:
        return tuple(self._told)

    def detected(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """The faults, each with its first alarm."""
        return tuple(self._with_first(one) for one in faults)

    def _with_first(self, fault: Fault) -> Fault:
        event = self._first.get(fault.id)
        if event is None:
            return fault
        alarm = event.alarm
        return msgspec.structs.replace(
            fault,
            detected_by=f"{alarm.spacecraft}/{alarm.id}",
            detected_subject=alarm.subject,
            detected_condition=alarm.condition,
            detected_ns=event.time_ns,
            detected_held=bool(alarm.inhibited_by) and not event.annunciate,
        )


def rebuilt(journal: Iterable[Event], faults: Sequence[Fault], where: Where) -> Reactions:
    """From a whole journal, in any order."""
    made = Reactions(where)
    for event in sorted(journal, key=lambda one: (one.received_ns, one.alarm.events)):
        made.take(event, faults)
    return made
