"""A day's wide table of one subsystem: what is written to it and read from it. Blocking.

One row a generation time, one column a parameter (NULL where there is no valid sample) and, from
the first invalid sample on, a column `<id>__q` with its quality.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from telemetry.frame import Block, Buckets, Column, Frame, Sample
from telemetry.parameter import ParameterType, Value
from telemetry.store.duck_files import Day, quoted
from telemetry.store.rows import DTYPES, Key, Rows, empty_values, page_rows
from telemetry.store.schema import QUALITY_SUFFIX, RECEIVED, SEQUENCE, TIME, Types

_SQL: Final[Mapping[ParameterType, str]] = {
    ParameterType.FLOAT: "DOUBLE",
    ParameterType.INTEGER: "BIGINT",
    ParameterType.ENUMERATION: "BIGINT",
    ParameterType.BOOLEAN: "BOOLEAN",
    ParameterType.STRING: "VARCHAR",
}
_ARROW: Final[Mapping[ParameterType, Any]] = {
    ParameterType.FLOAT: pa.float64(),
    ParameterType.INTEGER: pa.int64(),
    ParameterType.ENUMERATION: pa.int64(),
    ParameterType.BOOLEAN: pa.bool_(),
    ParameterType.STRING: pa.string(),
}
_QUALITY_SQL: Final = "UTINYINT"

#: Where the latest samples are looked for first.
_RECENT_NS: Final = 600_000_000_000

#: Rows merged at a time: sparse, wide merges are what runs out of memory.
_MERGE_ROWS: Final = 4096


class DuckTable:
    """The table of `key` in an attached day; `types` are all of the subsystem's parameters."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, day: Day, key: Key, types: Types
    ) -> None:
        self._connection = connection
        self._day = day
        self._key = key
        self._types = types
        self._name = "/".join(key)
        self._sql_name = day.table(self._name)

    @property
    def stop_ns(self) -> int:
        return self._day.stop_ns

    @property
    def exists(self) -> bool:
        return self._name in self._day.columns

    def put(self, rows: Rows) -> None:
        """Insert rows and merge them with those of the same time. Runs inside a transaction."""
        self._provide_columns(rows)
        high_ns = self._high_ns()
        # above the latest time there is nothing to merge with, and appending is what is fast
        late = sorted(time for time in rows if time <= high_ns)
        new = sorted(time for time in rows if time > high_ns)
        for at in range(0, len(late), _MERGE_ROWS):
            self._merge(self._batch(late[at : at + _MERGE_ROWS], rows))
        size = page_rows(len(rows), len(self._types))
        for at in range(0, len(new), size):
            self._insert(self._batch(new[at : at + size], rows))
        self._day.high_ns[self._name] = max(high_ns, *rows)

    def _provide_columns(self, rows: Rows) -> None:
        needed = {parameter: _SQL[kind] for parameter, kind in self._types.items()}
        for row in rows.values():
            needed |= {parameter + QUALITY_SUFFIX: _QUALITY_SQL for parameter in row.invalid}
        if not self.exists:
            columns = ", ".join(f"{quoted(name)} {sql}" for name, sql in needed.items())
            self._connection.execute(
                f"CREATE TABLE {self._sql_name} ({TIME} BIGINT NOT NULL, "
                f"{RECEIVED} BIGINT NOT NULL, {SEQUENCE} BIGINT NOT NULL, {columns})"
            )
            self._day.columns[self._name] = {TIME, RECEIVED, SEQUENCE, *needed}
            self._day.high_ns[self._name] = -1
        columns_there = self._day.columns[self._name]
        for name, sql in needed.items():
            if name not in columns_there:
                self._connection.execute(
                    f"ALTER TABLE {self._sql_name} ADD COLUMN {quoted(name)} {sql}"
                )
                columns_there.add(name)

    def _high_ns(self) -> int:
        if self._name not in self._day.high_ns:
            sql = f"SELECT coalesce(max({TIME}), -1) FROM {self._sql_name}"  # noqa: S608
            ((high_ns,),) = self._connection.execute(sql).fetchall()
            self._day.high_ns[self._name] = int(high_ns)
        return self._day.high_ns[self._name]

    def _batch(self, times: Sequence[int], rows: Rows) -> Any:
        chosen = [rows[time] for time in times]
        columns = {
            TIME: pa.array(times, pa.int64()),
            RECEIVED: pa.array([row.received_ns for row in chosen], pa.int64()),
            SEQUENCE: pa.array([row.sequence for row in chosen], pa.int64()),
        }
        for parameter, values in _valued(chosen):
            columns[parameter] = pa.array(values, _ARROW[self._types[parameter]])
        for parameter in sorted({parameter for row in chosen for parameter in row.invalid}):
            qualities = [row.invalid.get(parameter) for row in chosen]
            columns[parameter + QUALITY_SUFFIX] = pa.array(qualities, pa.uint8())
        return pa.table(columns)

    def _insert(self, batch: Any) -> None:
        self._connection.register("batch", batch)
        self._connection.execute(
            f"INSERT INTO {self._sql_name} BY NAME SELECT * FROM batch"  # noqa: S608
        )
        self._connection.unregister("batch")

    def _merge(self, batch: Any) -> None:
        """Replace the rows of these times by what both say together, the batch first."""
        given = set(batch.column_names)
        there = self._day.columns[self._name]

        def either(name: str) -> str:
            column = quoted(name)
            return f"coalesce(b.{column}, t.{column})" if name in given else f"t.{column}"

        select = [f"b.{TIME}", f"b.{RECEIVED}", f"b.{SEQUENCE}"]
        for name in sorted(there - {TIME, RECEIVED, SEQUENCE}):
            merged = either(name)
            parameter = name.removesuffix(QUALITY_SUFFIX)
            if parameter != name and parameter in there:
                merged = f"CASE WHEN {either(parameter)} IS NULL THEN {merged} END"
            select.append(f"{merged} AS {quoted(name)}")
        self._connection.register("batch", batch)
        merged_rows = self._connection.sql(
            f"SELECT {', '.join(select)} FROM batch b "  # noqa: S608
            f"LEFT JOIN {self._sql_name} t ON t.{TIME} = b.{TIME} ORDER BY b.{TIME}"
        ).to_arrow_table()
        self._connection.execute(
            f"DELETE FROM {self._sql_name} WHERE {TIME} IN (SELECT {TIME} FROM batch)"  # noqa: S608
        )
        self._connection.unregister("batch")
        self._insert(merged_rows)

    def windows(self, start_ns: int, stop_ns: int, rows: int) -> list[tuple[int, int]]:
        """Cut a range of time into half-open windows of that many rows each."""
        times = self._connection.execute(
            f"SELECT {TIME} FROM {self._sql_name} WHERE {TIME} >= ? AND {TIME} < ?",  # noqa: S608
            [start_ns, stop_ns],
        ).fetchnumpy()[TIME]
        edges = [*np.sort(times)[::rows].tolist(), stop_ns]
        return list(itertools.pairwise(edges))

    def block(self, window: tuple[int, int], asked: Types, most: int | None = None) -> Block:
        """The rows of a window; some may have none of the parameters asked for.

        most: so many of them, and no matter which.
        """
        there = self._day.columns[self._name]
        wanted = [*asked, *(parameter + QUALITY_SUFFIX for parameter in asked)]
        found = [quoted(name) for name in wanted if name in there]
        arrays = self._connection.execute(
            f"SELECT {', '.join([TIME, RECEIVED, SEQUENCE, *found])} FROM {self._sql_name} "  # noqa: S608
            f"WHERE {TIME} >= ? AND {TIME} < ?{'' if most is None else f' LIMIT {most}'}",
            list(window),
        ).fetchnumpy()
        times, rows = arrays[TIME], len(arrays[TIME])
        # only what came late lies out of order: for DuckDB to sort takes as long as all the rest
        if (times[1:] < times[:-1]).any():
            order = np.argsort(times)
            arrays = {name: array[order] for name, array in arrays.items()}
        columns = {
            parameter: _column(kind, arrays, parameter, rows) for parameter, kind in asked.items()
        }
        return Block(*self._key, arrays[TIME], arrays[RECEIVED], arrays[SEQUENCE], columns)

    def partial_buckets(
        self, parameter: str, start_ns: int, stop_ns: int, width_ns: int
    ) -> Buckets | None:
        """This day's part of the buckets."""
        if parameter not in self._day.columns[self._name]:
            return None
        kind, column = self._types[parameter], quoted(parameter)
        numbers = (
            f", min({column})::DOUBLE AS low, max({column})::DOUBLE AS high"
            f", avg({column}::DOUBLE) AS mean"
            if kind.numeric
            else ""
        )
        found = self._connection.execute(
            f"SELECT {TIME} - {TIME} % ? AS start, count(*) AS count, "  # noqa: S608
            f"arg_max({column}, {TIME}) AS last{numbers} FROM {self._sql_name} "
            f"WHERE {TIME} >= ? AND {TIME} < ? AND {column} IS NOT NULL "
            "GROUP BY start ORDER BY start",
            [width_ns, start_ns, stop_ns],
        ).fetchnumpy()
        unknown = np.full(len(found["start"]), np.nan)
        low, high, mean = (np.asarray(found.get(n, unknown)) for n in ("low", "high", "mean"))
        starts, counts = (np.asarray(found[name], np.int64) for name in ("start", "count"))
        last = np.asarray(found["last"], DTYPES[kind])
        return Buckets(width_ns, starts, low, high, mean, counts, last)

    def latest(self, parameters: Sequence[str], before_ns: int) -> dict[str, Sample]:
        """The day's latest sample of each of the parameters that has one."""
        # most have one in the last few minutes: only the others need a look at all of the day
        since_ns = min(before_ns, self._high_ns() + 1) - _RECENT_NS
        samples = self._latest(parameters, since_ns, before_ns)
        missing = [parameter for parameter in parameters if parameter not in samples]
        return samples | self._latest(missing, 0, since_ns)

    def _latest(self, parameters: Sequence[str], start_ns: int, stop_ns: int) -> dict[str, Sample]:
        there = self._day.columns[self._name]
        names = [name for p in parameters for name in (p, p + QUALITY_SUFFIX) if name in there]
        if not names:
            return {}
        select = ", ".join(
            # a FILTER takes eight times as long
            f"max(CASE WHEN {quoted(name)} IS NOT NULL THEN {TIME} END), "
            f"arg_max({quoted(name)}, {TIME})"
            for name in names
        )
        (row,) = self._connection.execute(
            f"SELECT {select} FROM {self._sql_name} WHERE {TIME} >= ? AND {TIME} < ?",  # noqa: S608
            [start_ns, stop_ns],
        ).fetchall()
        times: dict[str, int] = {}
        values: dict[str, Value] = {}
        for at, name in enumerate(names):
            if row[2 * at] is not None:
                times[name], values[name] = row[2 * at], row[2 * at + 1]
        samples: dict[str, Sample] = {}
        for parameter in parameters:
            quality = parameter + QUALITY_SUFFIX
            if times.get(quality, -1) > times.get(parameter, -1):
                samples[parameter] = Sample(times[quality], None, int(values[quality]))
            elif parameter in times:
                samples[parameter] = Sample(times[parameter], values[parameter])
        return samples


def _valued(rows: Sequence[Frame]) -> Iterator[tuple[str, Sequence[Value | None]]]:
    """Each parameter that has a value, with that of each row."""
    first = [*rows[0].values]
    if all([*row.values] == first for row in rows):  # as nearly always
        yield from zip(first, zip(*(row.values.values() for row in rows), strict=True), strict=True)
        return
    for parameter in dict.fromkeys(parameter for row in rows for parameter in row.values):
        yield parameter, [row.values.get(parameter) for row in rows]


def _column(kind: ParameterType, arrays: Mapping[str, Any], parameter: str, rows: int) -> Column:
    found = arrays.get(parameter)
    if found is None:
        values, valid = empty_values(kind, rows), np.zeros(rows, np.bool_)
    elif np.ma.is_masked(found):
        values, valid = empty_values(kind, rows), ~np.ma.getmaskarray(found)
        values[valid] = np.ma.getdata(found)[valid]
    else:  # as nearly always
        values, valid = np.asarray(found, DTYPES[kind]), np.ones(rows, np.bool_)
    quality: NDArray[np.uint8] = np.zeros(rows, np.uint8)
    if (found := arrays.get(parameter + QUALITY_SUFFIX)) is not None:
        quality = np.ma.filled(found, 0).astype(np.uint8)
    return Column(values, valid, quality)
