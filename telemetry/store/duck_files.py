"""DuckDB files: one for types and events, and one a day for telemetry, in a directory beside it.

    telemetry.duckdb                    schema number, types, alarm events, recordings
    telemetry.duckdb.days/2021-10-15.duckdb     a wide table "<spacecraft>/<subsystem>" each
    telemetry.duckdb.rollups/2021-10-14.duckdb  the same of the roll-ups of 28 days from then on

Many files, because DuckDB gives a dropped table's blocks to the next table, not to the disk. One
transaction writes one file. Everything here blocks, and belongs to one thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb

from telemetry.errors import StoreError, StoreSchemaError, StoreUnavailable
from telemetry.store.base import Schema
from telemetry.store.rollups import LEVELS_NS, is_rollup, rollup_schema
from telemetry.store.rows import Key
from telemetry.store.schema import (
    SCHEMA_NUMBER,
    check_number,
    decode_types,
    encode_types,
    reconcile,
)

DAY_NS: Final = 86_400_000_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()

#: Days kept open at a time; a range of more days opens and closes them as it goes.
_MAX_ATTACHED: Final = 16

#: Tables made if missing: those an older version did not have are added to its store.
_TABLES: Final = (
    "events (id VARCHAR PRIMARY KEY, time BIGINT NOT NULL, "
    "spacecraft VARCHAR NOT NULL, payload VARCHAR NOT NULL)",
    "recordings (name VARCHAR PRIMARY KEY, payload VARCHAR NOT NULL)",
)

_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": "2",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Files of one kind, in a directory of their own; each holds so many days.

    block_bytes: the unit of disk space; each table takes some.
    row_ns: rows are hardly closer to each other than this; if they are, reading takes longer.
    """

    name: str
    days: int
    block_bytes: int
    row_ns: int

    @property
    def file_ns(self) -> int:
        return self.days * DAY_NS


SAMPLES: Final = Family(name="days", days=1, block_bytes=262_144, row_ns=100_000_000)
ROLLUPS: Final = Family(name="rollups", days=28, block_bytes=16_384, row_ns=LEVELS_NS[-1])


def family_of(key: Key) -> Family:
    return ROLLUPS if is_rollup(key) else SAMPLES


@dataclass(slots=True)
class Day:
    """An attached file, of a day or of several; `number` counts those of its family.

    `columns` of each table; `high_ns`, the latest time in it, once known.
    """

    family: Family
    number: int
    columns: dict[str, set[str]] = field(default_factory=dict)
    high_ns: dict[str, int] = field(default_factory=dict)

    @property
    def date(self) -> str:
        return date.fromordinal(_EPOCH + self.number * self.family.days).isoformat()

    @property
    def name(self) -> str:
        return f"{self.family.name} {self.date}"

    @property
    def stop_ns(self) -> int:
        return (self.number + 1) * self.family.file_ns

    def table(self, name: str) -> str:
        return f"{quoted(self.name)}.{quoted(name)}"


class DuckFiles:
    """The connection, opened when first needed and again after any failure.

    :raises StoreUnavailable: another process has the file, the disk is full, memory ran out.
    :raises StoreSchemaError: the file is not ours, or of another version, or a type has changed.
    """

    def __init__(self, path: Path, wanted: Schema, memory_limit_mb: int) -> None:
        self.path = path
        self._directories = {
            family: path.with_name(f"{path.name}.{family.name}") for family in (SAMPLES, ROLLUPS)
        }
        self._wanted = wanted
        self._config = _CONFIG | {"memory_limit": f"{memory_limit_mb}MB"}
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._attached: dict[tuple[Family, int], Day] = {}
        self._days: dict[Family, set[int]] = {}
        self.schema: Schema = {}
        #: With the tables of roll-ups.
        self.tables: Schema = {}

    @contextmanager
    def connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection; what fails while it is used closes it and is raised as a StoreError."""
        try:
            yield self._open()
        except duckdb.Error as error:
            self.abandon()
            raise _as_store_error(error, self.path) from error
        except OSError as error:
            self.abandon()
            raise StoreUnavailable(f"{self.path}: {error}") from error
        except BaseException:
            self.abandon()
            raise

    def close(self) -> None:
        """Close for good; the log is merged into the files, which can take a moment."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._attached.clear()

    def abandon(self) -> None:
        """Forget everything known of the files: it is unsure what of a transaction was kept."""
        try:
            self.close()
        except duckdb.Error:
            self._connection = None
            self._attached.clear()

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            if not self.path.parent.is_dir():
                raise StoreError(f"{self.path.parent}: no such directory")
            if not self.path.exists():
                with duckdb.connect(config=self._config) as maker:
                    _make(maker, self.path, SAMPLES.block_bytes)
            self._connection = duckdb.connect(str(self.path), config=self._config)
            self._attached.clear()
            self._open_main(self._connection)
            for family, directory in self._directories.items():
                directory.mkdir(exist_ok=True)
                self._days[family] = {
                    (date.fromisoformat(file.stem).toordinal() - _EPOCH) // family.days
                    for file in directory.glob("????-??-??.duckdb")
                }
        return self._connection

    def _open_main(self, connection: duckdb.DuckDBPyConnection) -> None:
        tables = {name for (name,) in _rows(connection, "SELECT table_name FROM duckdb_tables()")}
        if not tables:
            days = self._directories[SAMPLES]
            if any(days.glob("*.duckdb")):
                raise StoreSchemaError(
                    f"{days} holds days of a store whose {self.path.name} is gone: "
                    "bring it back, or move the directory away"
                )
            connection.execute("BEGIN")
            connection.execute("CREATE TABLE stationwatch (number INTEGER)")
            connection.execute("INSERT INTO stationwatch VALUES (?)", [SCHEMA_NUMBER])
            connection.execute(
                "CREATE TABLE types (spacecraft VARCHAR, subsystem VARCHAR, types VARCHAR)"
            )
            connection.execute("COMMIT")
        elif "stationwatch" not in tables:
            raise StoreSchemaError(f"{self.path} is a DuckDB database of something else")
        numbers = [number for (number,) in _rows(connection, "SELECT number FROM stationwatch")]
        check_number(numbers[0] if len(numbers) == 1 else numbers, str(self.path))
        for table in _TABLES:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        stored = {
            (spacecraft, subsystem): decode_types(types)
            for spacecraft, subsystem, types in _rows(connection, "SELECT * FROM types")
        }
        self.schema = reconcile(stored, self._wanted)
        self.tables = {**self.schema, **rollup_schema(self.schema)}
        if self.schema != stored:
            connection.execute("BEGIN")
            connection.execute("DELETE FROM types")
            for (spacecraft, subsystem), types in self.schema.items():
                row = [spacecraft, subsystem, encode_types(types)]
                connection.execute("INSERT INTO types VALUES (?, ?, ?)", row)
            connection.execute("COMMIT")

    def days(self, family: Family, start_ns: int, stop_ns: int) -> list[int]:
        """The files there are of a half-open range of time, earliest first."""
        with self.connected():
            return sorted(
                number
                for number in self._days[family]
                if number * family.file_ns < stop_ns and (number + 1) * family.file_ns > start_ns
            )

    def within(self, family: Family, start_ns: int, stop_ns: int) -> list[int]:
        """Those of them that have nothing outside the range."""
        return [
            number
            for number in self.days(family, start_ns, stop_ns)
            if number * family.file_ns >= start_ns and (number + 1) * family.file_ns <= stop_ns
        ]

    def day(self, family: Family, number: int, *, create: bool = False) -> Day | None:
        """A file, attached; None if there is none."""
        connection = self._open()
        if number not in self._days[family] and not create:
            return None
        day = self._attached.pop((family, number), None)
        if day is None:
            if len(self._attached) >= _MAX_ATTACHED:
                self._detach(*next(iter(self._attached)))
            day = Day(family, number)
            file = self._file(day)
            if number not in self._days[family]:
                _make(connection, file, family.block_bytes)
                self._days[family].add(number)
            connection.execute(f"ATTACH {_text(file)} AS {quoted(day.name)}")
            columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?"
            for table, column in _rows(connection, columns, [day.name]):
                day.columns.setdefault(table, set()).add(column)
        self._attached[family, number] = day  # last, so the first is the one unused longest
        return day

    def remove(self, family: Family, start_ns: int, stop_ns: int) -> None:
        """Delete the files that have nothing outside the range."""
        with self.connected():
            for number in self.within(family, start_ns, stop_ns):
                self._detach(family, number)
                file = self._file(Day(family, number))
                # the log first: one without its file would be taken for the next file's
                file.with_name(file.name + ".wal").unlink(missing_ok=True)
                file.unlink(missing_ok=True)
                self._days[family].discard(number)

    def _detach(self, family: Family, number: int) -> None:
        if (day := self._attached.pop((family, number), None)) is not None:
            self._open().execute(f"DETACH {quoted(day.name)}")

    def _file(self, day: Day) -> Path:
        return self._directories[day.family] / f"{day.date}.duckdb"


def _make(connection: duckdb.DuckDBPyConnection, file: Path, block_bytes: int) -> None:
    """An empty file, whole or not at all: what a full disk cuts short is no database, for good."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    connection.execute(f"ATTACH {_text(new)} AS new (BLOCK_SIZE {block_bytes})")
    connection.execute("DETACH new")
    if not file.exists():  # else another process was quicker
        new.replace(file)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None
) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql, parameters or []).fetchall())


def _as_store_error(error: duckdb.Error, path: Path) -> StoreError:
    text = str(error).splitlines()[0]
    if "Could not set lock" in text:
        return StoreUnavailable(
            f"{path} is open in another process: if that is ingest, use --store "
            "remote+http://127.0.0.1:8600 (its --ingest-port)"
        )
    if "not a valid DuckDB" in text or "version number" in text:
        return StoreSchemaError(f"{path} cannot be opened: {text}")
    passing = (
        duckdb.IOException,
        duckdb.OutOfMemoryException,
        duckdb.TransactionException,
        duckdb.FatalException,
        duckdb.InternalException,
        duckdb.ConnectionException,
    )
    kind = StoreUnavailable if isinstance(error, passing) else StoreError
    return kind(f"{path}: {text}")
