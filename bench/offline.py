"""What is done without a broker: back-tests, simulation, import, and judging itself. I/O: files.

* `backtest`: a simulated day of both spacecraft, every parameter, beside reading it alone. The day
  is flown into a DuckDB file once and kept until this process ends: that takes some minutes.
* `simulator`: both spacecraft on a quiet day, in a process bound to one core; frames are made and
  counted. What writing them into a file costs besides is in the notes.
* `import`: of the real recording into DuckDB as `stationwatch import` does it: read, merged into
  frames, checked, stored, rolled up. Beside it pyarrow.csv reads the same files and nothing else.
* `judge`: `Processor.judge` on ready frames, beside one comparison by numpy of the values of each
  frame, an array made ahead. The station's frames are derived from too, and of many widths.

`python -m bench.offline CORE SECONDS [FILE]` is the simulator's process: seconds it took.
"""

import asyncio
import atexit
import functools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyarrow import csv

from backtest.run import run
from bench.backtest import history_of, read_all, timed
from bench.load import write_missiondb
from bench.row import Bench, How, Pair, Reach, RowSpec
from bench.stored_day import SPACECRAFT, Again, StoredDay, day, files
from bench.whole import WIDE, said
from ingest.processor import Processor
from ingest.rollup import roll_up
from recordings.imports import Keeping, import_source
from recordings.named import Naming
from recordings.source import open_source
from simulators.commands import QUIET_SCENARIO
from simulators.files.run import run_offline
from simulators.scenarios import read
from simulators.scenarios.scenario import span
from simulators.simulation import Simulation
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.duck import DuckStore
from telemetry.topics import Topics

#: Of the quiet day.
SIMULATED_S: Final = 2 * 3600.0
JUDGED: Final = 20_000
JUDGED_STATION_S: Final = 600
#: What is compared with: as `bench.load` limits its parameters.
_LIMIT: Final = 10.0
#: Each side so often, turn by turn; the median counts.
ROUNDS: Final = 3
_CORE: Final = min(os.sched_getaffinity(0))
_HERE: Final = Path(__file__).parent.parent
#: The whole recording lies beside the repository; a clone alone has a cut of it.
_WHOLE: Final = _HERE.parent / "shared" / "recordings" / "iss-2022-05-20"
_CUT: Final = _HERE / "tests" / "data" / "iss-2022-05-20"
RECORDING, _NAMED = (
    (_WHOLE, "the real recording")
    if _WHOLE.is_dir()
    else (_CUT, "a cut of the real recording, the whole not being here")
)
YEAR: Final = 2022


@functools.cache
def _stored_day() -> tuple[Path, StoredDay]:
    """Its folder, and what is in it."""
    folder = Path(tempfile.mkdtemp(prefix="bench-day-"))
    atexit.register(shutil.rmtree, folder)
    return folder, asyncio.run(day(folder, missiondb.load()))


def backtest(_folder: Path) -> Mapping[str, Pair]:
    stored, about = _stored_day()

    async def go() -> Pair:
        database = missiondb.load()
        async with DuckStore(files(stored)[0], database) as store:
            history = history_of(Again(store, about.start_ns), about, database, 1)
            await read_all(history)  # ours would find warm what the other has read
            reading_s, _ = await timed(read_all(history))
            judging_s, (journal,) = await timed(run(history, [database]))
        notes = {
            "samples/s": about.samples / judging_s,
            "frames": journal.frames,
            "judged one by one": journal.judged,
        }
        return Pair(judging_s, reading_s, notes=notes)

    return {"day": asyncio.run(go())}


def fly(core: int, seconds: float, out: Path | None) -> float:
    """Seconds that it took; both spacecraft, from the start of the quiet day on, on one core."""
    os.sched_setaffinity(0, {core})
    database = missiondb.load()
    scenario = read(QUIET_SCENARIO, (), database=database)
    wanted = span(scenario, for_s=seconds)
    began_s = time.perf_counter()
    run_offline(scenario, database, SPACECRAFT, wanted, out=out)
    return time.perf_counter() - began_s


def simulator(folder: Path) -> Mapping[str, Pair]:
    def times_real(*more: str) -> float:
        arguments = (str(_CORE), str(SIMULATED_S), *more)
        program = [sys.executable, "-m", "bench.offline", *arguments]
        done = subprocess.run(program, stdout=subprocess.PIPE, check=True)
        return SIMULATED_S / float(done.stdout)

    written = times_real(str(folder / "quiet.parquet"))
    return {"speed": Pair(times_real(), notes={"written as Parquet": written})}


def read_plainly(folder: Path) -> int:
    """Rows that pyarrow.csv finds in a recording; what is no row it leaves out."""
    rows = 0
    for file in sorted(folder.glob("*.txt")):
        if not file.stat().st_size:
            continue
        rows += csv.read_csv(
            file,
            read_options=csv.ReadOptions(column_names=["hours", "value"]),
            parse_options=csv.ParseOptions(delimiter=" ", invalid_row_handler=lambda _row: "skip"),
        ).num_rows
    return rows


def imported(folder: Path) -> Mapping[str, Pair]:
    database = missiondb.load()

    async def go() -> Pair:
        began_s = time.perf_counter()
        source = open_source(RECORDING, database, year=YEAR)
        opened_s = time.perf_counter()
        async with DuckStore(folder / "telemetry.duckdb", database) as store:
            naming = Naming(name="bench", by="bench", created_ns=time.time_ns())
            keeping = Keeping(store, naming, source, RECORDING.name)
            report = await import_source(source, store, keeping)
            stored_s = time.perf_counter()
            await roll_up(store, database, report.spans)
            done_s = time.perf_counter()
        began_plain_s = time.perf_counter()
        rows = read_plainly(RECORDING)
        plain_s = time.perf_counter() - began_plain_s
        notes = {
            "files read": opened_s - began_s,
            "merged, checked and stored": stored_s - opened_s,
            "rolled up": done_s - stored_s,
            "samples": report.stored,
            "rows of pyarrow": rows,
        }
        return Pair(done_s - began_s, plain_s, notes=notes)

    return {"recording": asyncio.run(go())}


def station_frames() -> list[Frame]:
    """Some minutes of both spacecraft on the quiet day."""
    database = missiondb.load()
    scenario = read(QUIET_SCENARIO, (), database=database)
    simulation = Simulation(scenario, database, spacecraft=SPACECRAFT)
    return simulation.step(scenario.start_ns + JUDGED_STATION_S * SECOND_NS)


def judged(database: MissionDatabase, frames: Sequence[Frame]) -> Pair:
    """ns a sample. :raises RuntimeError: if a frame was not judged."""
    arrays = [numbers(frame) for frame in frames]
    limits = [np.full(len(array), _LIMIT) for array in arrays]
    samples = sum(len(frame.values) + len(frame.invalid) for frame in frames)
    compared = sum(map(len, arrays))
    judging_s, comparing_s = [], []
    for _ in range(ROUNDS):
        processor = Processor(database, Topics())
        began_s = time.perf_counter()
        for frame in frames:
            if (outcome := processor.judge(frame)).rejects:
                raise RuntimeError(f"not judged: {outcome.rejects}")
        turn_s = time.perf_counter()
        for array, limit in zip(arrays, limits, strict=True):
            np.greater(array, limit)
        judging_s.append(turn_s - began_s)
        comparing_s.append(time.perf_counter() - turn_s)
    together = np.concatenate(arrays)
    began_s = time.perf_counter()
    np.greater(together, _LIMIT)
    at_once_s = time.perf_counter() - began_s
    ours_s = statistics.median(judging_s)
    return Pair(
        ours_s / samples * 1e9,
        statistics.median(comparing_s) / compared * 1e9,
        notes={
            "us a frame": ours_s / len(frames) * 1e6,
            "samples a frame": samples / len(frames),
            "all frames in one comparison": at_once_s / compared * 1e9,
        },
    )


def numbers(frame: Frame) -> NDArray[np.float64]:
    """What of a frame can be compared, shape (numbers,)."""
    return np.array([v for v in frame.values.values() if not isinstance(v, str)], np.float64)


def judge(folder: Path) -> Mapping[str, Pair]:
    made = missiondb.load(write_missiondb(folder / "missiondb", WIDE))
    return {
        "wide": judged(made, list(islice(said(WIDE), JUDGED))),
        "station": judged(missiondb.load(), station_frames()),
    }


BENCHES: Final = (
    Bench(
        "backtest",
        {
            "day": RowSpec(
                "back-test of a day of every parameter, DuckDB",
                "s",
                "reading the same data",
                Reach(How.TIMES, 3.0),
            )
        },
        backtest,
    ),
    Bench(
        "simulator",
        {
            "speed": RowSpec(
                "simulator, whole station, quiet day, one core",
                "x real time",
                reach=Reach(How.OVER, 1_000.0),
            )
        },
        simulator,
    ),
    Bench(
        "import",
        {
            "recording": RowSpec(
                f"import of {_NAMED}, DuckDB",
                "s",
                "reading the files with pyarrow.csv",
                Reach(How.TIMES, 5.0),
            )
        },
        imported,
    ),
    Bench(
        "judge",
        {
            name: RowSpec(
                f"detect, derive, alarms, per sample, {what}",
                "ns",
                "one numpy comparison of each frame",
                Reach(How.TIMES, 10.0),
            )
            for name, what in (
                ("wide", f"frames of {WIDE.a_frame}"),
                ("station", "frames of the station"),
            )
        },
        judge,
    ),
)

if __name__ == "__main__":
    core, seconds, *out = sys.argv[1:]
    print(fly(int(core), float(seconds), Path(out[0]) if out else None))
