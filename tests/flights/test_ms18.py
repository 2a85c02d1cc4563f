"""15 October 2021 as an operator sees it: everything here is read from telemetry.

Outside truth: loss of attitude control 09:13 UTC, 57 degrees, attitude regained within half an hour
(contemporary reports). Tolerances are those of the issue: minutes are all that was published, and
the firing's start is chosen to fit them.
"""

from itertools import pairwise

import pytest

from telemetry.clock import SECOND_NS
from telemetry.wire import encode_frame
from tests.flights.flight import Flight, simulate

#: Two thrusters, DPO-07 and DPO-08, that push the Soyuz along the station's flight.
FIRING = "09:12:18"
COMMAND = "SIM_SOYUZ_DPO{:02}_CMD"
ON_TIME = "SIM_SOYUZ_DPO{:02}_ONTIME"
USED_KG = "SIM_SOYUZ_PROP_USED_KG"
#: Consumption of the test by itself: 19 firings of four thrusters, 0.4 s each, 0.0465 kg/s.
TEST_KG = 1.41
LIMIT_KG = 13.5


@pytest.fixture(scope="module")
def ms18() -> Flight:
    return simulate("ms18")


def firing_s(flight: Flight) -> float:
    """The first thruster command in telemetry after the last pulse of the test."""
    quiet_s = flight.s("09:12")
    return min(
        time_s
        for jet in range(1, 29)
        for time_s, value in flight[COMMAND.format(jet)].changes()
        if value and time_s >= quiet_s
    )


def held_since_s(samples: list[tuple[float, float]], below: float) -> float:
    """Since when a quantity has stayed below a bound, to the end of the samples."""
    return max(time_s for time_s, value in samples if value >= below)


def test_the_label_says_what_it_is(ms18: Flight) -> None:
    assert ms18.scenario.label == "reconstruction, not flight data"


def test_cmgs_are_full_within_half_a_minute_of_the_firing(ms18: Flight) -> None:
    full_s = ms18.first("USLAB000010", lambda pct: pct >= 99.5)
    assert ms18.s(FIRING) == firing_s(ms18)
    assert 17 <= full_s - firing_s(ms18) <= 32


@pytest.mark.parametrize("flag", ["USLAB000041", "USLAB000042"])
def test_control_is_lost_at_0913(ms18: Flight, flag: str) -> None:
    assert abs(ms18.first(flag, bool) - ms18.s("09:13")) <= 15


def test_the_station_turns_57_degrees(ms18: Flight) -> None:
    peak_s, peak_deg = max(ms18.errors_deg(), key=lambda sample: sample[1])
    assert peak_deg == pytest.approx(57, abs=1)
    assert ms18.s("09:14:28") < peak_s < ms18.s("09:20")


def test_attitude_is_regained_in_half_an_hour(ms18: Flight) -> None:
    """Error and rate have been small for a minute when attitude counts as regained, and remain."""
    steady_s = max(
        held_since_s(ms18.errors_deg(), below=2.0),
        held_since_s(ms18.rates_deg_s(), below=0.02),
    )
    assert ms18.s("09:20") < steady_s
    assert steady_s + 60 < ms18.s("09:43")


def test_the_propellant_limit_ends_it(ms18: Flight) -> None:
    off_s = ms18.first(COMMAND.format(7), lambda on: not on, after_s=firing_s(ms18))
    before_kg = ms18[USED_KG].at(firing_s(ms18))
    last_kg = ms18[USED_KG].values[-1]
    assert before_kg == pytest.approx(TEST_KG, abs=0.02)
    assert last_kg == pytest.approx(LIMIT_KG, abs=0.01)
    assert off_s - firing_s(ms18) == pytest.approx(130, abs=2)
    # the tank lost what was used, and what Zvezda burnt is counted by itself
    first, last = (ms18["SIM_SOYUZ_PROP_KG"].values[index] for index in (0, -1))
    assert float(first) - float(last) == pytest.approx(LIMIT_KG, abs=0.2)
    assert ms18["SIM_ISS_RS_PROP_KG"].at(off_s) == 0
    assert 5 < float(ms18["SIM_ISS_RS_PROP_KG"].values[-1]) < 100


def test_a_larger_limit_lets_it_fire_for_longer() -> None:
    """The cut-off is the cause of the end: 2 kg more are 21.5 s more of two thrusters."""
    longer = simulate("ms18", "propellant_limit_kg=15.5", until="09:15:30")
    off_s = longer.first(COMMAND.format(7), lambda on: not on, after_s=longer.s(FIRING))
    assert off_s - longer.s(FIRING) == pytest.approx(130 + 2 / (2 * 0.0465), abs=2)


# --- the story, in order ---

#: When, by which parameter, what it becomes; within how many seconds.
STORY: list[tuple[str, str, int, float]] = [
    ("09:00:00", "USLAB000011", 1, 0),  # desaturation inhibited
    ("09:00:00", "USLAB000012", 4, 0),  # CMG attitude control
    ("09:00:00", "RUSSEG000025", 2, 0),  # gyrodines: thrusters do not help
    ("09:03:00", COMMAND.format(7), 1, 0.1),  # a test pulse
    ("09:03:00.4", COMMAND.format(7), 0, 0.1),
    ("09:12:18", COMMAND.format(7), 1, 0.1),  # the firing
    ("09:12:18", COMMAND.format(8), 1, 0.1),
    ("09:13:00", "USLAB000041", 1, 15),  # loss of CMG attitude control
    ("09:13:00", "USLAB000042", 1, 15),  # loss of ISS attitude control
    ("09:13:00", "USLAB000012", 7, 15),  # free drift
    ("09:13:00", "RUSSEG000025", 7, 15),
    ("09:13:00", "SIM_ISS_LINK_KU", 0, 15),
    ("09:14:28", COMMAND.format(7), 0, 2),  # propellant cut-off
    ("09:14:28", COMMAND.format(8), 0, 2),
    ("09:15:30", "RUSSEG000022", 1, 15),  # 150 s after control was lost
    ("09:15:30", "RUSSEG000025", 1, 15),  # thrusters
    ("09:15:30", "USLAB000012", 3, 15),  # the US segment stands by
    ("09:31:00", "USLAB000042", 0, 120),  # attitude regained
    ("09:32:00", "SIM_ISS_LINK_KU", 1, 120),
    ("09:43:00", "RUSSEG000022", 0, 120),  # the CMGs have it back
    ("09:43:00", "RUSSEG000024", 1, 120),  # thrusters done
    ("09:43:00", "RUSSEG000025", 2, 120),
    ("09:43:00", "USLAB000012", 4, 120),
    ("09:43:00", "USLAB000041", 0, 120),  # the latched caution is reset
]


@pytest.mark.parametrize(("when", "parameter", "becomes", "within_s"), STORY)
def test_the_channels_tell_it(
    ms18: Flight, when: str, parameter: str, becomes: int, within_s: float
) -> None:
    due_s = ms18.s(when)
    times = [t for t, value in ms18[parameter].changes() if value == becomes]
    assert min(abs(t - due_s) for t in times) <= within_s + 1e-6, times


def test_nothing_else_happens_in_those_channels(ms18: Flight) -> None:
    told = [parameter for _, parameter, _, _ in STORY if "DPO" not in parameter]
    for parameter in set(told):
        values = [value for _, value in ms18[parameter].changes()]
        begins_at_rest = int(values[0] == 0 or parameter == "SIM_ISS_LINK_KU")
        assert len(values) == told.count(parameter) + begins_at_rest, parameter


def test_attitude_tells_what_the_flags_tell(ms18: Flight) -> None:
    """Rates first, then momentum and error, then the flag."""
    fired_s = firing_s(ms18)
    errors, rates = ms18.errors_deg(), ms18.rates_deg_s()
    order = [
        fired_s,
        min(t for t, rate in rates if t > fired_s and rate > 0.03),
        ms18.first("USLAB000010", lambda pct: pct > 40, after_s=fired_s),
        min(t for t, error in errors if error > 1.0),
        ms18.first("USLAB000010", lambda pct: pct >= 99.5),
        ms18.first("USLAB000042", bool),
        min(t for t, error in errors if error > 30),
    ]
    assert order == sorted(order)
    # quiet until then, the test and all
    assert max(error for t, error in errors if t < fired_s) < 0.1
    # saturated CMGs are held while thrusters have it, and brought back before they are used
    assert ms18.at("USLAB000010", "09:35") == pytest.approx(100, abs=0.5)
    returned_s = ms18.first("RUSSEG000022", lambda on: not on, after_s=2_000)
    assert float(ms18["USLAB000010"].at(returned_s + 2)) < 12


def test_the_rotation_is_where_the_thrusters_push(ms18: Flight) -> None:
    """+X thrust far below the centre of mass pitches the nose up: +Y."""
    assert ms18.at("USLAB000023", "09:13:20") > 4
    assert abs(ms18.at("USLAB000022", "09:13:20")) < 1
    assert ms18.at("USLAB000026", "09:13:20") > 0


def test_arrays_are_held_while_thrusters_may_fire(ms18: Flight) -> None:
    lost_s = ms18.first("USLAB000042", bool)
    back_s = ms18.first("RUSSEG000022", lambda on: not on, after_s=lost_s + 600)
    held = ms18["SIM_ISS_ARRAYS_HELD"]
    assert not held.at(lost_s - 2)
    assert all(value for _, value in held.within(lost_s + 1, back_s - 1))
    assert not held.values[-1]
    for sarj in ("S0000008", "S0000009"):
        modes = ms18[sarj]
        assert modes.at(lost_s - 2) == 5, "AUTOTRACK"
        assert modes.at(lost_s + 60) != 5
        assert modes.values[-1] == 5


def test_ku_is_lost_with_attitude_and_comes_back(ms18: Flight) -> None:
    changes = ms18["SIM_ISS_LINK_KU"].changes()
    assert [value for _, value in changes] == [1, 0, 1]
    lost_s, back_s = changes[1][0], changes[2][0]
    assert lost_s == ms18.first("USLAB000042", bool)
    assert back_s > ms18.first("USLAB000042", lambda lost: not lost, after_s=lost_s)
    # the feed's own channel says the same
    assert ms18["Z1000013"].changes() == changes
    # what only Ku carries is not received meanwhile; the rest is, by S-band
    assert not ms18.of("itcs", lost_s + 1, back_s)
    for subsystem, period_s in (("adcs", 1), ("rs", 5), ("propulsion", 1)):
        times = [frame.time_ns for frame in ms18.of(subsystem, lost_s + 1, back_s)]
        assert max(after - before for before, after in pairwise(times)) <= period_s * SECOND_NS


# --- variants ---


def test_with_desaturation_enabled_control_is_never_lost() -> None:
    flight = simulate("ms18", "desat=enabled")
    assert [value for _, value in flight["USLAB000042"].changes()] == [0]
    assert [value for _, value in flight["USLAB000041"].changes()] == [0]
    assert flight["USLAB000012"].changes()[0][1] == 5
    assert 0.3 < max(error for _, error in flight.errors_deg()) < 2.0
    # the same firing, to the same limit; Zvezda pays for it
    assert float(flight[USED_KG].values[-1]) == pytest.approx(LIMIT_KG, abs=0.01)
    assert float(flight["SIM_ISS_RS_PROP_KG"].values[-1]) > 5


def test_with_a_longer_window_only_the_length_of_the_pulse_breaks_the_plan(ms18: Flight) -> None:
    until = "09:14"
    flight = simulate("ms18", "window_end=09:14", until=until)
    (_, plan), (_, usual) = flight.scenario.activities, ms18.scenario.activities
    fired_ns = flight.scenario.instant_ns(FIRING)
    assert not usual.allows_firing("soyuz", "DPO-07", fired_ns)
    lost_s = flight.first("USLAB000042", bool)
    lost_ns = flight.scenario.start_ns + round(lost_s * SECOND_NS)
    assert plan.allows_firing("soyuz", "DPO-07", fired_ns)
    assert plan.allows_firing("soyuz", "DPO-07", lost_ns)
    # its on-time when the first pulse too long is over tells, long before its budget does
    assert plan.longest_pulse_s is not None
    assert plan.on_time_s is not None
    longest_s = flight.at(ON_TIME.format(7), "09:12:17") + plan.longest_pulse_s
    budget_s = plan.on_time_s
    too_long_s = flight.first(ON_TIME.format(7), lambda on_s: on_s > longest_s)
    over_budget_s = flight.first(ON_TIME.format(7), lambda on_s: on_s > budget_s)
    assert too_long_s - flight.s(FIRING) <= 0.7
    assert too_long_s + 2 < over_budget_s < lost_s
    # the plan is no part of the physics: only the Soyuz's own mode, and its power, follow it
    assert physics(flight, until) == physics(ms18, until)


def physics(flight: Flight, until: str) -> list[bytes]:
    last_ns = flight.scenario.instant_ns(until)
    return [
        encode_frame(frame)
        for frame in flight.frames
        if frame.received_ns <= last_ns and frame.subsystem not in ("motion", "power")
    ]


@pytest.mark.parametrize("jets", ["DPO-05,DPO-06", "DPO-09,DPO-10", "DPO-17,DPO-18,DPO-19,DPO-20"])
def test_other_thrusters_lose_control_too(ms18: Flight, jets: str) -> None:
    flight = simulate("ms18", f"firing_jets={jets}", until="09:15")
    lost_s = flight.first("USLAB000042", bool)
    assert 10 < lost_s - firing_s(flight) < 90
    assert flight.at(COMMAND.format(7), "09:12:30") == 0
    usual, other = (
        tuple(one.at(f"USLAB{n:06}", "09:13:10") for n in (22, 23, 24)) for one in (ms18, flight)
    )
    assert max(abs(a - b) for a, b in zip(usual, other, strict=True)) > 1


def test_without_soyuz_telemetry_the_station_tells_the_same(ms18: Flight) -> None:
    until = "09:20"
    flight = simulate("ms18", "soyuz_telemetry=false", until=until)
    last_ns = flight.scenario.instant_ns(until)
    assert [f for f in flight.frames if f.spacecraft == "soyuz"] == []
    assert [encode_frame(f) for f in flight.frames] == [
        encode_frame(f) for f in ms18.frames if f.spacecraft == "iss" and f.received_ns <= last_ns
    ]
