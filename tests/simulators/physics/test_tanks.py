import pytest

from simulators.physics.tanks import CAPACITY_KG, MIXTURE_RATIO, Tanks


def moles(tanks: Tanks) -> float:
    gas = [tank.gas_mol for tank in (*tanks.fuel, *tanks.oxidiser)]
    return sum(gas) + sum(circuit.gas_mol for circuit in tanks.helium)


def test_a_ship_before_undocking_stands_within_the_usual_pressures() -> None:
    tanks = Tanks(propellant_kg=440)
    for tank in (*tanks.fuel, *tanks.oxidiser):
        assert 1.5 < tank.pressure_mpa < 2.0
    for circuit in tanks.helium:
        assert 12 < circuit.pressure_mpa < 34
        assert 1.5 < circuit.regulated_mpa < 2.0
    assert tanks.liquid_kg == pytest.approx(440)
    oxidiser_kg = sum(tank.liquid_kg for tank in tanks.oxidiser)
    assert oxidiser_kg / (440 - oxidiser_kg) == pytest.approx(MIXTURE_RATIO)


def test_drawing_keeps_the_mixture_the_gas_and_the_pressure() -> None:
    tanks = Tanks(propellant_kg=440)
    gas_mol, bottle_mpa = moles(tanks), tanks.helium[0].pressure_mpa
    for _ in range(100):
        tanks.draw(1.0)
    assert tanks.liquid_kg == pytest.approx(340)
    oxidiser_kg = sum(tank.liquid_kg for tank in tanks.oxidiser)
    assert oxidiser_kg / (340 - oxidiser_kg) == pytest.approx(MIXTURE_RATIO)
    assert moles(tanks) == pytest.approx(gas_mol, rel=1e-12)
    # at one temperature, p V of the helium: what the bottles lose is what the ullage gained
    gained_m3 = 100 / (1 + MIXTURE_RATIO) / 790 + 100 * MIXTURE_RATIO / (1 + MIXTURE_RATIO) / 1443
    fallen_mpa = 1.78 * gained_m3 / 2 / 0.030
    assert tanks.helium[0].pressure_mpa == pytest.approx(bottle_mpa - fallen_mpa, rel=1e-6)
    assert tanks.feed_mpa == pytest.approx(1.78)


def test_warmth_raises_pressure_and_cold_is_topped_up_for_good() -> None:
    tanks = Tanks(propellant_kg=440)
    tanks.warm((22.0,) * 4)
    assert tanks.feed_mpa == pytest.approx(1.78 * 295.15 / 293.15)
    tanks.warm((18.0,) * 4)
    assert tanks.feed_mpa == pytest.approx(1.78)
    tanks.warm((20.0,) * 4)
    assert tanks.feed_mpa == pytest.approx(1.78 * 293.15 / 291.15)


def test_without_helium_the_tanks_blow_down() -> None:
    tanks = Tanks(propellant_kg=440)
    for circuit in tanks.helium:
        circuit.gas_mol = 0.0
    before = [(t.pressure_mpa, t.ullage_m3) for t in tanks.fuel]
    tanks.draw(200)
    for (pressure_mpa, ullage_m3), tank in zip(before, tanks.fuel, strict=True):
        assert tank.pressure_mpa == pytest.approx(pressure_mpa * ullage_m3 / tank.ullage_m3)


def test_empty_is_empty() -> None:
    tanks = Tanks(propellant_kg=10)
    tanks.draw(20)
    assert tanks.liquid_kg == 0


@pytest.mark.parametrize("propellant_kg", [0.0, -1.0, CAPACITY_KG + 1])
def test_a_load_that_does_not_fit_is_refused(propellant_kg: float) -> None:
    with pytest.raises(ValueError, match="880"):
        Tanks(propellant_kg=propellant_kg)
