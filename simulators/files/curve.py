"""A curve of a bounded number of points, whatever it is made of. Pure.

Of each short width of time the lowest, the highest and the last value are kept, so that a spike
stays a spike.
"""

import math
from typing import Final

#: Widths of time; a curve has at most three times as many points, and ends of lines.
WIDTHS: Final = 1_200
MOST_BREAKS: Final = 2_000


class Curve:
    """One parameter's values, thinned as they come; times may come in any order."""

    def __init__(self, start_ns: int, width_ns: int) -> None:
        self._start_ns = start_ns
        self._width_ns = width_ns
        self._widths: dict[int, list[tuple[int, float]]] = {}
        self._breaks: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._widths)

    @property
    def last(self) -> float:
        return self._widths[max(self._widths)][2][1]

    def add(self, time_ns: int, value: float) -> None:
        n = (time_ns - self._start_ns) // self._width_ns
        if not math.isfinite(value) or not 0 <= n <= WIDTHS:
            return
        point = (time_ns, value)
        kept = self._widths.get(n)
        if kept is None:
            self._widths[n] = [point, point, point]
            return
        if value < kept[0][1]:
            kept[0] = point
        if value > kept[1][1]:
            kept[1] = point
        if time_ns >= kept[2][0]:
            kept[2] = point

    def end_line(self, time_ns: int) -> None:
        """Nothing was heard for a while after this time: do not draw through it."""
        if len(self._breaks) < MOST_BREAKS:
            self._breaks.append(time_ns + 1)

    def points(self) -> tuple[list[int], list[float | None]]:
        """Times (ns) ascending, and values; None where the line ends."""
        kept = {point for width in self._widths.values() for point in width}
        all_points: list[tuple[int, float | None]] = [*kept]
        all_points += [(time_ns, None) for time_ns in set(self._breaks)]
        all_points.sort(key=lambda point: point[0])
        return [t for t, _ in all_points], [v for _, v in all_points]
