"""Samples in a file: Parquet or CSV, one row a sample. What simulations and exports write.

| column | Parquet | CSV |
|---|---|---|
| time, received | timestamp in ns, UTC | `2021-10-15T09:12:18.000Z`, cut to milliseconds |
| time_ns, received_ns | | integer, exact |
| spacecraft, subsystem, parameter, text | dictionary of strings | string |
| sequence | int64 | integer |
| value | float64, a boolean as 0 or 1 | number |
| quality | uint8, 0 where the sample is valid | integer |
| label | dictionary of strings: what the data must not be taken for, if anything | string |

CSV has each time twice, for people and for programs: few of them read a date to the nanosecond.
An invalid sample has no value. A text has its value in `text`, everything else in `value`; an
integer that a float64 can only say nearly has its digits in `text` too. A frame with nothing in it
is a row without parameter: it shows that the subsystem was heard of. Rows of one frame stand
together. A row does not say its type: the mission database does.

What a file says of itself (`About`) is Parquet's key-value metadata, `stationwatch.<key>`. CSV has
no such place, and lines that are no rows would need options to be read; so it is the name of a last
column without values: `stationwatch format=1 missiondb=0f3a heartbeat=yes`.

The same frames give the same bytes. The file grows beside its final name and takes it when it is
complete; Parquet has a digest of every row group. I/O: writes it. `sample_file_read` reads it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import listed
from telemetry.sample_file_about import DIGESTS, About, digest

#: A float64 says every integer up to this; Arrow takes none beyond it for a float64.
EXACT: Final = 2**53
#: A row group, and what is in memory at once: some 20 MB.
ROW_GROUP: Final = 200_000
_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
_INSTANT: Final = pa.timestamp("ns", tz="UTC")
SCHEMA: Final = pa.schema(
    [
        pa.field("time", _INSTANT, nullable=False),
        pa.field("received", _INSTANT, nullable=False),
        pa.field("spacecraft", _WORDS, nullable=False),
        pa.field("subsystem", _WORDS, nullable=False),
        pa.field("sequence", pa.int64(), nullable=False),
        pa.field("parameter", _WORDS),
        pa.field("value", pa.float64()),
        pa.field("text", _WORDS),
        pa.field("quality", pa.uint8(), nullable=False),
        pa.field("label", _WORDS),
    ]
)
#: Whole frames of one time, and how many samples there have been so far.
Progress = Callable[[int, int], None]


class _Table(Protocol):
    """A file that tables are appended to."""

    def write_table(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


def write(
    frames: Iterable[list[Frame]],
    path: Path,
    database: MissionDatabase,
    progress: Progress | None = None,
    *,
    label: str = "",
    heartbeat: bool = True,
) -> int:
    """Write frames as they come, memory bounded; returns how many samples there were.

    progress: called after each list of frames with its time, so it had better be quick.
    Otherwise as `writing`.
    """
    with writing(path, database, label=label, heartbeat=heartbeat) as samples:
        for batch in frames:
            samples.extend(batch)
            if progress is not None and batch:
                progress(batch[-1].time_ns, samples.count)
    return samples.count


@contextmanager
def writing(
    path: Path, database: MissionDatabase, *, label: str = "", heartbeat: bool = True
) -> "Iterator[SampleWriter]":
    """A file to put frames into; it is there once this ends without an error.

    label: stands in every row, since rows are copied without what stood around them.
    heartbeat: whether every frame of the subsystems there are comes.
    :raises UsageError: if the path is of no known kind or cannot be written.
    """
    if path.suffix not in KINDS:
        raise UsageError(f"{path}: the name must end in {listed(KINDS)}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file")
    about = About(missiondb=database.version, heartbeat=heartbeat)
    partial = path.with_name(f".{path.name}.partial")
    try:
        file = KINDS[path.suffix](partial, about)
        samples = SampleWriter(file, database, label)
        try:
            yield samples
            samples.flush()
        finally:
            file.close()
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink()


class _Parquet:
    def __init__(self, path: Path, about: About) -> None:
        schema = SCHEMA.with_metadata(about.metadata())
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._digests: list[str] = []

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._digests.append(digest(table))

    def close(self) -> None:
        self._writer.add_key_value_metadata({DIGESTS: ",".join(self._digests)})
        self._writer.close()


class _Csv:
    def __init__(self, path: Path, about: About) -> None:
        self._about = about.column()
        schema = self._plain(SCHEMA.empty_table()).schema
        options = csv.WriteOptions(quoting_style="needed")
        self._writer = csv.CSVWriter(path, schema, write_options=options)

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(self._plain(table))

    def close(self) -> None:
        self._writer.close()

    def _plain(self, table: pa.Table) -> pa.Table:
        plain = _plain(table)
        return plain.append_column(self._about, pa.nulls(plain.num_rows, pa.string()))


def _plain(table: pa.Table) -> pa.Table:
    """The columns as CSV has them."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.type == _INSTANT:
            # few different times, and each is slow to say
            times = column.combine_chunks().dictionary_encode()
            milliseconds = times.dictionary.cast(pa.timestamp("ms", tz="UTC"), safe=False)
            columns[name] = pc.strftime(milliseconds, "%Y-%m-%dT%H:%M:%SZ").take(times.indices)
            columns[f"{name}_ns"] = column.cast(pa.int64())
        else:
            columns[name] = column.cast(pa.string()) if column.type == _WORDS else column
    return pa.table(columns)


KINDS: Final[Mapping[str, Callable[[Path, About], _Table]]] = {".parquet": _Parquet, ".csv": _Csv}


class SampleWriter:
    """Columns as they fill, flushed a row group at a time; those of frames are repeated then."""

    def __init__(self, file: _Table, database: MissionDatabase, label: str) -> None:
        self.count = 0
        self._label = label
        self._file = file
        ships = database.spacecraft
        self._spacecraft = {identity: n for n, identity in enumerate(ships)}
        subsystems = dict.fromkeys(s for ship in ships.values() for s in ship.subsystems)
        self._subsystems = {identity: n for n, identity in enumerate(subsystems)}
        parameters = dict.fromkeys(
            p
            for ship in ships.values()
            for subsystem in ship.subsystems.values()
            for p in subsystem.parameters
        )
        self._parameters = {identity: n for n, identity in enumerate(parameters)}
        self._clear()

    def _clear(self) -> None:
        self._frames: list[tuple[int, int, int, int, int, int]] = []
        self._codes: list[int | None] = []
        self._values: list[float | str | None] = []
        self._qualities: list[int] = []

    def extend(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self._extend(frame)
        if len(self._values) >= ROW_GROUP:
            self.flush()

    def _extend(self, frame: Frame) -> None:
        code = self._parameters.__getitem__
        values, invalid = frame.values, frame.invalid
        present = len(values) + len(invalid)
        self.count += present
        self._codes.extend(map(code, values))
        self._values.extend(values.values())
        self._qualities.extend([0] * len(values))
        if invalid:
            self._codes.extend(map(code, invalid))
            self._values.extend([None] * len(invalid))
            self._qualities.extend(invalid.values())
        elif not present:
            self._codes.append(None)
            self._values.append(None)
            self._qualities.append(0)
        self._frames.append(
            (
                frame.time_ns,
                frame.received_ns,
                self._spacecraft[frame.spacecraft],
                self._subsystems[frame.subsystem],
                frame.sequence,
                max(present, 1),
            )
        )

    def flush(self) -> None:
        if not self._frames:
            return
        *of_frames, counts = np.array(self._frames, dtype=np.int64).T
        time_ns, received_ns, spacecraft, subsystem, sequence = (
            np.repeat(column, counts) for column in of_frames
        )
        numbers, texts = _split(self._values)
        arrays = [
            pa.array(time_ns).cast(_INSTANT),
            pa.array(received_ns).cast(_INSTANT),
            _words(spacecraft, self._spacecraft),
            _words(subsystem, self._subsystems),
            pa.array(sequence),
            _words(self._codes, self._parameters),
            numbers,
            texts,
            pa.array(self._qualities, pa.uint8()),
            _words([0 if self._label else None] * len(self._values), {self._label: 0}),
        ]
        self._file.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
        self._clear()


def _words(codes: Any, words: Mapping[str, int]) -> pa.DictionaryArray:
    """The whole vocabulary each time: row groups share it, and bytes do not depend on order."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(list(words)))


def _split(values: list[float | str | None]) -> tuple[pa.Array, pa.Array]:
    """The columns value and text."""
    try:
        return pa.array(values, pa.float64()), pa.nulls(len(values), _WORDS)
    except pa.ArrowInvalid:  # a text, or an integer beyond what Arrow knows to be exact
        numbers = [None if v is None or isinstance(v, str) else float(v) for v in values]
        texts = [str(v) if _needs_text(v) else None for v in values]
        return pa.array(numbers, pa.float64()), pa.array(texts, pa.string()).dictionary_encode()


def _needs_text(value: float | str | None) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and abs(value) > EXACT)
