"""How the simulated station compares with a recording of the real one, channel by channel.

    python -m bench.recording RECORDING             the table of docs/recording.md
    python -m bench.recording RECORDING --itself    how well the recording's first hours foretell it
    python -m bench.recording RECORDING --summary   what tests/data keeps of the recording

The recording is the one of 20 May 2022, a folder of `<parameter>.txt`. Like is compared with like:
the rotary joints were held in SHUTDOWN from minute 304 to 725 and on target again at 745, so models
are tuned on minutes 0-304 and judged on 745-840. The simulation takes orbit and attitude of that
day, and nothing else of the judged minutes.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.craft.iss_systems import IssSystems
from simulators.physics.conditions import Conditions
from simulators.physics.orbit import Orbit, load_elements
from simulators.physics.vector import ZERO, from_yaw_pitch_roll
from simulators.sensing.quality import load_qualities
from simulators.sensing.sensor import Telemetry
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.isslive import read_recording
from telemetry.parameter import ParameterType

START_NS: Final = 1_653_055_200 * SECOND_NS  # 20 May 2022, 14:00 UTC
TUNED_MIN: Final = (0, 304)
JUDGED_MIN: Final = (745, 840)
#: The simulation begins so long before, for batteries and antennas to settle.
SETTLING_MIN: Final = 185
#: Fitted to the rotary joints of minutes 0-304: yaw, pitch, roll.
ATTITUDE_RAD: Final = (-0.06993, -0.14344, 0.01553)
SEED: Final = 1
SUMMARY: Final = Path(__file__).parent.parent / "tests" / "data" / "iss-2022-05-20-summary.json"
#: Angles that go round: 0 and 360 are one.
_ROUND: Final = frozenset(
    f"{truss}00000{n}" for truss in ("S4", "S6", "P4", "P6") for n in (7, 8)
) | {"S0000003", "S0000004", "S0000005"}
_SUBSYSTEMS: Final = ("adcs", "comm", "eps", "etcs")

Samples = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One channel over some minutes. centre: of an angle that keeps to one side of the circle, else
    None; low, high: 0.1 and 99.9 %; p5, p95, medians of steps (without sign) and of intervals.
    Angles with a centre are told from it.
    """

    samples: int
    centre: float | None
    low: float
    p5: float
    p95: float
    high: float
    step: float
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """inside_pct: simulated samples in the recorded band; ratios: simulated over recorded."""

    inside_pct: float
    width: float
    step: float
    interval: float

    @property
    def misses(self) -> tuple[str, ...]:
        """Names of the criteria not met, of band, width, step and interval."""
        ratios = {"width": self.width, "step": self.step, "interval": self.interval}
        missed = [name for name, ratio in ratios.items() if not 0.499 <= ratio <= 2.001]
        return tuple(["band"] * (self.inside_pct < 98.0) + missed)


def about(values: NDArray[np.float64], centre: float | None) -> NDArray[np.float64]:
    return values if centre is None else (values - centre + 180.0) % 360.0 - 180.0


def summary(identity: str, samples: Samples) -> Summary:
    times_ns, values = samples
    centre = None
    if identity in _ROUND:
        mean = np.exp(1j * np.radians(values)).mean()
        if abs(mean) > 0.5:
            centre = round(float(np.degrees(np.angle(mean))), 3)
    steps = np.diff(values)
    if identity in _ROUND:
        steps = about(steps, 0.0)
    low, p5, p95, high = np.percentile(about(values, centre), [0.1, 5, 95, 99.9]).tolist()
    return Summary(
        samples=len(values),
        centre=centre,
        low=low,
        p5=p5,
        p95=p95,
        high=high,
        step=float(np.median(np.abs(steps))),
        interval_s=float(np.median(np.diff(times_ns))) / SECOND_NS,
    )


def verdict(identity: str, recorded: Summary, simulated: Samples) -> Verdict:
    ours, values = summary(identity, simulated), about(simulated[1], recorded.centre)
    # a millionth of a value is what rounding on either side may cost
    slack = 1e-6 * max(abs(recorded.low), abs(recorded.high))
    inside = (values >= recorded.low - slack) & (values <= recorded.high + slack)
    p5, p95 = np.percentile(values, [5, 95]).tolist()
    return Verdict(
        inside_pct=100 * float(inside.mean()),
        width=_ratio(p95 - p5, recorded.p95 - recorded.p5),
        step=_ratio(ours.step, recorded.step),
        interval=_ratio(ours.interval_s, recorded.interval_s),
    )


def _ratio(ours: float, theirs: float) -> float:
    return ours / theirs if theirs else 1.0 if not ours else float("inf")


def simulate(minutes: tuple[int, int] = JUDGED_MIN, seed: int = SEED) -> Mapping[str, Samples]:
    """Some minutes as the sensors send them."""
    database = missiondb.load()
    whole = database.spacecraft["iss"]
    subsystems = {name: whole.subsystems[name] for name in _SUBSYSTEMS}
    spacecraft = replace(whole, subsystems=subsystems)
    qualities = load_qualities(whole)
    first_ns, end_ns = (START_NS + minute * 60 * SECOND_NS for minute in minutes)
    epoch_ns = first_ns - SETTLING_MIN * 60 * SECOND_NS
    telemetry = Telemetry(spacecraft, qualities, epoch_ns=epoch_ns, seed=seed)
    systems = IssSystems(seed)
    orbit, attitude = Orbit(load_elements("2022-05-20")), from_yaw_pitch_roll(*ATTITUDE_RAD)
    truth = {"adcs": lambda _: systems.bearings()}
    collected: dict[str, tuple[list[int], list[float]]] = {}
    for time_ns in range(epoch_ns, end_ns, SECOND_NS):
        systems.step(
            Conditions(
                time_ns=time_ns,
                orbit=orbit.at(time_ns),
                attitude=attitude,
                rate_rad_s=ZERO,
                attitude_error_deg=0.0,
                arrays_locked=False,
                control_lost=False,
            )
        )
        if time_ns < first_ns - 60 * SECOND_NS:
            continue
        for frame in telemetry.frames(time_ns, lambda name: truth.get(name, systems.truth)(name)):
            for identity, value in frame.values.items():
                times, values = collected.setdefault(identity, ([], []))
                if time_ns >= first_ns:
                    times.append(time_ns)
                    values.append(float(value))
    return {
        identity: (np.array(times, dtype=np.int64), np.array(values))
        for identity, (times, values) in collected.items()
    }


def recorded(folder: Path, minutes: tuple[int, int]) -> Mapping[str, Samples]:
    """Channels with numbers; what came twice or out of order is put right."""
    database = missiondb.load()
    series = read_recording(folder, 2022, database).series
    first_ns, end_ns = (START_NS + minute * 60 * SECOND_NS for minute in minutes)
    found = {}
    for identity, each in sorted(series.items()):
        if database.parameter("iss", identity).type is not ParameterType.FLOAT:
            continue
        times_ns, index = np.unique(each.time_ns, return_index=True)
        values = each.values[index].astype(np.float64)
        within = (times_ns >= first_ns) & (times_ns < end_ns)
        found[identity] = (times_ns[within], values[within])
    return found


def load_summaries(path: Path = SUMMARY) -> Mapping[str, Summary]:
    channels = json.loads(path.read_text(encoding="utf-8"))["judged"]
    return {identity: Summary(**row) for identity, row in channels.items()}


def table(judged: Mapping[str, Summary], simulated: Mapping[str, Samples]) -> list[str]:
    """Rows of Markdown, one a channel."""
    lines = [
        "| channel | recorded 5-95 % | in its band, % | width x | step x | interval x | misses |",
        "|---|---|---|---|---|---|---|",
    ]
    for identity, theirs in judged.items():
        now = verdict(identity, theirs, simulated[identity])
        lines.append(
            f"| {identity} | {theirs.p5 + (theirs.centre or 0):.5g} to "
            f"{theirs.p95 + (theirs.centre or 0):.5g} | {now.inside_pct:.1f} | {now.width:.2f} | "
            f"{now.step:.2f} | {now.interval:.2f} | {', '.join(now.misses)} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path)
    parser.add_argument("--summary", action="store_true", help=f"write {SUMMARY.name}")
    parser.add_argument("--tuned", action="store_true", help="compare the minutes tuned on")
    parser.add_argument(
        "--itself", action="store_true", help="judge the recording's own minutes 0-304 instead"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    minutes = TUNED_MIN if asked.tuned else JUDGED_MIN
    judged = {
        identity: summary(identity, samples)
        for identity, samples in recorded(asked.recording, minutes).items()
    }
    if asked.summary:
        rows = {identity: asdict(row) for identity, row in judged.items()}
        what = {
            "source": (
                "Percentiles and medians of a recording of NASA's public ISSLIVE feed, 20-21 May "
                "2022, made by the ISS Mimic project (github.com/ISS-Mimic/Mimic, MIT licence); "
                "the telemetry is NASA's and in the public domain. Made by bench/recording.py."
            ),
            "minutes": list(minutes),
            "judged": rows,
        }
        SUMMARY.write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")
        return
    shown = recorded(asked.recording, TUNED_MIN) if asked.itself else simulate(minutes, asked.seed)
    sys.stdout.write("\n".join(table(judged, shown)) + "\n")


if __name__ == "__main__":
    main()
