"""What was measured at several sizes, and whether it grows as is expected. Pure."""

import statistics
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from bench.row import number

#: A cost may be so many times what is expected: what two runs of the same thing differ by.
TOLERANCE: Final = 1.3
FORMAT: Final = 1


class Expect(StrEnum):
    FLAT = "flat"  #: costs no more at any size than at the smallest
    LINEAR = "at most linear"  #: from one size to the next costs grow no more than the size


class Better(StrEnum):
    MORE = "more"  #: a rate: its cost is one over it
    LESS = "less"  #: a cost: time, memory, share of a core


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """what: y, in `unit`. over: x. points: (x, y) by x, none of them 0 where LINEAR."""

    what: str
    unit: str
    over: str
    expect: Expect
    better: Better
    points: tuple[tuple[float, float], ...]

    @property
    def worst(self) -> float:
        """The largest cost over what is expected of it; 1 or less is as expected."""
        if self.expect is Expect.FLAT:
            first = self._cost(self.points[0][1])
            ratios = [self._cost(y) / first for _, y in self.points[1:]]
        else:
            ratios = [
                self._cost(y2) / self._cost(y1) * x1 / x2
                for (x1, y1), (x2, y2) in pairwise(self.points)
            ]
        return max(ratios, default=1.0)

    @property
    def holds(self) -> bool:
        return self.worst <= TOLERANCE

    def _cost(self, y: float) -> float:
        return 1 / y if self.better is Better.MORE else y


class Grown(msgspec.Struct, frozen=True):
    """One run of `bench.growth`. machine: what it ran on."""

    machine: dict[str, str]
    series: tuple[Series, ...]
    format: int = FORMAT


def median(runs: Sequence[Series]) -> Series:
    """Of runs of the same sizes, the median of each."""
    several = zip(*(run.points for run in runs), strict=True)
    points = tuple((at[0][0], statistics.median(y for _, y in at)) for at in several)
    return msgspec.structs.replace(runs[0], points=points)


def table(series: Sequence[Series]) -> str:
    """As Markdown."""
    lines = [
        "| what | over | measured | expected | worst / expected | |",
        "| --- | --- | --- | --- | ---: | --- |",
    ]
    lines += [
        f"| {one.what}, {one.unit} | {one.over} | "
        + ", ".join(f"{x:g}: {number(y)}" for x, y in one.points)
        + f" | {one.expect} | {one.worst:.2f} | {'holds' if one.holds else '**does not hold**'} |"
        for one in series
    ]
    return "\n".join(lines) + "\n"
