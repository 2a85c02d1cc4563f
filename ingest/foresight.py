"""Which frames of a stretch can change nothing, told before they are judged one by one. Pure.

Most of a day nothing happens: values stay where they were with respect to their limits. For a
whole lane at once this finds the rows of which that is certain, given what the detector says now;
only the others need judging (`ingest.block`). It may take a row for worth judging that is not,
never the other way round, so that passing over the rest leaves the journal as it is.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.detect import Detector, Standing
from ingest.lane import Lane
from ingest.trend import Slope
from telemetry.limit import Severity

#: A rate this near a limit, relative to the limit, is judged [A]: far more than rounding.
_NEAR: Final = 1e-6


class Foresight:
    """Of one lane and the detector that judges it."""

    def __init__(
        self,
        lane: Lane,
        detector: Detector,
        *,
        time_ns: int | None,
        sequence: int | None,
        patience_ns: int | None,
    ) -> None:
        """time_ns, sequence: of the newest frame before the lane. patience_ns: how long a silence
        between two frames means nothing; None where none means anything."""
        self._lane = lane
        self._detector = detector
        self._standing = detector.standing
        #: Rows to be judged whatever stands: after what is missing, or a silence.
        self._rows = _after_gaps(lane, time_ns, sequence, patience_ns)
        #: Samples to be judged whatever stands: of a mode, or of a counter, that changes.
        self._turns = np.zeros(len(lane.row), bool)
        for column in {*detector.modes, *_counters(detector)}:
            self._mark_turns(column)
        self._slopes = _slopes(lane, detector)
        self._samples = np.zeros(len(lane.row), bool)
        #: Rows whose rates are not well inside their limits, by column and all of them.
        self._near: dict[int, NDArray[np.intp]] = {}
        self._steep = np.zeros(len(lane), bool)
        #: What stands may change with any row.
        self._moving = False
        self._due_ns: int | None = None
        self._foresee(np.unique(lane.column))
        self._foresee_time()

    def next(self, row: int) -> int:
        """The first row, from that one on, that must be judged; their number if none must."""
        lane, none = self._lane, len(self._lane)
        if self._moving:
            return row
        found = min(_first(self._rows, row, none), _first(self._steep, row, none))
        sample = _first(self._samples, int(lane.first[row]), len(lane.row))
        if sample < len(lane.row):
            found = min(found, int(lane.row[sample]))
        if self._due_ns is not None:
            due = int(np.searchsorted(lane.time_ns, self._due_ns))
            found = min(found, max(due, row))
        return found

    def judge_at(self, times_ns: NDArray[np.int64]) -> None:
        """Have the first rows from each of these times on judged."""
        rows = np.searchsorted(self._lane.time_ns, times_ns)
        self._rows[rows[rows < len(self._lane)]] = True

    def look(self) -> None:
        """A row has been judged: see what the detector goes by now."""
        before, self._standing = self._standing, self._detector.standing
        changed = self._standing.changed(before)
        if changed.size:
            self._foresee(changed)
        self._foresee_time(changed)

    def _foresee(self, columns: NDArray[np.intp]) -> None:
        """Find the samples that say something else than what stands."""
        lane, stands = self._lane, self._standing
        which = [
            lane.samples_of[column] for column in columns.tolist() if column in lane.samples_of
        ]
        if which:
            mine = np.concatenate(which)
            self._samples[mine] = self._turns[mine] | self._differ(mine, stands)

    def _differ(self, samples: NDArray[np.intp], stands: Standing) -> NDArray[np.bool_]:
        lane = self._lane
        columns, good = lane.column[samples], lane.good[samples]
        differ: NDArray[np.bool_] = stands.invalid[columns] == good
        numbers = np.flatnonzero(lane.number[samples])
        of = columns[numbers]
        said = self._detector.levels(of, lane.value[samples[numbers]])
        differ[numbers] |= said != stands.level[of]
        return differ

    def _foresee_time(self, changed: NDArray[np.intp] | None = None) -> None:
        """Find when what lasts is to be told, and the rows whose rates are not well in limits."""
        stands = self._standing
        self._due_ns = self._detector.due_ns
        self._moving = bool((stands.level < stands.reported).any())
        anew = False
        for column, trend, bands, reported in self._detector.trends:
            self._moving |= reported > Severity.NOMINAL
            if isinstance(trend, Slope) and (changed is None or column in changed):
                rows, slopes, margins = self._slopes[column]
                near = np.zeros(len(rows), bool)
                for band in bands.values():
                    for limit, sign in ((band.low, -1.0), (band.high, 1.0)):
                        if limit is not None:
                            slack = margins + _NEAR * abs(limit)
                            near |= sign * (slopes - limit) > -slack
                self._near[column] = rows[near]
                anew = True
        if anew:
            self._steep[:] = False
            for rows in self._near.values():
                self._steep[rows] = True

    def _mark_turns(self, column: int) -> None:
        lane = self._lane
        mine = lane.samples_of.get(column, np.empty(0, np.intp))
        mine = mine[lane.number[mine]]
        before = np.concatenate([[self._standing.value[column]], lane.value[mine][:-1]])[
            : len(mine)
        ]
        # NaN, before the first, differs from everything
        self._turns[mine] = lane.value[mine] != before


def _counters(detector: Detector) -> list[int]:
    return [column for column, trend, *_ in detector.trends if not isinstance(trend, Slope)]


def _slopes(
    lane: Lane, detector: Detector
) -> dict[int, tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
    """By column of a parameter with a rate: the rows it is measured in, its slope then, margins."""
    found = {}
    for column, trend, *_ in detector.trends:
        if isinstance(trend, Slope):
            samples = lane.samples_of.get(column, np.empty(0, np.intp))
            samples = samples[lane.number[samples]]
            rows = lane.row[samples]
            found[column] = (rows, *trend.after(lane.time_ns[rows], lane.value[samples]))
    return found


def _after_gaps(
    lane: Lane, time_ns: int | None, sequence: int | None, patience_ns: int | None
) -> NDArray[np.bool_]:
    """Shape (rows,): the first ever, and those that frames are missing before, or a silence."""
    rows = np.zeros(len(lane), bool)
    if time_ns is None or sequence is None:
        rows[0] = True
        time_ns, sequence = int(lane.time_ns[0]), int(lane.sequence[0])
    highest = np.maximum.accumulate(np.concatenate([[sequence], lane.sequence]))[:-1]
    rows |= lane.sequence > highest + 1
    silence_ns = np.diff(lane.time_ns, prepend=time_ns)
    if patience_ns is not None:
        rows |= silence_ns > patience_ns
    return rows


def _first(mask: NDArray[np.bool_], start: int, none: int) -> int:
    """The first that is set from start on."""
    if start >= len(mask):
        return none
    found = start + int(mask[start:].argmax())
    return found if mask[found] else none
