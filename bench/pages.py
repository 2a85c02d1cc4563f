"""The tables of docs/performance.md and docs/scaling.md, from what was measured. I/O.

    python -m bench.pages [--bench FILE] [--growth FILE]

Each part of a page from `<!-- measured: NAME -->` to `<!-- end -->` is written anew. What no file
has is written as not measured; it is never taken from an earlier run.
"""

import argparse
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bench import growth, growth_series, row, scaling
from bench.__main__ import BENCHES, DEFAULT
from bench.growth_plot import drawn
from bench.growth_series import Grown
from bench.row import Bench, Report, Row, number

DOCS: Final = Path(__file__).parents[1] / "docs"
PLOT: Final = DOCS / "images" / "performance-growth.svg"
NOT_MEASURED: Final = "not measured"

_T = TypeVar("_T", Report, Grown)

#: What a limit is of, the row it is of, and whether it is what stands beside ours.
LIMITS: Final = (
    ("broker and one subscriber, 150 a frame (mosquitto_sub)", "detect.rate", True),
    ("broker and one subscriber, 1 a frame (mosquitto_sub)", "detect-narrow.rate", True),
    ("ingest without a store, 150 a frame", "detect.rate", False),
    ("ingest without a store, 1 a frame", "detect-narrow.rate", False),
    ("InfluxDB alone, line protocol made ahead", "influx.rate", True),
    ("DuckDB alone, batches made ahead", "duckdb.rate", True),
    ("the whole path into InfluxDB, 150 a frame", "influx.rate", False),
    ("the whole path into InfluxDB, 1 a frame", "influx-narrow.rate", False),
    ("the whole path into DuckDB, 150 a frame", "duckdb.rate", False),
)


def filled(page: str, parts: Mapping[str, str]) -> str:
    """The page with these parts. :raises KeyError: if it has none of a name."""
    for name, text in parts.items():
        begin = f"<!-- measured: {name} -->"
        pattern = re.compile(f"{re.escape(begin)}\n.*?<!-- end -->", re.DOTALL)
        found = pattern.search(page)
        if found is None:
            raise KeyError(name)
        page = f"{page[: found.start()]}{begin}\n\n{text}\n<!-- end -->{page[found.end() :]}"
    return page


def compared(benches: Sequence[Bench], rows: Mapping[str, Row]) -> str:
    """The rows of these benches as `bench.row.table`, and a line for each there is none of."""
    names = {f"{bench.name}.{key}": spec for bench in benches for key, spec in bench.rows.items()}
    text = row.table([rows[name] for name in names if name in rows])
    for name, spec in names.items():
        if name not in rows:
            reach = spec.reach.text(spec.unit) if spec.reach else ""
            text += f"| {spec.what} | {NOT_MEASURED} | {spec.against} | | | {reach} | |\n"
    return text


def limits(rows: Mapping[str, Row]) -> str:
    lines = ["| part | a second | |", "| --- | ---: | --- |"]
    for what, name, beside in LIMITS:
        found = rows.get(name)
        if found is None:
            lines.append(f"| {what} | {NOT_MEASURED} | |")
        else:
            most = statistics.median(found.other if beside else found.ours)
            lines.append(f"| {what} | {number(most)} | {found.spec.unit.removesuffix('/s')} |")
    return "\n".join(lines) + "\n"


def _about(machine: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in machine.items()) + "\n\n"


def _read(path: Path, kind: type[_T]) -> _T:
    """:raises SystemExit: in a line, if the file is none of ours."""
    if not path.exists():
        return kind({}, ())
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        raise SystemExit(f"{path}: {error}") from None


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bench", type=Path, metavar="FILE", default=DEFAULT)
    parser.add_argument("--growth", type=Path, metavar="FILE", default=growth.DEFAULT)
    asked = parser.parse_args()
    report, grown = _read(asked.bench, Report), _read(asked.growth, Grown)
    rows = {one.name: one for one in report.rows}
    about = _about(report.machine) if rows else ""
    growing = f"{NOT_MEASURED}\n"
    if grown.series:
        growing = _about(grown.machine) + growth_series.table(grown.series)
        PLOT.write_text(drawn(grown.series))
    own = {bench.name for bench in scaling.BENCHES}
    pages = {
        "performance.md": {
            "bench": about + compared([one for one in BENCHES if one.name not in own], rows),
            "growth": growing,
        },
        "scaling.md": {
            "limits": about + limits(rows),
            "two": compared(scaling.BENCHES, rows),
        },
    }
    for name, parts in pages.items():
        path = DOCS / name
        path.write_text(filled(path.read_text(), parts))


if __name__ == "__main__":
    main()
