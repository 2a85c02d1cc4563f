import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ingest.derive.station import StationDerivation
from ingest.derive.torque import Source
from telemetry.frame import Frame
from tests.ingest.derive import firings
from tests.ingest.derive.stations import (
    DATABASE,
    STACK,
    START_NS,
    TWINS_NM,
    Push,
    Station,
    at,
    derive,
    series,
)
from tests.small import small_database

FIRING = Push(from_s=30, to_s=60, torque_nm=TWINS_NM, jets=("DPO-07", "DPO-08"))
UNSEEN = replace(FIRING, jets=())


def test_each_second_has_a_frame_whose_values_fit_the_mission_database() -> None:
    derived = derive(Station(pushes=[FIRING]).frames(50))
    assert [one.sequence for one in derived] == list(range(len(derived)))
    assert {later.time_ns - one.time_ns for one, later in pairwise(derived)} == {1_000_000_000}
    known = DATABASE.subsystem("iss", "derived").parameters
    for one in derived:
        assert (one.spacecraft, one.subsystem, dict(one.invalid)) == ("iss", "derived", {})
        for parameter, value in one.values.items():
            assert known[parameter].typed(value) == value


def test_a_database_without_derived_parameters_gives_nothing() -> None:
    assert derive(Station().frames(10), of=StationDerivation(small_database())) == []


# --- torque ---


@pytest.mark.parametrize("vector", [True, False], ids=["momentum vector", "clipped command"])
def test_a_torque_is_found_with_its_size_and_direction(vector: bool) -> None:
    # without the vector what the wheels' momentum does to a turning body is told by the command:
    # there is none here, so there are no wheels
    station = Station(pushes=[FIRING], vector=vector, momentum_nms=2_500.0 if vector else 0.0)
    derived = derive(station.frames(56))
    source = Source.MOMENTUM_VECTOR if vector else Source.CLIPPED_COMMAND
    for second in range(36, 56):
        values = at(derived, second).values
        found = np.array([values[f"DER_TORQUE_{axis}"] for axis in "XYZ"])
        assert np.linalg.norm(found - TWINS_NM) < 200
        assert abs(values["DER_TORQUE"] - np.linalg.norm(TWINS_NM)) < 3 * values["DER_TORQUE_SIGMA"]
        assert values["DER_TORQUE_SOURCE"] == source


def test_a_torque_is_significant_two_seconds_after_it_began() -> None:
    derived = derive(Station(pushes=[FIRING]).frames(40))
    unexplained = {one.time_ns: one.values.get("DER_TORQUE_UNEXPLAINED", 0.0) for one in derived}
    first = min(time_ns for time_ns, value in unexplained.items() if value)
    assert first == at(derived, 32).time_ns


def test_a_bent_line_is_honest_about_it() -> None:
    # at 32 s half of the window was before the firing began
    values = at(derive(Station(pushes=[FIRING]).frames(40)), 32).values
    true_nm = float(np.linalg.norm(TWINS_NM))
    assert abs(float(values["DER_TORQUE"]) - true_nm) < 3 * float(values["DER_TORQUE_SIGMA"])
    assert float(values["DER_TORQUE_SIGMA"]) > 800


def test_a_torque_that_ended_is_gone_within_a_window() -> None:
    derived = derive(Station(pushes=[replace(FIRING, to_s=40)]).frames(60))
    assert at(derived, 39).values["DER_TORQUE_UNEXPLAINED"] > 4_000
    assert {one.values["DER_TORQUE_UNEXPLAINED"] for one in derived[-12:]} == {0.0}


@pytest.mark.parametrize("seed", range(5))
def test_quiet_flight_is_quiet(seed: int) -> None:
    derived = derive(Station(seed=seed).frames(300))
    assert max(series(derived, "DER_TORQUE_UNEXPLAINED")) < 600
    assert set(series(derived, "DER_NET_SATURATION")[10:]) == {3600.0}
    size, sigma = (np.array(series(derived, key)) for key in ("DER_TORQUE", "DER_TORQUE_SIGMA"))
    assert np.mean(size < 3 * sigma) > 0.98


def test_gyros_louder_than_assumed_are_allowed_for_once_that_is_known() -> None:
    unexplained = series(derive(Station(noise_deg_s=5e-4).frames(400)), "DER_TORQUE_UNEXPLAINED")
    assert sum(value > 0 for value in unexplained[40:]) < 0.02 * len(unexplained)
    firing = Push(from_s=300, to_s=400, torque_nm=TWINS_NM)
    loud = derive(Station(noise_deg_s=5e-4, pushes=[firing]).frames(320))
    assert at(loud, 306).values["DER_TORQUE_UNEXPLAINED"] > 4_000


def test_loud_gyros_that_are_sent_on_change_are_known_by_their_steps() -> None:
    loud = 5e-4
    firing = Push(from_s=600, to_s=700, torque_nm=TWINS_NM)
    frames = on_change(Station(noise_deg_s=loud, pushes=[firing]).frames(620), 3 * loud)
    derived = derive(frames)
    before = [
        float(one.values["DER_TORQUE_UNEXPLAINED"])
        for one in derived
        if one.time_ns < START_NS + 600_000_000_000 and "DER_TORQUE_UNEXPLAINED" in one.values
    ]
    assert len(before) > 500
    assert set(before) == {0.0}
    assert at(derived, 606).values["DER_TORQUE_UNEXPLAINED"] > 4_000


def on_change(frames: Sequence[Frame], moved_deg_s: float) -> list[Frame]:
    """Rates only where they have moved by so much since they were last sent."""
    rates = ("USLAB000025", "USLAB000026", "USLAB000027")
    sent: dict[str, float] = {}
    found = []
    for one in frames:
        held = {
            rate
            for rate in rates
            if rate in one.values
            and abs(float(one.values[rate]) - sent.get(rate, 9.0)) < moved_deg_s
        }
        values = {key: value for key, value in one.values.items() if key not in held}
        sent |= {rate: float(values[rate]) for rate in rates if rate in values}
        found.append(structs.replace(one, values=values))
    return found


def test_zvezdas_attitude_control_is_no_unexplained_torque() -> None:
    nm = np.array([0.0, STACK.russian_nm[1], 0.0])
    push = Push(from_s=30, to_s=50, torque_nm=nm)
    told = Station(pushes=[push], russian=lambda s: min(max(s - 30.0, 0.0), 20.0))
    assert set(series(derive(told.frames(60)), "DER_TORQUE_UNEXPLAINED")) == {0.0}
    untold = derive(Station(pushes=[push]).frames(60))
    assert max(series(untold, "DER_TORQUE_UNEXPLAINED")) > 7_000


def test_what_zvezdas_on_time_cannot_account_for_stays_unexplained() -> None:
    push = Push(from_s=30, to_s=50, torque_nm=np.array([0.0, 2 * STACK.russian_nm[1], 0.0]))
    station = Station(pushes=[push], russian=lambda s: min(max(s - 30.0, 0.0), 20.0))
    assert at(derive(station.frames(50)), 44).values["DER_TORQUE_UNEXPLAINED"] > 5_000


def test_an_absurd_rate_is_invalid_and_no_torque() -> None:
    frames = Station().frames(60)
    flipped = [
        structs.replace(one, values={**one.values, "USLAB000026": -one.values["USLAB000026"]})
        if "USLAB000026" in one.values and one.time_ns >= frames[0].time_ns + 40_000_000_000
        else one
        for one in frames
    ]
    derived = derive(flipped)
    jump = at(derived, 40)
    assert jump.invalid["DER_TORQUE_UNEXPLAINED"] == 1
    assert jump.values["DER_TORQUE_SOURCE"] == Source.NONE
    assert max(series(derived, "DER_TORQUE_UNEXPLAINED")) < 600
    assert jump.values["DER_LVLH_RATE"] == pytest.approx(2 * 0.06457, rel=0.05)


def test_an_invalid_rate_makes_what_hangs_on_it_invalid() -> None:
    frames = Station().frames(20)
    frames.append(
        structs.replace(
            frames[-3],
            sequence=21,
            time_ns=frames[-1].time_ns + 1_000_000_000,
            values={},
            invalid={"USLAB000025": 1},
        )
    )
    frames += [
        structs.replace(one, sequence=21, time_ns=frames[-1].time_ns) for one in frames[-3:-1]
    ]
    last = derive(frames)[-1]
    assert last.time_ns == frames[-1].time_ns
    assert {"DER_LVLH_RATE", "DER_TORQUE", "DER_TORQUE_UNEXPLAINED"} <= last.invalid.keys()


# --- groups ---


def test_thrusters_are_named_by_on_time_and_agreement() -> None:
    values = at(derive(Station(pushes=[FIRING]).frames(50)), 45).values
    assert values["DER_TORQUE_JETS"] == "DPO-07, DPO-08"
    assert "Soyuz lateral +X" in str(values["DER_TORQUE_CONSISTENT"])
    assert "Soyuz turning +X (telemetry)" in str(values["DER_TORQUE_EXCLUDED"])


def test_thrusters_whose_torque_does_not_agree_are_not_named() -> None:
    liar = replace(FIRING, jets=("DPO-01", "DPO-02"))
    values = at(derive(Station(pushes=[liar]).frames(50)), 45).values
    assert values["DER_TORQUE_JETS"] == ""
    assert "Soyuz lateral +X (telemetry)" in str(values["DER_TORQUE_EXCLUDED"])


def test_without_its_telemetry_a_vehicle_cannot_be_excluded() -> None:
    values = at(derive(Station(pushes=[UNSEEN], soyuz=False).frames(50)), 45).values
    consistent = str(values["DER_TORQUE_CONSISTENT"]).split(", ")
    assert {"Soyuz lateral +X", "Soyuz turning +X", "Nauka lateral +X"} <= set(consistent)
    assert values["DER_TORQUE_JETS"] == ""


def test_telemetry_with_a_hole_in_it_excludes_nobody() -> None:
    frames = [
        one
        for one in Station(pushes=[UNSEEN]).frames(50)
        if one.subsystem != "propulsion" or one.sequence != 42
    ]
    values = at(derive(frames), 45).values
    assert "Soyuz lateral +X" in str(values["DER_TORQUE_CONSISTENT"]).split(", ")


def test_groups_that_are_too_weak_are_not_consistent() -> None:
    nauka = next(group for group in STACK.groups if group.name == "Nauka axial +Z")
    push = Push(from_s=30, to_s=50, torque_nm=nauka.torque_nm * 0.9)
    values = at(derive(Station(pushes=[push], soyuz=False).frames(50)), 45).values
    consistent = str(values["DER_TORQUE_CONSISTENT"]).split(", ")
    assert "Nauka axial +Z" in consistent
    assert "Soyuz axial +Z" not in consistent


def test_lists_are_empty_without_a_significant_torque_and_never_too_long() -> None:
    derived = derive(Station(pushes=[FIRING]).frames(50))
    lists = ("DER_TORQUE_CONSISTENT", "DER_TORQUE_EXCLUDED", "DER_TORQUE_JETS")
    assert {at(derived, 25).values[one] for one in lists} == {""}
    assert max(len(str(one.values.get(key, ""))) for one in derived for key in lists) <= 300


# --- attitude and times ---


def test_attitude_error_and_rate_are_those_of_the_motion() -> None:
    derived = derive(Station(pushes=[FIRING]).frames(50))
    growth = np.degrees(np.linalg.solve(STACK.inertia_kg_m2, TWINS_NM))
    values = at(derived, 50).values
    assert values["DER_LVLH_RATE"] == pytest.approx(np.linalg.norm(growth) * 20, rel=0.02)
    assert values["DER_ATT_ERROR"] == pytest.approx(np.linalg.norm(growth) * 200, rel=0.03)


def test_the_attitude_limit_comes_never_before_it_was_said() -> None:
    derived = derive(Station(pushes=[replace(FIRING, to_s=90)]).frames(75))
    growth = math.degrees(float(np.linalg.norm(np.linalg.solve(STACK.inertia_kg_m2, TWINS_NM))))
    reached_s = 30 + math.sqrt(2 * 2.0 / growth)
    said = {s: float(at(derived, s).values["DER_NET_ATTITUDE"]) for s in range(32, int(reached_s))}
    assert all(left_s <= reached_s - s + 0.1 for s, left_s in said.items())
    assert all(left_s > 0.7 * (reached_s - s) for s, left_s in said.items() if s >= 34)


@pytest.mark.parametrize("tenths", [3, 7, 10, 13, 16])
def test_the_attitude_limit_is_no_later_of_a_torque_too_young_to_know(tenths: int) -> None:
    from_s = 30 + tenths / 10
    derived = derive(Station(pushes=[replace(FIRING, from_s=from_s, to_s=90)]).frames(60))
    growth = math.degrees(float(np.linalg.norm(np.linalg.solve(STACK.inertia_kg_m2, TWINS_NM))))
    reached_s = from_s + math.sqrt(2 * 2.0 / growth)
    said = {s: float(at(derived, s).values["DER_NET_ATTITUDE"]) for s in range(32, 60)}
    said = {s: left_s for s, left_s in said.items() if left_s < 3600.0}
    assert min(said) <= 34
    assert all(left_s <= reached_s - s + 0.1 for s, left_s in said.items())
    assert all(left_s > 0.7 * (reached_s - s) for s, left_s in said.items() if s >= 38)


def test_saturation_is_what_is_left_over_the_most_the_cmgs_take_up() -> None:
    derived = derive(Station(pushes=[FIRING], momentum_nms=10_000.0).frames(40))
    said = float(at(derived, 36).values["DER_NET_SATURATION"])
    assert 0.9 * (9_521.87 / 1_032) - 1 < said <= 9_521.87 / 1_032
    assert at(derived, 25).values["DER_NET_SATURATION"] == 3600.0


def test_full_cmgs_are_full_whatever_pushes() -> None:
    derived = derive(Station(momentum_nms=19_500.0).frames(20))
    assert at(derived, 20).values["DER_NET_SATURATION"] == 0.0


def test_cmgs_that_do_not_control_do_not_fill() -> None:
    drift = Station(pushes=[FIRING], set_values={"USLAB000012": 7})
    assert set(series(derive(drift.frames(45)), "DER_NET_SATURATION")) == {3600.0}


def test_propellant_lasts_as_long_as_its_activitys_budget() -> None:
    station = Station(kg=lambda s: 0.1 * max(s - 30.0, 0.0))
    frames = station.frames(50)
    begun_s = (frames[0].time_ns - firings.START_NS) / 1e9
    budget = firings.plan(begun_s, begun_s + 1_000, propellant_kg=3.0)
    derived = derive(frames, [budget])
    left_s = {s: float(at(derived, s).values["DER_NET_PROPELLANT"]) for s in range(25, 51)}
    assert left_s[28] == 3600.0
    assert all(0.75 * (60 - s) < left_s[s] <= 60 - s for s in range(33, 51))
    assert "DER_NET_PROPELLANT" not in derive(frames)[-1].values


# --- the same whatever happens on the way ---


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_interleaving_and_restart_change_nothing(data: st.DataObject) -> None:
    frames = Station(pushes=[FIRING]).frames(45)
    whole = derive(frames)
    lag = {one: data.draw(st.floats(0, 1.9)) for one in ("adcs", "sim", "propulsion")}
    order = sorted(frames, key=lambda one: one.time_ns / 1e9 + lag[one.subsystem])
    cut = data.draw(st.integers(0, len(order)))
    first, second = StationDerivation(DATABASE), StationDerivation(DATABASE)
    found = derive(order[:cut], of=first)
    second.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(first.snapshot())))
    found += derive(order[cut:], of=second)
    assert [_without_reception(one) for one in found] == [
        _without_reception(one) for one in whole[: len(found)]
    ]
    assert len(found) >= len(whole) - 5


def _without_reception(one: Frame) -> Frame:
    return structs.replace(one, received_ns=0)


def test_a_new_run_of_the_station_begins_anew() -> None:
    derivation = StationDerivation(DATABASE)
    derive(Station(pushes=[FIRING]).frames(40), of=derivation)
    derivation.start_run("iss")
    derivation.start_run("soyuz")
    again = derive(Station(pushes=[FIRING]).frames(40), of=derivation)
    assert again == derive(Station(pushes=[FIRING]).frames(40))
