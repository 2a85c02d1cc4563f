"""Propulsion telemetry of thrusters that fire when a test says so: on change, with a heartbeat."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.derive.firing import FiringDerivation
from telemetry.activity import Activity, ActivityKind
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase, load
from telemetry.parameter import Value
from telemetry.plan import Plan, PlanState

DATABASE: MissionDatabase = load()
#: Any time will do; nothing here may depend on it.
START_NS = 1_634_288_400 * SECOND_NS
TICK_MS, HEARTBEAT_MS = 100, 1_000
RATED_MPA = 0.88
ALL = tuple(f"DPO-{n:02}" for n in range(1, 29))

#: A pulse of a thruster, [from, to) in milliseconds since the start.
Pulse = tuple[int, int]
Pulses = Mapping[str, Sequence[Pulse]]


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


def plan(
    start_s: float,
    end_s: float,
    *,
    may_fire: tuple[str, ...] = ("soyuz",),
    longest_pulse_s: float | None = 0.5,
    on_time_s: float | None = None,
    propellant_kg: float | None = None,
    state: PlanState = PlanState.APPROVED,
    ended_s: float | None = None,
    id_: str = "test",
) -> Plan:
    activity = Activity(
        id=id_,
        title="A test",
        kind=ActivityKind.THRUSTER_TEST,
        spacecraft="soyuz",
        start_ns=at(start_s),
        end_ns=at(end_s),
        may_fire=may_fire,
        longest_pulse_s=longest_pulse_s,
        on_time_s=on_time_s,
        propellant_kg=propellant_kg,
    )
    return Plan(
        activity=activity,
        state=state,
        version=1,
        proposed_by="a",
        approved_by="b",
        changed_by="b",
        changed_ns=0,
        ended_ns=0 if ended_s is None else at(ended_s),
    )


@dataclass(frozen=True, kw_only=True)
class Ship:
    """resets: when the counters were set to 0, ms. pressure: by thruster, instead of what fits."""

    pulses: Pulses
    resets: tuple[int, ...] = ()
    pressure: Mapping[str, Sequence[Pulse]] = field(default_factory=dict)
    kg_per_s: float = 0.0465

    def frames(self, until_ms: int) -> list[Frame]:
        """All of them, none lost, of [0, until_ms]."""
        frames: list[Frame] = []
        sent: dict[str, Value] = {}
        for ms in range(0, until_ms + 1, TICK_MS):
            now = self._values(ms)
            news = {key: value for key, value in now.items() if sent.get(key) != value}
            if news or ms % HEARTBEAT_MS == 0:
                sent |= news
                frames.append(frame(ms / 1_000, len(frames), news))
        return frames

    def _values(self, ms: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        since = max((reset for reset in self.resets if reset <= ms), default=0)
        total_s = 0.0
        for jet, pulses in self.pulses.items():
            on_time_s = on_ms(pulses, since, ms) / 1_000
            total_s += on_time_s
            key = "SIM_SOYUZ_" + jet.replace("-", "")
            burning = self.pressure.get(jet, pulses)
            values[f"{key}_CMD"] = int(any(a <= ms < b for a, b in pulses))
            # as if it took a tick to rise
            values[f"{key}_PC"] = RATED_MPA * any(a < ms <= b for a, b in burning)
            values[f"{key}_ONTIME"] = on_time_s
        if ms % HEARTBEAT_MS == 0:
            values["SIM_SOYUZ_PROP_USED_KG"] = round(total_s * self.kg_per_s, 6)
        return values


def on_ms(pulses: Iterable[Pulse], from_ms: int, to_ms: int) -> int:
    return sum(max(0, min(b, to_ms) - max(a, from_ms)) for a, b in pulses)


def frame(
    seconds: float,
    sequence: int,
    values: Mapping[str, Value],
    invalid: Mapping[str, int] | None = None,
) -> Frame:
    return Frame(
        spacecraft="soyuz",
        subsystem="propulsion",
        time_ns=at(seconds),
        received_ns=at(seconds + 0.3),
        sequence=sequence,
        values=values,
        invalid=invalid or {},
    )


def derive(
    frames: Iterable[Frame], plans: Sequence[Plan] = (), of: FiringDerivation | None = None
) -> list[Frame]:
    derivation = of or FiringDerivation(DATABASE)
    return [one for each in frames for one in derivation.take(each, plans)]


def between(frames: Sequence[Frame], lost_from_s: float, lost_to_s: float) -> list[Frame]:
    """Without those of [from, to)."""
    return [one for one in frames if not at(lost_from_s) <= one.time_ns < at(lost_to_s)]


def seconds(one: Frame) -> float:
    return (one.time_ns - START_NS) / SECOND_NS


def last(frames: Sequence[Frame], parameter: str, at_s: float | None = None) -> Value:
    """At a time, or at the end."""
    seen = [one for one in frames if at_s is None or one.time_ns <= at(at_s)]
    return seen[-1].values[parameter]


def first_above(frames: Iterable[Frame], parameter: str, limit: float = 0.02) -> float | None:
    """When a value was first above a limit, s; None if it never was."""
    for one in frames:
        if float(one.values.get(parameter, 0.0)) > limit:
            return seconds(one)
    return None
