import signal
import subprocess
import sys

from bench.__main__ import BENCHES, added
from bench.row import Bench, Pair, Report, Row


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
