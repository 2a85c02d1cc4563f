"""The block form of the processor: the same journal as frame by frame, far faster. Pure.

`Foresight` finds for each subsystem, a whole slice of history at a time, the frames that can
change nothing; they are passed over in one stroke. The others, with what was announced and the
ticks that have something to do, go through the very `Processor` that judges live, in order. So
what is said is said by that code, and only silence is foreseen.

The stream is that of `ingest.happened`: in order of generation time, no frame late.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.foresight import Foresight
from ingest.happened import History, Item, Slice, Surroundings
from ingest.lane import Lane
from ingest.processor import DELIVERY_GRACE_NS, Outcome, Processor
from ingest.reception import Watch
from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.frame import Frame, Sample
from telemetry.missiondb import MissionDatabase
from telemetry.topics import GROUND

_NO_TICKS: Final = np.empty(0, np.int64)


def lanes_of(slice_: Slice, history: History) -> list[Lane]:
    """The lanes of a slice, in the order in which frames of one time come."""
    database, blocks = history.database, slice_.blocks
    return [Lane(database.subsystem(*key), blocks[key]) for key in history.keys if key in blocks]


class BlockProcessor:
    """Give it the lanes of one slice after another. database: to judge by, that of the history
    with other limits at most."""

    def __init__(self, history: History, database: MissionDatabase | None = None) -> None:
        self.processor = Processor(database or history.database, history.topics, derive=False)
        self.judged = 0
        self.passed_over = 0
        self._history = history
        self._surroundings = Surroundings(history)
        self._runs: list[_Run] = []
        #: No tick up to then finds anyone silent, as far as was known when it was worked out.
        self._heard_until_ns = 0
        #: No tick before then has anything else to do.
        self._deadline_ns = 0

    def take(self, lanes: Sequence[Lane]) -> Iterator[Outcome]:
        """What comes of a slice, in order; of what was passed over nothing does."""
        if not lanes:
            return
        self._surroundings.begin(min(int(lane.time_ns[0]) for lane in lanes))
        end_ns = max(int(lane.time_ns[-1]) for lane in lanes)
        watches = self.processor.reception.watches
        self._runs = [
            _Run(lane, watches[lane.spacecraft, lane.subsystem.id], self.processor)
            for lane in lanes
        ]
        for run in self._runs:
            self._foresee(run)
        silent = self._silent_ticks(end_ns)
        while True:
            run = min(self._runs, key=_next_ns)  # the first of them, of one time
            tick_ns = self._next_tick(silent)
            said_ns = self._surroundings.next_ns or LAST_NS
            at_ns = min(run.next_ns, tick_ns, said_ns)
            if at_ns > end_ns:
                break
            if said_ns == at_ns:
                self._surroundings.pass_ticks(at_ns - 1)
                self._pass_over_before(at_ns)
                yield from self._announce(at_ns)
            elif tick_ns == at_ns:
                self._pass_over_before(at_ns)
                yield from self._tick(at_ns)
            else:
                self._surroundings.pass_ticks(at_ns)
                self._pass_over_before(at_ns, run)
                yield from self._judge(run)
        for run in self._runs:
            run.finish()
        self._surroundings.pass_ticks(end_ns)

    def _foresee(self, run: "_Run") -> None:
        clock = self.processor.clock(run.lane.spacecraft)
        run.foresee(heartbeat=clock.heartbeat)
        run.judge_at(self.processor.plan_edges_ns)

    def _judge(self, run: "_Run") -> Iterator[Outcome]:
        time_ns, craft = run.next_ns, run.lane.spacecraft
        clocks = list(self._surroundings.clock(time_ns, craft))
        if clocks:
            for item in clocks:
                yield self._process(item)
            for other in self._runs:
                if other.lane.spacecraft == craft:
                    self._foresee(other)
        self.judged += 1
        outcome = self.processor.judge(run.frame())
        run.look()
        self._heard_until_ns = 0  # who was silent may be heard again, and fall silent again
        if outcome.events or outcome.messages:
            self._deadline_ns = self.processor.next_deadline_ns(looked=False)
        yield outcome

    def _announce(self, time_ns: int) -> Iterator[Outcome]:
        for item in self._surroundings.announcements(time_ns):
            yield self._process(item)
        self._plan_changed()
        self._heard_until_ns = 0
        self._deadline_ns = self.processor.next_deadline_ns(looked=False)

    def _tick(self, time_ns: int) -> Iterator[Outcome]:
        silent = time_ns > self.processor.silent_after_ns()
        if silent or time_ns >= self._deadline_ns:
            outcome = self._process(self._surroundings.tick(time_ns))
            if outcome.messages:
                self._plan_changed()
            self._deadline_ns = self.processor.next_deadline_ns(looked=not outcome.urgent)
            yield outcome
        self._heard_until_ns = self.processor.silent_after_ns()

    def _process(self, item: Item) -> Outcome:
        if isinstance(item.what, Frame):
            raise TypeError("frames are judged, not processed")
        return self.processor.process(item.what)

    def _plan_changed(self) -> None:
        """What is permitted may be another from the next frame on."""
        for run in self._runs:
            run.judge_next()
            run.judge_at(self.processor.plan_edges_ns)

    def _pass_over_before(self, time_ns: int, judged: "_Run | None" = None) -> None:
        """Have the processor know of every frame up to a time; of that time, of those whose turn
        is before the one that is judged."""
        before = judged is not None
        for run in self._runs:
            if run is judged:
                run.pass_over(run.next)
                before = False
            else:
                run.tell(int(run.lane.time_ns.searchsorted(time_ns, "right" if before else "left")))

    def _next_tick(self, silent: NDArray[np.int64]) -> int:
        ticked_ns = self._surroundings.ticked_ns
        due_ns = max(-(-self._deadline_ns // SECOND_NS) * SECOND_NS, ticked_ns + SECOND_NS)
        found = int(silent.searchsorted(max(ticked_ns, self._heard_until_ns), "right"))
        return min(due_ns, int(silent[found])) if found < len(silent) else due_ns

    def _silent_ticks(self, end_ns: int) -> NDArray[np.int64]:
        """The ticks of the slice at which a subsystem has been silent for too long, ascending."""
        lanes = {(run.lane.spacecraft, run.lane.subsystem.id): run.lane for run in self._runs}
        first_ns: dict[str, int] = {}
        for run in self._runs:
            craft, time_ns = run.lane.spacecraft, int(run.lane.time_ns[0])
            first_ns[craft] = min(first_ns.get(craft, time_ns), time_ns)
        found = []
        for key, watch in self.processor.reception.watches.items():
            if watch.subsystem.derived or not self._has_heartbeat(watch.spacecraft):
                continue
            lane = lanes.get(key)
            times = _NO_TICKS if lane is None else lane.time_ns
            last_ns = watch.last_ns
            if last_ns is None and watch.spacecraft != GROUND:
                last_ns = first_ns.get(watch.spacecraft)
            if last_ns is not None:
                times = np.concatenate([[last_ns], times])
            found += _ticks_in_silence(times, watch.subsystem.stale_after_ns, end_ns)
        return np.unique(np.concatenate(found)) if found else _NO_TICKS

    def _has_heartbeat(self, craft: str) -> bool:
        if self._surroundings.announced(craft):
            return self.processor.clock(craft).heartbeat
        return self._history.heartbeat


class _Run:
    """A lane as it is gone through. next: the first of its rows that must be judged, at next_ns;
    those before it up to `done` have been."""

    def __init__(self, lane: Lane, watch: Watch, processor: Processor) -> None:
        self.lane = lane
        self.next = 0
        self.next_ns = 0
        self._watch = watch
        self._processor = processor
        self._foresight: Foresight | None = None
        #: Rows the detector has been told of; and reception, which may be ahead of it.
        self._done = self._told = 0
        ids = list(lane.subsystem.parameters)
        #: (parameter, its samples, the rows they are in), of those whose newest others ask for.
        self._wanted = [
            (ids[column], samples, lane.row[samples].tolist())
            for column, samples in lane.samples_of.items()
            if (lane.spacecraft, ids[column]) in processor.wanted
        ]

    def foresee(self, *, heartbeat: bool) -> None:
        watch = self._watch
        patience = heartbeat and not watch.subsystem.derived
        self._foresight = Foresight(
            self.lane,
            watch.detector,
            time_ns=watch.time_ns,
            sequence=watch.sequence,
            patience_ns=watch.subsystem.stale_after_ns if patience else None,
        )
        self._seek()

    def judge_at(self, times_ns: Sequence[int]) -> None:
        """Have the frames judged that are the first from these times on."""
        if times_ns and self._foresight is not None and self._watch.detector.contextual:
            self._foresight.judge_at(np.array(times_ns, np.int64))
            self._seek()

    def judge_next(self) -> None:
        """Have the next frame judged."""
        if self._told < len(self.lane):
            self.judge_at([int(self.lane.time_ns[self._told])])

    def tell(self, row: int) -> None:
        """Have the processor know that the frames before a row have come."""
        if row <= self._told:
            return
        lane, newest = self.lane, []
        time_ns = int(lane.time_ns[row - 1])
        sequence = int(lane.sequence[self._told : row].max())
        for parameter, samples, rows in self._wanted:
            number = bisect_left(rows, row) - 1
            if number >= 0 and rows[number] >= self._told:
                at_ns = int(lane.time_ns[rows[number]])
                value = lane.value_of(int(samples[number]))
                newest.append((parameter, Sample(at_ns, value)))
        self._told = row
        self._processor.reception.pass_over(lane.spacecraft, lane.subsystem.id, time_ns, sequence)
        self._processor.pass_over(lane.spacecraft, time_ns, newest)

    def pass_over(self, row: int) -> None:
        """Have the detector too know of the frames before a row."""
        self.tell(row)
        if row > self._done:
            passed = self.lane.passed(self._done, row)
            self._watch.detector.pass_over(passed, int(self.lane.time_ns[row - 1]))
            self._done = row

    def frame(self) -> Frame:
        """The next one to be judged; from then on it has been."""
        frame = self.lane.frame(self.next)
        self._done = self._told = self.next + 1
        return frame

    def look(self) -> None:
        """A frame was judged: what is next to be depends on what came of it."""
        if self._foresight is not None:
            self._foresight.look()
        self._seek()

    def finish(self) -> None:
        self.pass_over(len(self.lane))

    def _seek(self) -> None:
        done, rows = self._done, len(self.lane)
        found = (
            rows if self._foresight is None or done == rows else self._foresight.next(self._told)
        )
        self.next = found
        self.next_ns = int(self.lane.time_ns[found]) if found < rows else LAST_NS


def _next_ns(run: _Run) -> int:
    return run.next_ns


def _ticks_in_silence(
    times_ns: NDArray[np.int64], patience_ns: int, end_ns: int
) -> list[NDArray[np.int64]]:
    """Of each time between two frames, or until the end, that is longer than patience has it."""
    patience_ns += DELIVERY_GRACE_NS
    until_ns = np.append(times_ns[1:], end_ns)[: len(times_ns)]
    long = np.flatnonzero(until_ns - times_ns > patience_ns)
    return [
        np.arange(
            (int(times_ns[i]) + patience_ns) // SECOND_NS + 1, int(until_ns[i]) // SECOND_NS + 1
        )
        * SECOND_NS
        for i in long
    ]
