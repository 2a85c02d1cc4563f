"""What asking a store costs, beside the store's own bare query for the same answer. I/O.

* `queries`: a day of 500 parameters at 1 Hz, in subsystems of 100. Asked are a day of one
  parameter in buckets, the latest sample of all, and the last hour of four, sample by sample. The
  console asks for a day in buckets of 90 s, which come from roll-ups as ingest makes them; exactly
  1000 buckets are of 86.4 s, which come from samples. The bare query sums up samples both times.
  InfluxDB finds the latest of a field without looking through those before it: there all but the
  first subsystem have an hour, to be filled sooner.
* `yamcs-queries`: an hour of four parameters at 16.7 Hz, in 1000 points and sample by sample; of
  frames of thirty, as Yamcs 5.12 was asked. Its figures were measured elsewhere and stand in the
  rows as they were told; what the bare query takes is in the notes. Ours ends with arrays in this
  process: who asks the console waits for HTTP as well.
* `yamcs-replay`: the same ten frames of thirty parameters, replayed as fast as it goes: read,
  judged, published at QoS 1 and heard by a client. Yamcs counts what its own processor takes.

Ours and the bare query turn by turn, warm, of the same server or of a copy of the same file; both
answers must agree.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.bare import Bare, Filled, Rows, Table, filled, opened
from bench.load import Shape, write_missiondb
from bench.peer import LOAD
from bench.replay import Stage, replayed
from bench.rig import Into
from bench.row import Bench, How, Pair, Reach, RowSpec
from bench.servers import broker, ingest
from bench.whole import ROOT, announce
from dashboard.figures import bucket_width_ns
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Buckets, Sample
from telemetry.replay import AS_FAST_AS_IT_GOES, ReplayOrder, ReplaySpec
from telemetry.settings import Settings
from telemetry.store.base import Store, Stretch
from telemetry.tally import DAY_NS

#: Each question so often, after once to warm up; the median counts.
ROUNDS: Final = 15
POINTS: Final = 1_000
PARAMETERS: Final = 4
START_NS: Final = 20_000 * DAY_NS
HOUR_NS: Final = 3_600 * SECOND_NS
STATION: Final = Shape(parameters=100, a_frame=100, subsystems=5)
#: 16.7 Hz.
FAST_NS: Final = 60_000_000
REPLAYED_NS: Final = 300 * SECOND_NS
#: A day in buckets as the console asks, and in exactly so many.
CONSOLE_NS: Final = bucket_width_ns(DAY_NS / SECOND_NS, POINTS)
EXACT_NS: Final = DAY_NS // POINTS
#: Theirs: the worse of 130 to 145 ms warm, and of 1.7 to 2.6 s.
YAMCS_POINTS_MS: Final = 145.0
YAMCS_RAW_MS: Final = 2_600.0
YAMCS_REPLAY: Final = 3.5e6

#: Columns as `bench.bare.Bare` says; a bare query's answer as it came.
Ours = Callable[[], Awaitable[Table]]
Theirs = Callable[[Bare], Any]


def stored(shape: Shape, step_ns: int, lasts_ns: int) -> list[Rows]:
    """What the subsystems of its one spacecraft say from the start of the day on."""
    (craft,) = shape.crafts
    return [
        Rows((craft, name), tuple(shape.ids(name)), START_NS, step_ns, lasts_ns // step_ns)
        for name in shape.names
    ]


def agree(ours: Table, theirs: Table) -> bool:
    """Times to the nanosecond; values as close as two ways to add them up are."""
    return (
        len(ours) == len(theirs)
        and np.array_equal(ours[0], theirs[0])
        and all(np.allclose(a, b) for a, b in zip(ours[1:], theirs[1:], strict=True))
    )


async def beside(made: Filled, ours: Ours, theirs: Theirs) -> Pair:
    """Medians in ms. :raises RuntimeError: if the answers differ."""
    if not agree(await ours(), made.bare.table(theirs(made.bare))):
        raise RuntimeError("ours and the bare query do not agree")
    ours_s, bare_s = [], []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        await ours()
        turn_s = time.perf_counter()
        theirs(made.bare)
        ours_s.append(turn_s - began_s)
        bare_s.append(time.perf_counter() - turn_s)
    return Pair(statistics.median(ours_s) * 1e3, statistics.median(bare_s) * 1e3)


def _of_buckets(found: Sequence[Buckets]) -> Table:
    """Of parameters that have the same buckets."""
    columns: Table = [found[0].time_ns]
    for one in found:
        columns += [one.count, one.minimum, one.maximum, one.mean, one.last]
    return columns


def _of_samples(samples: Sequence[Sample]) -> Table:
    return [np.array([one.time_ns for one in samples]), np.array([one.value for one in samples])]


async def in_buckets(
    made: Filled, store: Store, rows: Rows, ids: Sequence[str], hours: int, width_ns: int
) -> Pair:
    """The last hours of some parameters; ours a question each, the bare query one for all."""
    span = (rows.stop_ns - hours * HOUR_NS, rows.stop_ns, width_ns)

    async def ours() -> Table:
        return _of_buckets(
            await asyncio.gather(*(store.buckets(*rows.key, id_, *span) for id_ in ids))
        )

    return await beside(made, ours, lambda bare: bare.buckets(rows.key, ids, *span))


async def raw(made: Filled, store: Store, rows: Rows, ids: Sequence[str]) -> Pair:
    """The last hour of some parameters."""
    span = (rows.stop_ns - HOUR_NS, rows.stop_ns)

    async def ours() -> Table:
        blocks = [block async for block in store.read(*rows.key, *span, ids)]
        times = np.concatenate([block.time_ns for block in blocks])
        return [times, *(np.concatenate([b.columns[id_].values for b in blocks]) for id_ in ids)]

    return await beside(made, ours, lambda bare: bare.raw(rows.key, ids, *span))


async def last(made: Filled, store: Store, parts: Sequence[Rows]) -> Pair:
    """Of all parameters; ours a question a subsystem, all at once."""
    ids = {rows.key: rows.ids for rows in parts}

    async def ours() -> Table:
        found = await asyncio.gather(*(store.last(*key) for key in ids))
        named = zip(found, ids.values(), strict=True)
        return _of_samples([one[id_] for one, names in named for id_ in names])

    return await beside(made, ours, lambda bare: bare.last(ids))


def _station(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        database = missiondb.load(write_missiondb(folder / "missiondb", STATION))
        first, *others = stored(STATION, SECOND_NS, DAY_NS)
        if into is Into.INFLUX:
            others = stored(STATION, SECOND_NS, HOUR_NS)[1:]
        parts = [first, *others]

        async def ask(made: Filled) -> Mapping[str, Pair]:
            one, few = first.ids[:1], first.ids[:PARAMETERS]
            async with opened(made, database) as store:
                found = {
                    "last": await last(made, store, parts),
                    "raw": await raw(made, store, first, few),
                }
                await store.roll_up([Stretch(*first.key, first.start_ns, first.stop_ns)])
                for name, width_ns in (("buckets", CONSOLE_NS), ("buckets-exact", EXACT_NS)):
                    found[name] = await in_buckets(made, store, first, one, 24, width_ns)
            return found

        with filled(folder / "store", into, database, parts) as made:
            return asyncio.run(ask(made))

    return once


def _yamcs(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        database = missiondb.load(write_missiondb(folder / "missiondb", LOAD))
        parts = stored(LOAD, FAST_NS, HOUR_NS)

        async def ask(made: Filled) -> Mapping[str, Pair]:
            first, *_ = parts
            few = first.ids[:PARAMETERS]
            async with opened(made, database) as store:
                points = await in_buckets(made, store, first, few, 1, HOUR_NS // POINTS)
                samples = await raw(made, store, first, few)
            return {"points": _quoted(points), "raw": _quoted(samples)}

        with filled(folder / "store", into, database, parts) as made:
            return asyncio.run(ask(made))

    return once


def _quoted(pair: Pair) -> Pair:
    """Beside it stands a peer's figure, not the bare query."""
    return Pair(pair.ours, notes={"the store's own query": pair.other or 0.0})


def _replay(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        database = write_missiondb(folder / "missiondb", LOAD)
        parts = stored(LOAD, FAST_NS, REPLAYED_NS)
        frames = sum(rows.count for rows in parts)
        with (
            broker(folder) as port,
            filled(folder / "store", into, missiondb.load(database), parts) as made,
        ):
            asyncio.run(announce(port, LOAD))
            option = f"--missiondb={database}"
            with ingest(folder, port, made.url, ROOT, option) as (program, _):
                settings = Settings.read({"broker": f"mqtt://127.0.0.1:{port}", "root": ROOT})
                start_ns, stop_ns = START_NS, parts[0].stop_ns
                on = Stage(settings, program, start_ns, stop_ns, frames, frames * LOAD.a_frame)
                spec = ReplaySpec(
                    start_ns=start_ns,
                    stop_ns=stop_ns,
                    order=ReplayOrder.HAPPENED,
                    speed=AS_FAST_AS_IT_GOES,
                )
                heard, took_s = asyncio.run(replayed(on, spec))
        if heard.frames != frames:
            raise RuntimeError(f"{heard.frames} of {frames} frames were heard")
        return {"rate": Pair(heard.samples / took_s, notes={"frames/s": heard.frames / took_s})}

    return once


def _rows(into: Into) -> dict[str, RowSpec]:
    within = Reach(How.TIMES, 1.5)
    query = f"{into}'s own query"
    return {
        "buckets": RowSpec(
            f"24 h x 1 parameter in buckets of {CONSOLE_NS // SECOND_NS} s, roll-ups, {into}",
            "ms",
            f"{query}, of samples",
            within,
        ),
        "buckets-exact": RowSpec(
            f"24 h x 1 parameter x {POINTS} buckets, of samples, {into}", "ms", query, within
        ),
        "last": RowSpec(
            f"last of {STATION.parameters * STATION.subsystems}, {into}", "ms", query, within
        ),
        "raw": RowSpec(f"{PARAMETERS} x 1 h raw, {into}", "ms", query, within),
    }


def _yamcs_rows(into: Into) -> dict[str, RowSpec]:
    return {
        "points": RowSpec(
            f"1 h x {PARAMETERS} at 16.7 Hz into {POINTS} points, {into}",
            "ms",
            "Yamcs 5.12: 130-145 ms warm",
            Reach(How.UNDER, YAMCS_POINTS_MS),
        ),
        "raw": RowSpec(
            f"the same raw, {into}",
            "ms",
            "Yamcs 5.12: 1.7-2.6 s",
            Reach(How.UNDER, YAMCS_RAW_MS),
        ),
    }


BENCHES: Final = (
    *(Bench(f"queries-{into.name.lower()}", _rows(into), _station(into)) for into in Into),
    *(
        Bench(f"yamcs-queries-{into.name.lower()}", _yamcs_rows(into), _yamcs(into))
        for into in Into
    ),
    *(
        Bench(
            f"yamcs-replay-{into.name.lower()}",
            {
                "rate": RowSpec(
                    f"replay as fast as it goes, published and heard, {into}",
                    "samples/s",
                    "Yamcs 5.12: 3.5 M/s",
                    Reach(How.OVER, YAMCS_REPLAY),
                )
            },
            _replay(into),
        )
        for into in Into
    ),
)
