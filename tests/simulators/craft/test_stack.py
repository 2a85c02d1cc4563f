"""What may dock where, and what follows from it."""

import math

import pytest

from simulators.craft.stack import Stack, stacks
from simulators.physics.thruster import MOUNTS
from simulators.physics.vector import norm, subtract
from telemetry.errors import UsageError

DAY = "2021-10-15"


@pytest.mark.parametrize("name", stacks())
def test_shipped_stacks_stand_by_their_own_rules(name: str) -> None:
    stack = Stack(name)
    for vehicle, port in stack.docked.items():
        again = Stack(name)
        for other in ("soyuz", vehicle):  # what is on top goes first
            if other in again.docked:
                again.undock(other)
        again.dock(vehicle, port)
        assert again.docked[vehicle] == port
    assert all(flag.startswith("RUSSEG0000") for flag in stack.flags)
    assert 400e3 < stack.mass.mass_kg < 450e3


def test_docking_flags_are_those_of_the_days() -> None:
    """October 2021 from contemporary reports: FGB, Nauka's, Rassvet's, its vehicle's, Poisk's."""
    ports = {13, 15, 16, 18, 19}
    assert Stack(DAY).flags == {f"RUSSEG0000{number}" for number in ports}


def test_flags_and_mounts_follow_what_comes_and_goes() -> None:
    stack = Stack(DAY)
    before = set(stack.flags)
    assert stack.mount("progress") is None
    stack.dock("progress", "zvezda-aft")
    assert stack.flags == before | {"RUSSEG000014"}
    assert stack.mount("progress") == MOUNTS["zvezda-aft"]
    assert stack.required_mount("progress") == MOUNTS["zvezda-aft"]
    stack.undock("progress")
    assert stack.flags == before
    assert stack.mount("progress") is None


def test_stacks_do_not_share_what_changes() -> None:
    Stack(DAY).dock("progress", "zvezda-aft")
    Stack(DAY).undock("soyuz")
    assert Stack(DAY).docked == {"nauka": "zvezda-nadir", "soyuz": "nauka-nadir"}


@pytest.mark.parametrize(
    ("vehicle", "port", "says"),
    [
        ("shuttle", "forward", r"no vehicle 'shuttle'.*nauka, soyuz or progress"),
        ("progres", "forward", r"no vehicle 'progres'.*'progress'"),
        ("progress", "zvezda-aff", r"no port 'zvezda-aff'.*'zvezda-aft'"),
        ("progress", "station", r"no port 'station'"),
        ("soyuz", "forward", r"soyuz is docked already, at nauka-nadir"),
        ("progress", "nauka-nadir", r"port nauka-nadir is taken"),
        ("progress", "rassvet-nadir", r"port rassvet-nadir is taken"),  # by Soyuz MS-19
    ],
)
def test_docking_that_cannot_be_is_refused_in_words(vehicle: str, port: str, says: str) -> None:
    stack = Stack(DAY)
    with pytest.raises(UsageError, match=says) as refused:
        stack.dock(vehicle, port)
    assert "\n" not in str(refused.value)
    assert ", station" not in str(refused.value)  # is no port, though it is a mount
    assert stack.docked == Stack(DAY).docked
    assert stack.flags == Stack(DAY).flags


def test_a_port_of_what_is_not_there_is_none() -> None:
    stack = Stack(DAY)
    with pytest.raises(UsageError, match="nauka cannot leave: soyuz is docked to it"):
        stack.undock("nauka")
    stack.undock("soyuz")
    stack.undock("nauka")
    with pytest.raises(UsageError, match="no port 'nauka-nadir'"):
        stack.dock("soyuz", "nauka-nadir")
    stack.dock("soyuz", "zvezda-nadir")


def test_undocking_what_is_not_docked_is_refused_with_what_is() -> None:
    stack = Stack(DAY)
    with pytest.raises(UsageError, match=r"progress is not docked; docked are nauka.*soyuz"):
        stack.undock("progress")
    with pytest.raises(UsageError, match="progress is not docked"):
        stack.required_mount("progress")


def test_a_stack_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no stack '2021-10-16'.*'2021-10-15'"):
        Stack("2021-10-16")


def test_mass_follows_what_comes_and_goes() -> None:
    """6.5 t of Progress behind Zvezda: the centre moves by its share of the way there."""
    stack = Stack(DAY)
    before = stack.mass
    stack.dock("progress", "zvezda-aft")
    after = stack.mass
    assert after.mass_kg - before.mass_kg == pytest.approx(6_500.0)
    middle_m = (-36.9 - 7.2 / 2, 0.0, 4.8)
    share = 6_500.0 / after.mass_kg
    moved = subtract(after.centre_m, before.centre_m)
    assert moved == pytest.approx(
        tuple(share * part for part in subtract(middle_m, before.centre_m))
    )
    # reduced mass at its distance, and its own about the long axis
    reduced_kg = 6_500.0 * before.mass_kg / after.mass_kg
    arm = subtract(middle_m, before.centre_m)
    own = 6_500.0 * 1.3**2 / 2
    expected = reduced_kg * (arm[1] ** 2 + arm[2] ** 2) + own
    gained = after.inertia_kg_m2[0][0] - before.inertia_kg_m2[0][0]
    assert gained == pytest.approx(expected, rel=1e-4)
    stack.undock("progress")
    assert stack.mass.inertia_kg_m2 == before.inertia_kg_m2


@pytest.mark.parametrize("port", ["zvezda-nadir", "poisk-zenith", "zvezda-aft", "forward"])
def test_vehicles_stand_off_from_their_port_away_from_the_station(port: str) -> None:
    """A vehicle's body lies behind its nose: half its length out from the docking plane."""
    stack = Stack("2022-05-20")
    stack.undock("soyuz")
    stack.undock("nauka")
    stack.flags.clear()
    bare = stack.mass
    stack.dock("progress", port)
    whole = stack.mass
    share = 6_500.0 / whole.mass_kg
    middle = tuple(
        (after - (1 - share) * before) / share
        for after, before in zip(whole.centre_m, bare.centre_m, strict=True)
    )
    mount = MOUNTS[port]
    off = subtract((middle[0], middle[1], middle[2]), mount.position_m)
    assert norm(off) == pytest.approx(3.6)
    assert math.isclose(sum(a * b for a, b in zip(off, mount.x_axis, strict=True)), -3.6)
    outward = max(range(3), key=lambda axis: abs(mount.x_axis[axis]))
    core = -4.0 if outward == 0 else 4.0  # where Zvezda's and the modules' axis is
    if port != "forward":
        assert abs(middle[outward] - core) > abs(mount.position_m[outward] - core)


def test_undocking_from_a_bare_station_is_refused_like_any_other() -> None:
    stack = Stack(DAY)
    for vehicle in ("soyuz", "nauka"):
        stack.undock(vehicle)
    with pytest.raises(UsageError, match="progress is not docked; nothing is"):
        stack.undock("progress")
