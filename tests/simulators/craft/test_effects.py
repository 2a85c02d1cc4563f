"""Actions in odd orders: what they leave behind must still be a station."""

from collections.abc import Sequence

import pytest

from simulators.craft import effects, iss
from simulators.craft.station import Station
from simulators.physics.thruster import MOUNTS
from simulators.scenarios import read
from simulators.scenarios.actions import (
    Action,
    Approach,
    Desaturation,
    Dock,
    Fire,
    PulseTest,
    Reboost,
    StopFiring,
    Undock,
)
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from tests.flights.flight import shipped

AXIAL = tuple(f"DPO-{number}" for number in range(17, 25))


@pytest.fixture
def station() -> Station:
    return Station(read("nominal-day", database=shipped()))


def live(station: Station, seconds: float) -> None:
    end_ns = station.time_ns + round(seconds * SECOND_NS)
    while station.time_ns < end_ns:
        station.advance(min(station.next_ns, end_ns))


def do(station: Station, actions: Sequence[Action]) -> None:
    for action in actions:
        effects.apply(action, station)


def test_a_firing_programme_ends_when_its_vehicle_leaves(station: Station) -> None:
    do(station, [PulseTest(vehicle="soyuz")])
    live(station, 40)
    used_kg = station.soyuz.propulsion.used_kg
    assert used_kg > 0
    do(station, [Undock(vehicle="soyuz")])
    live(station, 60)
    assert station.soyuz.propulsion.used_kg == used_kg


def test_a_soyuz_that_leaves_while_it_fires_falls_silent(station: Station) -> None:
    do(station, [Fire(vehicle="soyuz", jets=("DPO-07",))])
    live(station, 10)
    do(station, [Undock(vehicle="soyuz")])
    live(station, 10)
    truth = station.soyuz.truth("propulsion")
    assert truth["SIM_SOYUZ_DPO07_VALVE"] == 0
    assert truth["SIM_SOYUZ_DPO07_PC"] == 0.0
    assert truth["SIM_SOYUZ_DPO07_ONTIME"] == pytest.approx(10.0)
    assert not station.vehicles.active
    assert station.soyuz.truth("motion")["SIM_SOYUZ_SUD_MODE"] == 1  # standby again
    assert station.soyuz.truth("cabin")["SIM_SOYUZ_HATCH"] == 0
    assert station.soyuz.truth("cabin")["SIM_SOYUZ_HOOKS"] == 0
    assert station.soyuz.truth("power")["SIM_SOYUZ_STATION_FEED"] == 0


def test_a_soyuz_that_has_moved_tells_of_the_thrusters_that_push(station: Station) -> None:
    do(station, [Fire(vehicle="soyuz", jets=("DPO-07",), for_s=10)])
    live(station, 20)
    before_kg = station.soyuz.propulsion.used_kg
    do(station, [Undock(vehicle="soyuz"), Dock(vehicle="soyuz", port="forward")])
    do(station, [Fire(vehicle="soyuz", jets=AXIAL, for_s=10)])
    live(station, 5)
    assert station.soyuz.truth("propulsion")["SIM_SOYUZ_DPO17_VALVE"] == 1
    torque, force = station.vehicles.step(0.1, station.control.mass.centre_m)
    assert force == pytest.approx((-8 * 130.0, 0.0, 0.0))  # pushes into its port: astern
    assert abs(torque[1]) < 2_000
    live(station, 20)
    assert station.soyuz.propulsion.used_kg == pytest.approx(9 * before_kg, rel=1e-6)
    assert station.soyuz.mount == MOUNTS["forward"]
    assert station.soyuz.truth("cabin")["SIM_SOYUZ_HATCH"] == 1


def test_a_departed_soyuz_and_the_station_share_no_air(station: Station) -> None:
    do(station, [Undock(vehicle="soyuz")])
    station.holes_mm["soyuz"] = 20.0
    before_mmhg = station.cabin.pressure_mmhg
    live(station, 600)
    assert station.cabin.pressure_mmhg == pytest.approx(before_mmhg, abs=1.0)
    assert station.soyuz.cabin.pressure_mmhg < 0.5 * before_mmhg


def test_desaturation_inhibited_halfway_lets_go_of_jets_and_of_short_steps() -> None:
    station = Station(read("nominal-day", ["initial_momentum_pct=80"], database=shipped()))
    live(station, 5.0)
    assert station.control.desaturating
    do(station, [Desaturation(state="inhibited")])
    live(station, 20)
    assert not station.control.desaturating
    assert not station.control.fine


def test_a_reboost_is_over_when_its_thrusters_are_closed(station: Station) -> None:
    do(station, [Reboost(vehicle="zvezda", delta_v_m_s=1)])
    live(station, 5)
    assert station.reboosting
    do(station, [StopFiring(vehicle="zvezda")])
    assert not station.reboosting


def test_a_reboost_that_burns_more_than_there_is_is_refused(station: Station) -> None:
    do(station, [Dock(vehicle="progress", port="zvezda-aft")])
    with pytest.raises(UsageError, match=r"progress may burn 500\.0 kg, and 5 m/s take 7\d\d"):
        do(station, [Reboost(vehicle="progress", delta_v_m_s=5)])
    assert not station.vehicles.active


def test_a_soyuz_may_not_reboost_beyond_its_limit(station: Station) -> None:
    do(station, [Undock(vehicle="soyuz"), Dock(vehicle="soyuz", port="zvezda-aft")])
    with pytest.raises(UsageError, match=r"soyuz may burn 13\.5 kg"):
        do(station, [Reboost(vehicle="soyuz", delta_v_m_s=1)])


@pytest.mark.parametrize(
    ("vehicle", "port", "says"),
    [
        ("progres", "zvezda-aft", "did you mean 'progress'"),
        ("progress", "zvezda-after", "no port 'zvezda-after'"),
        ("progress", "poisk-zenith", "is taken"),
        ("soyuz", "zvezda-aft", "is docked already"),
    ],
)
def test_an_approach_that_cannot_end_in_docking_is_refused(
    station: Station, vehicle: str, port: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        do(station, [Approach(vehicle=vehicle, port=port)])
    assert station.approach is None


def test_contact_and_hooks_go_out_with_what_leaves_and_kurs_holds_its_values(
    station: Station,
) -> None:
    do(station, [Approach(vehicle="progress", port="zvezda-aft", from_range_m=5, for_s=10)])
    live(station, 10)
    do(station, [Dock(vehicle="progress", port="zvezda-aft")])
    live(station, 5)
    docked = iss.truth(station, "rs")
    assert docked["RUSSEG000012"] == docked["RUSSEG000020"] == docked["RUSSEG000014"] == 1
    do(station, [Undock(vehicle="progress")])
    left = iss.truth(station, "rs")
    assert left["RUSSEG000012"] == left["RUSSEG000020"] == left["RUSSEG000014"] == 0
    assert left["RUSSEG000005"] == 0.0
    assert left["RUSSEG000001"] == 7  # no proximity operations


@pytest.mark.parametrize("percent", [99.5, 100])
def test_saturated_cmgs_lose_control_whatever_share_is_called_full(percent: float) -> None:
    sets = ["control_mode=attitude-hold", "desat=inhibited", f"loac_momentum_pct={percent}"]
    station = Station(read("nominal-day", sets, database=shipped()))
    do(station, [Fire(vehicle="soyuz", jets=("DPO-07", "DPO-08"), for_s=60)])
    live(station, 60)
    assert station.control.lost_station
