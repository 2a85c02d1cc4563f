"""A scenario flown through sensors and links, and its telemetry as an operator gets it."""

import bisect
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from simulators.physics.vector import norm, subtract, unrotate
from simulators.scenarios import read
from simulators.scenarios.scenario import Scenario
from simulators.simulation import Simulation
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value

BOTH = ("iss", "soyuz")
ATTITUDE_ERROR = ("USLAB000022", "USLAB000023", "USLAB000024")
INERTIAL_RATE = ("USLAB000025", "USLAB000026", "USLAB000027")
ATTITUDE = ("USLAB000018", "USLAB000019", "USLAB000020", "USLAB000021")
POSITION = ("USLAB000032", "USLAB000033", "USLAB000034")
VELOCITY = ("USLAB000035", "USLAB000036", "USLAB000037")


@cache
def shipped() -> MissionDatabase:
    return missiondb.load()


def simulate(
    name: str, *sets: str, until: str | float | None = None, spacecraft: Sequence[str] = BOTH
) -> "Flight":
    """Fly a shipped scenario from its start up to a time."""
    return fly(read(name, sets, database=shipped()), until, spacecraft)


def fly(
    scenario: Scenario, until: str | float | None = None, spacecraft: Sequence[str] = BOTH
) -> "Flight":
    simulation = Simulation(scenario, shipped(), spacecraft=spacecraft)
    end_ns = scenario.end_ns if until is None else scenario.instant_ns(until)
    flight = Flight(scenario, simulation, tuple(spacecraft))
    flight.take(simulation.step(end_ns))
    return flight


@dataclass(slots=True)
class Series:
    """Samples of one parameter in order of generation time (s since the scenario's start)."""

    times_s: list[float] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def add(self, time_s: float, value: Value) -> None:
        # a recorder sends old samples after new ones
        index = bisect.bisect_right(self.times_s, time_s)
        self.times_s.insert(index, time_s)
        self.values.insert(index, value)

    def at(self, time_s: float) -> Value:
        """The latest at a time."""
        index = bisect.bisect_right(self.times_s, time_s) - 1
        assert index >= 0, f"nothing yet {time_s} s into the scenario"
        return self.values[index]

    def within(self, from_s: float, to_s: float) -> list[tuple[float, Value]]:
        return [
            (t, v) for t, v in zip(self.times_s, self.values, strict=True) if from_s <= t < to_s
        ]

    def changes(self) -> list[tuple[float, Value]]:
        """The first sample, and each that differs from the one before."""
        pairs = zip(self.times_s, self.values, strict=True)
        found: list[tuple[float, Value]] = []
        for time_s, value in pairs:
            if not found or value != found[-1][1]:
                found.append((time_s, value))
        return found


class Flight:
    """frames: in the order they arrived."""

    def __init__(
        self, scenario: Scenario, simulation: Simulation, spacecraft: tuple[str, ...]
    ) -> None:
        self.scenario = scenario
        self.spacecraft = spacecraft
        self.simulation = simulation
        self.frames: list[Frame] = []
        self._series: dict[str, Series] = defaultdict(Series)

    def take(self, frames: list[Frame]) -> None:
        self.frames += frames
        for frame in frames:
            time_s = (frame.time_ns - self.scenario.start_ns) / SECOND_NS
            for parameter, value in frame.values.items():
                self._series[parameter].add(time_s, value)

    def s(self, when: str | float) -> float:
        """Seconds since the start, of a time of day."""
        return (self.scenario.instant_ns(when) - self.scenario.start_ns) / SECOND_NS

    def __getitem__(self, parameter: str) -> Series:
        return self._series[parameter]

    def of(self, subsystem: str, from_s: float, to_s: float) -> list[Frame]:
        """The frames of a subsystem that were taken in a span."""
        low, high = (self.scenario.start_ns + round(s * SECOND_NS) for s in (from_s, to_s))
        return [f for f in self.frames if f.subsystem == subsystem and low <= f.time_ns < high]

    def at(self, parameter: str, when: str | float) -> float:
        return float(self[parameter].at(self.s(when)))

    def extremes(self, parameter: str, start: str | float, end: str | float) -> tuple[float, float]:
        values = [float(v) for _, v in self[parameter].within(self.s(start), self.s(end))]
        return min(values), max(values)

    def first(self, parameter: str, holds: Callable[[float], bool], after_s: float = 0.0) -> float:
        """When a sample first satisfied a condition, in seconds since the start."""
        series = self[parameter]
        for time_s, value in zip(series.times_s, series.values, strict=True):
            if time_s >= after_s and holds(float(value)):
                return time_s
        raise AssertionError(f"{parameter} never did")

    def together(self, *parameters: str) -> Iterator[tuple[float, tuple[float, ...]]]:
        """The latest of several parameters, whenever one of them is sent."""
        series = [self[parameter] for parameter in parameters]
        begin_s = max(one.times_s[0] for one in series)
        for time_s in sorted({t for one in series for t in one.times_s if t >= begin_s}):
            yield time_s, tuple(float(one.at(time_s)) for one in series)

    def errors_deg(self) -> list[tuple[float, float]]:
        """The size of the attitude error: the norm of its rotation vector."""
        return [(t, math.hypot(*error)) for t, error in self.together(*ATTITUDE_ERROR)]

    def rates_deg_s(self) -> list[tuple[float, float]]:
        """The size of the rate against LVLH, which turns once an orbit about its -Y."""
        found = []
        for time_s, values in self.together(*INERTIAL_RATE, *ATTITUDE):
            x, y, z, q0, q1, q2, q3 = values
            of_lvlh = unrotate((q0, q1, q2, q3), (0.0, -self.orbital_rate_deg_s(time_s), 0.0))
            found.append((time_s, norm(subtract((x, y, z), of_lvlh))))
        return found

    def orbital_rate_deg_s(self, time_s: float) -> float:
        """|r x v| / r^2 of the state vector as it is sent."""
        r = tuple(float(self[one].at(time_s)) for one in POSITION)
        v = tuple(float(self[one].at(time_s)) / 1_000 for one in VELOCITY)
        rr, vv = math.hypot(*r), math.hypot(*v)
        along = sum(a * b for a, b in zip(r, v, strict=True)) / (rr * vv)
        return math.degrees(vv / rr * math.sqrt(1 - along * along))
