"""The ground's file of inertia and torques against the tables and physics it was written from."""

import numpy as np
import pytest

from ingest.derive.stack import Group, Stack, all_stacks, on_time_of, stack_at
from simulators.craft.vehicles import JET_TABLES, russian_jets
from simulators.physics.thruster import MOUNTS, Jet, load_jets, mounted, torque_nm
from simulators.scenarios import read
from simulators.simulation import Simulation
from tests.flights.flight import BOTH, shipped

#: Each stack's scenario, and what is docked that the simulation counts in its core: name, port.
FLOWN = {
    "nauka": (("Progress", "progress", "poisk-zenith"),),
    "ms18": (("MS-19", "soyuz", "rassvet-nadir"), ("Progress", "progress", "poisk-zenith")),
}


def flown(name: str) -> tuple[Stack, Simulation]:
    simulation = Simulation(read(name, [], database=shipped()), shipped(), spacecraft=BOTH)
    return stack_at(simulation.scenario.start_ns), simulation


def groups_of(jets: tuple[Jet, ...]) -> dict[str, list[Jet]]:
    """By push; Zvezda's roll thrusters by the sense of their couple, as their table says."""
    found: dict[str, list[Jet]] = {}
    for jet in jets:
        label = jet.label
        if jet.group == "roll":
            label = f"roll {'+' if jet.name <= 'SM-26' else '-'}X"
        found.setdefault(label, []).append(jet)
    return found


@pytest.mark.parametrize("name", FLOWN)
def test_inertia_is_the_default_of_the_simulation(name: str) -> None:
    stack, simulation = flown(name)
    truth = np.array(simulation.station.control.mass.inertia_kg_m2)
    # it is trimmed to the orbit of the day, which differs a little from scenario to scenario
    assert stack.inertia_kg_m2 == pytest.approx(truth, abs=2e-4 * np.abs(truth).max())
    zvezda = russian_jets(simulation.station.stack.mass)
    assert stack.russian_nm == pytest.approx(zvezda.torque_nm, abs=0.1)


@pytest.mark.parametrize("name", FLOWN)
def test_every_group_has_the_torque_of_its_thrusters(name: str) -> None:
    stack, simulation = flown(name)
    docked = simulation.station.stack.docked
    rows = [
        ("Soyuz", "soyuz", docked["soyuz"]),
        ("Nauka", "nauka", docked["nauka"]),
        ("Zvezda", "zvezda", "station"),
        *FLOWN[name],
    ]
    centre = simulation.station.control.mass.centre_m
    known: dict[str, Group] = {group.name: group for group in stack.groups}
    for shown, vehicle, port in rows:
        jets = mounted(load_jets(JET_TABLES[vehicle]), MOUNTS[port])
        for label, members in groups_of(jets).items():
            group = known.pop(f"{shown} {label}")
            torques = {jet.name: np.array(torque_nm(jet, centre)) for jet in members}
            assert group.vehicle == shown
            assert group.torque_nm == pytest.approx(np.sum(list(torques.values()), axis=0), abs=0.1)
            assert group.jets.keys() == (torques.keys() if shown == "Soyuz" else set())
            for jet, torque in group.jets.items():
                assert torque == pytest.approx(torques[jet], abs=0.1)
    assert known == {}


def test_every_on_time_it_asks_for_is_sent() -> None:
    for stack in all_stacks():
        for jet in stack.jets:
            name, parameter = on_time_of("soyuz", jet)
            craft, _, subsystem = name.partition("/")
            assert parameter in shipped().subsystem(craft, subsystem).parameters
    name, parameter = on_time_of("zvezda")
    assert parameter in shipped().subsystem(*name.split("/")).parameters


def test_the_stack_is_that_of_the_day() -> None:
    first, last = all_stacks()[0], all_stacks()[-1]
    assert stack_at(0) is first
    assert stack_at(last.from_ns - 1) is not last
    assert stack_at(last.from_ns) is last
