"""Whether what bare queries answer is read right, and what is filled in bulk is ours to read."""

import asyncio
from pathlib import Path

from bench.bare import BareInfluxDB, filled, opened
from bench.load import Shape, write_missiondb
from bench.queries import in_buckets, last, raw, stored
from bench.rig import Into
from telemetry import missiondb
from telemetry.clock import SECOND_NS

SHAPE = Shape(parameters=2, a_frame=2, subsystems=1)


def test_influx_csv_of_several_statements_is_one_table() -> None:
    answer = b"name,tags,time,last\nm,,5,1.5\n\nname,tags,time,last\nm,,6,-2\n"
    times, values = BareInfluxDB("http://127.0.0.1:9").table(answer)
    assert times.tolist() == [5, 6]
    assert values.tolist() == [1.5, -2.0]


def test_duckdb_filled_in_bulk_answers_us_as_the_bare_query(tmp_path: Path) -> None:
    database = missiondb.load(write_missiondb(tmp_path / "missiondb", SHAPE))
    (rows,) = stored(SHAPE, SECOND_NS, 1_500 * SECOND_NS)
    with filled(tmp_path / "store", Into.DUCK, database, [rows]) as made:

        async def ask() -> None:
            async with opened(made, database) as store:
                assert (await raw(made, store, rows, rows.ids)).ours > 0
                assert (await last(made, store, [rows])).ours > 0
                points = in_buckets(made, store, rows, rows.ids, 1, 7 * SECOND_NS)
                assert (await points).ours > 0

        asyncio.run(ask())
