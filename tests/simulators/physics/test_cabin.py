"""Cabin air against closed forms: a leak, a crew in a closed ship, two volumes through a hatch."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.physics.cabin import Cabin, leak_m3_s, share_air

GASES = ("oxygen_mmhg", "nitrogen_mmhg", "carbon_dioxide_mmhg", "other_mmhg")


def mol(cabin: Cabin) -> float:
    return cabin.pressure_mmhg / cabin.mmhg_per_mol


def test_mass_flow_of_a_leak_is_that_of_fliegner() -> None:
    """Fliegner's formula, the engineers' one for choked air: 0.0404 p A / sqrt(T), in SI units.

    It is rounded to three digits, hence the tolerance.
    """
    volume_m3_s = leak_m3_s(math.sqrt(4e-4 / math.pi) * 1e3, 20.0)  # 1 cm2
    density_kg_m3 = 101_325 * 0.028965 / (8.314462618 * 293.15)
    expected_kg_s = 0.0404 * 101_325 * 1e-4 / math.sqrt(293.15)
    assert volume_m3_s * density_kg_m3 == pytest.approx(expected_kg_s, rel=2e-3)


@pytest.mark.parametrize("hole_mm", [2.0, 35.0])
@pytest.mark.parametrize("dt_s", [0.1, 1.0, 60.0])
def test_a_leak_alone_is_the_exponential(hole_mm: float, dt_s: float) -> None:
    cabin = Cabin(volume_m3=915.0)
    start_mmhg = cabin.pressure_mmhg
    for _ in range(round(1_800 / dt_s)):
        cabin.step(dt_s, hole_mm)
    decay = math.exp(-leak_m3_s(hole_mm, 23.4) * 1_800 / 915.0)
    assert cabin.pressure_mmhg == pytest.approx(start_mmhg * decay, rel=1e-9)
    assert cabin.oxygen_mmhg == pytest.approx(156.0 * decay, rel=1e-9)


def test_a_hole_of_35_mm_is_the_emergency_of_a_tenth_of_a_mmhg_a_second() -> None:
    cabin = Cabin(volume_m3=985.6)
    before_mmhg = cabin.pressure_mmhg
    cabin.step(1.0, 35.0)
    assert 0.1 < before_mmhg - cabin.pressure_mmhg < 0.2


def test_three_in_a_closed_ship_make_carbon_dioxide_and_use_oxygen() -> None:
    ship = Cabin(volume_m3=10.5, crew=3)
    oxygen_mmhg, carbon_dioxide_mmhg = ship.oxygen_mmhg, ship.carbon_dioxide_mmhg
    for _ in range(3_600):
        ship.step(1.0)
    per_mol = ship.mmhg_per_mol
    made_mol = 3 * 0.998 / 24 / 0.044009
    used_mol = 3 * 0.835 / 24 / 0.031998
    assert ship.carbon_dioxide_mmhg - carbon_dioxide_mmhg == pytest.approx(made_mol * per_mol)
    assert oxygen_mmhg - ship.oxygen_mmhg == pytest.approx(used_mol * per_mol)
    assert ship.carbon_dioxide_mmhg > 6  # under an hour with three aboard, as the response says


def test_a_scrubber_settles_where_production_and_removal_meet() -> None:
    cabin = Cabin(volume_m3=100.0, crew=4, scrubber_m3_s=0.01, carbon_dioxide_mmhg=0.0)
    for _ in range(24 * 60):
        cabin.step(60.0)
    made_mol_s = 4 * 0.998 / 86_400 / 0.044009
    concentration = cabin.carbon_dioxide_mmhg / cabin.mmhg_per_mol / 100.0
    # a step of 60 s against a time constant of 10 000 s: half of 0.6 % off
    assert concentration * 0.01 == pytest.approx(made_mol_s, rel=5e-3)


def test_oxygen_made_up_holds_its_setting_until_it_cannot() -> None:
    cabin = Cabin(volume_m3=985.6, crew=10, oxygen_set_mmhg=156.0, oxygen_max_kg_d=14.0)
    cabin.oxygen_mmhg = 155.0
    for _ in range(86_400):
        cabin.step(1.0)
    assert cabin.oxygen_mmhg == pytest.approx(156.0, abs=0.01)
    before_mmhg = cabin.oxygen_mmhg
    for _ in range(3_600):
        cabin.step(1.0, 35.0)
    lost = before_mmhg * (1 - math.exp(-leak_m3_s(35.0, 23.4) * 3_600 / 985.6))
    most_made = (14.0 - 10 * 0.835) / 24 / 0.031998 * cabin.mmhg_per_mol
    assert lost - most_made < before_mmhg - cabin.oxygen_mmhg < lost


def test_sound_hulls_lose_what_they_are_said_to_lose() -> None:
    cabin = Cabin(volume_m3=985.6, leakage_kg_d=0.3)
    before_mol = mol(cabin)
    for _ in range(1_440):
        cabin.step(60.0)
    assert (before_mol - mol(cabin)) * 0.028965 == pytest.approx(0.3, rel=1e-3)


def test_warmth_changes_pressure_and_no_mole() -> None:
    cabin = Cabin(volume_m3=10.0, temperature_c=15.0, temperature_set_c=25.0)
    before_mol, before_mmhg = mol(cabin), cabin.pressure_mmhg
    for _ in range(24 * 3_600):
        cabin.step(1.0)
    assert cabin.temperature_c == pytest.approx(25.0)
    assert mol(cabin) == pytest.approx(before_mol, rel=1e-9)
    assert cabin.pressure_mmhg == pytest.approx(before_mmhg * 298.15 / 288.15)


pressures = st.floats(0.0, 800.0)


@given(
    st.tuples(pressures, pressures, pressures, pressures),
    st.tuples(pressures, pressures, pressures, pressures),
    st.floats(0.0, 5.0),
)
def test_a_hatch_equals_pressures_and_loses_nothing(
    a_mmhg: tuple[float, ...], b_mmhg: tuple[float, ...], ventilation_m3_s: float
) -> None:
    a = Cabin(volume_m3=985.6, **dict(zip(GASES, a_mmhg, strict=True)))
    b = Cabin(volume_m3=10.5, temperature_c=15.0, **dict(zip(GASES, b_mmhg, strict=True)))
    before = [getattr(a, g) / a.mmhg_per_mol + getattr(b, g) / b.mmhg_per_mol for g in GASES]
    share_air(a, b, 1.0, ventilation_m3_s)
    after = [getattr(a, g) / a.mmhg_per_mol + getattr(b, g) / b.mmhg_per_mol for g in GASES]
    assert after == pytest.approx(before, rel=1e-9, abs=1e-9)
    assert a.pressure_mmhg == pytest.approx(b.pressure_mmhg, rel=1e-9, abs=1e-9)
    assert min(getattr(c, g) for c in (a, b) for g in GASES) >= -1e-9


@pytest.mark.parametrize(("station_m3", "time_constant_s"), [(1e9, 200), (10.0, 100)])
def test_gases_mix_through_a_hatch_at_the_rate_of_its_duct(
    station_m3: float, time_constant_s: int
) -> None:
    """The gap closes with V1 V2 / (V1 + V2) / q."""
    station = Cabin(volume_m3=station_m3)
    ship = Cabin(volume_m3=10.0, carbon_dioxide_mmhg=6.25, nitrogen_mmhg=570.0)
    for _ in range(time_constant_s):
        share_air(ship, station, 1.0, 0.05)
    gap_mmhg = ship.carbon_dioxide_mmhg - station.carbon_dioxide_mmhg
    assert gap_mmhg == pytest.approx(4.0 / math.e, rel=1e-3)


@pytest.mark.parametrize("volume_m3", [0.0, -1.0])
def test_no_volume_is_refused(volume_m3: float) -> None:
    with pytest.raises(ValueError, match="volume_m3"):
        Cabin(volume_m3=volume_m3)
