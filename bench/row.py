"""What `make bench` says: rows of ours beside something else of the same run. Pure.

A `Bench` is run several times, ours and what it is held against turn by turn, so that a busy minute
of the machine falls on both. A row keeps every value; what is said of it is the median, and the
lowest and highest beside it. Ratios are taken run by run, then their median.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

#: Of the JSON files; files of another number are not compared.
FORMAT: Final = 1


#: Of what the host has stolen, less than so many percent is not told.
WORTH_SAYING: Final = 1.0


class How(StrEnum):
    """How ours is held against the other."""

    SHARE = "share"  #: ours / other, at least: more is better
    TIMES = "times"  #: ours / other, at most: less is better
    MORE = "more"  #: ours - other, at most
    UNDER = "under"  #: ours alone, at most
    OVER = "over"  #: ours alone, at least


_AT_LEAST: Final = (How.SHARE, How.OVER)
_ALONE: Final = (How.UNDER, How.OVER)


class Reach(msgspec.Struct, frozen=True):
    how: How
    bound: float

    def got(self, ours: float, other: float | None) -> float:
        """What is held to the bound. :raises ValueError: if there is nothing to hold ours to."""
        if self.how in _ALONE:
            return ours
        if other is None:
            raise ValueError(f"{self.how} needs something to be held against")
        return ours - other if self.how is How.MORE else ours / other

    def met(self, got: float) -> bool:
        return got >= self.bound if self.how in _AT_LEAST else got <= self.bound

    def text(self, unit: str) -> str:
        match self.how:
            case How.SHARE:
                return f">= {self.bound:.0%}"
            case How.TIMES:
                return f"<= {self.bound:g} x"
            case How.MORE:
                return f"within {self.bound:g} {unit}"
            case How.UNDER:
                return f"under {number(self.bound)} {unit}"
            case How.OVER:
                return f">= {number(self.bound)} {unit}"


class RowSpec(msgspec.Struct, frozen=True):
    """what: ours. against: what stands beside it. reach: None where the row only informs."""

    what: str
    unit: str
    against: str = ""
    reach: Reach | None = None


class Pair(msgspec.Struct, frozen=True):
    """One run: ours and the other; notes are numbers that belong to them.

    stolen: what of the cores' time the host gave to others meanwhile, %.
    """

    ours: float
    other: float | None = None
    notes: dict[str, float] = {}
    stolen: float = 0.0


class Bench(msgspec.Struct, frozen=True):
    """name: as `--only` takes it. once: one run, in an empty folder; a pair for each row."""

    name: str
    rows: dict[str, RowSpec]
    once: Callable[[Path], Mapping[str, Pair]]
    repeats: int = 3


class Row(msgspec.Struct, frozen=True):
    name: str
    spec: RowSpec
    runs: tuple[Pair, ...]

    @property
    def ours(self) -> tuple[float, ...]:
        return tuple(run.ours for run in self.runs)

    @property
    def other(self) -> tuple[float, ...]:
        return tuple(run.other for run in self.runs if run.other is not None)

    @property
    def got(self) -> float | None:
        """The median of what is held to the bound."""
        reach = self.spec.reach
        if reach is None:
            return None
        return statistics.median(reach.got(run.ours, run.other) for run in self.runs)

    @property
    def met(self) -> bool | None:
        reach, got = self.spec.reach, self.got
        return None if reach is None or got is None else reach.met(got)


class Report(msgspec.Struct, frozen=True):
    """machine: what it ran on. rows: by name."""

    machine: dict[str, str]
    rows: tuple[Row, ...]
    format: int = FORMAT


def table(rows: Sequence[Row]) -> str:
    """As Markdown."""
    lines = [
        "| what | ours | beside it | | got | to reach | |",
        "| --- | ---: | --- | ---: | ---: | --- | --- |",
    ]
    for row in rows:
        spec = row.spec
        cells = [
            spec.what,
            f"{spread(row.ours)} {spec.unit}",
            spec.against,
            f"{spread(row.other)} {spec.unit}" if row.other else "",
            _got(row),
            spec.reach.text(spec.unit) if spec.reach else "",
            {True: "yes", False: "**no**", None: ""}[row.met],
        ]
        lines.append("| " + " | ".join(cells) + " |")
        if notes := _notes(row):
            lines.append(f"| · {notes} | | | | | | |")
    return "\n".join(lines) + "\n"


def compared(now: Report, before: Report) -> str:
    """Each row of both reports: ours then and now, and the median of one over that of the other."""
    known = {row.name: row for row in before.rows}
    lines = ["| what | before | now | now / before |", "| --- | ---: | ---: | ---: |"]
    for row in now.rows:
        if row.name in known:
            then = known[row.name].ours
            ratio = statistics.median(row.ours) / (statistics.median(then) or 1.0)
            lines.append(
                f"| {row.spec.what} | {spread(then)} | {spread(row.ours)} {row.spec.unit} "
                f"| {ratio:.2f} |"
            )
    return "\n".join(lines) + "\n"


def spread(values: Sequence[float]) -> str:
    """Median (lowest to highest), to three figures."""
    middle = number(statistics.median(values))
    low, high = number(min(values)), number(max(values))
    return middle if low == high else f"{middle} ({low} to {high})"


def number(value: float) -> str:
    """To three significant figures, whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _got(row: Row) -> str:
    if row.got is None or row.spec.reach is None:
        return ""
    match row.spec.reach.how:
        case How.SHARE:
            return f"{row.got:.0%}"
        case How.TIMES:
            return f"{row.got:.2f} x"
        case _:
            return f"{number(row.got)} {row.spec.unit}"


def _notes(row: Row) -> str:
    names = dict.fromkeys(name for run in row.runs for name in run.notes)
    notes = [
        f"{name} {spread([run.notes[name] for run in row.runs if name in run.notes])}"
        for name in names
    ]
    stolen = [run.stolen for run in row.runs]
    if max(stolen) >= WORTH_SAYING:
        notes.append(f"% stolen by the host {spread(stolen)}")
    return ", ".join(notes)
