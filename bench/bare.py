"""A store without us: filled by its own bulk path, and asked by its own bare query. I/O.

What is put in lies as `telemetry.store` would have left it, so that ours reads it too. An answer is
as the store gives it, arrays or CSV; `Bare.table` makes what is compared of it, untimed.
"""

import asyncio
import http.client
import itertools
import shutil
import urllib.parse
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from bench.rig import Into
from bench.servers import BUCKET, influx
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Store
from telemetry.store.duck_files import SAMPLES, quoted
from telemetry.store.influx import InfluxStore
from telemetry.store.influx_line import measurement
from telemetry.store.open import open_store
from telemetry.store.rows import Key
from telemetry.store.schema import RECEIVED, SEQUENCE, TIME

#: Rows made and written at a time.
_ROWS: Final = 1_000
_THREADS: Final = 2

#: Columns, each of shape (rows,), the times first.
Table = list[NDArray[Any]]


class Rows(msgspec.Struct, frozen=True):
    """Rows of a subsystem within one day, at equal steps, in each a value of all its parameters."""

    key: Key
    ids: tuple[str, ...]
    start_ns: int
    step_ns: int
    count: int

    @property
    def stop_ns(self) -> int:
        return self.start_ns + self.count * self.step_ns

    def pages(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Times of shape (rows,) and values of shape (rows, parameters), some rows at a time.

        Values have four decimals and lie between -9 and 9: within the limits of `bench.load`.
        """
        made = np.random.default_rng(1)
        for at in range(0, self.count, _ROWS):
            numbers = np.arange(at, min(at + _ROWS, self.count))
            values = made.uniform(-9.0, 9.0, (len(numbers), len(self.ids))).round(4)
            yield self.start_ns + numbers * self.step_ns, values


class Bare(Protocol):
    """The plain query for each question."""

    def buckets(
        self, key: Key, parameters: Sequence[str], start_ns: int, stop_ns: int, width_ns: int
    ) -> Any:
        """Time of each bucket; then count, minimum, maximum, mean and last, a parameter each."""
        ...

    def raw(self, key: Key, parameters: Sequence[str], start_ns: int, stop_ns: int) -> Any:
        """Time and values, in order."""
        ...

    def last(self, parameters: Mapping[Key, Sequence[str]]) -> Any:
        """Time and value of the latest sample of each."""
        ...

    def table(self, answer: Any) -> Table: ...


class BareDuckDB:
    def __init__(self, path: Path) -> None:
        self._database = duckdb.connect(str(path), read_only=True, config={"threads": _THREADS})

    def close(self) -> None:
        self._database.close()

    def buckets(
        self, key: Key, parameters: Sequence[str], start_ns: int, stop_ns: int, width_ns: int
    ) -> Any:
        select = ", ".join(
            f"count({id_}), min({id_}), max({id_}), avg({id_}), arg_max({id_}, {TIME})"
            for id_ in parameters
        )
        return self._database.execute(
            f"SELECT {TIME} - {TIME} % {width_ns} AS start, {select} FROM {_table(key)} "
            f"WHERE {TIME} >= {start_ns} AND {TIME} < {stop_ns} GROUP BY start ORDER BY start"
        ).fetchnumpy()

    def raw(self, key: Key, parameters: Sequence[str], start_ns: int, stop_ns: int) -> Any:
        return self._database.execute(
            f"SELECT {TIME}, {', '.join(parameters)} FROM {_table(key)} "
            f"WHERE {TIME} >= {start_ns} AND {TIME} < {stop_ns} ORDER BY {TIME}"
        ).fetchnumpy()

    def last(self, parameters: Mapping[Key, Sequence[str]]) -> Any:
        """CASE, because FILTER takes ten times as long."""
        times: list[int] = []
        values: list[float] = []
        for key, ids in parameters.items():
            select = ", ".join(
                f"max(CASE WHEN {id_} IS NOT NULL THEN {TIME} END), arg_max({id_}, {TIME})"
                for id_ in ids
            )
            sql = f"SELECT {select} FROM {_table(key)}"
            (row,) = self._database.execute(sql).fetchall()
            times += row[::2]
            values += row[1::2]
        return {TIME: np.array(times), "value": np.array(values)}

    def table(self, answer: Any) -> Table:
        return [np.asarray(column) for column in answer.values()]


class BareInfluxDB:
    """Answers are CSV, not read; the connection is kept."""

    def __init__(self, url: str) -> None:
        self._link = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)

    def close(self) -> None:
        self._link.close()

    def write(self, lines: bytes) -> None:
        """:raises RuntimeError: if the server refuses."""
        self._post(f"/write?db={BUCKET}", lines, {})

    def buckets(
        self, key: Key, parameters: Sequence[str], start_ns: int, stop_ns: int, width_ns: int
    ) -> Any:
        select = ", ".join(
            f'{function}("{id_}")'
            for id_ in parameters
            for function in ("count", "min", "max", "mean", "last")
        )
        return self._query(
            f"SELECT {select} {_within(key, start_ns, stop_ns)} "
            f"GROUP BY time({width_ns}ns) fill(none)"
        )

    def raw(self, key: Key, parameters: Sequence[str], start_ns: int, stop_ns: int) -> Any:
        names = ", ".join(f'"{id_}"' for id_ in parameters)
        return self._query(f"SELECT {names} {_within(key, start_ns, stop_ns)}")

    def last(self, parameters: Mapping[Key, Sequence[str]]) -> Any:
        """A request a subsystem; a statement a parameter, for only then there are times."""
        return b"\n".join(
            self._query(";".join(f'SELECT last("{id_}") FROM "{measurement(key)}"' for id_ in ids))
            for key, ids in parameters.items()
        )

    def table(self, answer: Any) -> Table:
        # of several statements each has a header of its own, and an empty line before it
        rows = [line for line in answer.splitlines() if line and not line.startswith(b"name,")]
        found = csv.read_csv(
            BytesIO(b"\n".join(rows)), read_options=csv.ReadOptions(autogenerate_column_names=True)
        )
        # the first two are measurement and tags
        return [column.to_numpy() for column in found.columns[2:]]

    def _query(self, influxql: str) -> bytes:
        form = urllib.parse.urlencode({"db": BUCKET, "q": influxql, "epoch": "ns"})
        headers = {
            "Accept": "application/csv",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._post("/query", form.encode(), headers)

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        self._link.request("POST", path, body, dict(headers))
        with self._link.getresponse() as response:
            text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"InfluxDB: HTTP {response.status} {text[:500]!r}")
        return text


class Filled(msgspec.Struct, frozen=True):
    """url: as our programs take it. direct: of InfluxDB, without the proxy that writes need."""

    url: str
    bare: Bare
    direct: str = ""


@contextmanager
def filled(
    folder: Path, into: Into, database: MissionDatabase, parts: Sequence[Rows]
) -> Iterator[Filled]:
    """A store with these rows, of one day; the bare queries of DuckDB have a copy of its file,
    which has one owner."""
    folder.mkdir(parents=True, exist_ok=True)
    if into is Into.DUCK:
        path = folder / "telemetry.duckdb"
        url = f"duckdb://{path}"
        asyncio.run(_begin(url, database, parts))
        (day,) = path.with_name(f"{path.name}.{SAMPLES.name}").glob("*.duckdb")
        _append(day, parts)
        copy = shutil.copyfile(day, folder / "bare.duckdb")
        with closing(BareDuckDB(copy)) as bare:
            yield Filled(url, bare)
        return
    with influx(folder) as server, closing(BareInfluxDB(server.direct)) as bare:
        asyncio.run(_begin(server.store, database, parts))
        for rows in parts:
            for lines in _lines(rows):
                bare.write(lines)
        yield Filled(server.store, bare, server.direct)


@asynccontextmanager
async def opened(made: Filled, database: MissionDatabase) -> AsyncIterator[Store]:
    """Our store, asking the server itself: what the proxy of an old one costs is nobody's."""
    async with open_store(made.url, database) as store:
        if isinstance(store, InfluxStore):
            store._http._url = made.direct
        yield store


async def _begin(url: str, database: MissionDatabase, parts: Sequence[Rows]) -> None:
    """Have our store make its tables: with the first of the rows, which comes again."""
    async with open_store(url, database) as store:
        for rows in parts:
            times, values = next(rows.pages())
            frame = Frame(
                spacecraft=rows.key[0],
                subsystem=rows.key[1],
                time_ns=int(times[0]),
                received_ns=int(times[0]),
                sequence=0,
                values=dict(zip(rows.ids, values[0].tolist(), strict=True)),
            )
            if (await store.write([frame])).rejected:
                raise RuntimeError(f"the store did not take {frame}")


def _append(day: Path, parts: Sequence[Rows]) -> None:
    """In one transaction, each row once."""
    with duckdb.connect(str(day), config={"threads": _THREADS}) as database:
        database.execute("BEGIN")
        for rows in parts:
            database.execute(f"DELETE FROM {_table(rows.key)}")
            for number, (times, values) in enumerate(rows.pages()):
                sequence = np.arange(len(times)) + number * _ROWS
                columns = dict(zip(rows.ids, values.T, strict=True))
                page = pa.table({TIME: times, RECEIVED: times, SEQUENCE: sequence, **columns})
                database.register("page", page)
                database.execute(f"INSERT INTO {_table(rows.key)} BY NAME SELECT * FROM page")
        database.execute("COMMIT")


def _lines(rows: Rows) -> Iterator[bytes]:
    """As line protocol, in bodies of some rows."""
    fields = ",".join(f"{id_}=%.4f" for id_ in rows.ids)
    line = f"{measurement(rows.key)} {fields},{RECEIVED}=%di,{SEQUENCE}=%di %d"
    sequence = itertools.count()
    for times, values in rows.pages():
        yield "\n".join(
            line % (*row, time_ns, next(sequence), time_ns)
            for time_ns, row in zip(times.tolist(), values.tolist(), strict=True)
        ).encode()


def _table(key: Key) -> str:
    return quoted("/".join(key))


def _within(key: Key, start_ns: int, stop_ns: int) -> str:
    return f'FROM "{measurement(key)}" WHERE time >= {start_ns} AND time < {stop_ns}'
