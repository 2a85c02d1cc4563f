import math

import pytest

from simulators.physics.thermal import PRESSURE_A_KPA, Thermal

PERIOD_S = 5_570


def test_pressure_lags_the_sun_by_a_quarter_of_an_orbit() -> None:
    thermal = Thermal(1)
    cosine = sine = 0.0
    for second in range(4 * PERIOD_S):
        phase = 2 * math.pi * second / PERIOD_S
        thermal.step(1.0, phase)
        above = thermal.loop_a.pressure_kpa - PRESSURE_A_KPA.mean
        cosine += above * math.cos(phase)
        sine += above * math.sin(phase)
    lag = math.degrees(math.atan2(sine, cosine))
    # what wanders may shift the fit: 1.5 kPa against a swing of 10.7
    assert lag == pytest.approx(PRESSURE_A_KPA.lag_deg, abs=10)


def test_everything_stays_where_it_was_recorded() -> None:
    thermal = Thermal(2)
    lows = 0
    for second in range(PERIOD_S):
        thermal.step(1.0, 2 * math.pi * second / PERIOD_S)
        a, b = thermal.loop_a, thermal.loop_b
        assert 1_790 < a.pressure_kpa < 1_830
        assert 2_165 < b.pressure_kpa < 2_225
        assert 3.3 < a.temperature_c < 4.2
        assert 3.8 < b.temperature_c < 4.7
        assert all(16.5 < each < 18 for each in thermal.moderate_c)
        assert all(9 < each < 10 for each in thermal.low_c)
        lows += b.flow_kg_h < 4_360
    assert 0.005 < lows / PERIOD_S < 0.02


def test_a_seed_is_one_life() -> None:
    def temperature(seed: int) -> float:
        thermal = Thermal(seed)
        thermal.step(1.0, 0.0)
        return thermal.loop_a.temperature_c

    assert temperature(1) == temperature(1) != temperature(2)
