"""Data that arrive late, behind newer ones: judged in order of generation time. Pure.

A recorder dump comes after acquisition of signal, between live frames, with the sequence numbers
and times the frames were taken with. `arrival` tells such a frame from the others. `LateData`
remembers the gaps of one subsystem and gives each late frame to its gap (`ingest.late_gap`).

A held frame is judged once no other may come before it: one of the same gap that is 10 s younger
has come, or every missing one has, or none has for a minute of stream time. What is found is told
when it is certain: what came and went as soon as its return is judged; what lasted to the gap's end
once that is compared with what live data say. Nothing of it is urgent: what still stands, live data
have told already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from ingest.detect import Detection
from ingest.late_finding import Finding
from ingest.late_gap import LateGap, Planned
from ingest.late_newer import TakeOver
from telemetry.activity import PlannedState
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.parameter import Subsystem

#: Of one subsystem; the shortest of those nothing has come for gives way.
MAX_GAPS: Final = 16
#: Held of one subsystem, in all its gaps.
MAX_HELD: Final = 20_000
#: A dump that brings nothing for this long is over, or interrupted [A]; or three frames' patience.
QUIET_NS: Final = 60 * SECOND_NS


class Arrival(StrEnum):
    """How a frame comes, told by its sequence number and time against the newest heard."""

    LIVE = "LIVE"
    REPEATED = "REPEATED"
    LATE = "LATE"
    #: A later frame of an earlier time: the spacecraft's clock was wrong and was put right.
    STEPPED_BACK = "STEPPED_BACK"


def arrival(frame: Frame, newest_sequence: int | None, newest_time_ns: int | None) -> Arrival:
    """newest_sequence, newest_time_ns: of the newest live frame of this run, None before the first.

    A new time is news whatever its number: a publisher that numbers nothing, or began its numbers
    anew without a word, is heard all the same. A publisher that announces a new run has no newest.
    """
    if newest_sequence is None or newest_time_ns is None or frame.time_ns > newest_time_ns:
        return Arrival.LIVE
    if frame.time_ns == newest_time_ns:  # one time may come in two frames, each with its number
        return Arrival.LIVE if frame.sequence > newest_sequence else Arrival.REPEATED
    return Arrival.STEPPED_BACK if frame.sequence > newest_sequence else Arrival.LATE


@dataclass(frozen=True, slots=True)
class Judged:
    """What late frames brought.

    filled: the ends of the gaps that they cover without a hole. take_over: what the live detector
    does not know, in order; it goes on from `take_over.into(its snapshot)`.
    """

    findings: tuple[Finding, ...] = ()
    filled: tuple[int, ...] = ()
    take_over: tuple[TakeOver, ...] = ()


_NOTHING: Final = Judged()


def nothing_planned(_time_ns: int) -> frozenset[PlannedState]:
    return frozenset()


class LateData:
    """The late frames of one subsystem.

    unjudged: frames of no gap it remembers, repeated, or overtaken by what was judged already.
    dropped: frames there was no room for.
    """

    def __init__(self, subsystem: Subsystem, planned: Planned = nothing_planned) -> None:
        self.unjudged = 0
        self.dropped = 0
        self._subsystem = subsystem
        self._planned = planned
        self._quiet_ns = max(QUIET_NS, 3 * subsystem.stale_after_ns)
        self._gaps: list[LateGap] = []
        #: Time of the newest live frame.
        self._live_ns = 0

    def gap(self, state: Mapping[str, Any], start_ns: int, end_ns: int, missing: int = 0) -> Judged:
        """A live frame has come after a gap. Called before `live` is called with that frame.

        state: `Detector.snapshot()` before the live detector saw that frame. missing: how many
        sequence numbers were left out; 0 when they do not tell.
        """
        judged = _NOTHING
        if len(self._gaps) == MAX_GAPS:
            least = min(self._gaps, key=lambda one: (one.pending, one.end_ns - one.start_ns))
            if least.pending:
                judged = self._conclude([least])
            if least in self._gaps:  # what was complete is concluded on and gone
                self._gaps.remove(least)
        self._gaps.append(LateGap(self._subsystem, state, start_ns, end_ns, missing))
        return judged

    def live(self, frame: Frame, found: Sequence[Detection]) -> Judged:
        """Every live frame, with what the live detector found in it."""
        self._live_ns = max(self._live_ns, frame.time_ns)
        if not self._gaps:
            return _NOTHING
        for gap in self._gaps:
            gap.watch(frame, found)
        return self._conclude(self._ready())

    def take(self, frame: Frame) -> Judged:
        """A late frame."""
        gap = next((one for one in self._gaps if one.start_ns < frame.time_ns < one.end_ns), None)
        if gap is None:
            self.unjudged += 1
            return _NOTHING
        if sum(one.held for one in self._gaps) >= MAX_HELD:
            self.dropped += 1
            return _NOTHING
        if not gap.hold(frame, self._live_ns):
            self.unjudged += 1
            return _NOTHING
        found = gap.judge(self._planned)
        rest = self._conclude(self._ready())
        return replace(rest, findings=(*found, *rest.findings)) if found else rest

    def start_run(self) -> Judged:
        """Times may begin anywhere, by a new run or a clock put right: conclude, and forget."""
        judged = self._conclude([gap for gap in self._gaps if gap.pending])
        self._gaps.clear()
        self._live_ns = 0
        return judged

    def _ready(self) -> list[LateGap]:
        """Gaps that are complete or have gone quiet, where live data have settled."""
        return [
            gap
            for gap in self._gaps
            if gap.pending
            and self._live_ns > gap.tail_end_ns
            and (gap.complete or self._live_ns - gap.came_ns >= self._quiet_ns)
        ]

    def _conclude(self, gaps: list[LateGap]) -> Judged:
        if not gaps:
            return _NOTHING
        found: list[Finding] = []
        take_over: list[TakeOver] = []
        for gap in gaps:
            findings, known = gap.conclude(self._planned)
            found += findings
            if known.unmeasured or known.unsampled:
                take_over.append(known)
            if gap.complete:
                self._gaps.remove(gap)
        filled = tuple(gap.end_ns for gap in gaps if gap.filled)
        return Judged(tuple(found), filled, tuple(take_over))

    def snapshot(self) -> dict[str, Any]:
        return {
            "counts": [self.unjudged, self.dropped],
            "live_ns": self._live_ns,
            "gaps": [gap.snapshot() for gap in self._gaps],
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self.unjudged, self.dropped = snapshot["counts"]
        self._live_ns = snapshot["live_ns"]
        self._gaps = [LateGap.restored(self._subsystem, one) for one in snapshot["gaps"]]
