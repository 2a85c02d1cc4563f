"""Telemetry of a rigid station that something pushes: Euler's equations, nothing controls it."""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.derive.attitude import ORBITAL_RATE_RAD_S, gravity_gradient_nm, to_body
from ingest.derive.stack import Floats, stack_at
from ingest.derive.station import StationDerivation
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase, load
from telemetry.parameter import Value
from telemetry.plan import Plan

DATABASE: MissionDatabase = load()
#: 15 October 2021, 12:00 UTC.
START_NS = 1_634_299_200 * SECOND_NS
STACK = stack_at(START_NS)
#: What two forward lateral jets of the Soyuz give, DPO-07 and DPO-08.
TWINS_NM: Floats = STACK.jets["DPO-07"] + STACK.jets["DPO-08"]
NOTHING: Floats = np.zeros(3)

_STEP_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Push:
    """A torque over [from_s, to_s), and the Soyuz's jets whose on-time rises meanwhile."""

    from_s: float
    to_s: float
    torque_nm: Floats
    jets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Station:
    """momentum_nms: of the CMGs, roll axis, of which rates take none. russian: on-time by s.

    vector: whether the momentum vector is sent. soyuz: whether the Soyuz is heard. kg: propellant
    it has used. set_values: of adcs, over all others.
    """

    pushes: Sequence[Push] = ()
    momentum_nms: float = 2_500.0
    vector: bool = True
    soyuz: bool = True
    seed: int = 1
    russian: Callable[[float], float] = lambda _: 0.0
    kg: Callable[[float], float] = lambda _: 0.0
    noise_deg_s: float = 1e-4
    set_values: Mapping[str, Value] = field(default_factory=dict)

    def torque_nm(self, s: float) -> Floats:
        active = [one.torque_nm for one in self.pushes if one.from_s <= s + 1e-6 < one.to_s]
        return np.sum([NOTHING, *active], axis=0)

    def on_time_s(self, jet: str, s: float) -> float:
        return sum(
            max(0.0, min(one.to_s, s) - one.from_s) for one in self.pushes if jet in one.jets
        )

    def frames(self, until_s: int) -> list[Frame]:
        """All of them, in order of time."""
        inertia = STACK.inertia_kg_m2
        inverse = np.linalg.inv(inertia)
        noise = random.Random(self.seed)
        q = np.array([1.0, 0.0, 0.0, 0.0])
        wheels = np.array([self.momentum_nms, 0.0, 0.0])
        w = -ORBITAL_RATE_RAD_S * to_body(q)[:, 1]
        found: list[Frame] = []
        for n in range(until_s + 1):
            found += self._frames(n, q, w, wheels, noise)
            for tenth in range(10):
                # held gimbals: momentum turns with the body
                torque = self.torque_nm(n + tenth * _STEP_S)
                torque = torque + gravity_gradient_nm(q, inertia, ORBITAL_RATE_RAD_S)
                w = w + _STEP_S * inverse @ (torque - np.cross(w, inertia @ w + wheels))
                r = (w + ORBITAL_RATE_RAD_S * to_body(q)[:, 1]) * _STEP_S / 2
                part = q[1:]
                q = np.array([q[0] - part @ r, *(part + q[0] * r + np.cross(part, r))])
                q = q / np.linalg.norm(q)
        return found

    def _frames(
        self, n: int, q: Floats, w: Floats, wheels: Floats, noise: random.Random
    ) -> list[Frame]:
        values: dict[str, Value] = {}
        if n == 0:
            command = {f"USLAB{28 + i:06}": float(i == 0) for i in range(4)}
            steady = {"USLAB000005": 4, "USLAB000012": 4, "USLAB000038": 19_521.87}
            values |= command | steady | {f"USLAB{6 + i:06}": 0.0 for i in range(3)}
        if n % 2 == 0:
            values |= {f"USLAB{18 + i:06}": round(float(x), 6) for i, x in enumerate(q)}
            for i, x in enumerate(w):
                values[f"USLAB{25 + i:06}"] = round(
                    math.degrees(x) + noise.gauss(0, self.noise_deg_s), 5
                )
            values["USLAB000009"] = round(float(np.linalg.norm(wheels)) + noise.gauss(0, 4), 1)
            values["USLAB000010"] = round(float(np.linalg.norm(wheels)) / 195.2187, 2)
        sim: dict[str, Value] = {"SIM_ISS_RS_ONTIME": round(self.russian(n), 3)}
        if self.vector:
            for axis, h in zip("XYZ", wheels, strict=True):
                sim[f"SIM_ISS_H_{axis}"] = round(float(h) + noise.gauss(0, 4), 1)
        jets: dict[str, Value] = {
            f"SIM_SOYUZ_{jet.replace('-', '')}_ONTIME": round(self.on_time_s(jet, n), 3)
            for jet in STACK.jets
        }
        jets["SIM_SOYUZ_PROP_USED_KG"] = round(self.kg(n), 2)
        frames = [
            frame("iss", "adcs", n, values | dict(self.set_values)),
            frame("iss", "sim", n, sim),
        ]
        return [*frames, frame("soyuz", "propulsion", n, jets)] if self.soyuz else frames


def frame(craft: str, subsystem: str, second: int, values: Mapping[str, Value]) -> Frame:
    now_ns = START_NS + second * SECOND_NS
    return Frame(
        spacecraft=craft,
        subsystem=subsystem,
        time_ns=now_ns,
        received_ns=now_ns,
        sequence=second,
        values=values,
    )


def derive(
    frames: Iterable[Frame], plans: Sequence[Plan] = (), of: StationDerivation | None = None
) -> list[Frame]:
    derivation = of or StationDerivation(DATABASE)
    return [one for each in frames for one in derivation.take(each, plans)]


def at(frames: Sequence[Frame], second: float) -> Frame:
    return next(one for one in frames if one.time_ns == START_NS + round(second * SECOND_NS))


def series(frames: Sequence[Frame], parameter: str) -> list[float]:
    return [float(one.values[parameter]) for one in frames if parameter in one.values]
