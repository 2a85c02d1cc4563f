"""Thrusters as a table: where each sits, which way it pushes, and with what torque.

A jet's `direction` is that of the force on the vehicle, opposite to its plume. Tables
(jets/) are in the vehicle's own axes: origin in the docking plane, +X out of the nose
through the port, so that the body lies at negative X. A `Mount` says where a port is and how the
vehicle's axes lie in the station's (+X forward, +Y starboard, +Z nadir, S0-centred, metres).

    torque = (r - centre of mass) x F

Thrust is the rated one whenever a jet burns: no plume impingement, no structural bending, no
change with feed pressure. Positions are assumptions [A] unless a table says otherwise.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from simulators.physics.vector import ZERO, Vector, add, cross, dot, norm, scale, subtract, unit

#: Standard gravity (CGPM 1901), by which specific impulse becomes exhaust velocity.
G0_M_S2: Final = 9.80665
#: Weighs a pair's leftover force against its leftover torque: some distance to the stack's centre.
_ARM_M: Final = 20.0

_TABLES: Final = Path(__file__).with_name("jets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jet:
    """position_m: of the nozzle. direction: unit vector of the force on the vehicle.

    group: what it is for, as humans call it ("lateral", "turning", "axial", ...).
    """

    name: str
    position_m: Vector
    direction: Vector
    thrust_n: float
    isp_s: float
    manifold: int
    group: str

    @property
    def force_n(self) -> Vector:
        return scale(self.thrust_n, self.direction)

    @property
    def flow_kg_s(self) -> float:
        return self.thrust_n / (self.isp_s * G0_M_S2)

    @property
    def label(self) -> str:
        """Group and push, such as "lateral +X", in the axes the jet is given in."""
        axis = max(range(3), key=lambda each: abs(self.direction[each]))
        return f"{self.group} {'+' if self.direction[axis] > 0 else '-'}{'XYZ'[axis]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Where a vehicle's docking plane is, and its X and Y axes, in station axes."""

    position_m: Vector
    x_axis: Vector
    y_axis: Vector

    @property
    def z_axis(self) -> Vector:
        return cross(self.x_axis, self.y_axis)

    def to_station(self, a: Vector) -> Vector:
        """A direction in vehicle axes, in station axes."""
        along = add(scale(a[0], self.x_axis), scale(a[1], self.y_axis))
        return add(along, scale(a[2], self.z_axis))

    def to_vehicle(self, a: Vector) -> Vector:
        return (dot(self.x_axis, a), dot(self.y_axis, a), dot(self.z_axis, a))


_UP: Final = {"x_axis": (0.0, 0.0, -1.0), "y_axis": (0.0, 1.0, 0.0)}
_DOWN: Final = {"x_axis": (0.0, 0.0, 1.0), "y_axis": (0.0, 1.0, 0.0)}
_AHEAD: Final = {"x_axis": (1.0, 0.0, 0.0), "y_axis": (0.0, 1.0, 0.0)}
_ASTERN: Final = {"x_axis": (-1.0, 0.0, 0.0), "y_axis": (0.0, -1.0, 0.0)}

#: Ports from module lengths; the turn of a vehicle about its own axis is an assumption [A]:
#: vehicle Y is station Y, so that at a nadir port vehicle +Z is station +X (forward).
MOUNTS: Final[Mapping[str, Mount]] = MappingProxyType(
    {
        "station": Mount(position_m=ZERO, **_AHEAD),
        "zvezda-nadir": Mount(position_m=(-25.6, 0.0, 6.2), **_UP),
        "nauka-nadir": Mount(position_m=(-25.6, 0.0, 19.3), **_UP),
        "rassvet-nadir": Mount(position_m=(-12.5, 0.0, 13.3), **_UP),
        "poisk-zenith": Mount(position_m=(-25.6, 0.0, -2.0), **_DOWN),
        "zvezda-aft": Mount(position_m=(-36.9, 0.0, 4.8), **_AHEAD),
        "forward": Mount(position_m=(21.0, 0.0, 4.8), **_ASTERN),
    }
)


def load_jets(table: str) -> tuple[Jet, ...]:
    """A shipped table in its vehicle's axes: "soyuz-ms", "progress", "zvezda" or "nauka".

    "zvezda" is in station axes already: its mount is "station".
    """
    raw: dict[str, Any] = tomllib.loads((_TABLES / f"{table}.toml").read_text())
    if "same_as" in raw:
        return load_jets(raw["same_as"])
    return tuple(_jet({**raw["each"], **row}) for row in raw["jets"])


def _jet(row: Mapping[str, Any]) -> Jet:
    x, y, z = row["position_m"]
    along_x, along_y, along_z = row["force"]
    return Jet(
        name=row["name"],
        position_m=(float(x), float(y), float(z)),
        direction=unit((float(along_x), float(along_y), float(along_z))),
        thrust_n=float(row["thrust_n"]),
        isp_s=float(row["isp_s"]),
        manifold=row["manifold"],
        group=row["group"],
    )


def mounted(jets: Iterable[Jet], mount: Mount) -> tuple[Jet, ...]:
    """The jets of a vehicle docked at a port, in station axes."""
    return tuple(
        replace(
            jet,
            position_m=add(mount.position_m, mount.to_station(jet.position_m)),
            direction=mount.to_station(jet.direction),
        )
        for jet in jets
    )


def torque_nm(jet: Jet, centre_of_mass_m: Vector) -> Vector:
    return cross(subtract(jet.position_m, centre_of_mass_m), jet.force_n)


def opposed_pairs(jets: Sequence[Jet]) -> tuple[tuple[Jet, Jet], ...]:
    """Every jet with the one of its manifold that best undoes its force and torque.

    Manifold by manifold, in the order of the table. A jet that several others need is in several
    pairs; among equals the partner used least is taken, so that what two neighbouring pairs leave
    over cancels too where the layout allows it.
    """
    pairs = []
    for manifold in sorted({jet.manifold for jet in jets}):
        own = [jet for jet in jets if jet.manifold == manifold]
        uses = dict.fromkeys((jet.name for jet in own), 0)
        for jet in own:
            others = [other for other in own if other is not jet]
            if uses[jet.name] or not others:
                continue
            best = min(others, key=lambda other: (_leftover(jet, other), uses[other.name]))
            uses[jet.name] += 1
            uses[best.name] += 1
            pairs.append((jet, best))
    return tuple(pairs)


def _leftover(a: Jet, b: Jet) -> float:
    """Newton metres, rounded so that equal pairs compare as equal."""
    force = add(a.force_n, b.force_n)
    torque = add(torque_nm(a, b.position_m), torque_nm(b, b.position_m))
    return round(_ARM_M * norm(force) + norm(torque), 6)
