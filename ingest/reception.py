"""What is heard of each subsystem: its frames in order, its silences, what each shows. Pure.

A silence is judged against the announced contacts: one that was announced loses sight of what
stands and is no alarm; any other is STALE. Data that come late are judged in the order they were
taken (`ingest.late`). The same findings come of the same frames whoever notices a silence, a tick
or the frame that ends it, and each is dated when it happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ingest.contacts import ContactBook
from ingest.detect import Detection, Detector
from ingest.late import Arrival, Judged, LateData, arrival
from ingest.late_finding import Finding
from ingest.late_gap import Planned
from telemetry.alarm import Alarm, Condition
from telemetry.clock import LAST_NS, SECOND_NS, StreamClock
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Subsystem


@dataclass(frozen=True, slots=True)
class Shown:
    """A condition of one spacecraft's subject changed."""

    spacecraft: str
    detection: Detection


@dataclass(frozen=True, slots=True)
class ShownLate:
    """Late data show something that live data do not."""

    spacecraft: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class GapFilled:
    """Late data covered the gap of a subsystem that ended then."""

    spacecraft: str
    subsystem: str
    end_ns: int


@dataclass(frozen=True, slots=True)
class SignalChange:
    """A subsystem went out of contact, or is heard again.

    time_ns: when its next frame was due, or of the frame that came. last_ns: of its newest frame
    before. back_ns: announced AOS, 0 when none is.
    """

    spacecraft: str
    subsystem: Subsystem
    lost: bool
    time_ns: int
    last_ns: int
    announced: bool = False
    back_ns: int = 0


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The live detector of a subsystem has taken over what late data know better, at that time."""

    spacecraft: str
    subsystem: Subsystem
    time_ns: int


Change = Shown | ShownLate | SignalChange | GapFilled | TakenOver


class Heard(msgspec.Struct, frozen=True, gc=False):
    """What one frame brought. missing, repeated: frames, by sequence number, amid contact."""

    changes: list[Change]
    missing: int = 0
    repeated: bool = False
    how: Arrival = Arrival.LIVE


@dataclass(slots=True)
class Watch:
    """One subsystem as it comes in.

    time_ns: of its newest frame of this run. since_ns: from when on its frames are due.
    out: it is silent for longer than its heartbeat allows; announced: as the schedule says.
    """

    spacecraft: str
    subsystem: Subsystem
    detector: Detector
    late: LateData
    time_ns: int | None = None
    since_ns: int | None = None
    sequence: int | None = None
    out: bool = False
    announced: bool = False
    stale: bool = False

    @property
    def last_ns(self) -> int | None:
        """When it was last heard, or, before that, when it began to be due."""
        return self.since_ns if self.time_ns is None else self.time_ns


class Reception:
    """Every subsystem of every spacecraft."""

    def __init__(self, database: MissionDatabase, contacts: ContactBook, planned: Planned) -> None:
        self._contacts = contacts
        self._planned = planned
        self._watches = {
            (craft.id, subsystem.id): Watch(
                craft.id, subsystem, Detector(subsystem), LateData(subsystem, planned)
            )
            for craft in database.spacecraft.values()
            for subsystem in craft.subsystems.values()
        }

    def frame(self, frame: Frame, clock: StreamClock) -> Heard:
        """Take a frame as it came in."""
        watch = self._watches[frame.spacecraft, frame.subsystem]
        how = arrival(frame, watch.sequence, watch.time_ns)
        missing, repeated = 0, False
        if watch.sequence is not None:
            missing = max(0, frame.sequence - watch.sequence - 1)
            repeated = frame.sequence <= watch.sequence
        watch.sequence = max(frame.sequence, watch.sequence or 0)
        changes: list[Change] = []
        if how is Arrival.LATE:
            changes += _late(watch, watch.late.take(frame))
            return Heard(changes, how=how)
        if how is Arrival.STEPPED_BACK:
            # Held against the wrong time, this frame and all that follow would be old.
            changes += _late(watch, watch.late.start_run())
            watch.detector.start_run()
            watch.time_ns = frame.time_ns
        changes += self._after_silence(watch, frame, clock, missing)
        if _ends_silence(changes):
            missing = 0  # taken without contact: that gap is told of as one
        watch.time_ns = max(frame.time_ns, watch.time_ns or 0)
        found = watch.detector.check(frame, self._planned(frame.time_ns))
        changes += [Shown(watch.spacecraft, detection) for detection in found]
        changes += _late(watch, watch.late.live(frame, found))
        return Heard(changes, missing, repeated, how)

    def heard(self, spacecraft: str, subsystem: str) -> bool:
        """Whether a subsystem is heard now."""
        watch = self._watches.get((spacecraft, subsystem))
        return watch is not None and watch.time_ns is not None and not watch.out

    @property
    def late_dropped(self) -> int:
        """Late frames there was no room to judge, so far."""
        return sum(watch.late.dropped for watch in self._watches.values())

    @property
    def watches(self) -> Mapping[tuple[str, str], Watch]:
        """By (spacecraft, subsystem)."""
        return self._watches

    def pass_over(self, spacecraft: str, subsystem: str, time_ns: int, sequence: int) -> None:
        """Frames that change nothing have come; the times and numbers of the newest."""
        watch = self._watches[spacecraft, subsystem]
        watch.time_ns = max(time_ns, watch.time_ns or 0)
        watch.sequence = max(sequence, watch.sequence or 0)

    def silent_after_ns(self, spacecraft: str, grace_ns: int) -> int:
        """Up to when no `tick` has anything to say, if no frame comes any more."""
        return min(
            (
                self._speaks_after_ns(watch) + grace_ns
                for watch in self._watches.values()
                if watch.spacecraft == spacecraft and not watch.subsystem.derived
            ),
            default=LAST_NS,
        )

    def _speaks_after_ns(self, watch: Watch) -> int:
        last_ns = watch.last_ns
        if last_ns is None or watch.stale:
            return LAST_NS
        if watch.out and watch.announced:
            return self._contacts.overdue(watch.spacecraft, watch.subsystem, last_ns).after_ns
        return last_ns + watch.subsystem.stale_after_ns

    def rejudge(self) -> list[Change]:
        """What changes when all that is heard is judged by other limits than it was."""
        return [
            Shown(watch.spacecraft, detection)
            for watch in self._watches.values()
            if watch.time_ns is not None and not watch.out
            for detection in watch.detector.rejudge()
        ]

    def reported(
        self, spacecraft: str, subsystem: str, parameter: str, condition: Condition
    ) -> Severity:
        """How severe live data have a condition of a parameter."""
        return self._watches[spacecraft, subsystem].detector.reported(parameter, condition)

    def tick(self, spacecraft: str, reached_ns: int, grace_ns: int) -> list[Change]:
        """Who is silent, now that a spacecraft's stream has come this far.

        grace_ns: how much later than due a frame may come before its silence is believed.
        """
        changes: list[Change] = []
        for watch in self._watches.values():
            if watch.spacecraft == spacecraft and not watch.subsystem.derived:
                changes += self._silence(watch, reached_ns, grace_ns)
        return changes

    def _after_silence(
        self, watch: Watch, frame: Frame, clock: StreamClock, missing: int
    ) -> list[Change]:
        """A frame after a silence ends it, and shows it if no tick had: the same either way."""
        if watch.time_ns is not None and frame.time_ns <= watch.time_ns:
            return []
        changes: list[Change] = []
        if clock.heartbeat and not watch.subsystem.derived:
            changes += self._silence(watch, frame.time_ns, 0)
        # Frames that only came late, over a slow link, left out nothing: no gap, whoever noticed.
        due_ns = (watch.time_ns or 0) + watch.subsystem.stale_after_ns
        silent = watch.out and frame.time_ns > due_ns
        if watch.time_ns is not None and (silent or missing):
            state = watch.detector.snapshot()
            watch.detector.forget_pending()
            judged = watch.late.gap(state, watch.time_ns, frame.time_ns, missing)
            changes += _late(watch, judged)
        if watch.out:
            changes.append(
                SignalChange(
                    watch.spacecraft, watch.subsystem, False, frame.time_ns, watch.last_ns or 0
                )
            )
        if watch.stale:
            over = Detection(
                watch.subsystem.id, Condition.STALE, Severity.NOMINAL, frame.time_ns, None, ""
            )
            changes.append(Shown(watch.spacecraft, over))
        watch.out = watch.announced = watch.stale = False
        return changes

    def _silence(self, watch: Watch, reached_ns: int, grace_ns: int) -> list[Change]:
        """What there is to say of a silence that has lasted until now."""
        last_ns, subsystem = watch.last_ns, watch.subsystem
        if last_ns is None or watch.stale:
            return []
        craft, patience_ns = watch.spacecraft, subsystem.stale_after_ns
        due_ns = last_ns + patience_ns
        if reached_ns <= due_ns + grace_ns:
            return []
        overdue = self._contacts.overdue(craft, subsystem, last_ns)
        explained = overdue.announced and reached_ns <= overdue.after_ns + grace_ns
        changes: list[Change] = []
        if not watch.out:
            watch.out, watch.announced = True, overdue.announced
            changes.append(self._lost(watch, due_ns))
        if explained:
            return changes
        if watch.announced:  # it has outlasted its announcement
            watch.announced = False
            changes.append(self._lost(watch, overdue.date_ns))
        watch.stale = True
        text = f"no frame for {patience_ns / SECOND_NS:g} s"
        silent = Detection(
            subsystem.id, Condition.STALE, subsystem.stale, overdue.date_ns, None, text
        )
        return [*changes, Shown(craft, silent)]

    def _lost(self, watch: Watch, time_ns: int) -> SignalChange:
        craft, subsystem, last_ns = watch.spacecraft, watch.subsystem, watch.last_ns or 0
        back_ns = self._contacts.back_ns(craft, subsystem, time_ns) if watch.announced else 0
        return SignalChange(craft, subsystem, True, time_ns, last_ns, watch.announced, back_ns)

    def start_run(self, spacecraft: str, since_ns: int) -> list[Change]:
        """A publisher started: sequence and times begin anew, and every subsystem is due.

        It may have started long before we heard of it; what we could not hear was no silence.
        """
        changes: list[Change] = []
        for watch in self._watches.values():
            if watch.spacecraft == spacecraft:
                changes += _late(watch, watch.late.start_run())
                if watch.subsystem.derived:
                    # What it was derived from begins anew, and may never speak of this again.
                    changes += _all_over(watch, since_ns)
                    watch.detector = Detector(watch.subsystem)
                watch.detector.start_run()
                watch.sequence = watch.time_ns = None
                watch.since_ns = None if watch.subsystem.derived else since_ns
        return changes

    def expect(self, alarm: Alarm) -> None:
        """Have the detectors know what stands, whatever became of the mission database since."""
        for watch in self._watches.values():
            if watch.spacecraft == alarm.spacecraft and alarm.subject in watch.subsystem.parameters:
                watch.detector.expect(alarm.subject, alarm.condition, alarm.severity)

    def snapshot(self) -> list[dict[str, Any]]:
        return [
            {
                "spacecraft": spacecraft,
                "subsystem": subsystem,
                "time_ns": watch.time_ns,
                "since_ns": watch.since_ns,
                "sequence": watch.sequence,
                "out": watch.out,
                "announced": watch.announced,
                "stale": watch.stale,
                "detector": watch.detector.snapshot(),
                "late": watch.late.snapshot(),
            }
            for (spacecraft, subsystem), watch in self._watches.items()
            if watch.last_ns is not None
        ]

    def restore(self, state: Iterable[Mapping[str, Any]]) -> None:
        for saved in state:
            watch = self._watches.get((saved["spacecraft"], saved["subsystem"]))
            if watch is not None:
                for name in ("time_ns", "since_ns", "sequence", "out", "announced", "stale"):
                    setattr(watch, name, saved[name])
                watch.detector.restore(saved["detector"])
                watch.late.restore(saved["late"])


def _all_over(watch: Watch, time_ns: int) -> list[Change]:
    """Every condition that stands is over."""
    return [
        Shown(watch.spacecraft, Detection(id_, condition, Severity.NOMINAL, time_ns, None, ""))
        for id_ in watch.subsystem.parameters
        for condition in Condition
        if condition is not Condition.STALE and watch.detector.reported(id_, condition)
    ]


def _ends_silence(changes: list[Change]) -> bool:
    return any(isinstance(change, SignalChange) for change in changes)


def _late(watch: Watch, judged: Judged) -> list[Change]:
    """What late frames brought; the live detector goes on from what they know better."""
    if not (judged.take_over or judged.findings or judged.filled):
        return []  # as nearly always
    for known in judged.take_over:
        detector = Detector(watch.subsystem)
        detector.restore(known.into(watch.detector.snapshot()))
        watch.detector = detector
    craft, subsystem = watch.spacecraft, watch.subsystem.id
    return [
        *(ShownLate(craft, finding) for finding in judged.findings),
        *(GapFilled(craft, subsystem, end_ns) for end_ns in judged.filled),
        *(TakenOver(craft, watch.subsystem, watch.time_ns or 0) for _ in judged.take_over[:1]),
    ]
