import itertools
import signal
import subprocess
import sys
from typing import NamedTuple

import pytest

from bench.__main__ import BENCHES, added, run
from bench.row import Bench, How, Pair, Reach, Report, Row, RowSpec, table

SPEC = RowSpec("this", "samples/s", "that", Reach(How.OVER, 0.5))


class Times(NamedTuple):
    user: float
    steal: float


def row(bench: Bench, *values: float) -> Row:
    key, spec = next(iter(bench.rows.items()))
    return Row(f"{bench.name}.{key}", spec, tuple(Pair(value) for value in values))


def test_runs_are_added_to_those_of_their_row_in_the_order_of_the_table() -> None:
    first, second, *_ = BENCHES
    report = added(Report({}, (row(second, 1.0, 2.0),)), [row(second, 3.0), row(first, 4.0)])
    assert report.rows == (row(first, 4.0), row(second, 1.0, 2.0, 3.0))


def test_what_no_bench_measures_any_more_is_dropped() -> None:
    gone = Row("no-such.thing", row(BENCHES[0]).spec, (Pair(1.0),))
    assert added(Report({}, (gone,)), []).rows == ()


def test_what_the_host_stole_is_told_and_a_calm_run_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 10 s of the cores the host steals 4 in one run, 1 in the next, and so on."""
    times = itertools.cycle([(10.0, 0.0), (16.0, 4.0), (16.0, 4.0), (25.0, 5.0)])
    monkeypatch.setattr("bench.__main__.psutil.cpu_times", lambda: Times(*next(times)))
    values = itertools.count(1.0)
    bench = Bench("one", {"rate": SPEC}, lambda _: {"rate": Pair(next(values))})
    ((row,),) = run([bench], 1, None)
    assert row.runs == (Pair(1.0, stolen=40.0),)
    assert "% stolen by the host 40" in table([row])
    ((row,),) = run([bench], 1, 40.0)
    assert row.runs == (Pair(2.0, stolen=10.0),)
    ((row,),) = run([bench], 1, 10.0)
    assert row.runs == (Pair(4.0, stolen=10.0),)
    ((row,),) = run([bench], 1, 5.0)
    assert row.runs == (Pair(6.0, stolen=10.0),)


def test_one_that_is_ended_ends_its_servers() -> None:
    code = (
        "import os, signal, time\n"
        "from bench.__main__ import end_orderly\n"
        "end_orderly()\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(60)\n"
        "finally:\n"
        "    print('servers ended')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "servers ended\n")
