"""29 July 2021 from telemetry, with what the recorders send when the links are back.

Outside truth (NASA and press, July 2021): first effects 16:34 UTC, attitude control lost 16:42,
at most 0.56 deg/s, about 540 degrees in all, attitude regained 17:29.
"""

from itertools import pairwise

import pytest

from telemetry.clock import SECOND_NS
from tests.flights.flight import Flight, simulate

FIRING = "16:34"
#: Attitude was regained 17:29; six minutes are what the model may take longer.
REGAINED_BY = "17:35"


@pytest.fixture(scope="module")
def nauka() -> Flight:
    return simulate("nauka", "recorder_dump=true", spacecraft=["iss"])


def test_the_label_says_what_it_is(nauka: Flight) -> None:
    assert nauka.scenario.label == "reconstruction, not flight data"


@pytest.mark.parametrize("flag", ["USLAB000041", "USLAB000042"])
def test_control_is_lost_eight_minutes_after_the_first_firing(nauka: Flight, flag: str) -> None:
    assert nauka.first(flag, bool) - nauka.s(FIRING) == pytest.approx(480, abs=60)


def test_the_first_phase_is_felt_and_absorbed(nauka: Flight) -> None:
    quiet = max(rate for t, rate in nauka.rates_deg_s() if t < nauka.s(FIRING))
    felt = [r for t, r in nauka.rates_deg_s() if nauka.s(FIRING) <= t < nauka.s("16:41:40")]
    assert 4 * quiet < max(felt) < 0.03
    errors = [e for t, e in nauka.errors_deg() if t < nauka.s("16:41:40")]
    assert max(errors) < 1.0


def test_it_turns_at_half_a_degree_a_second(nauka: Flight) -> None:
    assert max(rate for _, rate in nauka.rates_deg_s()) == pytest.approx(0.56, abs=0.06)


def test_it_turns_more_than_once(nauka: Flight) -> None:
    """Integral of the rate against LVLH: one and a half turns were reported."""
    rates = nauka.rates_deg_s()
    turned_deg = sum(
        (after - before) * rate
        for (before, rate), (after, _) in pairwise(rates)
        if rate > 0.02  # holding attitude is no turn
    )
    assert 360 < turned_deg < 720
    assert max(error for _, error in nauka.errors_deg()) > 175  # it was upside down on the way


def test_attitude_comes_back(nauka: Flight) -> None:
    steady_s = max(
        *(t for t, error in nauka.errors_deg() if error >= 2.0),
        *(t for t, rate in nauka.rates_deg_s() if rate >= 0.02),
    )
    assert nauka.s("17:00") < steady_s
    assert steady_s + 60 < nauka.s(REGAINED_BY)
    assert not nauka.at("USLAB000042", REGAINED_BY)


def test_zvezda_pushes_against_it(nauka: Flight) -> None:
    """The tug of war: its thrusters have it from a minute after the loss, and burn propellant."""
    lost_s = nauka.first("USLAB000042", bool)
    assert nauka.first("RUSSEG000022", bool) - lost_s == pytest.approx(66, abs=6)
    assert 100 < float(nauka["SIM_ISS_RS_PROP_KG"].values[-1]) < 1_000


def test_links_are_lost_on_the_way(nauka: Flight) -> None:
    """Ku with attitude; S-band too where the station points far away, so frames come late."""
    lost_s = nauka.first("USLAB000042", bool)
    assert not nauka["SIM_ISS_LINK_KU"].at(lost_s + 5)
    assert nauka["SIM_ISS_LINK_KU"].values[-1]
    late_s = [
        (f.received_ns - f.time_ns) / SECOND_NS
        for f in nauka.frames
        if f.subsystem == "adcs" and f.received_ns > f.time_ns
    ]
    assert max(late_s) > 60
    assert not nauka["SIM_ISS_LINK_S_BAND"].at(nauka.s("16:50"))
