"""One gap in what was heard of a subsystem, and what its late frames say. Pure.

A detector of its own takes up what the live one knew at the gap's start and runs through the late
frames in order of generation time, then through the first live frames after the gap (its tail), as
if all had come in time. Where both then say the same, the live alarm stands as it is; what they say
differently is found.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ingest.detect import Detection, Detector
from ingest.late_finding import (
    Episode,
    Finding,
    FindingKind,
    Key,
    Said,
    pack_detection,
    unpack_detection,
)
from ingest.late_newer import CONDITIONS, Newer, TakeOver
from telemetry.activity import PlannedState
from telemetry.alarm import Condition
from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.parameter import Subsystem

#: A late frame waits until one this much younger has come: how far out of order they may be [A].
REORDER_NS: Final = 10 * SECOND_NS
#: The tail covers the longest persistence, up to this much [A], and at most so many frames.
MAX_SETTLE_NS: Final = 60 * SECOND_NS
MAX_TAIL: Final = 64

#: Which states activities plan at a generation time.
Planned = Callable[[int], frozenset[PlannedState]]


class LateGap:
    """The gap in (start_ns, end_ns). state: the live detector's snapshot at its start.

    missing: how many frames its sequence numbers lack; 0 when they do not tell.
    """

    def __init__(
        self,
        subsystem: Subsystem,
        state: Mapping[str, Any],
        start_ns: int,
        end_ns: int,
        missing: int,
    ) -> None:
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.tail_end_ns = end_ns + settle_ns(subsystem)
        #: Of its newest late frame, of that which was judged last, and where live data were when
        #: the last late frame came. pending: late frames have come that are not concluded on.
        self.newest_ns = self.judged_ns = start_ns
        self.came_ns = 0
        self.pending = False
        self._subsystem = subsystem
        self._missing = missing
        self._taken = 0
        self._hole = False
        self._state: Mapping[str, Any] = state
        self._detector: Detector | None = None
        self._taken_up = False
        #: Late frames not judged yet, in order of (time, sequence).
        self._held: list[Frame] = []
        self._tail: list[Frame] = []
        #: What live data say, of the gap's start and in the tail.
        self._said = Said(end_ns)
        self._newer = Newer()
        self._episodes: dict[Key, Episode] = {}
        #: Of what is in no episode now, when it returned.
        self._ended: dict[Key, Detection] = {}

    @property
    def held(self) -> int:
        return len(self._held)

    @property
    def complete(self) -> bool:
        """Whether every frame that was missing has come."""
        return 0 < self._missing <= self._taken

    @property
    def filled(self) -> bool:
        """Whether what was judged leaves no silence that would have been an alarm."""
        return self.complete or not (self._hole or self._silent(self.end_ns))

    def watch(self, frame: Frame, found: Iterable[Detection]) -> None:
        """A live frame since the gap's end, and what was found in it."""
        self._newer.take(frame)
        if frame.time_ns > self.tail_end_ns:
            self._said.since += (one for one in found if self._is_first(one))
            return
        self._tail.append(frame)
        self._said.since += found
        if len(self._tail) == MAX_TAIL:
            self.tail_end_ns = frame.time_ns

    def _is_first(self, one: Detection) -> bool:
        """Whether it is what live data first say of something, which they did not in the tail."""
        first_ns = self._newer.first_ns((one.subject, one.condition))
        if first_ns is None or first_ns <= self.tail_end_ns:
            return False
        return one.time_ns <= first_ns + settle_ns(self._subsystem)

    def hold(self, frame: Frame, came_ns: int) -> bool:
        """Keep a late frame until it can be judged; False if it is there or overtaken already."""
        order = _order(frame)
        i = bisect_left(self._held, order, key=_order)
        if frame.time_ns <= self.judged_ns or _order_at(self._held, i) == order:
            return False
        self._held.insert(i, frame)
        self._taken += 1
        self.pending, self.came_ns = True, came_ns
        self.newest_ns = max(self.newest_ns, frame.time_ns)
        return True

    def judge(self, planned: Planned, *, all_: bool = False) -> list[Finding]:
        """Judge the held frames, as far as no other may come before them."""
        until_ns = LAST_NS if all_ or self.complete else self.newest_ns - REORDER_NS
        count = bisect_left(self._held, (until_ns + 1, 0), key=_order)
        ripe, self._held = self._held[:count], self._held[count:]
        detector = self._running()
        findings: list[Finding] = []
        for frame in ripe:
            self._hole |= self._silent(frame.time_ns)
            self.judged_ns = frame.time_ns
            findings += self._note(detector.check(frame, planned(frame.time_ns)))
        return findings

    def conclude(self, planned: Planned) -> tuple[list[Finding], TakeOver]:
        """Compare with live data where they take over, once all that is held is judged.

        What stands then and live data have as normal ended with the gap. What they have not
        measured since is as the late frames leave it: a value sent on change only may have been
        sent in the gap and never again. More may come later: it is judged from where these ended.
        """
        findings = self.judge(planned, all_=True)
        detector = self._running()
        self._state = detector.snapshot()
        for frame in self._tail:
            findings += self._note(detector.check(frame, planned(frame.time_ns)))
        for key, episode in self._episodes.items():
            first_ns = self._newer.first_ns(key)
            if first_ns is None:
                findings += self._said.latest(episode, key)
            else:
                ended_ns = first_ns if first_ns > self.tail_end_ns else self.end_ns
                findings += self._said.compare(episode, key, None, ended_ns)
        for key, over in self._ended.items():
            first_ns = self._newer.first_ns(key)
            if first_ns is None and self._said.before.get(key):
                findings.append(Finding(kind=FindingKind.LATEST, detection=over))
            elif first_ns is not None and first_ns > self.tail_end_ns:
                findings += self._said.again(over, key, first_ns)
        for id_ in self._subsystem.parameters:
            for condition in CONDITIONS:
                if self._newer.first_ns((id_, condition)) is None:
                    # the live detector takes it over
                    severity = detector.reported(id_, condition)
                    self._said.before[id_, condition] = severity
        take_over = TakeOver(
            detector.snapshot(),
            self._newer.unmeasured(self._subsystem),
            self._newer.unsampled(self._subsystem),
        )
        self._detector, self.pending = None, False
        return findings, take_over

    def _running(self) -> Detector:
        if self._detector is None:
            self._detector = Detector(self._subsystem)
            self._detector.restore(self._state)
            stood = dict(_standing(self._detector, self._subsystem))
            self._episodes = {key: Episode(base=severity) for key, severity in stood.items()}
            self._ended.clear()
            if not self._taken_up:
                self._said.before, self._taken_up = stood, True
        return self._detector

    def _silent(self, time_ns: int) -> bool:
        return time_ns - self.judged_ns > self._subsystem.stale_after_ns

    def _note(self, found: Iterable[Detection]) -> list[Finding]:
        findings: list[Finding] = []
        for one in found:
            key = one.subject, one.condition
            episode = self._episodes.get(key)
            if not one.severity:
                if self._episodes.pop(key, None) is not None and episode is not None:
                    findings += self._said.compare(episode, key, one, self.end_ns)
                    self._ended[key] = one
                continue
            if episode is None:
                self._ended.pop(key, None)
                episode = self._episodes[key] = Episode(began=one)
            episode.latest = one
            if one.severity > (episode.worst.severity if episode.worst else episode.base):
                episode.worst = one
        return findings

    def snapshot(self) -> dict[str, Any]:
        state = self._state if self._detector is None else self._detector.snapshot()
        return {
            "times": [self.start_ns, self.end_ns, self.tail_end_ns],
            "reached": [self.newest_ns, self.judged_ns, self.came_ns],
            "counts": [self._missing, self._taken],
            "flags": [self.pending, self._hole, self._taken_up, self._detector is not None],
            "state": state,
            "held": [_pack(frame) for frame in self._held],
            "tail": [_pack(frame) for frame in self._tail],
            "newer": self._newer.snapshot(),
            "ended": [pack_detection(one) for one in self._ended.values()],
            "live": [pack_detection(one) for one in self._said.since],
            "before": [(*key, int(severity)) for key, severity in self._said.before.items()],
            "episodes": [
                (*key, int(one.base), *map(pack_detection, (one.began, one.worst, one.latest)))
                for key, one in self._episodes.items()
            ],
        }

    @classmethod
    def restored(cls, subsystem: Subsystem, snapshot: Mapping[str, Any]) -> "LateGap":
        start_ns, end_ns, tail_end_ns = snapshot["times"]
        gap = cls(subsystem, snapshot["state"], start_ns, end_ns, 0)
        gap.tail_end_ns = tail_end_ns
        gap.newest_ns, gap.judged_ns, gap.came_ns = snapshot["reached"]
        gap._missing, gap._taken = snapshot["counts"]
        gap.pending, gap._hole, gap._taken_up, running = snapshot["flags"]
        gap._held = [_unpack(saved, subsystem) for saved in snapshot["held"]]
        gap._tail = [_unpack(saved, subsystem) for saved in snapshot["tail"]]
        gap._said.since = [one for one in map(unpack_detection, snapshot["live"]) if one]
        if running:
            gap._detector = Detector(subsystem)
            gap._detector.restore(snapshot["state"])
        gap._newer.restore(snapshot["newer"])
        known = subsystem.parameters
        ended = (one for one in map(unpack_detection, snapshot["ended"]) if one)
        gap._ended = {(one.subject, one.condition): one for one in ended if one.subject in known}
        gap._said.before = {
            (subject, Condition(condition)): Severity(severity)
            for subject, condition, severity in snapshot["before"]
            if subject in known
        }
        gap._episodes = {
            (subject, Condition(condition)): Episode(Severity(base), *map(unpack_detection, told))
            for subject, condition, base, *told in snapshot["episodes"]
            if subject in known
        }
        return gap


def settle_ns(subsystem: Subsystem) -> int:
    """How long after a gap a violation may take to show in live data."""
    limits = [parameter.limits for parameter in subsystem.parameters.values()]
    longest_s = max((max(one.persistence_s, one.rate_over_s) for one in limits), default=0.0)
    return min(round((longest_s + subsystem.period_s) * SECOND_NS), MAX_SETTLE_NS)


def _standing(detector: Detector, subsystem: Subsystem) -> Iterator[tuple[Key, Severity]]:
    for id_ in subsystem.parameters:
        for condition in CONDITIONS:
            if severity := detector.reported(id_, condition):
                yield (id_, condition), severity


def _order(frame: Frame) -> tuple[int, int]:
    return frame.time_ns, frame.sequence


def _order_at(frames: list[Frame], i: int) -> tuple[int, int] | None:
    return _order(frames[i]) if i < len(frames) else None


def _pack(frame: Frame) -> list[Any]:
    return [
        frame.spacecraft,
        frame.time_ns,
        frame.received_ns,
        frame.sequence,
        dict(frame.values),
        dict(frame.invalid),
    ]


def _unpack(saved: list[Any], subsystem: Subsystem) -> Frame:
    """Without what the mission database no longer names."""
    spacecraft, time_ns, received_ns, sequence, values, invalid = saved
    return Frame(
        spacecraft=spacecraft,
        subsystem=subsystem.id,
        time_ns=time_ns,
        received_ns=received_ns,
        sequence=sequence,
        values={id_: value for id_, value in values.items() if id_ in subsystem.parameters},
        invalid={id_: quality for id_, quality in invalid.items() if id_ in subsystem.parameters},
    )
