"""What is docked where: the stack's mass properties, docking flags, and where vehicles sit."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from simulators.physics.mass import Axis, MassProperties, combine, cylinder
from simulators.physics.thruster import MOUNTS, Mount
from simulators.physics.vector import Vector, add
from telemetry.errors import UsageError
from telemetry.missiondb.table import hint, listed

_FILE: Final = Path(__file__).with_name("stacks.toml")


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def stacks() -> tuple[str, ...]:
    """The configurations shipped, by date."""
    return tuple(_data()["stack"])


class Stack:
    """The vehicles docked to the core station.

    docked: the port of each. flags: ids of the docking flags that are set.
    """

    def __init__(self, name: str) -> None:
        """:raises UsageError: if no such configuration is shipped."""
        if name not in stacks():
            raise UsageError(
                f"no stack {name!r}{hint(name, stacks())}; there are {listed(stacks())}"
            )
        chosen = _data()["stack"][name]
        self.docked: dict[str, str] = dict(chosen["docked"])
        self.flags: set[str] = set(chosen["flags"])
        self._core = _properties(_data()["core"])

    @property
    def mass(self) -> MassProperties:
        return combine([self._core, *(_vehicle(v, port) for v, port in self.docked.items())])

    def mount(self, vehicle: str) -> Mount | None:
        """Where a vehicle is docked; None if it is not."""
        port = self.docked.get(vehicle)
        return MOUNTS[port] if port else None

    def required_mount(self, vehicle: str) -> Mount:
        """:raises UsageError: if the vehicle is not docked."""
        mount = self.mount(vehicle)
        if mount is None:
            others = f"docked are {listed(self.docked)}" if self.docked else "nothing is"
            raise UsageError(f"{vehicle} is not docked; {others}")
        return mount

    def check(self, vehicle: str, port: str) -> None:
        """:raises UsageError: if there is no such vehicle or port, or one of them is taken."""
        known, flags = _data()["vehicle"], _data()["flags"]
        ports = [name for name in MOUNTS if name != "station" and self._is_here(name)]
        if vehicle not in known:
            raise UsageError(
                f"no vehicle {vehicle!r}{hint(vehicle, known)}; there are {listed(known)}"
            )
        if port not in ports:
            raise UsageError(f"no port {port!r}{hint(port, ports)}; there are {listed(ports)}")
        if vehicle in self.docked:
            raise UsageError(f"{vehicle} is docked already, at {self.docked[vehicle]}")
        # a flag alone is a visitor whose mass counts in the core's
        if port in self.docked.values() or flags.get(port) in self.flags:
            raise UsageError(f"port {port} is taken")

    def dock(self, vehicle: str, port: str) -> None:
        """:raises UsageError: as `check`."""
        self.check(vehicle, port)
        flags = _data()["flags"]
        self.docked[vehicle] = port
        self.flags |= {flags[port]} if port in flags else set()

    def undock(self, vehicle: str) -> None:
        """:raises UsageError: if it is not docked, or something is docked to it."""
        self.required_mount(vehicle)
        for other, port in self.docked.items():
            if port.startswith(f"{vehicle}-"):
                raise UsageError(f"{vehicle} cannot leave: {other} is docked to it")
        self.flags.discard(_data()["flags"].get(self.docked.pop(vehicle), ""))

    def _is_here(self, port: str) -> bool:
        """Whether what the port belongs to is: ports are named for that."""
        owner = port.split("-")[0]
        return owner not in _data()["vehicle"] or owner in self.docked


def _vehicle(vehicle: str, port: str) -> MassProperties:
    data, mount = _data()["vehicle"][vehicle], MOUNTS[port]
    along = max(range(3), key=lambda axis: abs(mount.x_axis[axis]))
    axes: tuple[Axis, ...] = ("x", "y", "z")
    middle: Vector = (-data["length_m"] / 2, 0.0, 0.0)
    return cylinder(
        mass_kg=data["mass_kg"],
        centre_m=add(mount.position_m, mount.to_station(middle)),
        length_m=data["length_m"],
        radius_m=data["radius_m"],
        axis=axes[along],
    )


def _properties(data: Mapping[str, Any]) -> MassProperties:
    x, y, z = (tuple(row) for row in data["inertia_kg_m2"])
    return MassProperties(
        mass_kg=data["mass_kg"], centre_m=tuple(data["centre_m"]), inertia_kg_m2=(x, y, z)
    )
