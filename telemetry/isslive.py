"""Recordings of NASA's public ISSLIVE feed, as its recorders write them. I/O: reads files.

A recording is a folder with one file a parameter, `<id>.txt`, or a `YYYY/MM/DD/<id>.txt` tree of
them. A line is `<hours> <value>`; the hours count within the year, 24.0 being 1 January 00:00 UTC.
The year is not in the file: a tree has it in its path, a flat folder is read with the year given.

Real recordings are messy, and nothing in one stops its reading. What is wrong is a `Finding` with
file and line; every line that says something is kept, a time that runs backwards too.
"""

import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.clock import SECOND_NS
from telemetry.errors import RecordingError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Value

_HOUR_NS: Final = 3_600 * SECOND_NS
#: Hours a year can have by this count: 366 days, the first of them beginning at hour 24.
_YEAR_HOURS: Final = range(367 * 24)
_LINE: Final = re.compile(rb"[ \t]*(\d{1,6})(?:\.(\d{0,40}))?[ \t]+(\S+)[ \t]*\r?\n?")
_NUMBER: Final = re.compile(rb"[-+]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][-+]?\d{1,2})?")
_INT64: Final = range(-(2**63), 2**63)
#: Lines are read, and rows merged, in runs of about this size, so that memory stays bounded.
_READ_BYTES: Final = 1 << 20
_MERGE_ROWS: Final = 1 << 16
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """series: by parameter id. findings: by file, then line, the defects of whole files last."""

    spacecraft: str
    series: Mapping[str, Series]
    subsystem_of: Mapping[str, str]
    findings: tuple[Finding, ...]

    @property
    def samples(self) -> int:
        """Lines read as samples, duplicates among them."""
        return sum(len(series.time_ns) for series in self.series.values())

    @property
    def counts(self) -> Mapping[Defect, int]:
        """How often each defect was found; every defect is a key."""
        counts = dict.fromkeys(Defect, 0)
        for finding in self.findings:
            counts[finding.defect] += 1
        return counts

    def summary(self, first: int = 5) -> list[str]:
        """For people: what was read, how often each defect was found, and the first of each."""
        lines = [f"{self.samples} samples of {len(self.series)} parameters"]
        for defect, count in self.counts.items():
            found = [finding for finding in self.findings if finding.defect is defect]
            if found:
                lines.append(f"{count} x {defect}")
            lines.extend(
                f"  {f.where}" + (f" {f.detail}" if f.detail else "") for f in found[:first]
            )
            if count > first:
                lines.append(f"  and {count - first} more")
        return lines

    @property
    def start_ns(self) -> int:
        return int(min(s.time_ns.min() for s in self.series.values()))

    @property
    def end_ns(self) -> int:
        return int(max(s.time_ns.max() for s in self.series.values()))


def hours_to_ns(whole: bytes, fraction: bytes) -> int:
    """Nanoseconds of `whole.fraction` hours: exact, then rounded to nearest, halves up.

    No float on the way: of hours it may miss by a nanosecond, of seconds since 1970 by 119.
    """
    unit: int = 10 ** len(fraction)
    return (2 * int(whole + fraction) * _HOUR_NS + unit) // (2 * unit)


def year_start_ns(year: int) -> int:
    """What hour 0 of the year's count is: a day before 1 January 00:00 UTC."""
    return (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) - 86_400) * SECOND_NS


def read_recording(
    path: Path, year: int | None, database: MissionDatabase, spacecraft: str = "iss"
) -> Recording:
    """Read all of a recording.

    year: of a flat folder; a tree has its own, and may be given one only if it agrees.
    :raises RecordingError: if there is nothing to read, or the year is missing or contradicted.
    """
    files = _find_files(path, year)
    definitions = database.spacecraft[spacecraft].subsystems
    subsystem_of = {p: s.id for s in definitions.values() for p in s.parameters}
    columns: dict[str, _Column] = {}
    findings: list[Finding] = []
    for file, file_year in files:
        name, identity = file.relative_to(path).as_posix(), file.stem
        if identity not in subsystem_of:
            findings.append(Finding(name, 0, Defect.UNKNOWN_PARAMETER))
            if _is_blank(file):
                findings.append(Finding(name, 0, Defect.EMPTY))
            continue
        if identity not in columns:
            columns[identity] = _Column(database.parameter(spacecraft, identity))
        try:
            columns[identity].read(file, name, year_start_ns(file_year))
        except OSError as error:
            findings.append(Finding(name, 0, Defect.UNREADABLE_FILE, error.strerror or ""))
    found = [finding for column in columns.values() for finding in column.findings]
    series = {identity: column.series() for identity, column in columns.items() if column.times}
    if not series:
        raise RecordingError(f"{path}: no file in it holds a sample of a known parameter")
    return Recording(
        spacecraft=spacecraft,
        series=series,
        subsystem_of={identity: subsystem_of[identity] for identity in series},
        findings=(*sorted(found, key=lambda f: (f.file, f.line)), *findings),
    )


def frames(recording: Recording) -> Iterator[Frame]:
    """All parameters merged in time order: one frame for each subsystem and time.

    Frames of one time come in the order of their subsystems' ids; sequences count from 0.
    Reception times are not in a recording: they are given as the generation times.
    """
    identities = sorted(recording.series, key=lambda i: (recording.subsystem_of[i], i))
    subsystems = [recording.subsystem_of[identity] for identity in identities]
    series = [recording.series[identity] for identity in identities]
    lengths = [len(one.time_ns) for one in series]
    time_ns = np.concatenate([one.time_ns for one in series])
    which = np.repeat(np.arange(len(series), dtype=np.int32), lengths)
    row = np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])
    # stable: parameters stay by subsystem within a time, and the later line of a file stands
    order = np.argsort(time_ns, kind="stable")
    sequence = dict.fromkeys(subsystems, 0)
    current: tuple[int, str] | None = None
    values: dict[str, Value] = {}

    def frame(time: int, subsystem: str) -> Frame:
        number = sequence[subsystem]
        sequence[subsystem] = number + 1
        return Frame(
            spacecraft=recording.spacecraft,
            subsystem=subsystem,
            time_ns=time,
            received_ns=time,
            sequence=number,
            values=values,
        )

    for start in range(0, len(order), _MERGE_ROWS):
        run = order[start : start + _MERGE_ROWS]
        columns, readings = which[run], np.empty(len(run), dtype=object)
        for column in np.unique(columns):
            here = np.flatnonzero(columns == column)
            readings[here] = series[column].values[row[run[here]]].tolist()
        for time, column, value in zip(
            time_ns[run].tolist(), columns.tolist(), readings.tolist(), strict=True
        ):
            key = (time, subsystems[column])
            if key != current:
                if current is not None:
                    yield frame(*current)
                current, values = key, {}
            values[identities[column]] = value
    if current is not None:
        yield frame(*current)


def _find_files(path: Path, year: int | None) -> list[tuple[Path, int]]:
    """Every file of the recording with its year, in the order of their days, then names."""
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise RecordingError(f"{path}: {what}; a recording is a folder of <parameter>.txt files")
    flat = sorted(path.glob("*.txt"))
    if flat:
        if year is None:
            raise RecordingError(f"{path}: the files do not say their year; give it (--year)")
        return [(file, year) for file in flat]
    days = "[0-9]" * 4 + "/" + "[0-9]" * 2 + "/" + "[0-9]" * 2
    tree = [(file, int(file.parts[-4])) for file in sorted(path.glob(f"{days}/*.txt"))]
    if not tree:
        raise RecordingError(f"{path}: no <parameter>.txt and no YYYY/MM/DD folder of them in it")
    years = sorted({found for _, found in tree})
    if year is not None and years != [year]:
        said = ", ".join(map(str, years))
        raise RecordingError(f"{path}: its folders say the year is {said}, not {year}")
    return tree


def _is_blank(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return not stream.read(4096).strip()
    except OSError:
        return False


@dataclass(slots=True)
class _Column:
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
