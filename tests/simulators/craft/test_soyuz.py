"""The Soyuz as a whole: every parameter, quiet at rest, and telling what happens to it."""

import math
from collections.abc import Mapping

import pytest

from simulators.craft.iss_cabin import station_cabin
from simulators.craft.soyuz import Gyros, SoyuzTruth, SudMode, soyuz_propulsion
from simulators.physics.conditions import Conditions
from simulators.physics.orbit import OrbitState
from simulators.physics.thruster import MOUNTS, load_jets
from simulators.physics.vector import Vector
from telemetry import missiondb
from telemetry.parameter import ParameterType, Spacecraft

ORBIT_S = 5_574
MEAN_MOTION_RAD_S = 2 * math.pi / ORBIT_S


@pytest.fixture(scope="module")
def spacecraft() -> Spacecraft:
    return missiondb.load().spacecraft["soyuz"].measured


def conditions(second: int = 0, rate_rad_s: Vector = (0.0, -MEAN_MOTION_RAD_S, 0.0)) -> Conditions:
    phase_rad = second % ORBIT_S * MEAN_MOTION_RAD_S
    return Conditions(
        time_ns=0,
        orbit=OrbitState(
            position_km=(6_790.0, 0.0, 0.0),
            velocity_km_s=(0.0, 7.66, 0.0),
            rate_rad_s=MEAN_MOTION_RAD_S,
            beta_rad=0.0,
            phase_rad=phase_rad,
            sunlight=1.0 if math.cos(phase_rad) > -0.35 else 0.0,
            sun_lvlh=(0.0, 0.0, -1.0),
            latitude_deg=0.0,
            longitude_deg=0.0,
            altitude_km=420.0,
        ),
        attitude=(1.0, 0.0, 0.0, 0.0),
        rate_rad_s=rate_rad_s,
        attitude_error_deg=0.0,
        arrays_locked=False,
        control_lost=False,
    )


def docked() -> SoyuzTruth:
    mount = MOUNTS["nauka-nadir"]
    return SoyuzTruth(soyuz_propulsion(mount, limit_kg=13.5), station=station_cabin(), mount=mount)


def live(soyuz: SoyuzTruth, seconds: int) -> None:
    for second in range(seconds):
        for _ in range(10 if soyuz.propulsion.active else 1):
            soyuz.propulsion.step(0.1 if soyuz.propulsion.active else 1.0)
        soyuz.step(1.0, conditions(second))


def everything(soyuz: SoyuzTruth, spacecraft: Spacecraft) -> dict[str, float]:
    values: dict[str, float] = {}
    for subsystem in spacecraft.subsystems:
        values |= soyuz.truth(subsystem)
    return values


def violated(spacecraft: Spacecraft, values: Mapping[str, float]) -> set[str]:
    found = set()
    for identity, value in values.items():
        limits = spacecraft.subsystem_of(identity).parameters[identity].limits
        for band in limits.range.values():
            low = -math.inf if band.low is None else band.low
            high = math.inf if band.high is None else band.high
            if not low <= value <= high:
                found.add(identity)
        if any(value in codes for codes in limits.states.values()):
            found.add(identity)
    return found


def test_every_parameter_has_a_truth_and_no_other_is_made_up(spacecraft: Spacecraft) -> None:
    soyuz = docked()
    for subsystem in spacecraft.subsystems.values():
        assert soyuz.truth(subsystem.id).keys() == subsystem.parameters.keys()


def test_states_are_codes_of_the_mission_database(spacecraft: Spacecraft) -> None:
    soyuz = docked()
    for identity, value in everything(soyuz, spacecraft).items():
        parameter = spacecraft.subsystem_of(identity).parameters[identity]
        if parameter.type is ParameterType.ENUMERATION:
            assert value in parameter.states, identity
    modes = spacecraft.subsystems["motion"].parameters["SIM_SOYUZ_SUD_MODE"].states
    assert {m.value: m.name.replace("_", " ") for m in SudMode} == dict(modes)
    gyros = spacecraft.subsystems["motion"].parameters["SIM_SOYUZ_GYROS"].states
    assert {g.value: g.name.replace("_", "-") for g in Gyros} == dict(gyros)


def test_what_the_database_says_of_a_thruster_is_what_its_table_says(
    spacecraft: Spacecraft,
) -> None:
    parameters = spacecraft.subsystems["propulsion"].parameters
    for jet in load_jets("soyuz-ms"):
        start = f"SIM_SOYUZ_{jet.name.replace('-', '')}"
        said = parameters[f"{start}_CMD"].description
        assert said.lower().startswith(jet.label.lower())
        assert f"manifold {jet.manifold}." in said
        for what in ("CMD", "VALVE", "PC", "ONTIME", "PT"):
            assert parameters[f"{start}_{what}"].period_s is None  # sent on change


def test_a_quiet_day_stays_within_every_limit(spacecraft: Spacecraft) -> None:
    soyuz = docked()
    warmth_c, pressure_mpa = [], []
    for hour in range(24):
        assert violated(spacecraft, everything(soyuz, spacecraft)) == set(), hour
        warmth_c.append(soyuz.truth("tanks")["SIM_SOYUZ_FUEL1_T"])
        pressure_mpa.append(soyuz.truth("tanks")["SIM_SOYUZ_FUEL1_P"])
        live(soyuz, 3_600)
    warmest = warmth_c.index(max(warmth_c))
    assert max(warmth_c) > min(warmth_c) + 0.5
    assert pressure_mpa[warmest] == max(pressure_mpa) > min(pressure_mpa)


def test_two_jets_on_and_on_show_in_command_valve_pressure_counts_and_cut_off(
    spacecraft: Spacecraft,
) -> None:
    soyuz = docked()
    for name in ("DPO-07", "DPO-08"):
        soyuz.propulsion.command(name, True)
    live(soyuz, 10)
    values = everything(soyuz, spacecraft)
    assert values["SIM_SOYUZ_DPO07_CMD"] == values["SIM_SOYUZ_DPO07_VALVE"] == 1
    assert values["SIM_SOYUZ_DPO07_PC"] == pytest.approx(0.88)
    assert values["SIM_SOYUZ_DPO07_ONTIME"] == pytest.approx(10)
    assert values["SIM_SOYUZ_DPO07_PT"] == pytest.approx(8.8, abs=0.03)
    assert values["SIM_SOYUZ_DPO09_ONTIME"] == 0
    live(soyuz, 190)
    values = everything(soyuz, spacecraft)
    assert values["SIM_SOYUZ_PROP_USED_KG"] == pytest.approx(13.5)
    assert values["SIM_SOYUZ_EFIR_COUNT"] == 270
    assert values["SIM_SOYUZ_PROP_KG"] == pytest.approx(440 - 13.5)
    # 13.5 kg at 0.093 kg/s
    assert values["SIM_SOYUZ_DPO08_ONTIME"] == pytest.approx(145.1, abs=0.1)
    assert values["SIM_SOYUZ_DPO08_CMD"] == values["SIM_SOYUZ_DPO08_VALVE"] == 0
    assert {"SIM_SOYUZ_DPO07_ONTIME", "SIM_SOYUZ_DPO07_PT"} <= violated(spacecraft, values)


def test_gyros_feel_the_station_in_the_ships_axes() -> None:
    soyuz = docked()
    soyuz.step(1.0, conditions(0, (0.001, -0.002, 0.003)))
    motion = soyuz.truth("motion")
    # nose up at a nadir port: ship X is station -Z, Y is Y, Z is X
    assert motion["SIM_SOYUZ_RATE_X"] == pytest.approx(-math.degrees(0.003))
    assert motion["SIM_SOYUZ_RATE_Y"] == pytest.approx(-math.degrees(0.002))
    assert motion["SIM_SOYUZ_RATE_Z"] == pytest.approx(math.degrees(0.001))


def test_the_test_mode_and_open_valves_draw_current() -> None:
    soyuz = docked()
    live(soyuz, 1)
    quiet_a = soyuz.truth("power")["SIM_SOYUZ_BUS_A"]
    soyuz.mode = SudMode.TEST
    live(soyuz, 1)
    testing_a = soyuz.truth("power")["SIM_SOYUZ_BUS_A"]
    soyuz.propulsion.command("DPO-07", True)
    live(soyuz, 1)
    assert quiet_a < testing_a < soyuz.truth("power")["SIM_SOYUZ_BUS_A"] < 25


def test_a_hole_in_the_ship_empties_the_station_while_the_hatch_is_open() -> None:
    soyuz = docked()
    assert soyuz.station is not None
    soyuz.hole_mm = 10.0
    live(soyuz, 600)
    assert soyuz.truth("cabin")["SIM_SOYUZ_CABIN_P"] == pytest.approx(
        soyuz.station.pressure_mmhg, rel=1e-6
    )
    assert 740 < soyuz.station.pressure_mmhg < 751
    station_mmhg = soyuz.station.pressure_mmhg
    soyuz.hatch_open = False
    live(soyuz, 600)
    assert soyuz.station.pressure_mmhg == station_mmhg
    assert soyuz.truth("cabin")["SIM_SOYUZ_CABIN_P"] < 0.6 * station_mmhg


def test_undocked_it_is_a_ship_of_its_own(spacecraft: Spacecraft) -> None:
    soyuz = SoyuzTruth(soyuz_propulsion(MOUNTS["station"]), station=None)
    soyuz.power.feed = False
    live(soyuz, 3_600)
    values = everything(soyuz, spacecraft)
    assert values["SIM_SOYUZ_HATCH"] == values["SIM_SOYUZ_HOOKS"] == 0
    assert values["SIM_SOYUZ_STATION_FEED"] == 0
    assert values["SIM_SOYUZ_BATT_PCT"] < 97


def test_an_unknown_subsystem_is_an_error() -> None:
    with pytest.raises(KeyError):
        docked().truth("engines")
