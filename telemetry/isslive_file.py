"""One file of an ISSLIVE recording: its lines, and what can be wrong with them. I/O: reads it."""

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.clock import SECOND_NS
from telemetry.parameter import Parameter, ParameterType, Value

_HOUR_NS: Final = 3_600 * SECOND_NS
#: Hours a year can have by this count: 366 days, the first of them beginning at hour 24.
_YEAR_HOURS: Final = range(367 * 24)
_LINE: Final = re.compile(rb"[ \t]*(\d{1,6})(?:\.(\d{0,40}))?[ \t]+(\S+)[ \t]*\r?\n?")
_NUMBER: Final = re.compile(rb"[-+]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][-+]?\d{1,2})?")
_INT64: Final = range(-(2**63), 2**63)
#: A file is read in runs of about this size.
_READ_BYTES: Final = 1 << 20
_DTYPES: Final[Mapping[ParameterType, type]] = {
    ParameterType.FLOAT: np.float64,
    ParameterType.INTEGER: np.int64,
    ParameterType.ENUMERATION: np.int64,
    ParameterType.BOOLEAN: np.bool_,
    ParameterType.STRING: np.object_,
}


class Defect(StrEnum):
    """What can be wrong with a recording; what became of the line is part of the text."""

    UNREADABLE = "unreadable line, skipped"
    UNFINISHED = "last line has no end, kept: its value may be cut"
    BACKWARD = "time runs backwards, kept"
    DUPLICATE = "same time and value again"
    CONTRADICTION = "same time with another value, the later line stands"
    EMPTY = "file without a sample"
    UNKNOWN_PARAMETER = "name is no known parameter, file skipped"
    UNREADABLE_FILE = "file cannot be read, skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. `file` is relative to the recording; `line` counts from 1, 0 is the file."""

    file: str
    line: int
    defect: Defect
    detail: str = ""

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.where}: {self.defect}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Series:
    """One parameter's samples in the order of its file; both arrays have shape (samples,).

    time_ns: int64, UTC nanoseconds since 1970. values: by the parameter's type float64, int64,
    bool or object (str).
    """

    time_ns: NDArray[np.int64]
    values: NDArray[np.generic]


def hours_to_ns(whole: bytes, fraction: bytes) -> int:
    """Nanoseconds of `whole.fraction` hours: exact, then rounded to nearest, halves up.

    No float on the way: of hours it may miss by a nanosecond, of seconds since 1970 by 119.
    """
    unit: int = 10 ** len(fraction)
    return (2 * int(whole + fraction) * _HOUR_NS + unit) // (2 * unit)


def year_start_ns(year: int) -> int:
    """What hour 0 of the year's count is: a day before 1 January 00:00 UTC."""
    return (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) - 86_400) * SECOND_NS


def is_blank(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return not stream.read(4096).strip()
    except OSError:
        return False


@dataclass(slots=True)
class Column:
    """One parameter while its files are read; compact, since a list of floats takes five times."""

    parameter: Parameter
    times: "array[int]" = field(default_factory=lambda: array("q"))
    values: "list[str] | array[int] | array[float]" = field(init=False)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        match self.parameter.type:
            case ParameterType.STRING:
                self.values = []
            case ParameterType.FLOAT:
                self.values = array("d")
            case _:  # a boolean is kept as 0 and 1
                self.values = array("q")

    def series(self) -> Series:
        times = np.array(self.times, dtype=np.int64)
        return Series(times, np.array(self.values, dtype=_DTYPES[self.parameter.type]))

    def read(self, file: Path, name: str, hour_0_ns: int) -> None:
        first, number = len(self.times), 0
        lines = array("q")
        last = b""
        blank: list[int] = []
        with file.open("rb") as stream:
            while run := stream.readlines(_READ_BYTES):
                for last in run:
                    number += 1
                    if self._add(last, hour_0_ns):
                        lines.append(number)
                    elif last.strip():
                        detail = ascii(last.decode("latin-1").strip()[:60])
                        self.findings.append(Finding(name, number, Defect.UNREADABLE, detail))
                    else:
                        blank.append(number)
        if len(self.times) == first:
            self.findings.append(Finding(name, 0, Defect.EMPTY))
            return
        self.findings.extend(Finding(name, at, Defect.UNREADABLE, "blank") for at in blank)
        if not last.endswith(b"\n") and lines[-1] == number:
            self.findings.append(Finding(name, number, Defect.UNFINISHED))
        self._judge_order(name, first, lines)

    def _add(self, line: bytes, hour_0_ns: int) -> bool:
        parts = _LINE.fullmatch(line)
        if parts is None:
            return False
        whole, fraction, text = parts.groups(b"")
        value = _typed(text, self.parameter.type)
        if value is None or int(whole) not in _YEAR_HOURS:
            return False
        self.times.append(hour_0_ns + hours_to_ns(whole, fraction))
        self.values.append(value)  # type: ignore[arg-type]
        return True

    def _judge_order(self, name: str, first: int, lines: "array[int]") -> None:
        """Find times that run backwards or come again, among the samples this file added."""
        times = np.array(self.times[first:], dtype=np.int64)
        for at in np.flatnonzero(np.diff(times) < 0) + 1:
            back_s = (times[at - 1] - times[at]) / SECOND_NS
            finding = Finding(name, lines[at], Defect.BACKWARD, f"by {back_s:.3f} s")
            self.findings.append(finding)
        order = np.argsort(times, kind="stable")
        again = np.flatnonzero(np.diff(times[order]) == 0) + 1
        for before, at in zip(order[again - 1], order[again], strict=True):
            same = self.values[first + before] == self.values[first + at]
            defect = Defect.DUPLICATE if same else Defect.CONTRADICTION
            detail = f"line {lines[before]} has the same time"
            self.findings.append(Finding(name, lines[at], defect, detail))


def _typed(text: bytes, kind: ParameterType) -> Value | None:
    """The value a text stands for, in its parameter's type; None if it is no such value.

    Recorders write enumerations as `3` or `3.0`.
    """
    if kind is ParameterType.STRING:
        return text.decode("utf-8", "replace")
    if _NUMBER.fullmatch(text) is None:
        return None
    if kind is ParameterType.FLOAT:
        value = float(text)
        return value if abs(value) != float("inf") else None
    if not text.lstrip(b"+-").isdigit():  # `3.0`; a float in a range is sought one by one
        number = float(text)
        if not number.is_integer():
            return None
        text = b"%d" % number
    whole = int(text)
    if whole not in _INT64 or (kind is ParameterType.BOOLEAN and whole not in (0, 1)):
        return None
    return whole
