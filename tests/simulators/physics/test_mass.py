"""Mass properties against closed forms, a cloud of points, and the stack of October 2021."""

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.craft.stack import Stack, stacks
from simulators.physics.air import mean_air_torque_nm
from simulators.physics.mass import Axis, MassProperties, combine, cylinder, trimmed
from simulators.physics.vector import Quaternion, from_yaw_pitch_roll, unrotate

ORBITAL_RATE_RAD_S = 2 * math.pi / (92.9 * 60)
SPEED_M_S = 7_660.0
TEA = from_yaw_pitch_roll(*(math.radians(angle) for angle in (-4.0, -2.0, 0.7)))

PARTS = [
    cylinder(mass_kg=7e3, centre_m=(-25.0, 0.5, 22.0), length_m=7.0, radius_m=1.3, axis="z"),
    cylinder(mass_kg=2e4, centre_m=(-25.0, -1.0, 12.0), length_m=13.0, radius_m=2.1, axis="y"),
    cylinder(mass_kg=4e5, centre_m=(3.0, 2.0, 4.0), length_m=80.0, radius_m=4.0, axis="x"),
]


def point_cloud_inertia(
    mass_kg: float, radius_m: float, length_m: float, axis: int
) -> NDArray[np.float64]:
    """Of equal points that fill a cylinder evenly: rings of equal area, equal slices."""
    count = 40
    area_shares = (np.arange(count) + 0.5) / count
    radii = radius_m * np.sqrt(area_shares)
    along = length_m * (area_shares - 0.5)
    angle = 2 * math.pi * np.arange(12) / 12
    a, r, z = np.meshgrid(angle, radii, along)
    local = np.stack([z, r * np.cos(a), r * np.sin(a)]).reshape(3, -1)
    points = np.roll(local, axis, axis=0)
    each_kg = mass_kg / points.shape[1]
    tensor: NDArray[np.float64] = each_kg * ((points**2).sum() * np.eye(3) - points @ points.T)
    return tensor


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_cylinder_is_a_solid_one_along_its_axis(axis: Axis) -> None:
    part = cylinder(mass_kg=7e3, centre_m=(1.0, 2.0, 3.0), length_m=7.0, radius_m=1.3, axis=axis)
    expected = point_cloud_inertia(7e3, 1.3, 7.0, "xyz".index(axis))
    # forty slices of equal size miss length squared over 12 by 1 in 1600
    assert np.allclose(part.inertia_kg_m2, expected, rtol=1e-3, atol=1e-6)
    assert part.centre_m == (1.0, 2.0, 3.0)


def test_a_cylinder_cut_in_two_and_joined_again_is_what_it_was() -> None:
    whole = cylinder(mass_kg=9e3, centre_m=(4.0, 5.0, 6.0), length_m=6.0, radius_m=1.5, axis="y")
    halves = [
        cylinder(mass_kg=4.5e3, centre_m=(4.0, y, 6.0), length_m=3.0, radius_m=1.5, axis="y")
        for y in (3.5, 6.5)
    ]
    joined = combine(halves)
    assert joined.mass_kg == whole.mass_kg
    assert joined.centre_m == pytest.approx(whole.centre_m)
    assert np.allclose(joined.inertia_kg_m2, whole.inertia_kg_m2, rtol=1e-12)


def test_products_of_two_points_stand_with_their_sign() -> None:
    """Two points at +-(1, 2, 3) m: in Euler's equation I_xy is minus the sum of m x y."""
    pair = combine(
        cylinder(
            mass_kg=0.5,
            centre_m=(sign * 1.0, sign * 2.0, sign * 3.0),
            length_m=1e-9,
            radius_m=1e-9,
            axis="x",
        )
        for sign in (1, -1)
    )
    expected = [[13, -2, -3], [-2, 10, -6], [-3, -6, 5]]
    assert np.allclose(pair.inertia_kg_m2, expected, atol=1e-12)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_combining_does_not_depend_on_order_or_grouping(order: tuple[int, int, int]) -> None:
    at_once = combine(PARTS)
    first, second, third = (PARTS[i] for i in order)
    for other in (combine([first, second, third]), combine([combine([first, second]), third])):
        assert other.mass_kg == pytest.approx(at_once.mass_kg)
        assert other.centre_m == pytest.approx(at_once.centre_m)
        assert np.allclose(other.inertia_kg_m2, at_once.inertia_kg_m2, rtol=1e-12, atol=1e-3)


def test_inverse_is_that_of_the_tensor() -> None:
    mass = combine(PARTS)
    assert np.allclose(np.array(mass.inertia_kg_m2) @ np.array(mass.inverse), np.eye(3), atol=1e-12)


def test_stack_of_october_2021_is_the_one_derived_in_the_notes() -> None:
    """Calculated apart from this code, and rounded: 427.2 t, 1 cm, 3 digits of the tensor.

    The notes had the Soyuz 7.5 m long, here it is 7.0: its centre is 0.25 m nearer, which is 0.5 %
    of a moment of inertia and, small as they are, more of a product; so elements may be off by
    0.1 % of the largest.
    """
    mass = Stack("2021-10-15").mass
    assert mass.mass_kg == pytest.approx(427.2e3, abs=50)
    assert mass.centre_m == pytest.approx((-4.44, -1.40, 4.73), abs=0.011)
    expected = np.array(
        [[1.063e8, -6.10e6, 1.10e6], [-6.10e6, 1.082e8, 1.5e5], [1.10e6, 1.5e5, 1.771e8]]
    )
    assert np.allclose(np.diag(mass.inertia_kg_m2), np.diag(expected), rtol=0.002)
    assert np.allclose(mass.inertia_kg_m2, expected, rtol=0, atol=0.001 * 1.771e8)


def net_torque_nm(
    mass: MassProperties, attitude: Quaternion, air_nm: tuple[float, ...]
) -> NDArray[np.float64]:
    """On a body held in LVLH, from Euler's equation with w = n about LVLH's -Y."""
    tensor = np.array(mass.inertia_kg_m2)
    down = np.array(unrotate(attitude, (0.0, 0.0, 1.0)))
    rate = np.array(unrotate(attitude, (0.0, -ORBITAL_RATE_RAD_S, 0.0)))
    gradient = 3 * ORBITAL_RATE_RAD_S**2 * np.cross(down, tensor @ down)
    torque: NDArray[np.float64] = gradient - np.cross(rate, tensor @ rate) + np.array(air_nm)
    return torque


@pytest.mark.parametrize("name", stacks())
def test_trimmed_stack_is_in_equilibrium_as_commanded_and_keeps_its_diagonal(name: str) -> None:
    mass = Stack(name).mass
    air_nm = mean_air_torque_nm(TEA, SPEED_M_S, mass.centre_m)
    flown = trimmed(mass, TEA, air_nm, ORBITAL_RATE_RAD_S)
    assert np.linalg.norm(net_torque_nm(mass, TEA, air_nm)) > 5.0  # there is something to trim
    assert np.linalg.norm(net_torque_nm(flown, TEA, air_nm)) < 0.05
    tensor = np.array(flown.inertia_kg_m2)
    assert np.array_equal(np.diag(tensor), np.diag(mass.inertia_kg_m2))
    assert np.array_equal(tensor, tensor.T)
    # still a body that can be: no moment larger than the two others together
    moments = np.linalg.eigvalsh(tensor)
    assert moments[2] < moments[0] + moments[1]
    assert (flown.mass_kg, flown.centre_m) == (mass.mass_kg, mass.centre_m)


def test_trimmed_products_stay_small_beside_the_published_ones() -> None:
    """Yaw hardly feels one direction of the products: least squares must not blow it up."""
    mass = Stack("2021-10-15").mass
    air_nm = mean_air_torque_nm(TEA, SPEED_M_S, mass.centre_m)
    flown = np.array(trimmed(mass, TEA, air_nm, ORBITAL_RATE_RAD_S).inertia_kg_m2)
    assert np.abs(flown - np.diag(np.diag(flown))).max() < 6.96e6
