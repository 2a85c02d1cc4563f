"""Thrusters on the stack: torque is (r - centre) x F, and jets of the Russian segment."""

import numpy as np
import pytest

from simulators.craft.stack import Stack, stacks
from simulators.craft.vehicles import Vehicles, forward_jets, russian_jets
from simulators.physics.propulsion import Propulsion
from simulators.physics.thruster import G0_M_S2, MOUNTS, load_jets, mounted, torque_nm
from simulators.physics.vector import ZERO
from telemetry.errors import UsageError

DAY = "2021-10-15"


def vehicles(stack: Stack) -> Vehicles:
    return Vehicles(stack, soyuz_kg=440.0, limit_kg=13.5)


@pytest.mark.parametrize(
    ("vehicle", "names"),
    [
        ("soyuz", ("DPO-07", "DPO-08")),
        ("soyuz", ("DPO-01", "DPO-13", "DPO-25")),
        ("zvezda", ("SM-01", "SM-17", "ODU-1")),
    ],
)
def test_push_of_thrusters_is_lever_arm_times_force(vehicle: str, names: tuple[str, ...]) -> None:
    stack = Stack(DAY)
    centre_m = stack.mass.centre_m
    every = vehicles(stack)
    mount = stack.mount(vehicle) or MOUNTS["station"]
    # the mount's axes as a matrix, apart from the code under test
    axes = np.column_stack([mount.x_axis, mount.y_axis, np.cross(mount.x_axis, mount.y_axis)])
    expected_torque, expected_force = np.zeros(3), np.zeros(3)
    for jet in load_jets("soyuz-ms" if vehicle == "soyuz" else vehicle):
        if jet.name in names:
            place = np.array(mount.position_m) + axes @ np.array(jet.position_m)
            push = jet.thrust_n * axes @ np.array(jet.direction)
            expected_torque += np.cross(place - np.array(centre_m), push)
            expected_force += push
            every.of(vehicle).command(jet.name, True)
    torque, force = every.step(0.1, centre_m)
    assert torque == pytest.approx(tuple(expected_torque), abs=1e-9)
    assert force == pytest.approx(tuple(expected_force), abs=1e-9)
    assert np.linalg.norm(expected_torque) > 1_000


def test_pushes_of_several_vehicles_add_up_and_a_part_of_a_step_counts_as_a_part() -> None:
    stack = Stack(DAY)
    centre_m = stack.mass.centre_m

    def pushed(*commands: tuple[str, str, float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        every = vehicles(stack)
        for vehicle, jet, for_s in commands:
            every.of(vehicle).command(jet, True, for_s)
        return every.step(0.1, centre_m)

    one, other = pushed(("soyuz", "DPO-07", 1.0)), pushed(("zvezda", "SM-01", 1.0))
    both = pushed(("soyuz", "DPO-07", 1.0), ("zvezda", "SM-01", 0.025))
    for i in range(2):
        expected = np.array(one[i]) + 0.25 * np.array(other[i])
        assert both[i] == pytest.approx(tuple(expected), abs=1e-9)


def test_nothing_fires_unless_it_is_asked_to() -> None:
    every = vehicles(Stack(DAY))
    assert not every.active
    assert every.step(1.0, ZERO) == (ZERO, ZERO)
    every.of("soyuz").command("DPO-01", True, 0.2)
    assert every.active


def test_vehicles_come_and_go_with_their_thrusters() -> None:
    stack = Stack(DAY)
    every = vehicles(stack)
    with pytest.raises(UsageError, match=r"no thrusters of 'progress' here; there are .*zvezda"):
        every.of("progress")
    with pytest.raises(UsageError, match="'soyuz'"):
        every.of("soyus")
    stack.dock("progress", "zvezda-aft")
    every.arrive("progress")
    jet = next(iter(every.of("progress").thrusters.values())).jet
    own = load_jets("progress")[0]
    assert jet == mounted([own], MOUNTS["zvezda-aft"])[0]
    every.leave("progress")
    with pytest.raises(UsageError):
        every.of("progress")


def test_only_the_soyuz_has_a_consumption_limit() -> None:
    every = vehicles(Stack(DAY))
    assert every.of("soyuz").limit_kg == 13.5
    assert every.of("soyuz").tanks.liquid_kg == pytest.approx(440.0)
    assert every.of("zvezda").limit_kg is None
    assert every.of("nauka").limit_kg is None


def test_station_is_pushed_forward_by_main_engines_where_there_are_any() -> None:
    stack = Stack(DAY)
    stack.dock("progress", "zvezda-aft")
    every = vehicles(stack)
    assert [jet.name for jet in forward_jets(every.of("zvezda"))] == ["ODU-1", "ODU-2"]
    axial = forward_jets(every.of("progress"))
    assert len(axial) == 8  # four pairs face aft
    assert all(jet.direction == pytest.approx((1.0, 0.0, 0.0)) for jet in axial)
    both = Propulsion([*axial, *forward_jets(every.of("zvezda"))], propellant_kg=100.0)
    assert {jet.group for jet in forward_jets(both)} == {"main"}
    # from below Nauka its axis is up: nothing pushes ahead but sideways jets, which are not meant
    assert forward_jets(every.of("soyuz")) == []


def test_russian_jets_turn_the_station_as_calculated_for_the_event() -> None:
    """Notes on the domain, G.2: two Zvezda jets 8.2 kN m in pitch, 1.6 kN m in roll; two digits."""
    jets = russian_jets(Stack(DAY).mass)
    assert jets.torque_nm[1] == pytest.approx(8_200, rel=0.05)
    assert jets.torque_nm[0] == pytest.approx(1_600, rel=0.05)
    # yaw has the same ring behind the same centre
    assert jets.torque_nm[2] == pytest.approx(jets.torque_nm[1], rel=0.05)
    each_kg_s = 130.0 / (285.0 * G0_M_S2)
    assert jets.flow_kg_s == pytest.approx((6 * each_kg_s, 2 * each_kg_s, 2 * each_kg_s))


@pytest.mark.parametrize("name", stacks())
def test_russian_jets_turn_either_way_alike(name: str) -> None:
    """`Jets` has one torque for both senses: Zvezda's jets of the other sense must agree to 5 %."""
    mass = Stack(name).mass
    forward = russian_jets(mass)
    jets = mounted(load_jets("zvezda"), MOUNTS["station"])
    for axis, (group, count) in enumerate((("roll", 6), ("pitch", 2), ("yaw", 2))):
        torques = [torque_nm(jet, mass.centre_m)[axis] for jet in jets if jet.group == group]
        against = sorted(torque for torque in torques if torque < 0)[:count]
        assert -sum(against) == pytest.approx(forward.torque_nm[axis], rel=0.05)


def test_of_gives_the_same_thrusters_each_time() -> None:
    every = vehicles(Stack(DAY))
    assert isinstance(every.of("soyuz"), Propulsion)
    assert every.of("soyuz") is every.of("soyuz")
