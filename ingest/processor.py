"""Decode, detect and alarm in one piece: a function of the spool's records and nothing else.

Live, replay and back-test run this same code. Everything it knows can be taken out as a snapshot
and put back, so that where a run is cut, or how its records are batched, cannot be told from its
alarm journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ingest.alarms import AlarmBook
from ingest.decode import Asked, ClockChange, Decoder
from ingest.detect import Detection, Detector
from ingest.record import TICK, Outgoing, Record
from telemetry.alarm import Alarm, Condition, Event
from telemetry.clock import LIVE_CLOCK, SECOND_NS, StreamClock
from telemetry.errors import SpoolError
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Subsystem
from telemetry.samples import Reject
from telemetry.topics import Topics
from telemetry.wire import encode

SNAPSHOT_VERSION: Final = 2

#: How much later than due, on the wall, a frame may come before its silence is believed: queues
#: and a busy machine are not the spacecraft's silence.
DELIVERY_GRACE_NS: Final = SECOND_NS


@dataclass(frozen=True, slots=True)
class Outcome:
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


@dataclass(slots=True)
class _Watch:
    """One subsystem as it comes in.

    time_ns: of its newest frame of this run. since_ns: from when on its frames are due.
    """

    subsystem: Subsystem
    detector: Detector
    time_ns: int | None = None
    since_ns: int | None = None
    sequence: int | None = None
    stale: bool = False

    @property
    def last_ns(self) -> int | None:
        """When it was last heard, or, before that, when it began to be due."""
        return self.since_ns if self.time_ns is None else self.time_ns


class Processor:
    """Feed it records in order; it answers with what became of each."""

    def __init__(self, database: MissionDatabase, topics: Topics) -> None:
        self._decoder = Decoder(database, topics)
        self._book = AlarmBook(database)
        self._database = database
        self._topics = topics
        #: Per spacecraft: the newest generation time of its frames, and when the last one came.
        self._heard: dict[str, tuple[int, int]] = {}
        self._watches = {
            (spacecraft.id, subsystem.id): _Watch(subsystem, Detector(subsystem))
            for spacecraft in database.spacecraft.values()
            for subsystem in spacecraft.subsystems.values()
        }

    @property
    def alarms(self) -> Mapping[tuple[str, str], Alarm]:
        """The standing alarms, by (spacecraft, alarm id)."""
        return self._book.alarms

    def retained(self) -> dict[str, bytes]:
        """What is to be retained by the broker now, by topic."""
        return {
            self._topics.alarm(alarm.spacecraft, alarm.id): encode(alarm)
            for alarm in self._book.alarms.values()
        }

    def process(self, record: Record) -> Outcome:
        if record.topic == TICK:
            return Outcome(events=tuple(self._tick(record)))
        decoded = self._decoder.decode(record)
        match decoded.content:
            case Frame() as frame:
                return self._frame(frame, decoded.rejects)
            case ClockChange() as change:
                self._start_run(change, record.received_ns)
            case Asked() as asked:
                now_ns = self._clock(asked.spacecraft).at(record.received_ns)
                return Outcome(events=self._book.command(asked, now_ns, record.received_ns))
        return Outcome(rejects=decoded.rejects)

    def _clock(self, spacecraft: str) -> StreamClock:
        return self._decoder.clocks.get(spacecraft, LIVE_CLOCK)

    def _frame(self, frame: Frame, rejects: tuple[Reject, ...]) -> Outcome:
        watch = self._watches[frame.spacecraft, frame.subsystem]
        missing, repeated = 0, False
        if watch.sequence is not None:
            missing = max(0, frame.sequence - watch.sequence - 1)
            repeated = frame.sequence <= watch.sequence
            if frame.sequence > watch.sequence and frame.time_ns < (watch.time_ns or 0):
                self._step_back(watch, frame)
        watch.sequence = max(frame.sequence, watch.sequence or 0)

        detections = self._end_of_silence(watch, frame)
        watch.time_ns = max(frame.time_ns, watch.time_ns or 0)
        newest_ns, _ = self._heard.get(frame.spacecraft, (0, 0))
        self._heard[frame.spacecraft] = max(newest_ns, frame.time_ns), frame.received_ns
        detections += watch.detector.check(frame)
        events: list[Event] = []
        for detection in detections:
            events += self._book.detect(frame.spacecraft, detection, frame.received_ns)
        return Outcome(tuple(events), rejects, frame, missing, repeated)

    def _step_back(self, watch: _Watch, frame: Frame) -> None:
        """A later frame of an earlier time: its spacecraft's clock was wrong and was put right.

        Late data keep the sequence numbers they were made with. Held against the wrong time, this
        frame and all that follow would be old, and what they say would not be judged.
        """
        watch.detector.start_run()
        watch.time_ns = frame.time_ns
        self._heard[frame.spacecraft] = frame.time_ns, frame.received_ns

    def _end_of_silence(self, watch: _Watch, frame: Frame) -> list[Detection]:
        """A frame after a silence ends it, and shows it if no tick had: the same either way."""
        if watch.time_ns is not None and frame.time_ns <= watch.time_ns:
            return []
        found: list[Detection] = []
        if not watch.stale:
            silent_ns = frame.time_ns - (watch.last_ns or frame.time_ns)
            heartbeat = self._clock(frame.spacecraft).heartbeat
            if not heartbeat or silent_ns <= watch.subsystem.stale_after_ns:
                return []
            found.append(_silence(watch))
        watch.stale = False
        over = Detection(
            watch.subsystem.id, Condition.STALE, Severity.NOMINAL, frame.time_ns, None, ""
        )
        return [*found, over]

    def _tick(self, record: Record) -> list[Event]:
        events: list[Event] = []
        for (spacecraft, _), watch in self._watches.items():
            clock = self._clock(spacecraft)
            if watch.stale or watch.last_ns is None or not clock.heartbeat:
                continue
            patience_ns = watch.subsystem.stale_after_ns + round(DELIVERY_GRACE_NS * clock.rate)
            if self._reached_ns(spacecraft, record.received_ns) - watch.last_ns > patience_ns:
                watch.stale = True
                events += self._book.detect(spacecraft, _silence(watch), record.received_ns)
        deadline_ns = self._book.next_deadline_ns()
        if deadline_ns is not None and deadline_ns <= record.received_ns:
            for spacecraft in self._database.spacecraft:
                now_ns = self._clock(spacecraft).at(record.received_ns)
                events += self._book.tick(spacecraft, now_ns, record.received_ns)
        return events

    def _reached_ns(self, spacecraft: str, wall_ns: int) -> int:
        """How far a spacecraft's stream has come.

        While its frames come in, that is what the newest of them says: a backlog being caught up
        is old, not silent. When nothing comes at all, its clock says it.
        """
        newest_ns, received_ns = self._heard.get(spacecraft, (0, 0))
        if wall_ns - received_ns <= DELIVERY_GRACE_NS:
            return newest_ns
        return self._clock(spacecraft).at(wall_ns)

    def _start_run(self, change: ClockChange, received_ns: int) -> None:
        """A publisher started: sequence and times begin anew, and every subsystem is due.

        It may have started long before we heard of it; what we could not hear was no silence.
        """
        if not change.new_run:
            return
        self._heard.pop(change.spacecraft, None)
        for (spacecraft, _), watch in self._watches.items():
            if spacecraft == change.spacecraft:
                watch.detector.start_run()
                watch.sequence = None
                watch.time_ns = None
                watch.since_ns = max(change.clock.epoch_ns, change.clock.at(received_ns))

    def snapshot(self) -> bytes:
        """Everything `restore` needs to go on as if nothing had happened."""
        return msgspec.msgpack.encode(
            {
                "version": SNAPSHOT_VERSION,
                "clocks": self._decoder.clocks,
                "heard": self._heard,
                "alarms": list(self._book.alarms.values()),
                "watches": [
                    {
                        "spacecraft": spacecraft,
                        "subsystem": subsystem,
                        "time_ns": watch.time_ns,
                        "since_ns": watch.since_ns,
                        "sequence": watch.sequence,
                        "stale": watch.stale,
                        "detector": watch.detector.snapshot(),
                    }
                    for (spacecraft, subsystem), watch in self._watches.items()
                    if watch.last_ns is not None
                ],
            }
        )

    def restore(self, snapshot: bytes) -> None:
        """:raises SpoolError: if the snapshot is of a version this program does not know."""
        state: dict[str, Any] = msgspec.msgpack.decode(snapshot)
        if state.get("version") != SNAPSHOT_VERSION:
            raise SpoolError(
                f"the alarm state is of version {state.get('version')}, this program knows "
                f"{SNAPSHOT_VERSION}: use the stationwatch that wrote it, or another state folder"
            )
        self._decoder.clocks = msgspec.convert(state["clocks"], dict[str, StreamClock])
        self._heard = msgspec.convert(state["heard"], dict[str, tuple[int, int]])
        alarms = msgspec.convert(state["alarms"], list[Alarm])
        self._book = AlarmBook(self._database, alarms)
        for saved in state["watches"]:
            watch = self._watches.get((saved["spacecraft"], saved["subsystem"]))
            if watch is not None:
                watch.time_ns, watch.sequence = saved["time_ns"], saved["sequence"]
                watch.since_ns, watch.stale = saved["since_ns"], saved["stale"]
                watch.detector.restore(saved["detector"])
        for alarm in alarms:
            self._expect(alarm)

    def _expect(self, alarm: Alarm) -> None:
        """Have the detectors know what stands, whatever became of the mission database since."""
        for (spacecraft, _), watch in self._watches.items():
            if spacecraft == alarm.spacecraft and alarm.subject in watch.subsystem.parameters:
                watch.detector.expect(alarm.subject, alarm.condition, alarm.severity)


def _silence(watch: _Watch) -> Detection:
    """The subsystem's silence, dated when its next frame was overdue: whoever notices, and when."""
    assert watch.last_ns is not None  # noqa: S101 - both callers have looked
    subsystem = watch.subsystem
    return Detection(
        subsystem.id,
        Condition.STALE,
        subsystem.stale,
        watch.last_ns + subsystem.stale_after_ns,
        None,
        f"no frame for {subsystem.stale_after_ns / SECOND_NS:g} s",
    )
