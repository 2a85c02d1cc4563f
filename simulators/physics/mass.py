"""Mass, centre of mass and inertia of what is docked together, by parallel axes.

Parts are rigid; a visiting vehicle is a uniform cylinder [A]. Propellant burnt (some 10 kg of
427 t) and turning arrays are left out. The tensor is about the centre of mass, in body axes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from simulators.physics.vector import Matrix, Quaternion, Vector, unrotate

Axis = Literal["x", "y", "z"]
_AXES: Final[tuple[Axis, ...]] = ("x", "y", "z")


@dataclass(frozen=True, slots=True, kw_only=True)
class MassProperties:
    """centre_m: in structural axes. inertia_kg_m2: tensor about the centre, elements as they stand
    in Euler's equation (products with their sign). inverse: of the tensor.
    """

    mass_kg: float
    centre_m: Vector
    inertia_kg_m2: Matrix
    inverse: Matrix = field(init=False, repr=False)

    def __post_init__(self) -> None:
        inverse = np.linalg.inv(np.array(self.inertia_kg_m2))  # asked for in every step
        object.__setattr__(self, "inverse", _rows(inverse))


def cylinder(
    *, mass_kg: float, centre_m: Vector, length_m: float, radius_m: float, axis: Axis
) -> MassProperties:
    along = mass_kg * radius_m**2 / 2
    across = mass_kg * (3 * radius_m**2 + length_m**2) / 12
    diagonal = [along if each == axis else across for each in _AXES]
    return MassProperties(
        mass_kg=mass_kg, centre_m=centre_m, inertia_kg_m2=_rows(np.diag(diagonal))
    )


def combine(parts: Iterable[MassProperties]) -> MassProperties:
    """The properties of parts fixed to each other (the parallel axis theorem)."""
    parts = list(parts)
    mass = sum(part.mass_kg for part in parts)
    centre = np.sum([part.mass_kg * np.array(part.centre_m) for part in parts], axis=0) / mass
    tensor = np.zeros((3, 3))
    for part in parts:
        offset = np.array(part.centre_m) - centre
        shift = np.dot(offset, offset) * np.eye(3) - np.outer(offset, offset)
        tensor += np.array(part.inertia_kg_m2) + part.mass_kg * shift
    return MassProperties(
        mass_kg=mass,
        centre_m=(float(centre[0]), float(centre[1]), float(centre[2])),
        inertia_kg_m2=_rows(tensor),
    )


def trimmed(
    properties: MassProperties, attitude: Quaternion, mean_torque_nm: Vector, rate_rad_s: float
) -> MassProperties:
    """The same stack with products of inertia that make `attitude` a torque equilibrium.

    attitude: body from LVLH, as flown. mean_torque_nm: what else acts there on average (the air).
    rate_rad_s: orbital.

    The published tensors' products put the equilibrium tens of degrees of yaw away from the
    attitude the station is known to fly as its TEA, so they cannot be those of the flown stack.
    Gravity gradient and gyroscopic torque are linear in the tensor: three products solve three
    equations, the diagonal stays. [A]
    """
    down = np.array(unrotate(attitude, (0.0, 0.0, 1.0)))
    spin = np.array(unrotate(attitude, (0.0, -1.0, 0.0)))

    def torque(tensor: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(
            rate_rad_s**2 * (3 * np.cross(down, tensor @ down) - np.cross(spin, tensor @ spin))
        )

    diagonal = np.diag(np.diag(np.array(properties.inertia_kg_m2)))
    pairs = ((0, 1), (0, 2), (1, 2))
    columns = []
    for row, column in pairs:
        product = np.zeros((3, 3))
        product[row, column] = product[column, row] = 1.0
        columns.append(torque(product))
    # one direction is nearly without effect (yaw): least squares keeps its product small
    answer, *_ = np.linalg.lstsq(
        np.column_stack(columns), -torque(diagonal) - np.array(mean_torque_nm), rcond=None
    )
    tensor = diagonal.copy()
    for (row, column), product in zip(pairs, answer, strict=True):
        tensor[row, column] = tensor[column, row] = product
    return with_inertia(properties, _rows(tensor))


def with_inertia(properties: MassProperties, inertia_kg_m2: Matrix) -> MassProperties:
    return MassProperties(
        mass_kg=properties.mass_kg, centre_m=properties.centre_m, inertia_kg_m2=inertia_kg_m2
    )


def _rows(matrix: NDArray[np.float64]) -> Matrix:
    x, y, z = matrix.tolist()
    return ((x[0], x[1], x[2]), (y[0], y[1], y[2]), (z[0], z[1], z[2]))
