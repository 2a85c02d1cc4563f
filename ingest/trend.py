"""How a parameter moves: its rate of change, and by how much a counter has grown. Pure.

Both look back over a stretch of generation time and know only good samples.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.clock import SECOND_NS

#: A faster parameter's stretch is thinned from its old end.
MAX_POINTS: Final = 256

#: Of sums of up to `MAX_POINTS` terms, relative to the largest.
_ROUNDING: Final = 1e-12
#: Slopes worked out at once.
_STRIDE: Final = 2048

Points = deque[tuple[int, float]]


class Slope:
    """The least-squares slope of the samples of the last `over_ns`, in units a second.

    over_ns 0 takes the difference between one sample and the next. holds_ns: how long without a
    sample the slope still counts.
    """

    def __init__(self, over_ns: int, holds_ns: int) -> None:
        self._over_ns = over_ns
        self._holds_ns = holds_ns
        self._points: Points = deque(maxlen=MAX_POINTS if over_ns else 2)

    def add(self, time_ns: int, value: float) -> None:
        if self._points and time_ns <= self._points[-1][0]:
            return
        self._points.append((time_ns, value))
        while self._over_ns and self._points[0][0] < time_ns - self._over_ns:
            self._points.popleft()

    def at(self, now_ns: int) -> float | None:
        """None while too little of the stretch is known to say."""
        if len(self._points) < 2:
            return None
        first_ns, last_ns = self._points[0][0], self._points[-1][0]
        if now_ns - last_ns > self._holds_ns or 4 * (last_ns - first_ns) < 3 * self._over_ns:
            return None
        times = [(time_ns - last_ns) / SECOND_NS for time_ns, _ in self._points]
        count = len(times)
        middle, mean = sum(times) / count, sum(value for _, value in self._points) / count
        moment = sum(
            (t - middle) * (v - mean) for t, (_, v) in zip(times, self._points, strict=True)
        )
        return moment / sum((t - middle) ** 2 for t in times)

    def after(
        self, times_ns: NDArray[np.int64], values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The slope after each of the samples that come next, and how much that may be off.

        Shapes (samples,), times ascending. NaN where `at` would give None. `at` adds the same
        terms in another order, so what it gives is within the second number.
        """
        known = len(self._points)
        times = np.concatenate([np.array([t for t, _ in self._points], np.int64), times_ns])
        numbers = np.concatenate([np.array([v for _, v in self._points], float), values])
        stop = np.arange(known + 1, len(times) + 1)
        first = np.maximum(stop - (MAX_POINTS if self._over_ns else 2), 0)
        if self._over_ns:
            first = np.maximum(first, np.searchsorted(times, times_ns - self._over_ns))
        count = stop - first
        slopes, margins = np.full(len(stop), np.nan), np.zeros(len(stop))
        wide_enough = 4 * (times_ns - times[first]) >= 3 * self._over_ns
        for rows in _strides(np.flatnonzero((count > 1) & wide_enough)):
            # shape (rows, longest stretch); what is before a stretch is given no weight
            at = stop[rows, None] - 1 - np.arange(count[rows].max())
            there = at >= first[rows, None]
            at = np.maximum(at, 0)
            t = np.where(there, (times[at] - times_ns[rows, None]) / SECOND_NS, 0.0)
            v = np.where(there, numbers[at], 0.0)
            n = count[rows].astype(float)
            aside = np.where(there, t - (t.sum(1) / n)[:, None], 0.0)
            level = np.where(there, v - (v.sum(1) / n)[:, None], 0.0)
            spread = (aside**2).sum(1)
            slopes[rows] = (aside * level).sum(1) / spread
            largest = np.abs(t).max(1) * np.abs(v).max(1)
            margins[rows] = _ROUNDING * n * largest / spread
        return slopes, margins

    def forget(self) -> None:
        self._points.clear()

    def snapshot(self) -> list[tuple[int, float]]:
        return list(self._points)

    def restore(self, state: list[Any]) -> None:
        self._points.clear()
        self._points.extend((time_ns, value) for time_ns, value in state)


class Growth:
    """By how much a counter has grown in the last `over_ns`. A fall is a reset: it counts anew."""

    def __init__(self, over_ns: int) -> None:
        self._over_ns = over_ns
        #: What it has grown by in all, at each time it grew; the first is where that began.
        self._points: Points = deque(maxlen=MAX_POINTS)
        self._value: float | None = None

    def add(self, time_ns: int, value: float) -> None:
        if self._value is None:
            self._points.append((time_ns, 0.0))
        elif value != self._value:
            grown = value - self._value if value > self._value else max(value, 0.0)
            self._points.append((time_ns, self._points[-1][1] + grown))
        self._value = value

    def at(self, now_ns: int) -> float | None:
        """None before the first sample."""
        while len(self._points) > 1 and self._points[1][0] <= now_ns - self._over_ns:
            self._points.popleft()
        return self._points[-1][1] - self._points[0][1] if self._points else None

    @property
    def value(self) -> float | None:
        """The counter's latest."""
        return self._value

    def forget(self) -> None:
        self._points.clear()
        self._value = None

    def snapshot(self) -> list[Any]:
        return [list(self._points), self._value]

    def restore(self, state: list[Any]) -> None:
        points, self._value = state
        self._points.clear()
        self._points.extend((time_ns, value) for time_ns, value in points)


def _strides(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for start in range(0, len(rows), _STRIDE):
        yield rows[start : start + _STRIDE]
