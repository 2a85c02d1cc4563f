"""Recordings of NASA's public ISSLIVE feed, as its recorders write them. I/O: reads files.

A recording is a folder with one file a parameter, `<id>.txt`, or a `YYYY/MM/DD/<id>.txt` tree of
them. A line is `<hours> <value>`; the hours count within the year, 24.0 being 1 January 00:00 UTC.
The year is not in the file: a tree has it in its path, a flat folder is read with the year given.

Real recordings are messy, and nothing in one stops its reading. What is wrong is a `Finding` with
file and line; every line that says something is kept, a time that runs backwards too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from telemetry.errors import RecordingError
from telemetry.frame import Frame
from telemetry.isslive_file import (
    Column,
    Defect,
    Finding,
    Series,
    hours_to_ns,
    is_blank,
    year_start_ns,
)
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value

#: Rows are merged in runs of this many, so that what is not in arrays stays bounded.
_MERGE_ROWS: Final = 1 << 16

__all__ = [
    "Defect",
    "Finding",
    "Recording",
    "Series",
    "frames",
    "hours_to_ns",
    "read_recording",
    "year_start_ns",
]


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
    columns: dict[str, Column] = {}
    findings: list[Finding] = []
    for file, file_year in files:
        name, identity = file.relative_to(path).as_posix(), file.stem
        if identity not in subsystem_of:
            findings.append(Finding(name, 0, Defect.UNKNOWN_PARAMETER))
            if is_blank(file):
                findings.append(Finding(name, 0, Defect.EMPTY))
            continue
        if identity not in columns:
            columns[identity] = Column(database.parameter(spacecraft, identity))
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
