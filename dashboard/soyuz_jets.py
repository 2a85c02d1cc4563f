"""Where the 28 attitude thrusters of Soyuz MS sit and push, for the drawing. Pure data.

Vehicle axes: origin in the docking plane, +X out of the nose. That there are 28 in 14 pairs, 4 of
them facing aft, is published (russianspaceweb.com, Soyuz MS KDU; kosmosnews.fr, NIIMash, 20 June
2022); where each sits is an assumption [A], the same as the simulators make.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Jet:
    """y, z: where it sits, in radii of its ring. force: the way it pushes the ship, a unit vector.

    Its exhaust goes the other way.
    """

    number: int
    group: str
    y: int
    z: int
    force: tuple[int, int, int]

    @property
    def name(self) -> str:
        return f"DPO-{self.number:02}"

    @property
    def manifold(self) -> int:
        return 1 if self.number % 2 else 2

    @property
    def way(self) -> str:
        """`+Y`."""
        axis = next(at for at, part in enumerate(self.force) if part)
        return f"{'+' if self.force[axis] > 0 else '-'}{'XYZ'[axis]}"


# fmt: off
#: (group, y, z, force) of odd number and of even number; twins are on different manifolds.
_PAIRS: Final = (
    (("lateral", -1, 0, (0, 1, 0)),  ("lateral", -1, 0, (0, 1, 0))),
    (("lateral", 1, 0, (0, -1, 0)),  ("lateral", 1, 0, (0, -1, 0))),
    (("lateral", 0, 1, (0, 0, -1)),  ("lateral", 0, 1, (0, 0, -1))),
    (("lateral", 0, -1, (0, 0, 1)),  ("lateral", 0, -1, (0, 0, 1))),
    (("turning", 0, 1, (0, 1, 0)),   ("turning", 0, -1, (0, 1, 0))),
    (("turning", 0, 1, (0, -1, 0)),  ("turning", 0, -1, (0, -1, 0))),
    (("turning", 0, 1, (0, 0, -1)),  ("turning", 0, 1, (0, 0, -1))),
    (("turning", 0, -1, (0, 0, 1)),  ("turning", 0, -1, (0, 0, 1))),
    (("axial", 1, 0, (1, 0, 0)),     ("axial", 1, 0, (1, 0, 0))),
    (("axial", -1, 0, (1, 0, 0)),    ("axial", -1, 0, (1, 0, 0))),
    (("axial", 0, -1, (1, 0, 0)),    ("axial", 0, -1, (1, 0, 0))),
    (("axial", 0, 1, (1, 0, 0)),     ("axial", 0, 1, (1, 0, 0))),
    (("axial", 0, -1, (-1, 0, 0)),   ("axial", 0, -1, (-1, 0, 0))),
    (("axial", 0, 1, (-1, 0, 0)),    ("axial", 0, 1, (-1, 0, 0))),
)
# fmt: on

JETS: Final = tuple(
    Jet(number=2 * pair + twin + 1, group=group, y=y, z=z, force=force)
    for pair, twins in enumerate(_PAIRS)
    for twin, (group, y, z, force) in enumerate(twins)
)
