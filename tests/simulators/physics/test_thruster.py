"""Jet tables against the published facts and the torques of notes on the event of 15 October 2021.

The expected torques were calculated apart from this code, from rings at (-21.2, +1.4, +19.8) and
(-21.2, +1.4, +21.8) m from the centre of mass and 130 N a jet, and rounded to 0.01 kN m.
"""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.physics.thruster import (
    G0_M_S2,
    MOUNTS,
    Jet,
    Mount,
    load_jets,
    mounted,
    opposed_pairs,
    torque_nm,
)
from simulators.physics.vector import Vector, add, dot, norm, subtract

#: Of the stack of October 2021.
CENTRE_M = (-4.44, -1.40, 4.73)
SOYUZ = load_jets("soyuz-ms")
DOCKED = {jet.name: jet for jet in mounted(SOYUZ, MOUNTS["nauka-nadir"])}


def total(vectors: list[Vector]) -> Vector:
    return (sum(v[0] for v in vectors), sum(v[1] for v in vectors), sum(v[2] for v in vectors))


@pytest.mark.parametrize(
    ("numbers", "labels", "expected_knm"),
    [
        ((7, 8), {"lateral +X"}, (0, 5.14, -0.37)),
        ((7, 8, 15, 16), {"lateral +X", "turning +X"}, (0, 10.8, -0.73)),
        ((25, 28), {"axial +Z"}, (0.37, 5.50, 0)),
        ((1, 2), {"lateral +Y"}, (-5.14, 0, -5.50)),
        ((7, 13), {"lateral +X", "turning -X"}, (0, -0.26, 0)),
        ((7,), {"lateral +X"}, (0, 2.57, -0.18)),
    ],
    ids=["A", "B", "C", "D", "E", "F"],
)
def test_torque_of_firing_sets_at_nauka(
    numbers: tuple[int, ...], labels: set[str], expected_knm: Vector
) -> None:
    jets = [DOCKED[f"DPO-{number:02}"] for number in numbers]
    assert {jet.label for jet in jets} == labels
    knm = total([torque_nm(jet, CENTRE_M) for jet in jets])
    off = norm(subtract((knm[0] / 1e3, knm[1] / 1e3, knm[2] / 1e3), expected_knm))
    # the rings' distances are rounded to 0.1 m in 20, the torques to 0.01 kN m
    assert off < 0.03 * norm(expected_knm)


def test_soyuz_has_28_thrusters_in_14_pairs_of_twins_on_both_manifolds() -> None:
    assert [jet.name for jet in SOYUZ] == [f"DPO-{number:02}" for number in range(1, 29)]
    for number, jet in enumerate(SOYUZ, 1):
        assert jet.manifold == (1 if number % 2 else 2)
    for odd, even in zip(SOYUZ[::2], SOYUZ[1::2], strict=True):
        assert (odd.label, odd.direction) == (even.label, even.direction)
    assert Counter(jet.label for jet in SOYUZ)["axial +X"] == 8


def test_soyuz_thruster_burns_what_is_published() -> None:
    for jet in SOYUZ:
        assert jet.flow_kg_s == pytest.approx(0.0465, rel=0.002)
        assert jet.flow_kg_s * jet.isp_s * G0_M_S2 == pytest.approx(130.0, rel=1e-12)


@pytest.mark.parametrize("manifold", [1, 2])
def test_either_manifold_alone_pushes_and_turns_every_way(manifold: int) -> None:
    centre_m = (-5.5, 0.0, 0.0)
    own = [jet for jet in SOYUZ if jet.manifold == manifold]
    rows = [(*jet.force_n, *torque_nm(jet, centre_m)) for jet in own]
    assert np.linalg.matrix_rank(np.array(rows)) == 6
    for axis in range(6):
        signs = {math.copysign(1, row[axis]) for row in rows if abs(row[axis]) > 1}
        assert signs == {1.0, -1.0}, axis


@pytest.mark.parametrize("table", ["soyuz-ms", "progress", "zvezda", "nauka"])
def test_every_table_is_sound(table: str) -> None:
    jets = load_jets(table)
    assert len({jet.name for jet in jets}) == len(jets)
    for jet in jets:
        assert norm(jet.direction) == pytest.approx(1, abs=1e-12)
        assert jet.thrust_n > 0
        assert 200 < jet.isp_s < 330
        assert jet.manifold in (1, 2)


@pytest.mark.parametrize("name", sorted(MOUNTS))
def test_mounts_are_right_handed_turns(name: str) -> None:
    mount = MOUNTS[name]
    axes = np.array([mount.x_axis, mount.y_axis, mount.z_axis])
    assert axes @ axes.T == pytest.approx(np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)


def test_a_docked_nose_points_into_its_port() -> None:
    """The body of a vehicle is on the far side of the port, seen from the station's middle."""
    for name in MOUNTS.keys() - {"station"}:
        mount = MOUNTS[name]
        body = subtract(mount.position_m, mount.x_axis)
        middle = (0.0, 0.0, mount.position_m[2]) if abs(mount.x_axis[0]) else (-20.0, 0.0, 4.8)
        assert norm(subtract(body, middle)) > norm(subtract(mount.position_m, middle)), name


coordinate = st.floats(-50, 50)
vectors = st.tuples(coordinate, coordinate, coordinate)


@given(vectors, vectors, st.sampled_from(sorted(MOUNTS)), st.integers(0, 27))
def test_mounting_turns_torque_as_it_turns_everything(
    a: Vector, centre_m: Vector, name: str, which: int
) -> None:
    mount: Mount = MOUNTS[name]
    assert mount.to_vehicle(mount.to_station(a)) == pytest.approx(a, abs=1e-9)
    jet: Jet = SOYUZ[which]
    moved = add(mount.position_m, mount.to_station(centre_m))
    turned = mount.to_station(torque_nm(jet, centre_m))
    (at_port,) = mounted([jet], mount)
    assert torque_nm(at_port, moved) == pytest.approx(turned, abs=1e-6)


def test_opposed_pairs_cover_every_jet_and_stay_on_one_manifold() -> None:
    pairs = opposed_pairs(SOYUZ)
    assert {jet.name for pair in pairs for jet in pair} == {jet.name for jet in SOYUZ}
    assert [a.manifold for a, _ in pairs] == sorted(a.manifold for a, _ in pairs)
    for a, b in pairs:
        assert a.manifold == b.manifold
        assert norm(add(a.force_n, b.force_n)) < 1e-9


def test_two_neighbouring_pairs_leave_neither_force_nor_torque() -> None:
    pairs = opposed_pairs(list(DOCKED.values()))
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        four = [*first, *second]
        assert norm(total([jet.force_n for jet in four])) < 1e-9
        assert norm(total([torque_nm(jet, CENTRE_M) for jet in four])) < 1e-9


def test_opposed_pairs_leave_alone_who_has_no_partner() -> None:
    assert opposed_pairs(SOYUZ[:1]) == ()


def zvezda(group: str) -> list[tuple[Jet, Vector]]:
    return [(jet, torque_nm(jet, CENTRE_M)) for jet in load_jets("zvezda") if jet.group == group]


def test_zvezda_has_the_authority_of_the_notes() -> None:
    up = [torque for jet, torque in zvezda("pitch") if torque[1] > 0]
    assert 2 * up[0][1] == pytest.approx(8_200, rel=0.01)
    for sign in (1, -1):
        roll = total([torque for _, torque in zvezda("roll") if sign * torque[0] > 0])
        assert roll[0] == pytest.approx(sign * 1_600, rel=0.01)
        assert math.hypot(roll[1], roll[2]) < 1  # pure, though the ring is 32 m off
    assert len(load_jets("zvezda")) == 32 + 2
    mains = total([jet.force_n for jet, _ in zvezda("main")])
    assert mains == (6_200.0, 0.0, 0.0)


def test_zvezda_attitude_jets_turn_both_ways_about_every_axis() -> None:
    for axis, group in enumerate(("roll", "pitch", "yaw")):
        turns = [torque[axis] for _, torque in zvezda(group)]
        assert sum(turn > 0 for turn in turns) == sum(turn < 0 for turn in turns) > 0


def test_one_nauka_jet_pitches_as_in_july_2021() -> None:
    """0.56 deg/s in 118 s needs 8.5 kN m on 1.08e8 kg m2: the notes' cross-check."""
    away = [
        torque_nm(jet, CENTRE_M)[1]
        for jet in mounted(load_jets("nauka"), MOUNTS["zvezda-nadir"])
        if jet.label == "axial +Z"
    ]
    assert away == pytest.approx([8_500.0] * 4, rel=0.03)


def test_progress_at_the_aft_port_pushes_forward() -> None:
    jets = mounted(load_jets("progress"), MOUNTS["zvezda-aft"])
    ahead = [jet for jet in jets if jet.label == "axial +X"]
    assert sum(dot(jet.force_n, (1, 0, 0)) for jet in ahead) == pytest.approx(1_040)
