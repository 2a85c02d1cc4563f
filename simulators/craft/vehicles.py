"""The thrusters of what is docked, and what they do to the stack."""

from collections.abc import Mapping
from typing import Final

from simulators.craft.motion import Jets
from simulators.craft.stack import Stack
from simulators.physics.mass import MassProperties
from simulators.physics.propulsion import Propulsion
from simulators.physics.thruster import MOUNTS, Jet, load_jets, mounted, torque_nm
from simulators.physics.vector import ZERO, Vector, add, scale
from telemetry.errors import UsageError
from telemetry.missiondb.table import hint, listed

#: The thruster table of each vehicle there can be (simulators/physics/jets).
JET_TABLES: Final[Mapping[str, str]] = {
    "soyuz": "soyuz-ms",
    "progress": "progress",
    "nauka": "nauka",
    "zvezda": "zvezda",
}
#: Aboard where a scenario does not say [A].
_PROPELLANT_KG: Final = 500.0


class Vehicles:
    """soyuz_kg: propellant aboard the Soyuz. limit_kg: of its consumption since reset.

    What has left still burns out and cools down, and keeps what it has for when it comes again.
    """

    def __init__(self, stack: Stack, *, soyuz_kg: float, limit_kg: float) -> None:
        self._stack = stack
        self._soyuz_kg = soyuz_kg
        self._limit_kg = limit_kg
        self._propulsion: dict[str, Propulsion] = {}
        self._away: dict[str, Propulsion] = {}
        for vehicle in ("zvezda", *stack.docked):
            self.arrive(vehicle)

    def arrive(self, vehicle: str) -> None:
        mount = self._stack.mount(vehicle) or MOUNTS["station"]
        soyuz = vehicle == "soyuz"
        jets = mounted(load_jets(JET_TABLES[vehicle]), mount)
        if vehicle in self._away:
            self._propulsion[vehicle] = self._away.pop(vehicle)
            self._propulsion[vehicle].mount(jets)
            return
        self._propulsion[vehicle] = Propulsion(
            jets,
            propellant_kg=self._soyuz_kg if soyuz else _PROPELLANT_KG,
            limit_kg=self._limit_kg if soyuz else None,
        )

    def leave(self, vehicle: str) -> None:
        """It closes its thrusters first."""
        self._away[vehicle] = self._propulsion.pop(vehicle)
        self._away[vehicle].stop()

    def of(self, vehicle: str) -> Propulsion:
        """:raises UsageError: if it is not here."""
        if vehicle not in self._propulsion:
            near = hint(vehicle, self._propulsion)
            raise UsageError(
                f"no thrusters of {vehicle!r} here{near}; there are {listed(self._propulsion)}"
            )
        return self._propulsion[vehicle]

    @property
    def active(self) -> bool:
        return any(each.active for each in (*self._propulsion.values(), *self._away.values()))

    def step(self, dt_s: float, centre_m: Vector) -> tuple[Vector, Vector]:
        """Torque (N m) and force (N) on the stack over the step, averages, body axes."""
        torque, force = ZERO, ZERO
        for propulsion in self._propulsion.values():
            propulsion.step(dt_s)
            for jet, thrust_n in propulsion.thrust():
                share = thrust_n / jet.thrust_n
                torque = add(torque, scale(share, torque_nm(jet, centre_m)))
                force = add(force, scale(share, jet.force_n))
        for propulsion in self._away.values():
            propulsion.step(dt_s)
        return torque, force


def forward_jets(propulsion: Propulsion) -> list[Jet]:
    """Those that push the station along its flight: main engines if there are, else axial ones."""
    ahead = [t.jet for t in propulsion.thrusters.values() if t.jet.direction[0] > 0.9]
    for group in ("main", "axial"):
        if jets := [jet for jet in ahead if jet.group == group]:
            return jets
    return []


def russian_jets(mass: MassProperties) -> Jets:
    """What the Russian segment turns the stack with: Zvezda's own, two at a time in pitch and yaw.

    Roll takes all six of one sense. Sums about each axis; the little they do about the others, and
    their push, is left out [A].
    """
    jets = mounted(load_jets("zvezda"), MOUNTS["station"])
    torque, flow = [], []
    for axis, (group, count) in enumerate((("roll", 6), ("pitch", 2), ("yaw", 2))):
        able = [jet for jet in jets if jet.group.startswith(group)]
        able = [jet for jet in able if torque_nm(jet, mass.centre_m)[axis] > 0][:count]
        torque.append(sum(torque_nm(jet, mass.centre_m)[axis] for jet in able))
        flow.append(sum(jet.flow_kg_s for jet in able))
    return Jets(torque_nm=(torque[0], torque[1], torque[2]), flow_kg_s=(flow[0], flow[1], flow[2]))
