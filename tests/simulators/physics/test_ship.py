import pytest

from simulators.physics.ship import (
    BATTERY_AH,
    HEATER_OFF_C,
    HEATER_ON_C,
    STANDBY_A,
    Power,
    TankHeat,
)

ORBIT_S = 5_574


def test_the_battery_counts_ampere_hours() -> None:
    power = Power(charge=0.9)
    power.feed = False
    for _ in range(3_600):
        power.step(1.0, 20.0)
    assert power.charge == pytest.approx(0.9 - 20 / BATTERY_AH)


def test_the_feed_holds_the_bus_and_fills_the_battery() -> None:
    power = Power(charge=0.999)
    for _ in range(3_600):
        power.step(1.0, STANDBY_A)
    assert power.charge == 1.0
    assert 27 < power.bus_v < 29
    fed_v = power.bus_v
    power.step(1.0, 2 * STANDBY_A)
    assert power.bus_v < fed_v


def test_an_empty_battery_is_below_its_lowest_limit() -> None:
    power = Power(charge=1e-6)
    power.feed = False
    power.step(60.0, 40.0)
    assert power.charge == 0.0
    assert power.bus_v < 23


def test_the_heater_keeps_every_tank_in_its_band_through_day_and_night() -> None:
    heat = TankHeat()
    switched, heater = 0, heat.heater
    for second in range(3 * 86_400):
        heat.step(1.0, 1.0 if second % ORBIT_S < 3_400 else 0.0)
        switched += heat.heater != heater
        heater = heat.heater
        assert min(heat.temperatures_c) > HEATER_ON_C - 0.1
        assert max(heat.temperatures_c) < HEATER_OFF_C + 2.0
    assert 4 < switched < 200


def test_without_the_sun_the_heater_alone_holds_the_tanks() -> None:
    heat = TankHeat()
    for _ in range(2 * 86_400):
        heat.step(1.0, 0.0)
    assert min(heat.temperatures_c) > HEATER_ON_C - 0.1
