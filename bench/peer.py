"""The load Yamcs 5.12 was measured under, through our whole path. I/O.

Ten frames of thirty float parameters go round, every parameter is limited, everything is archived:
MQTT at QoS 1, spool, check, alarms, store. Its figures were measured elsewhere, on two cores of
this kind, and stand in the rows as they were told: nothing of it runs here.

Yamcs receives packed binary packets by UDP or TCP, in the process that archives them in its own
files. Ours go as JSON through a broker, are on disk before they are acknowledged, and end in a
database others can ask. Broker and InfluxDB are processes of their own, whose cost is not in the
share of a core or the memory given here; DuckDB is within ingest, so that its row is the like one.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench.load import Shape
from bench.rig import Into, rate
from bench.row import Bench, How, Pair, Reach, RowSpec

SECONDS: Final = 60.0
#: 300 parameters in 10 packets.
LOAD: Final = Shape(parameters=30, a_frame=30, subsystems=10)
#: Theirs: the low end of 450 to 490 thousand, and of 0.5 to 1.0 GB.
SAMPLES_PER_S: Final = 450e3
MB: Final = 500.0


def _into(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        ours = rate(folder, LOAD, into, SECONDS)
        return {"rate": ours, "memory": Pair(ours.notes["MB"])}

    return once


BENCHES: Final = tuple(
    Bench(
        f"yamcs-{into.name.lower()}",
        {
            "rate": RowSpec(
                f"300 parameters in 10 frames, all limited, into {into}",
                "samples/s",
                "Yamcs 5.12: 450-490 k on about one core",
                Reach(How.OVER, SAMPLES_PER_S),
            ),
            "memory": RowSpec(
                f"ingest's own memory meanwhile, {into}",
                "MB",
                "Yamcs 5.12: 500-1,000",
                Reach(How.UNDER, MB),
            ),
        },
        _into(into),
    )
    for into in Into
)
