"""Decode, derive, detect and alarm in one piece: a function of the spool's records alone.

Live, replay and back-test run this same code. Everything it knows can be taken out as a snapshot
and put back, so that where a run is cut, or how its records are batched, cannot be told from its
alarm journal.
"""

import traceback
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ingest.alarms import AlarmBook
from ingest.annunciation import Annunciations
from ingest.contacts import ContactBook, Signals
from ingest.decode import (
    MAX_BEHIND_NS,
    Announced,
    Asked,
    AskedOfPlan,
    AskedOfShift,
    ClockChange,
    Content,
    Decoder,
)
from ingest.derivations import derivations
from ingest.detect import Detection
from ingest.expected import LOOKED_AT, Look
from ingest.expected import check as check_configuration
from ingest.incidents import Changes, IncidentBook
from ingest.late import Arrival
from ingest.limit_texts import changed, limit_texts
from ingest.plans import PlanBook
from ingest.reception import (
    Change,
    GapFilled,
    Heard,
    Reception,
    Shown,
    ShownLate,
    SignalChange,
    TakenOver,
)
from ingest.record import TICK, Outgoing, Record
from ingest.shift import ShiftBook
from telemetry.activity import Activity, PlannedState
from telemetry.alarm import BEHIND_NS, Alarm, Condition, Event
from telemetry.clock import LAST_NS, LIVE_CLOCK, SECOND_NS, StreamClock, StreamKind
from telemetry.errors import SpoolError
from telemetry.frame import QUALITY_UNSPECIFIED, Frame, Sample
from telemetry.incident import Incident
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Subsystem, Value
from telemetry.plan import ConfigurationCheck, Plan, PlanChange
from telemetry.samples import Reject
from telemetry.shift import Gap, Shift, ShiftVerb
from telemetry.topics import GROUND, Topics
from telemetry.wire import Reason, encode, encode_frame

SNAPSHOT_VERSION: Final = 3

#: How much later than due, on the wall, a frame may come before its silence is believed: queues
#: and a busy machine are not the spacecraft's silence.
DELIVERY_GRACE_NS: Final = SECOND_NS
#: How much further than time has passed one frame alone may take its spacecraft: a link that was
#: slow, and frames that come together, are no wrong time.
LEAP_NS: Final = 5 * SECOND_NS

#: Under these names what is published is also kept for good.
PLAN_LOG: Final = "plan"
INCIDENT_LOG: Final = "incident"
SHIFT_LOG: Final = "shift"


class SnapshotDamaged(SpoolError):
    """A snapshot of this version that is not as it must be."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What one record brought about. `missing` frames and `repeated` ones go by sequence number.

    messages: for the world, besides the events; `urgent` if somebody must hear of them at once.
    """

    events: tuple[Event, ...] = ()
    messages: tuple[Outgoing, ...] = ()
    rejects: tuple[Reject, ...] = ()
    frame: Frame | None = None
    missing: int = 0
    repeated: bool = False

    @property
    def urgent(self) -> bool:
        return bool(self.events) or any(one.log or one.retain for one in self.messages)


class Processor:
    """Feed it records in order; it answers with what became of each."""

    def __init__(self, database: MissionDatabase, topics: Topics, *, derive: bool = True) -> None:
        """derive: False where stored frames are judged and what was derived then is among them."""
        self._database = database
        self._derive_anew = derive
        self._topics = topics
        self._decoder = Decoder(database, topics)
        self._book = AlarmBook(database, run=self._run)
        self._contacts = ContactBook()
        self._signals = Signals()
        self._reception = Reception(database, self._contacts, self._planned)
        self._plans = PlanBook()
        self._derivations = derivations(database) if derive else ()
        self._incidents = IncidentBook(database.incidents)
        self._annunciations = Annunciations()
        self._shift = ShiftBook(Shift(missiondb=database.version))
        #: Per spacecraft: the newest generation time of its frames, and when the last one came.
        self._heard: dict[str, tuple[int, int]] = {}
        #: Per spacecraft: a time further ahead of that than has passed, which no other frame bears
        #: out yet.
        self._ahead: dict[str, int] = {}
        #: The newest samples that checks and incidents ask for.
        self._wanted = frozenset(
            [(craft, name) for craft, names in LOOKED_AT.items() for name in names]
            + [
                (craft, name)
                for rule in database.incidents.values()
                for craft, _, name in (text.partition("/") for text in rule.evidence)
            ]
        )
        self._wanted_of = {
            craft: tuple(sorted(key for key in self._wanted if key[0] == craft))
            for craft in database.spacecraft
        }
        self._newest: dict[tuple[str, str], Sample] = {}
        self._limit_texts = limit_texts(database)
        self._ticked_ns = 0
        #: Since the snapshot this one began with; the next tick judges by them what is known.
        self._limits_changed = False

    @property
    def alarms(self) -> Mapping[tuple[str, str], Alarm]:
        """The standing alarms, by (spacecraft, alarm id)."""
        return self._book.alarms

    @property
    def plans(self) -> Sequence[Plan]:
        return self._plans.all()

    @property
    def incidents(self) -> Collection[Incident]:
        """Those that are open."""
        return self._incidents.open.values()

    def clock(self, spacecraft: str) -> StreamClock:
        """What a stream announced, or that of one that announced nothing."""
        return self._decoder.clocks.get(spacecraft, LIVE_CLOCK)

    @property
    def missiondb(self) -> str:
        """The version it judges by."""
        return self._database.version

    @property
    def clocks(self) -> Mapping[str, StreamClock]:
        """What each stream has announced."""
        return self._decoder.clocks

    def stream_now_ns(self, wall_ns: int) -> int | None:
        """The earliest time a stream that is heard has come to; None if none is that runs by a
        clock. What is a month old is a month before this, whatever year a scenario is of."""
        clocks = [self.clock(craft) for craft in self._heard if craft != GROUND]
        running = (StreamKind.LIVE, StreamKind.SIMULATED)
        return min((one.at(wall_ns) for one in clocks if one.kind in running), default=None)

    def certain_now_ns(self, wall_ns: int) -> int | None:
        """As `stream_now_ns`, but never past the newest that was heard: the wall clock may be a
        year ahead, and what is given up for its age is gone."""
        now_ns = self.stream_now_ns(wall_ns)
        newest_ns = max(
            (ns for craft, (ns, _) in self._heard.items() if craft != GROUND), default=0
        )
        return None if now_ns is None else min(now_ns, newest_ns)

    def _run(self, spacecraft: str) -> str:
        return self.clock(spacecraft).run

    def ground(self) -> dict[str, Value]:
        """What the processor has to say of itself as telemetry of `ground`."""
        return {
            **self._annunciations.values(self._now),
            "GND_INCIDENTS_OPEN": len(self._incidents.open),
            "GND_LATE_DROPPED_TOTAL": self._reception.late_dropped,
        }

    def retained(self) -> dict[str, bytes]:
        """What is to be retained by the broker now, by topic."""
        topics = self._topics
        retained = {
            topics.alarm(alarm.spacecraft, alarm.id): encode(alarm)
            for alarm in self._book.alarms.values()
        }
        for (craft, _), plan in self._plans.plans.items():
            if not plan.state.over:
                retained[topics.plan(craft, plan.activity.id)] = encode(plan)
        for incident in self._incidents.open.values():
            retained[topics.incident(incident.id)] = encode(incident)
        for craft in self._database.spacecraft:
            retained[topics.signal(craft)] = self._signal_of(craft)
        retained[topics.shift] = encode(self._shift.shift)
        return retained

    def process(self, record: Record) -> Outcome:
        made = _Made(record.received_ns)
        if record.topic == TICK:
            self._tick(record, made)
            return made.outcome()
        decoded = self._decoder.decode(record)
        made.rejects = decoded.rejects
        try:
            self._take(decoded.content, record, made)
        except Exception as error:
            # A fault of ours; what came of the record before it must be told all the same.
            made.rejects += (Reject(Reason.UNPROCESSABLE, _where(error)),)
        return made.outcome()

    # --- what a whole stretch of frames is judged by at once (`ingest.block`) ---

    @property
    def reception(self) -> Reception:
        return self._reception

    @property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """(spacecraft, parameter): whose newest samples `pass_over` must be told."""
        return self._wanted

    @property
    def plan_edges_ns(self) -> tuple[int, ...]:
        """When what the plan permits changes by itself."""
        return self._plans.edges_ns

    def pass_over(
        self, spacecraft: str, time_ns: int, newest: Iterable[tuple[str, Sample]]
    ) -> None:
        """Frames have come, received when they were taken, of which nothing comes about.

        time_ns: of the newest. newest: of `wanted`, with their parameters.
        """
        for parameter, sample in newest:
            self._newest[spacecraft, parameter] = sample
        known_ns, received_ns = self._heard.get(spacecraft, (0, 0))
        self._heard[spacecraft] = max(known_ns, time_ns), max(received_ns, time_ns)
        self._ticked_ns = max(self._ticked_ns, time_ns)

    def next_deadline_ns(self, *, looked: bool) -> int:
        """Before then no tick has anything to do but to see who is silent.

        looked: a tick came last, and nothing but what was passed over since.
        """
        shelf_ns = self._book.next_deadline_ns()
        return min(
            self._plans.next_deadline_ns(),
            self._incidents.next_deadline_ns(self._now, looked=looked),
            LAST_NS if shelf_ns is None else shelf_ns,
        )

    def silent_after_ns(self) -> int:
        """Up to when no tick finds anyone silent, if no frame comes any more."""
        return min(
            (
                self._reception.silent_after_ns(craft, round(DELIVERY_GRACE_NS * clock.rate))
                for craft in self._database.spacecraft
                if (clock := self.clock(craft)).heartbeat
            ),
            default=LAST_NS,
        )

    def judge(self, frame: Frame) -> Outcome:
        """As `process`, of a frame that is decoded already and fits the mission database."""
        made = _Made(frame.received_ns)
        try:
            self._frame(frame, made)
        except Exception as error:
            made.rejects += (Reject(Reason.UNPROCESSABLE, _where(error)),)
        return made.outcome()

    def _take(self, content: Content | None, record: Record, made: "_Made") -> None:
        match content:
            case Frame() as frame:
                self._frame(frame, made)
            case ClockChange() as change:
                self._start_run(change, made)
            case Asked() as asked:
                now_ns = self.clock(asked.spacecraft).at(record.received_ns)
                self._tell(self._book.command(asked, now_ns, record.received_ns), made)
            case AskedOfPlan() as asked_of_plan:
                self._ask_plan(asked_of_plan, made)
            case AskedOfShift() as asked_of_shift:
                self._ask_shift(asked_of_shift, made)
            case Announced(spacecraft, schedule):
                self._contacts.announce(spacecraft, schedule)

    # --- frames ---

    def _frame(self, frame: Frame, made: "_Made") -> None:
        derived = self._database.subsystem(frame.spacecraft, frame.subsystem).derived
        if derived and self._derive_anew:
            return  # our own, come back by the broker to be stored; judged when it was derived
        made.frame = frame
        self._ticked_ns = max(self._ticked_ns, frame.received_ns)
        heard = self._judge(frame, made)
        made.missing, made.repeated = heard.missing, heard.repeated
        if heard.how is not Arrival.LATE:
            self._hear(frame, stepped_back=heard.how is Arrival.STEPPED_BACK)
        for one in self._derive(frame, made):
            self._judge(one, made)
            topic = self._topics.frame(one.spacecraft, one.subsystem)
            made.messages.append(Outgoing(topic, encode_frame(one)))

    def _hear(self, frame: Frame, *, stepped_back: bool) -> None:
        """Move on how far a spacecraft has come; by which all its other subsystems are judged.

        So one frame of a wrong time must not: a leap takes a second frame that bears it out.
        """
        craft = frame.spacecraft
        newest_ns, received_ns = self._heard.get(craft, (0, 0))
        ahead_ns = self._ahead.pop(craft, None)
        if stepped_back:
            newest_ns = 0
        clock = self.clock(craft)
        passed_ns = max(0, round((frame.received_ns - received_ns) * clock.rate))
        leaps = newest_ns and clock.heartbeat and frame.time_ns > newest_ns + passed_ns + LEAP_NS
        if leaps and (ahead_ns is None or abs(frame.time_ns - ahead_ns) > LEAP_NS):
            self._ahead[craft] = frame.time_ns
            return
        self._heard[craft] = max(newest_ns, frame.time_ns), frame.received_ns

    def _derive(self, frame: Frame, made: "_Made") -> list[Frame]:
        """A fault in what is derived costs that, not the alarms of what was measured."""
        found: list[Frame] = []
        plans = self._plans.all()
        for derivation in self._derivations:
            try:
                derived = derivation.take(frame, plans)
                found += (self._fitting(one) for one in derived)
            except Exception as error:
                made.rejects += (Reject(Reason.UNPROCESSABLE, f"deriving: {_where(error)}"),)
        return found

    def _fitting(self, frame: Frame) -> Frame:
        """A derived frame with what the mission database names; what is no number is invalid."""
        known = self._database.subsystem(frame.spacecraft, frame.subsystem).parameters
        values = {id_: value for id_, value in frame.values.items() if id_ in known}
        wrong = [id_ for id_, v in values.items() if isinstance(v, float) and not isfinite(v)]
        invalid = {id_: quality for id_, quality in frame.invalid.items() if id_ in known}
        for id_ in wrong:
            del values[id_]
            invalid[id_] = QUALITY_UNSPECIFIED
        return replace(frame, values=values, invalid=invalid)

    def _judge(self, frame: Frame, made: "_Made") -> Heard:
        clock = self.clock(frame.spacecraft)
        heard = self._reception.frame(frame, clock)
        self._remember(frame)
        self._apply(heard.changes, made)
        return heard

    def _remember(self, frame: Frame) -> None:
        for key in self._wanted_of.get(frame.spacecraft, ()):
            _, parameter = key
            if parameter in frame.values or parameter in frame.invalid:
                known = self._newest.get(key)
                if known is None or known.time_ns <= frame.time_ns:
                    self._newest[key] = Sample(frame.time_ns, frame.values.get(parameter))

    def _planned(self, time_ns: int) -> frozenset[PlannedState]:
        """What activities in force plan at a time; of whichever spacecraft, they fly together."""
        return frozenset(
            state
            for plan in self._plans.all()
            if plan.in_force(time_ns)
            for state in plan.activity.planned_states
        )

    def _apply(self, changes: Iterable[Change], made: "_Made") -> None:
        for change in changes:
            match change:
                case Shown(spacecraft, detection):
                    judge = self._incidents.judge
                    events = self._book.detect(spacecraft, detection, made.received_ns, judge)
                    self._tell(events, made)
                case ShownLate(spacecraft, finding):
                    judge = self._incidents.judge
                    events = self._book.detect_late(spacecraft, finding, made.received_ns, judge)
                    self._tell(events, made)
                case GapFilled(spacecraft, subsystem, end_ns):
                    self._note_gap(self._signals.fill(spacecraft, subsystem, end_ns), made)
                case SignalChange() as signal:
                    self._signal(signal, made)
                case TakenOver() as taken:
                    self._agree(taken, made)

    def _agree(self, taken: TakenOver, made: "_Made") -> None:
        """Have the book say what the detector says, now that late data have changed its mind."""
        self._settle(
            taken.spacecraft, taken.subsystem, taken.time_ns, made, "by data that came late"
        )

    def _settle(
        self, craft: str, subsystem: Subsystem, time_ns: int, made: "_Made", late: str = ""
    ) -> None:
        """Have the book say what the detectors say of a subsystem's parameters."""
        for parameter in subsystem.parameters:
            for condition in Condition:
                if condition is Condition.STALE:
                    continue
                severity = self._reception.reported(craft, subsystem.id, parameter, condition)
                alarm = self._book.alarms.get((craft, f"{parameter}.{condition}"))
                standing = alarm is not None and alarm.state.violated
                if severity != (alarm.severity if alarm and standing else Severity.NOMINAL):
                    text = late if severity else ""
                    one = Detection(parameter, condition, severity, time_ns, None, text)
                    judge = self._incidents.judge
                    events = self._book.detect(craft, one, made.received_ns, judge, late=bool(late))
                    self._tell(events, made)

    def _judge_anew(self, made: "_Made") -> None:
        """The mission database is another than the one that judged until now."""
        self._limits_changed = False
        self._apply(self._reception.rejudge(), made)
        for craft in self._database.spacecraft.values():
            for subsystem in craft.subsystems.values():
                # a rule that is gone says nothing any more, and what it raised is over
                self._settle(craft.id, subsystem, self._now(craft.id), made)

    def _tell(self, events: Iterable[Event], made: "_Made") -> None:
        """Journal events, and let everybody who counts or groups them know."""
        for event in map(self._dated, events):
            made.events.append(event)
            self._annunciations.take(event)
            self._regroup(self._incidents.take(event, self._value), made)

    def _dated(self, event: Event) -> Event:
        """The event, with how long after its time it was received if that is worth saying."""
        if event.by or not event.received_ns:
            return event
        clock = self.clock(event.alarm.spacecraft)
        behind_ns = clock.at(event.received_ns) - event.time_ns
        if clock.kind is StreamKind.PLAYED or behind_ns > MAX_BEHIND_NS:
            return event  # when a recording was played, or stored, says nothing of then
        behind_ns = round(behind_ns / max(clock.rate, 1.0))
        return (
            msgspec.structs.replace(event, behind_ns=behind_ns) if behind_ns > BEHIND_NS else event
        )

    def _regroup(self, changes: Changes, made: "_Made") -> None:
        for incident in changes.incidents:
            payload = encode(incident)
            topic = self._topics.incident(incident.id)
            if incident.open:
                made.messages.append(Outgoing(topic, payload, retain=True, log=INCIDENT_LOG))
            else:
                made.messages.append(Outgoing(topic, b"", retain=True))
                event = Outgoing(self._topics.incident_event, payload, log=INCIDENT_LOG)
                made.messages.append(event)
        for craft, alarm in changes.release:
            now_ns = self._now(craft)
            self._tell(self._book.release(craft, alarm, now_ns, made.received_ns), made)

    def _value(self, spacecraft: str, parameter: str) -> Value | None:
        sample = self._newest.get((spacecraft, parameter))
        return sample.value if sample else None

    # --- contact ---

    def _subjects(self, spacecraft: str, subsystem: Subsystem) -> frozenset[str]:
        derived = (
            one.parameters
            for one in self._database.spacecraft[spacecraft].subsystems.values()
            if subsystem.id in one.derived_from
        )
        return frozenset(subsystem.parameters).union(*derived)

    def _signal(self, change: SignalChange, made: "_Made") -> None:
        craft, subsystem = change.spacecraft, change.subsystem
        # what is derived from it is no better known than itself
        subjects = self._subjects(craft, subsystem)
        if change.lost:
            events = self._book.lose_signal(craft, subjects, change.time_ns, made.received_ns)
            self._signals.lost(
                craft,
                subsystem.id,
                change.last_ns,
                announced=change.announced,
                back_ns=change.back_ns,
            )
        else:
            events = self._book.regain_signal(craft, subjects, change.time_ns, made.received_ns)
            self._note_gap(self._signals.heard(craft, subsystem.id, change.time_ns), made)
        self._tell(events, made)
        made.messages.append(Outgoing(self._topics.signal(craft), self._signal_of(craft), True))

    def _note_gap(self, gap: Gap | None, made: "_Made") -> None:
        if gap is not None:
            self._shift.gap(gap)
            self._publish_shift(made)

    def _signal_of(self, spacecraft: str) -> bytes:
        now_ns = self._now(spacecraft)
        return encode(self._signals.signal(spacecraft, now_ns, self._unknown(spacecraft)))

    def _unknown(self, spacecraft: str) -> int:
        return sum(
            alarm.spacecraft == spacecraft and alarm.unknown_since_ns > 0
            for alarm in self._book.alarms.values()
        )

    # --- what people ask ---

    def _ask_plan(self, asked: AskedOfPlan, made: "_Made") -> None:
        change = self._plans.command(
            asked.spacecraft,
            asked.verb,
            asked.command,
            time_ns=self.clock(asked.spacecraft).at(made.received_ns),
            received_ns=made.received_ns,
            check=self._check,
        )
        if change is None:
            made.rejects += (Reject(Reason.UNKNOWN_TOPIC, f"plan/{asked.verb}"),)
        else:
            self._publish_plan(asked.spacecraft, change, made)

    def _check(self, activity: Activity, time_ns: int) -> ConfigurationCheck:
        look = Look(
            database=self._database,
            newest=lambda spacecraft, parameter: self._newest.get((spacecraft, parameter)),
            heard=self._reception.heard,
            covered=self._contacts.covered,
            alarms=self._book.alarms.values(),
        )
        return check_configuration(activity, time_ns, look)

    def _publish_plan(self, spacecraft: str, change: PlanChange, made: "_Made") -> None:
        topics = self._topics
        log = "" if change.repeated else PLAN_LOG
        made.messages.append(Outgoing(topics.plan_event(spacecraft), encode(change), log=log))
        if change.plan is not None and not change.refused:
            plan = change.plan
            payload = b"" if plan.state.over else encode(plan)
            topic = topics.plan(spacecraft, plan.activity.id)
            made.messages.append(Outgoing(topic, payload, retain=True))

    def _ask_shift(self, asked: AskedOfShift, made: "_Made") -> None:
        try:
            verb = ShiftVerb(asked.verb)
        except ValueError:
            made.rejects += (Reject(Reason.UNKNOWN_TOPIC, f"shift/{asked.verb}"),)
            return
        change = self._shift.command(verb, asked.command, made.received_ns)
        topic = self._topics.shift_event
        made.messages.append(Outgoing(topic, encode(change), log=SHIFT_LOG))
        self._publish_shift(made)

    def _publish_shift(self, made: "_Made") -> None:
        payload = encode(self._shift.shift)
        made.messages.append(Outgoing(self._topics.shift, payload, retain=True))

    # --- time ---

    def _tick(self, record: Record, made: "_Made") -> None:
        self._ticked_ns = record.received_ns
        if self._limits_changed:
            self._judge_anew(made)
        for craft in self._database.spacecraft:
            clock = self.clock(craft)
            if clock.heartbeat:
                reached_ns = self._reached_ns(craft, record.received_ns)
                grace_ns = round(DELIVERY_GRACE_NS * clock.rate)
                self._apply(self._reception.tick(craft, reached_ns, grace_ns), made)
            now_ns = self._now(craft)
            if craft in self._decoder.clocks:  # a plan may come before its stream's own time
                for change in self._plans.tick(craft, now_ns, record.received_ns, self._check):
                    self._publish_plan(craft, change, made)
        deadline_ns = self._book.next_deadline_ns()
        if deadline_ns is not None and deadline_ns <= record.received_ns:
            for craft in self._database.spacecraft:
                self._tell(self._book.tick(craft, self._now(craft), record.received_ns), made)
        self._annunciations.tick(record.received_ns)
        self._regroup(self._incidents.tick(self._book.alarms, self._now), made)

    def _now(self, spacecraft: str) -> int:
        """The time a spacecraft's stream has come to, as of the newest record.

        A recording's clock only says where it began: there it is what its frames say.
        """
        if not self.clock(spacecraft).heartbeat and spacecraft in self._heard:
            return self._heard[spacecraft][0]
        return self.clock(spacecraft).at(self._ticked_ns)

    def _reached_ns(self, spacecraft: str, wall_ns: int) -> int:
        """How far a spacecraft's stream has come.

        While its frames come in, that is what the newest of them says: a backlog being caught up
        is old, not silent. When nothing comes, its clock says it, but it has come no further than
        the time since allows: our clock may have been set after the stream's was announced.
        """
        clock = self.clock(spacecraft)
        newest_ns, received_ns = self._heard.get(spacecraft, (0, 0))
        since_ns = wall_ns - received_ns
        if since_ns <= DELIVERY_GRACE_NS:
            return newest_ns
        if not newest_ns:
            return clock.at(wall_ns)
        return min(clock.at(wall_ns), newest_ns + round(since_ns * clock.rate))

    def _start_run(self, change: ClockChange, made: "_Made") -> None:
        if not change.new_run:
            return
        self._heard.pop(change.spacecraft, None)
        self._ahead.pop(change.spacecraft, None)
        since_ns = max(change.clock.epoch_ns, change.clock.at(made.received_ns))
        self._apply(self._reception.start_run(change.spacecraft, since_ns), made)
        for derivation in self._derivations:
            derivation.start_run(change.spacecraft)
        for key in [key for key in self._newest if key[0] == change.spacecraft]:
            del self._newest[key]

    # --- state ---

    def snapshot(self) -> bytes:
        """Everything `restore` needs to go on as if nothing had happened."""
        return msgspec.msgpack.encode(
            {
                "version": SNAPSHOT_VERSION,
                "clocks": self._decoder.clocks,
                "heard": self._heard,
                "ahead": self._ahead,
                "ticked_ns": self._ticked_ns,
                "newest": [(*key, one.time_ns, one.value) for key, one in self._newest.items()],
                "alarms": list(self._book.alarms.values()),
                "commands": list(self._book.done),
                "reception": self._reception.snapshot(),
                "contacts": self._contacts.snapshot(),
                "signals": self._signals.snapshot(),
                "plans": self._plans.snapshot(),
                "derivations": [one.snapshot() for one in self._derivations],
                "incidents": self._incidents.snapshot(),
                "annunciations": self._annunciations.snapshot(),
                "shift": self._shift.snapshot(),
                "limits": self._limit_texts,
                "limits_changed": self._limits_changed,
            }
        )

    def restore(self, snapshot: bytes) -> None:
        """
        :raises SnapshotDamaged: if it is of this version and cannot be read: use another processor.
        :raises SpoolError: if the snapshot is of a version this program does not know.
        """
        try:
            state = msgspec.msgpack.decode(snapshot, type=dict[str, Any])
            version = state.get("version")
            if version == SNAPSHOT_VERSION:
                self._restore(state)
                return
        except Exception as error:  # it may be of any shape whatever: a bundle brings some
            why = str(error) or type(error).__name__
            raise SnapshotDamaged(
                f"the alarm state is damaged ({why[:200]}): use another state folder"
            ) from error
        raise SpoolError(
            f"the alarm state is of version {version!r:.20}, this program knows "
            f"{SNAPSHOT_VERSION}: use the stationwatch that wrote it, or another state folder"
        )

    def _restore(self, state: dict[str, Any]) -> None:
        self._decoder.clocks = msgspec.convert(state["clocks"], dict[str, StreamClock])
        self._heard = msgspec.convert(state["heard"], dict[str, tuple[int, int]])
        self._ahead = msgspec.convert(state.get("ahead", {}), dict[str, int])
        self._ticked_ns = state["ticked_ns"]
        self._newest = {
            (craft, name): Sample(time_ns, value)
            for craft, name, time_ns, value in state["newest"]
            if (craft, name) in self._wanted and self._database.has(craft, name)
        }
        alarms = msgspec.convert(state["alarms"], list[Alarm])
        done = msgspec.convert(state.get("commands", ()), list[str])  # an older state has none
        self._book = AlarmBook(self._database, alarms, self._run, done)
        self._contacts.restore(state["contacts"])
        self._signals.restore(state["signals"])
        self._reception.restore(state["reception"])
        for alarm in alarms:
            self._reception.expect(alarm)
        self._plans.restore(state["plans"])
        for derivation, saved in zip(self._derivations, state["derivations"], strict=True):
            derivation.restore(saved)
        self._incidents.restore(state["incidents"])
        self._annunciations.restore(state["annunciations"])
        self._shift.restore(state["shift"])
        self._limits_changed = state.get("limits_changed", False)
        if lines := changed(state["limits"], self._limit_texts):
            self._limits_changed = True
            self._shift.limits_changed(lines, self._database.version)


def _where(error: Exception) -> str:
    """What went wrong, and in which line of ours."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{error!r} at {Path(last.filename).name}:{last.lineno}"


@dataclass(slots=True)
class _Made:
    """What one record brings about, as it comes together."""

    received_ns: int
    events: list[Event] = field(default_factory=list)
    messages: list[Outgoing] = field(default_factory=list)
    rejects: tuple[Reject, ...] = ()
    frame: Frame | None = None
    missing: int = 0
    repeated: bool = False

    def outcome(self) -> Outcome:
        return Outcome(
            tuple(self.events),
            tuple(self.messages),
            self.rejects,
            self.frame,
            self.missing,
            self.repeated,
        )
