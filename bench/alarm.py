"""How soon an alarm is published, and how soon a value is drawn. I/O.

* `bench.latency` says 5,000 samples a second and turns a parameter over ten times a second; its
  alarm, retained, and its line of the journal are waited for, and beside them a message of the same
  size that goes through the same broker alone, at the same moment. Held to the bound is the slower
  of alarm and line.
* The same under the load Yamcs 5.12 was measured with: ten frames of thirty parameters, every one
  limited. Its figures were measured elsewhere and stand in the row as they were told.
* `bench.console` draws 60 strips at 10 Hz on a page of Chromium.

Nobody acknowledges any of the alarms. What was never heard counts as `latency.PATIENCE_S`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench import console, latency
from bench.load import Shape, values, write_missiondb
from bench.peer import LOAD
from bench.rig import Into, store
from bench.row import Bench, How, Pair, Reach, RowSpec
from bench.servers import broker
from telemetry.frame import Frame

SECONDS: Final = 40.0
DRAWN_S: Final = 20.0
SAMPLES_PER_S: Final = 5_000.0
#: Beyond the caution of every parameter of `bench.load`, and within it.
_HIGH, _QUIET = 12.0, 0.0


class Packets:
    """What a spacecraft of `bench.load` says; its probes are the first parameter of each frame."""

    def __init__(self, shape: Shape) -> None:
        """shape: each frame has all parameters of its subsystem."""
        (self.spacecraft,) = shape.crafts
        self._shape = shape
        self._said = values(shape)
        self._probed = {name: shape.ids(name)[0] for name in shape.names}
        self._held = dict.fromkeys(shape.names, _QUIET)
        self._sequence = dict.fromkeys(shape.names, 0)
        self._turn = self._probe = 0

    def next(self, time_ns: int) -> Frame:
        name = self._shape.names[self._turn % self._shape.subsystems]
        self._turn += 1
        return self._frame(name, time_ns)

    def probe(self, time_ns: int) -> tuple[Frame, str]:
        turn, i = divmod(self._probe, self._shape.subsystems)
        name = self._shape.names[i]
        self._probe += 1
        self._held[name] = _QUIET if turn % 2 else _HIGH
        return self._frame(name, time_ns), f"{self._probed[name]}.limit"

    def _frame(self, name: str, time_ns: int) -> Frame:
        sequence = self._sequence[name] = self._sequence[name] + 1
        said = self._said[name][sequence % len(self._said[name])]
        return Frame(
            spacecraft=self.spacecraft,
            subsystem=name,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=sequence,
            values={**said, self._probed[name]: self._held[name]},
        )


def percentile_ms(seconds: Sequence[float], due: int, percent: float) -> float:
    """Milliseconds; what is missing of those that were due took as long as was waited for."""
    missing = [latency.PATIENCE_S] * (due - len(seconds))
    return float(np.percentile([*seconds, *missing], percent)) * 1e3


def told(measured: latency.Measured) -> Pair:
    """p99 of the slower of alarm and line, in ms, beside that of the hop."""

    def ms(seconds: Sequence[float], percent: float) -> float:
        return percentile_ms(seconds, measured.probes, percent)

    return Pair(
        max(ms(measured.retained, 99), ms(measured.event, 99)),
        ms(measured.hop, 99),
        notes={
            "alarm p50": ms(measured.retained, 50),
            "line p50": ms(measured.event, 50),
            "hop p50": ms(measured.hop, 50),
            "samples/s": measured.sent / measured.took_s,
            "ingest % of a core": measured.ingest_cpu_pct,
        },
    )


def _station(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        with broker(folder) as port, store(folder, into) as url:
            return {"p99": told(latency.measure(folder, port, url, SAMPLES_PER_S, SECONDS))}

    return once


def _packets(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        database = f"--missiondb={write_missiondb(folder / 'missiondb', LOAD)}"
        with broker(folder) as port, store(folder, into) as url:
            load = Packets(LOAD)
            measured = latency.measure(folder, port, url, SAMPLES_PER_S, SECONDS, load, database)
        pair = told(measured)
        middle = max(pair.notes["alarm p50"], pair.notes["line p50"])
        return {"p99": Pair(pair.ours, notes=pair.notes), "p50": Pair(middle)}

    return once


def drawn(folder: Path) -> Mapping[str, Pair]:
    with console.bench(folder) as made:
        one = asyncio.run(console.drawn(made, DRAWN_S))
    p50, p95, p99 = (float(ms) for ms in np.percentile(one.latencies_ms, [50, 95, 99]))
    notes = {
        "p50": p50,
        "p99": p99,
        "frames/s drawn": one.frames_per_s,
        "strips a frame": one.strips_a_frame,
        "% of the page's thread": 100 * one.busy,
    }
    return {"p95": Pair(p95, notes=notes)}


BENCHES: Final = (
    *(
        Bench(
            f"alarm-{into.name.lower()}",
            {
                "p99": RowSpec(
                    f"publish to alarm published, p99, {SAMPLES_PER_S:,.0f} samples/s of the ISS "
                    f"into {into}",
                    "ms",
                    "one MQTT hop, same broker",
                    Reach(How.MORE, 20.0),
                )
            },
            _station(into),
        )
        for into in Into
    ),
    *(
        Bench(
            f"yamcs-alarm-{into.name.lower()}",
            {
                "p99": RowSpec(
                    f"publish to alarm published, p99, 300 parameters in 10 frames at "
                    f"{SAMPLES_PER_S:,.0f} samples/s into {into}",
                    "ms",
                    "Yamcs 5.12, to its WebSocket: 3-13 ms; never acknowledged 266 ms",
                    Reach(How.UNDER, 13.0),
                ),
                "p50": RowSpec(
                    f"the same, median, {into}",
                    "ms",
                    "Yamcs 5.12: 1.3-1.6 ms",
                    Reach(How.UNDER, 1.6),
                ),
            },
            _packets(into),
        )
        for into in Into
    ),
    Bench(
        "drawn",
        {
            "p95": RowSpec(
                f"publish to drawn, p95, {console.VALUES} strips at {console.HZ} Hz",
                "ms",
                reach=Reach(How.UNDER, 150.0),
            )
        },
        drawn,
    ),
)
