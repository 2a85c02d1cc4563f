"""Speed and cost, each beside its physical limit or the plain alternative, in the same run. I/O.

    python -m bench [--only NAME ...] [--repeats N] [--calm PERCENT] [--json FILE] [--add]
                    [--against FILE]

Everything is real: mosquitto, InfluxDB, DuckDB, Chromium. Prints one table as it grows; every value
goes to build/bench.json as it is measured, and --against says what has changed since such a file
was written. An evening is seldom quiet as a whole: --add goes on with the runs of an earlier one,
and --calm does again what the host of a virtual machine took too much of.
"""

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil
from msgspec.structs import replace

from bench import (
    alarm,
    costs,
    naive,
    naive_page,
    offline,
    peer,
    queries,
    scaling,
    telegraf,
    whole,
)
from bench.row import FORMAT, Bench, Pair, Report, Row, compared, table

#: In the order of the table.
BENCHES: Final[tuple[Bench, ...]] = (
    *whole.BENCHES,
    *alarm.BENCHES,
    *queries.BENCHES,
    *offline.BENCHES,
    *costs.BENCHES,
    *peer.BENCHES,
    *naive.BENCHES,
    *naive_page.BENCHES,
    *telegraf.BENCHES,
    *scaling.BENCHES,
)
DEFAULT: Final = Path("build/bench.json")
#: How often a run is made that is never calm enough.
MOST_TRIES: Final = 3


def run(benches: Sequence[Bench], repeats: int | None, calm: float | None) -> Iterator[list[Row]]:
    """The rows of each bench, as it is done."""
    for bench in benches:
        runs = []
        for i in range(repeats or bench.repeats):
            say(f"{bench.name}, {i + 1} of {repeats or bench.repeats} ...")
            runs.append(_calm(bench, calm))
        yield [
            Row(f"{bench.name}.{key}", spec, tuple(one[key] for one in runs))
            for key, spec in bench.rows.items()
        ]


def _calm(bench: Bench, most: float | None) -> Mapping[str, Pair]:
    """A run of which the host stole at most so many percent; the calmest if none was."""
    tried: list[tuple[float, Mapping[str, Pair]]] = []
    for _ in range(1 if most is None else MOST_TRIES):
        stolen, pairs = _once(bench)
        tried.append((stolen, pairs))
        if most is None or stolen <= most:
            break
    return min(tried, key=lambda one: one[0])[1]


def _once(bench: Bench) -> tuple[float, Mapping[str, Pair]]:
    before, began_s = psutil.cpu_times(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        pairs = bench.once(Path(folder))
    now = psutil.cpu_times()
    stolen = 100 * (_stolen_s(now) - _stolen_s(before)) / max(sum(now) - sum(before), 1.0)
    say(f"  {time.monotonic() - began_s:.0f} s, {stolen:.0f} % stolen by the host")
    return stolen, {key: replace(pair, stolen=stolen) for key, pair in pairs.items()}


def _stolen_s(times: Any) -> float:
    return getattr(times, "steal", 0.0)  # Linux alone tells


def added(report: Report, rows: Sequence[Row]) -> Report:
    """The report with these rows; runs of a row it has come after those."""
    known = {row.name: row for row in report.rows}
    for row in rows:
        before = known[row.name].runs if row.name in known else ()
        known[row.name] = Row(row.name, row.spec, (*before, *row.runs))
    names = [f"{bench.name}.{key}" for bench in BENCHES for key in bench.rows]
    return Report(report.machine, tuple(known[name] for name in names if name in known))


def end_orderly() -> None:
    """Let SIGTERM end what a bench has started, as an interrupt does."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def _yardstick() -> str:
    """What this machine's cores are worth now, in the same thing every time."""
    began_s = time.perf_counter()
    total = 0
    for i in range(10_000_000):
        total += i
    return f"{time.perf_counter() - began_s:.2f} s"


def machine() -> dict[str, str]:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "load before": load,
        "10 M additions": _yardstick(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def read(path: Path) -> Report:
    """:raises SystemExit: in a line, if there is no such file or it is none of ours."""
    try:
        report = msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.MsgspecError) as error:
        raise SystemExit(f"{path}: {error}") from None
    if report.format != FORMAT:
        raise SystemExit(f"{path}: written by another version of this program")
    return report


def main() -> None:
    names = [bench.name for bench in BENCHES]
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", default=names)
    parser.add_argument("--repeats", type=int, metavar="N", help="instead of each bench's own")
    parser.add_argument(
        "--calm", type=float, metavar="PERCENT", help="again, if the host stole more of a run"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", default=DEFAULT)
    parser.add_argument("--add", action="store_true", help="to the runs that --json has already")
    parser.add_argument("--against", type=Path, metavar="FILE", help="of an earlier run")
    parser.add_argument("--list", action="store_true", help="the names, and leave")
    asked = parser.parse_args()
    if asked.list:
        sys.stdout.write("\n".join(names) + "\n")
        return
    end_orderly()
    before = read(asked.against) if asked.against else None
    report = read(asked.json) if asked.add and asked.json.exists() else Report(machine(), ())
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    wanted = [one for one in BENCHES if one.name in asked.only]
    for rows in run(wanted, asked.repeats, asked.calm):
        report = added(report, rows)
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    about = ", ".join(f"{k} {v}" for k, v in report.machine.items())
    sys.stdout.write(f"{about}\n\n{table(report.rows)}")
    if before:
        sys.stdout.write("\n" + compared(report, before))


if __name__ == "__main__":
    main()
