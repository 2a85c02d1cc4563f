"""The stack as the ground knows it: inertia, and what each group of thrusters would do to it.

From stacks.toml, by date. The inertia is the one the simulation flies by default; that the true one
is another is allowed for wherever it is used (`MAGNITUDE_SHARE`, `DIRECTION_RAD`).
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.clock import SECOND_NS

Floats = NDArray[np.float64]

#: 1 sigma of what a wrong tensor does to the size of a torque [A]: published tensors of this
#: class differ by 1 to 20 % on the diagonal.
MAGNITUDE_SHARE: Final = 0.10
#: To its direction: what the published tensor furthest from this one does, taken as 95 % [A].
DIRECTION_RAD: Final = math.radians(5.4)

_FILE: Final = Path(__file__).with_name("stacks.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Thrusters of one vehicle that push one way. torque_nm: of all together, shape (3,).

    jets: the torque of each by name, of those whose on-time is sent; else empty.
    """

    name: str
    vehicle: str
    torque_nm: Floats
    jets: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """inertia_kg_m2: shape (3, 3). russian_nm: of Zvezda's attitude control by axis, shape (3,)."""

    from_ns: int
    inertia_kg_m2: Floats
    russian_nm: Floats
    groups: tuple[Group, ...]

    @property
    def jets(self) -> Mapping[str, Floats]:
        """The torque of every thruster whose on-time is sent, by name."""
        return {name: torque for group in self.groups for name, torque in group.jets.items()}


def stack_at(time_ns: int) -> Stack:
    """The newest that had begun by then; the earliest for what is before."""
    stacks = all_stacks()
    begun = [one for one in stacks if one.from_ns <= time_ns]
    return begun[-1] if begun else stacks[0]


@cache
def all_stacks() -> tuple[Stack, ...]:
    """In order of time."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    stacks = [_stack(date, row) for date, row in rows["stack"].items()]
    return tuple(sorted(stacks, key=lambda one: one.from_ns))


@cache
def on_time_of(vehicle: str, jet: str = "") -> tuple[str, str]:
    """The input ("soyuz/propulsion") and parameter that count a thruster's on-time."""
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))["telemetry"][vehicle]
    name = f"{told['spacecraft']}/{told['subsystem']}"
    return name, told["on_time"].format(jet=jet.replace("-", ""))


def _stack(date: str, row: Mapping[str, Any]) -> Stack:
    begun = datetime.fromisoformat(f"{date}T00:00:00+00:00")
    return Stack(
        from_ns=int(begun.timestamp()) * SECOND_NS,
        inertia_kg_m2=np.array(row["inertia_kg_m2"], float),
        russian_nm=np.array(row["russian_nm"], float),
        groups=tuple(
            Group(
                name=group["name"],
                vehicle=group["vehicle"],
                torque_nm=np.array(group["torque_nm"], float),
                jets={jet: np.array(one, float) for jet, one in group.get("jets", {}).items()},
            )
            for group in row["group"]
        ),
    )
