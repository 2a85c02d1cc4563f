"""The whole score into its document: `python -m bench.score --write` writes docs/score.md."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Final

from score.command import SEEDS, plan, seeds
from score.crew import fly_all
from score.fault import load
from score.fly import Flown
from score.report import report
from telemetry.missiondb import load as load_missiondb

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "score.md"


def document(flights: list[Flown], asked: str, took_s: float, jobs: int) -> str:
    found = report(flights, why=True)
    tables = {table.title: table.markdown() for table in found.tables}
    return _TEXT.format(
        seeds=asked,
        flights=len(flights),
        minutes=f"{took_s / 60:.0f}",
        jobs=jobs,
        version=load_missiondb().version,
        verdicts="".join(f"- {line}\n" for line in found.verdicts),
        tables="".join(f"## {title}\n\n{text}\n" for title, text in tables.items()).rstrip() + "\n",
    )


_TEXT: Final = """\
# The score of the mission database

```
stationwatch score                            # all of it, over seeds 1 to 7
stationwatch score --seeds 8-20 --faults      # only what must be heard, on seeds nobody tuned on
stationwatch score --scenario ms18 --why      # one scenario or fault, with the reasons
stationwatch score --missiondb FOLDER         # limits of your own
```

Limits are a bargain: looser ones miss, tighter ones cry for nothing, and a crew that hears nonsense
stops listening. So they are scored in pairs. One half flies scenarios in which nothing goes wrong
and counts annunciations: at CAUTION and above there must be none. The other half flies every fault
of `score/must.toml`, in sizes, and asks whether a named alarm was heard, at least so severe, at the
latest so long after the fault began. Both use the same mission database and the very processor
ingest runs, with the scenario's activities and contact schedule announced as a live flight
announces them. The exit code is 1 when a half fails. Nobody acknowledges anything; what an incident
holds back does not count as heard.

A row asks for the operator's ear, not for a line in a list. What is heard before a fault begins is
a false alarm like any other, and counted with them. To add a fault, add a row; every action and
every fault of a measurement has one, and a test holds the file to that. No action breaks tanks,
pumps, arrays or computers: there the measurement is made to tell what such a fault would make it
tell, as if the thing itself had failed [A]. Not in the table, because nothing received tells of
them: one channel that sticks at a plausible value or falls silent alone (real channels are sent on
change), and a vehicle that approaches or docks unannounced.

This run: seeds {seeds}, {flights} flights in {minutes} minutes by {jobs} processes, mission
database {version}. `python -m bench.score --write` writes this page.

{verdicts}
{tables}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.score", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/score.md")
    parser.add_argument("--seeds", default=SEEDS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    orders = plan(seeds(asked.seeds), [], nominal=True, faults=load())
    began_s = time.monotonic()
    flights = asyncio.run(fly_all(orders, None, asked.jobs, _tell))
    text = document(flights, asked.seeds, time.monotonic() - began_s, asked.jobs)
    if asked.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0 if report(flights).holds else 1


def _tell(flown: Flown) -> None:
    sys.stderr.write(f"{flown.order.title}\n")


if __name__ == "__main__":
    sys.exit(main())
