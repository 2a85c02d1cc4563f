"""Opens files of samples, Parquet and CSV, to be read row by row; see `sample_file_rows`. I/O."""

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from telemetry.clock import LAST_NS
from telemetry.errors import RecordingError
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import listed
from telemetry.sample_file import KINDS, SCHEMA
from telemetry.sample_file_about import DIGESTS, About, digest
from telemetry.sample_file_rows import Flaw, Key, Row, SampleReader

#: Rows of Parquet turned into Python values at once.
_BATCH_ROWS: Final = 20_000
#: A row group of ours has a tenth of this, and is read whole.
MAX_GROUP_BYTES: Final = 256 << 20
_INT64: Final = range(-(2**63), 2**63)
_TIMES: Final = range(LAST_NS + 1)
_QUALITIES: Final = range(256)
#: What reading a damaged file raises in Arrow, and in what is made of its answers.
_DAMAGE: Final = (
    pa.ArrowException,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    MemoryError,  # a page of a terabyte, where there is a bound (recordings.memory)
)


def open_samples(path: Path, database: MissionDatabase) -> SampleReader:
    """:raises RecordingError: if it cannot be read, or is not a file `sample_file` writes."""
    match path.suffix:
        case ".parquet":
            return ParquetReader(path, str(path), database)
        case ".csv":
            return CsvReader(path, database)
    raise RecordingError(f"{path}: a file of samples has a name that ends in {listed(KINDS)}")


class ParquetReader(SampleReader):
    """name: of the source, for messages.

    :raises RecordingError: as `open_samples` does.
    """

    unit = "row"

    def __init__(self, source: Path | BinaryIO, name: str, database: MissionDatabase) -> None:
        super().__init__(database)
        self._name = name
        self._done = 0
        try:
            self._file = pq.ParquetFile(source)
        except _DAMAGE as error:
            raise RecordingError(
                f"{name} is no Parquet file, or not whole ({_said(error)}): "
                "copy it again, or export it again"
            ) from None
        try:
            self._check()
        except _DAMAGE as error:
            raise self._damaged(error) from None
        self.total = self._file.metadata.num_rows

    def _check(self) -> None:
        schema, metadata = self._file.schema_arrow, self._file.metadata
        self.about = About.of_metadata(schema.metadata or {}, self._name)
        for field in SCHEMA:
            at = schema.get_field_index(field.name)
            if at < 0 or schema.field(at).type != field.type:
                found = f"is {schema.field(at).type}" if at >= 0 else "is missing"
                raise RecordingError(
                    f"{self._name}: column {field.name} {found}, must be {field.type}: "
                    "export it again"
                )
        said = (metadata.metadata or {}).get(DIGESTS.encode(), b"").decode()
        self._digests = said.split(",") if said else []
        if self._digests and len(self._digests) != metadata.num_row_groups:
            raise ValueError(f"{len(self._digests)} row groups were written")
        for n in range(metadata.num_row_groups):
            size = metadata.row_group(n).total_byte_size
            if size > MAX_GROUP_BYTES:
                raise RecordingError(
                    f"{self._name}: row group {n} is of {size} bytes, at most {MAX_GROUP_BYTES}: "
                    "it was not written by stationwatch"
                )

    @property
    def done(self) -> int:
        return self._done

    def close(self) -> None:
        self._file.close()

    def _rows(self) -> Iterator[Row]:
        for n in range(self._file.num_row_groups):
            try:
                group = self._group(n)
            except _DAMAGE as error:
                raise self._damaged(error) from None
            if not self.label:
                self.label = next(filter(None, _words(group["label"].combine_chunks())), "")
            for batch in group.to_batches(_BATCH_ROWS):
                yield from self._rows_of(batch)
                self._done += len(batch)

    def _group(self, n: int) -> pa.Table:
        group = self._file.read_row_group(n, columns=SCHEMA.names, use_threads=False)
        group.validate(full=True)
        group = group.select(SCHEMA.names).combine_chunks()
        for field in SCHEMA:
            if not field.nullable and group[field.name].null_count:
                raise ValueError(f"no {field.name} somewhere")
        if self._digests and digest(group) != self._digests[n]:
            raise ValueError("its samples are not those that were written")
        return group

    def _rows_of(self, batch: pa.RecordBatch) -> Iterator[Row]:
        first = self._done + 1
        keys = zip(
            batch["time"].cast(pa.int64()).to_numpy().tolist(),
            batch["received"].cast(pa.int64()).to_numpy().tolist(),
            _words(batch["spacecraft"]),
            _words(batch["subsystem"]),
            batch["sequence"].to_numpy().tolist(),
            strict=True,
        )
        ids, texts = _words(batch["parameter"]), _words(batch["text"])
        numbers = batch["value"].to_numpy(zero_copy_only=False).tolist()
        qualities = batch["quality"].to_numpy().tolist()
        rows = zip(keys, ids, numbers, texts, qualities, strict=True)
        for n, row in enumerate(rows, first):
            if 0 <= row[0][0] <= LAST_NS:
                yield (n, *row)
            else:
                self.flag(Flaw.UNREADABLE, n, "its time is out of range")

    def _damaged(self, error: Exception) -> RecordingError:
        return RecordingError(
            f"{self._name} is damaged after row {self._done} ({_said(error)}): "
            "copy it again, or export it again"
        )


def _words(column: pa.DictionaryArray) -> list[Any]:
    words = [*column.dictionary.to_pylist(), None]
    indices = column.indices.fill_null(len(words) - 1).to_numpy().tolist()
    return [words[index] for index in indices]


def _said(error: Exception) -> str:
    """The first line of what a library says, which can be long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]


class CsvReader(SampleReader):
    """:raises RecordingError: as `open_samples` does."""

    unit = "line"

    def __init__(self, path: Path, database: MissionDatabase) -> None:
        super().__init__(database)
        try:
            self._file = path.open("rb")
            self.total = path.stat().st_size
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from None
        text = TextIOWrapper(self._file, "utf-8-sig", "surrogateescape", newline="")
        self._reader = csv.reader(text, strict=True)
        try:
            header = next(self._reader, [])
            self.about = About.of_column(header, str(path))
            self._width = len(header)
            self._at = _Columns(*(self._index(path, header, name) for name in _Columns._fields))
        except (csv.Error, OSError) as error:
            self.close()
            raise RecordingError(f"{path}: line 1 is no header ({error})") from None
        except BaseException:
            self.close()
            raise

    def _index(self, path: Path, header: list[str], name: str) -> int:
        if name not in header:
            raise RecordingError(f"{path}: line 1 has no column {name}: export it again")
        return header.index(name)

    @property
    def done(self) -> int:
        return min(self._file.tell(), self.total)

    def close(self) -> None:
        self._file.close()

    def _rows(self) -> Iterator[Row]:
        at, reader = self._at, self._reader
        key_of = itemgetter(*at[:5])
        seen: tuple[str, ...] = ()
        key: Key | None = None
        while True:
            try:
                cells = next(reader)
                place = reader.line_num
                if not cells:
                    raise _Unreadable("empty")
                if len(cells) != self._width:
                    raise _Unreadable(f"{len(cells)} columns, not {self._width}")
                if key is None or key_of(cells) != seen:
                    key, seen = None, key_of(cells)
                    key = _key(*seen)
                row = (cells[at.parameter], _number(cells[at.value]), cells[at.text])
                quality = _integer(cells[at.quality], "quality", _QUALITIES)
            except StopIteration:
                return
            except csv.Error as error:
                self.flag(Flaw.UNREADABLE, reader.line_num, str(error))
            except _Unreadable as why:
                self.flag(Flaw.UNREADABLE, place, str(why))
            else:
                self.label = self.label or cells[at.label]
                yield (place, key, *row, quality)


class _Unreadable(Exception):
    """Why a row cannot be read."""


class _Columns(NamedTuple):
    """Where in a row they are; those of the key first."""

    time_ns: int
    received_ns: int
    spacecraft: int
    subsystem: int
    sequence: int
    parameter: int
    value: int
    text: int
    quality: int
    label: int


def _key(time_ns: str, received_ns: str, spacecraft: str, subsystem: str, sequence: str) -> Key:
    return (
        _integer(time_ns, "time_ns", _TIMES),
        _integer(received_ns, "received_ns", _INT64),
        spacecraft,
        subsystem,
        _integer(sequence, "sequence", _INT64),
    )


def _integer(text: str, column: str, within: range) -> int:
    try:
        number = int(text)
    except ValueError:
        raise _Unreadable(f"{column} is {text!a:.40}, no integer") from None
    if number not in within:
        raise _Unreadable(f"{column} is {number}, out of range")
    return number


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise _Unreadable(f"value is {text!a:.40}, no number") from None
