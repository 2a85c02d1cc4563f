"""The test before undocking: as reconstructed, within its budget, and pushing nowhere."""

from collections.abc import Iterable

import pytest

from simulators.physics.programme import Switching, planned_on_time_s, pulse_test
from simulators.physics.propulsion import Propulsion
from simulators.physics.thruster import load_jets, opposed_pairs
from simulators.physics.vector import add, norm, scale

JETS = load_jets("soyuz-ms")
FLOW_KG_S = 130 / (285 * 9.80665)


def planned_kg(programme: Iterable[Switching]) -> float:
    return sum(planned_on_time_s(programme).values()) * FLOW_KG_S


def test_the_pulse_test_is_the_reconstructed_one() -> None:
    programme = pulse_test(opposed_pairs(JETS))
    ons = [switching for switching in programme if switching.on]
    assert len(ons) == 19
    assert all(len(switching.jets) == 4 for switching in ons)
    assert planned_kg(programme) == pytest.approx(1.41, abs=0.005)
    assert programme[-1].offset_s <= 9 * 60 + 0.4  # 09:03 to 09:12
    manifolds = [{JETS[int(name[-2:]) - 1].manifold for name in each.jets} for each in ons]
    assert manifolds == [{1}] * 10 + [{2}] * 9
    assert planned_on_time_s(programme).keys() == {jet.name for jet in JETS}
    assert max(planned_on_time_s(programme).values()) == pytest.approx(1.6)


def test_the_pulse_test_as_flown_is_as_planned_and_pushes_nowhere() -> None:
    ship = Propulsion(JETS, propellant_kg=440.0, limit_kg=13.5)
    programme = pulse_test(opposed_pairs(JETS), every_s=2.0)
    push = (0.0, 0.0, 0.0)
    due = [(round(each.offset_s * 10), each) for each in programme]
    for tenth in range(400):
        for _, each in [one for one in due if one[0] == tenth]:
            for name in each.jets:
                ship.command(name, each.on)
        ship.step(0.1)
        for jet, newton in ship.thrust():
            push = add(push, scale(newton * 0.1, jet.direction))
    for name, on_time_s in planned_on_time_s(programme).items():
        assert ship.thrusters[name].on_time_s == pytest.approx(on_time_s, abs=1e-9)
    assert ship.used_kg == pytest.approx(planned_kg(programme), rel=1e-9)
    assert norm(push) < 1e-6
    assert not ship.active


def test_a_pulse_longer_than_its_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="every_s"):
        pulse_test(opposed_pairs(JETS), pulse_s=40, every_s=30)
