"""The alarm book: every alarm there is, moved by detections, commands and time. Pure.

`telemetry.alarm` says what one alarm may do; this keeps them all, and is the only place that
changes one.
"""

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from typing import Final

import msgspec

from ingest.decode import Asked
from ingest.detect import Detection
from ingest.late_finding import Finding, FindingKind
from telemetry import alarm as machine
from telemetry.alarm import Alarm, Cause, Condition, Event, EventKind, Policy, State, Stimulus
from telemetry.clock import utc
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Verb

#: A shelf must end; ISA-18.2 asks for it, a shift is how long one person can answer for it.
MAX_SHELF_NS: Final = 24 * 3600 * 1_000_000_000
#: Commands remembered, as many as a busy day has: the broker may deliver one twice, and a copy of
#: a sealed one is authentic for a day (`access.gate`).
MAX_DONE: Final = 1_000

#: Which incident a violation is a consequence of, and is therefore not annunciated; "" for none.
Explain = Callable[[Alarm, int], str]

_LATCHING, _PLAIN = Policy(latching=True), Policy()


def unexplained(_alarm: Alarm, _time_ns: int) -> str:
    """Nothing is a consequence of anything."""
    return ""


class _Refused(Exception):
    """Why a command is not done."""


class AlarmBook:
    """Alarms by (spacecraft, alarm id); one that is not here is NORMAL and was never silenced."""

    def __init__(
        self,
        database: MissionDatabase,
        alarms: Iterable[Alarm] = (),
        run: Callable[[str], str] = lambda _: "",
        done: Iterable[str] = (),
    ) -> None:
        """run: of a spacecraft's stream. done: the ids of the newest commands, oldest first."""
        self._run = run
        self._done = dict.fromkeys(done)
        self._database = database
        # What the mission database no longer names can neither return nor be acknowledged.
        self._alarms: dict[tuple[str, str], Alarm] = {
            (a.spacecraft, a.id): a
            for a in alarms
            if a.spacecraft in database.spacecraft and self._known(a)
        }

    @property
    def alarms(self) -> Mapping[tuple[str, str], Alarm]:
        return self._alarms

    @property
    def done(self) -> Collection[str]:
        """The ids of the newest commands, oldest first."""
        return self._done.keys()

    def detect(
        self,
        spacecraft: str,
        detection: Detection,
        received_ns: int,
        explain: Explain = unexplained,
        *,
        late: bool = False,
    ) -> tuple[Event, ...]:
        """Let a detection act on its alarm.

        explain: which incident it is a consequence of. late: it was found in data that came late.
        """
        alarm = self._alarm(spacecraft, detection.subject, detection.condition)
        severity = detection.severity
        if severity is Severity.NOMINAL:
            stimulus = Stimulus.RETURN
        elif not alarm.state.violated:
            stimulus = Stimulus.VIOLATE
        elif severity > alarm.severity:
            stimulus = Stimulus.ESCALATE
        elif severity < alarm.severity:
            stimulus = Stimulus.DEESCALATE
        else:
            return ()
        cause = Cause(
            severity=severity,
            value=detection.value,
            limit=detection.limit,
            received_ns=received_ns,
            late=late,
            run=self._run(spacecraft),
        )
        if stimulus in (Stimulus.VIOLATE, Stimulus.ESCALATE):
            about = msgspec.structs.replace(
                alarm, severity=severity, since_ns=detection.time_ns, late=late
            )
            incident = explain(about, detection.time_ns)
            cause = msgspec.structs.replace(cause, inhibited_by=incident)
        return self._step(alarm, stimulus, detection.time_ns, cause)

    def detect_late(
        self,
        spacecraft: str,
        finding: Finding,
        received_ns: int,
        explain: Explain = unexplained,
    ) -> tuple[Event, ...]:
        """Let what late data show act on an alarm that live data have moved on.

        What came and went is an occurrence dated in the past, annunciated once and marked late.
        Where the alarm is violated by live data, they only tell more of it.
        """
        one, kind = finding.detection, finding.kind
        alarm = self._alarm(spacecraft, one.subject, one.condition)
        if kind is FindingKind.LATEST:
            return self.detect(spacecraft, one, received_ns, explain, late=True)
        if kind is FindingKind.OVER and not alarm.state.violated:
            raised = self.detect(spacecraft, one, received_ns, explain, late=True)
            return raised + self.detect(spacecraft, finding.returned, received_ns, late=True)
        cause = Cause(received_ns=received_ns, severity=one.severity, value=one.value, late=True)
        if kind is FindingKind.BEGAN and finding.live_ns and alarm.since_ns == finding.live_ns:
            return self._note(alarm, EventKind.DATED, one.time_ns, cause, since_ns=one.time_ns)
        if alarm.state is State.NORMAL:
            return ()
        worse = one.severity > alarm.highest
        return self._note(
            alarm,
            EventKind.OCCURRED,
            one.time_ns,
            cause,
            told=_told(finding),
            heard=worse,
            highest=max(alarm.highest, one.severity),
        )

    def release(
        self, spacecraft: str, id_: str, time_ns: int, received_ns: int
    ) -> tuple[Event, ...]:
        """An incident that held an alarm back is over: what is still unseen is heard now."""
        alarm = self._alarms.get((spacecraft, id_))
        if alarm is None or not alarm.inhibited_by:
            return ()
        cause = Cause(received_ns=received_ns, comment=f"{alarm.inhibited_by} is over")
        return self._note(alarm, EventKind.UNINHIBITED, time_ns, cause, inhibited_by="")

    def lose_signal(
        self, spacecraft: str, subjects: Container[str], time_ns: int, received_ns: int
    ) -> tuple[Event, ...]:
        """What stands is as it was last known; whether it still stands is unknown from now on."""
        events: list[Event] = []
        cause = Cause(received_ns=received_ns, comment="no contact: state unknown")
        for alarm in self._of(spacecraft, subjects):
            if alarm.state is not State.NORMAL and not alarm.unknown_since_ns:
                kind = EventKind.SIGNAL_LOST
                events += self._note(alarm, kind, time_ns, cause, unknown_since_ns=time_ns)
        return tuple(events)

    def regain_signal(
        self, spacecraft: str, subjects: Container[str], time_ns: int, received_ns: int
    ) -> tuple[Event, ...]:
        events: list[Event] = []
        cause = Cause(received_ns=received_ns, comment="contact again")
        for alarm in self._of(spacecraft, subjects):
            if alarm.unknown_since_ns:
                kind = EventKind.SIGNAL_BACK
                events += self._note(alarm, kind, time_ns, cause, unknown_since_ns=0)
        return tuple(events)

    def _of(self, spacecraft: str, subjects: Container[str]) -> list[Alarm]:
        return [
            alarm
            for alarm in self._alarms.values()
            if alarm.spacecraft == spacecraft and alarm.subject in subjects
        ]

    def command(self, asked: Asked, time_ns: int, received_ns: int) -> tuple[Event, ...]:
        """Do what an operator asks, or tell why not. What comes again brings nothing about.

        time_ns: now, on the stream's clock. received_ns: now, on the wall; shelves end by it.
        """
        command = asked.command
        # What is denied does nothing, so it takes no place here: nobody can use up another's id.
        if not command.denied:
            if command.id in self._done:
                return ()
            self._done[command.id] = None
            if len(self._done) > MAX_DONE:
                del self._done[next(iter(self._done))]
        cause = Cause(
            received_ns=received_ns,
            by=command.by,
            comment=command.comment,
            reference=command.id,
        )
        alarm = self._named(asked.spacecraft, command.alarm)
        try:
            if command.denied:
                raise _Refused(command.denied)
            if not self._known(alarm):
                raise _Refused("there is no such alarm")
            if not command.by.strip():
                raise _Refused("nobody asks for it: say who you are")
            if command.occurrence and command.occurrence != alarm.occurrence:
                raise _Refused("that occurrence is over; look at the alarm again")
            return self._obey(asked, alarm, time_ns, cause)
        except _Refused as refused:
            return (machine.refusal(alarm, time_ns, cause, str(refused)),)

    def _obey(self, asked: Asked, alarm: Alarm, time_ns: int, cause: Cause) -> tuple[Event, ...]:
        command = asked.command
        match asked.verb:
            case Verb.ACKNOWLEDGE:
                if not command.occurrence:
                    raise _Refused("an acknowledgement must name the occurrence it is for")
                return self._step(alarm, Stimulus.ACK, time_ns, cause)
            case Verb.RESET:
                return self._step(alarm, Stimulus.RESET, time_ns, cause)
            case Verb.SHELVE:
                return self._shelve(alarm, command.until_ns, time_ns, cause)
            case Verb.UNSHELVE:
                return self._unshelve(alarm, time_ns, cause)
            case Verb.OUT_OF_SERVICE:
                if not command.comment:
                    raise _Refused("taking an alarm out of service needs a reason")
                return self._note(
                    alarm,
                    EventKind.OUT_OF_SERVICE,
                    time_ns,
                    cause,
                    out_of_service=True,
                    out_of_service_by=cause.by,
                    out_of_service_reason=cause.comment,
                )
            case Verb.IN_SERVICE:
                return self._note(
                    alarm,
                    EventKind.IN_SERVICE,
                    time_ns,
                    cause,
                    out_of_service=False,
                    out_of_service_by="",
                    out_of_service_reason="",
                )
        raise _Refused(f"an alarm cannot be asked to {asked.verb}")

    def next_deadline_ns(self) -> int | None:
        """When, on the wall clock, `tick` next has something to do; None if never."""
        return min(
            (a.shelved_until_ns for a in self._alarms.values() if a.shelved_until_ns), default=None
        )

    def tick(self, spacecraft: str, time_ns: int, received_ns: int) -> tuple[Event, ...]:
        """End the shelves of one spacecraft whose time has come."""
        events: list[Event] = []
        for alarm in list(self._alarms.values()):
            if alarm.spacecraft == spacecraft and 0 < alarm.shelved_until_ns <= received_ns:
                cause = Cause(received_ns=received_ns, comment="its shelf ended")
                events += self._unshelve(alarm, time_ns, cause)
        return tuple(events)

    def _alarm(self, spacecraft: str, subject: str, condition: Condition) -> Alarm:
        id_ = f"{subject}.{condition}"
        return self._alarms.get((spacecraft, id_)) or Alarm(
            spacecraft=spacecraft, id=id_, subject=subject, condition=condition
        )

    def _named(self, spacecraft: str, id_: str) -> Alarm:
        """The alarm of that id, which need not be one that can exist (`_known`)."""
        subject, _, condition = id_.rpartition(".")
        if condition in list(Condition):
            return self._alarm(spacecraft, subject, Condition(condition))
        return Alarm(spacecraft=spacecraft, id=id_, subject=id_, condition=Condition.LIMIT)

    def _known(self, alarm: Alarm) -> bool:
        subsystems = self._database.spacecraft[alarm.spacecraft].subsystems
        if alarm.condition is Condition.STALE:
            return alarm.subject in subsystems
        return any(alarm.subject in one.parameters for one in subsystems.values())

    def _policy(self, alarm: Alarm) -> Policy:
        if alarm.condition is not Condition.LIMIT:
            return _PLAIN
        limits = self._database.parameter(alarm.spacecraft, alarm.subject).limits
        return _LATCHING if limits.latching else _PLAIN

    def _step(
        self, alarm: Alarm, stimulus: Stimulus, time_ns: int, cause: Cause
    ) -> tuple[Event, ...]:
        after, events = machine.step(alarm, stimulus, time_ns, self._policy(alarm), cause)
        self._keep(after)
        return events

    def _keep(self, alarm: Alarm) -> None:
        key = (alarm.spacecraft, alarm.id)
        if alarm.standing:
            self._alarms[key] = alarm
        else:
            self._alarms.pop(key, None)

    def _shelve(self, alarm: Alarm, until_ns: int, time_ns: int, cause: Cause) -> tuple[Event, ...]:
        if not cause.received_ns < until_ns <= cause.received_ns + MAX_SHELF_NS:
            raise _Refused("a shelf must end within the next 24 hours")
        if not cause.comment:
            raise _Refused("shelving needs a reason")
        return self._note(
            alarm,
            EventKind.SHELVED,
            time_ns,
            cause,
            shelved_until_ns=until_ns,
            shelved_by=cause.by,
            shelf_reason=cause.comment,
        )

    def _unshelve(self, alarm: Alarm, time_ns: int, cause: Cause) -> tuple[Event, ...]:
        return self._note(
            alarm,
            EventKind.UNSHELVED,
            time_ns,
            cause,
            shelved_until_ns=0,
            shelved_by="",
            shelf_reason="",
        )

    def _note(
        self,
        alarm: Alarm,
        kind: EventKind,
        time_ns: int,
        cause: Cause,
        told: str = "",
        heard: bool = False,
        **changes: object,
    ) -> tuple[Event, ...]:
        """Change something about an alarm but its state. What comes out of silence unseen is heard.

        An event about an alarm that has no occurrence is known by what was asked. told: what there
        is to say although nothing changed.
        """
        if not told and all(getattr(alarm, name) == value for name, value in changes.items()):
            return ()
        after = msgspec.structs.replace(
            alarm, events=alarm.events + 1, changed_ns=time_ns, **changes
        )
        heard = after.audible and (heard or (not alarm.audible and after.state is State.UNACK))
        if heard:
            after = msgspec.structs.replace(after, annunciated_ns=time_ns)
        self._keep(after)
        about = after.occurrence or (
            f"{after.spacecraft}/{after.id}/{kind}/{cause.reference or cause.received_ns}"
        )
        return (
            Event(
                id=f"{about}/{after.events}",
                kind=kind,
                time_ns=time_ns,
                received_ns=cause.received_ns,
                previous=alarm.state,
                alarm=after,
                annunciate=heard,
                value=cause.value,
                by=cause.by,
                comment=cause.comment or told,
            ),
        )


def _told(finding: Finding) -> str:
    """What late data say of an alarm that stands, for the journal."""
    one = finding.detection
    match finding.kind:
        case FindingKind.ENDED:
            return f"late data: back in limits at {utc(one.time_ns)}"
        case FindingKind.WORSE:
            return f"late data: {one.severity.name} at {utc(one.time_ns)}, {one.limit}"
    over = f" to {utc(finding.returned_ns)}" if finding.returned_ns else ""
    return f"late data: {one.severity.name} from {utc(one.time_ns)}{over}, {one.limit}"
