"""Each scenario that ships does what its words say, as telemetry tells it.

Flights are cut short where the rest shows nothing new, or their events moved by `--set`.
"""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from bench.judged import journal
from simulators.scenarios import names
from simulators.scenarios.actions import SensorFault
from telemetry.alarm import EventKind
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from tests.flights.flight import ATTITUDE, Flight, fly, shipped, simulate

FORWARD_DELTA_V_M_S = 0.5


def alarms(flight: Flight, least: Severity = Severity.CAUTION) -> list[str]:
    """What the limits of the mission database make of it."""
    return [
        f"{event.alarm.id} {event.alarm.limit}"
        for event in journal(flight.scenario, shipped(), flight.frames, flight.spacecraft)
        if event.kind in (EventKind.VIOLATED, EventKind.ESCALATED) and event.alarm.severity >= least
    ]


def story(flight: Flight, parameter: str) -> list[object]:
    return [value for _, value in flight[parameter].changes()]


def pitch_deg(flight: Flight, when: str) -> float:
    """Of the attitude from LVLH, yaw-pitch-roll sequence."""
    q0, q1, q2, q3 = (flight.at(part, when) for part in ATTITUDE)
    return math.degrees(math.asin(2 * (q0 * q2 - q1 * q3)))


def size(flight: Flight, parameters: tuple[str, ...], when: str) -> float:
    return math.hypot(*(flight.at(one, when) for one in parameters))


@pytest.mark.parametrize("name", sorted(set(names()) - {"ms18", "nauka"}))
def test_only_what_happened_is_called_a_reconstruction(name: str) -> None:
    assert simulate(name, until=2).scenario.label == ""


# --- quiet ---


def test_a_nominal_day_raises_nothing() -> None:
    """Two hours of it; ADVISORY too, which is more than the issue asks."""
    flight = simulate("nominal-day", until="02:00")
    assert alarms(flight, Severity.ADVISORY) == []
    # one orbit every 92.9 minutes: the pitch rate is the orbit's, nose down
    rate = [float(v) for _, v in flight["USLAB000026"].within(0, 92.9 * 60)]
    assert sum(rate) / len(rate) == pytest.approx(-360 / (92.9 * 60), rel=0.01)
    # day and night come and go
    assert story(flight, "SIM_ISS_CONTROL") == [0]
    sunlit = [float(v) > 0.5 for _, v in flight["SIM_ISS_SUNLIGHT"].changes()]
    assert sum(before != after for before, after in pairwise(sunlit)) in (2, 3)


def test_a_soyuz_test_that_goes_right_goes_unnoticed() -> None:
    flight = simulate("soyuz-test", until="09:20")
    assert alarms(flight) == []
    assert max(error for _, error in flight.errors_deg()) < 0.5
    used_kg = float(flight["SIM_SOYUZ_PROP_USED_KG"].values[-1])
    assert used_kg == pytest.approx(19 * 4 * 0.4 * 0.0465, abs=0.01)
    (_, plan) = flight.scenario.activities
    on_times = [float(flight[f"SIM_SOYUZ_DPO{jet:02}_ONTIME"].values[-1]) for jet in range(1, 29)]
    assert sum(on_times) == pytest.approx(19 * 4 * 0.4, abs=0.05)
    assert plan.on_time_s is not None
    assert 0 < max(on_times) < plan.on_time_s
    assert plan.propellant_kg is not None
    assert used_kg < plan.propellant_kg
    # what fires, fires within the window and never for longer than a pulse may be
    for jet in range(1, 29):
        edges = flight[f"SIM_SOYUZ_DPO{jet:02}_CMD"].changes()
        assert all(flight.s("09:02") <= t < flight.s("09:12") for t, _ in edges[1:])
        pulses = [off - on for (on, value), (off, _) in pairwise(edges) if value]
        assert plan.longest_pulse_s is not None
        assert all(pulse <= plan.longest_pulse_s for pulse in pulses)
    # the mode says so while it lasts
    assert story(flight, "SIM_SOYUZ_SUD_MODE") == [1, 2, 1]


# --- planned motion ---


def test_a_manoeuvre_reaches_its_attitude_and_comes_back() -> None:
    flight = simulate("manoeuvre", until="13:20")
    assert story(flight, "USLAB000081") == [0, 1, 0, 1, 0]
    began_s = flight.first("USLAB000081", bool)
    assert began_s == flight.s("12:15")
    assert story(flight, "RUSSEG000022") == [0, 1, 0]
    # nose up by 20 degrees from -2, at 0.1 deg/s, and down again
    assert pitch_deg(flight, "12:10") == pytest.approx(-2, abs=0.5)
    assert pitch_deg(flight, "12:40") == pytest.approx(18, abs=1)
    assert pitch_deg(flight, "13:05") == pytest.approx(-2, abs=1)
    rates = [rate for t, rate in flight.rates_deg_s() if flight.s("12:16") < t < flight.s("12:18")]
    assert max(rates) == pytest.approx(0.1, abs=0.02)
    # never lost, and the commanded quaternion moves with it
    assert max(error for _, error in flight.errors_deg()) < 1.5
    assert story(flight, "USLAB000042") == [0]
    assert flight.at("USLAB000030", "12:40") == pytest.approx(
        flight.at(ATTITUDE[2], "12:40"), abs=0.02
    )


def test_a_handover_goes_and_comes_back() -> None:
    flight = simulate("rs-handover", until="08:58")
    assert story(flight, "RUSSEG000022") == [0, 1, 0]
    assert flight.first("RUSSEG000022", bool) == pytest.approx(flight.s("08:12"), abs=5)
    back_s = flight.first("RUSSEG000022", lambda on: not on, after_s=flight.s("08:20"))
    assert flight.s("08:40") < back_s < flight.s("08:45")
    assert story(flight, "USLAB000012") == [5, 3, 5]
    assert story(flight, "RUSSEG000025") == [6, 1, 6]
    # arrays are held from before the thrusters until after them
    held = flight["SIM_ISS_ARRAYS_HELD"].changes()
    assert [value for _, value in held] == [0, 1, 0]
    assert held[1][0] < flight.first("RUSSEG000022", bool)
    assert held[2][0] > back_s
    # thrusters hold it, worse than CMGs do, and it costs propellant
    assert max(error for _, error in flight.errors_deg()) < 2.0
    assert 1 < float(flight["SIM_ISS_RS_PROP_KG"].values[-1]) < 40
    assert alarms(flight, Severity.WARNING) == []


def test_a_reboost_raises_the_orbit() -> None:
    """Along the flight, a push of dv lengthens the period by 3 dv/v, and so the mean rate."""
    flight = simulate("reboost", until="18:27")
    assert story(flight, "RUSSEG000001") == [7, 3, 7]
    assert story(flight, "USLAB000086") == [1, 4, 1]
    assert 5 in story(flight, "RUSSEG000025")
    # against the same orbit all but left alone, since J2 moves the osculating one as much
    alone = simulate("reboost", "delta_v_m_s=0.01", until="18:27")
    grown = _period_s(flight, "18:25") / _period_s(alone, "18:25") - 1
    speed_m_s = size(flight, ("USLAB000035", "USLAB000036", "USLAB000037"), "18:18")
    pushed_m_s = FORWARD_DELTA_V_M_S - 0.01
    assert grown == pytest.approx(3 * pushed_m_s / speed_m_s, rel=0.05)
    assert max(error for _, error in flight.errors_deg()) < 2.0
    assert story(flight, "USLAB000042") == [0]


def _period_s(flight: Flight, when: str) -> float:
    """Kepler's third law on the state vector, averaged over a minute to be rid of its noise."""
    mu_m3_s2 = 3.986004418e14
    start_s = flight.s(when)
    periods = []
    for time_s in range(round(start_s), round(start_s) + 60, 2):
        r = 1_000 * math.hypot(*(float(flight[f"USLAB0000{n}"].at(time_s)) for n in (32, 33, 34)))
        v = math.hypot(*(float(flight[f"USLAB0000{n}"].at(time_s)) for n in (35, 36, 37)))
        semi_major_m = 1 / (2 / r - v * v / mu_m3_s2)
        periods.append(2 * math.pi * math.sqrt(semi_major_m**3 / mu_m3_s2))
    return sum(periods) / len(periods)


def test_a_docking_is_free_drift_by_plan_and_adds_mass() -> None:
    flight = simulate("docking", until="16:20")
    # Kurs: target, contact, hooks; the aft port
    assert story(flight, "RUSSEG000012") == [0, 1]
    assert flight.first("RUSSEG000012", bool) == pytest.approx(flight.s("15:31"), abs=5)
    assert story(flight, "RUSSEG000014") == [0, 1]
    assert flight.first("RUSSEG000020", bool) == pytest.approx(flight.s("15:43"), abs=5)
    assert flight.at("RUSSEG000005", "15:12") == pytest.approx(400, abs=20)
    assert flight.at("RUSSEG000005", "15:32") == pytest.approx(0, abs=1)
    assert story(flight, "USLAB000086") == [1, 8, 1]
    added_kg = flight.at("USLAB000039", "15:40") - flight.at("USLAB000039", "15:20")
    assert added_kg == pytest.approx(6_500, abs=10)
    # free drift from contact to hooks, which is planned and no loss of control
    drifts = flight["USLAB000012"].within(flight.s("15:31") + 5, flight.s("15:43"))
    assert {value for _, value in drifts} == {7}
    assert flight.at("RUSSEG000025", "15:35") == 7
    assert flight.at("RUSSEG000023", "15:35") == 1
    assert story(flight, "USLAB000042") == [0]
    assert max(error for _, error in flight.errors_deg()) < 10
    error = ("USLAB000022", "USLAB000023", "USLAB000024")
    assert size(flight, error, "16:10") < 1.5
    assert alarms(flight, Severity.WARNING) == []


# --- links ---


def test_a_pass_without_signal_is_recorded_and_sent_afterwards() -> None:
    flight = simulate("los-pass", until="06:55")
    blind = (flight.s("06:40"), flight.s("06:47"))
    # nothing of the station arrives; then all of it, as it was taken and marked so
    start_ns, end_ns = (flight.scenario.instant_ns(when) for when in ("06:40", "06:47"))
    assert not [
        f for f in flight.frames if f.spacecraft == "iss" and start_ns <= f.received_ns < end_ns
    ]
    taken = flight.of("adcs", *blind)
    assert len(taken) == blind[1] - blind[0]
    assert all(f.received_ns >= flight.scenario.start_ns + blind[1] * SECOND_NS for f in taken)
    assert max(f.received_ns - f.time_ns for f in taken) > 300 * SECOND_NS
    # in order, none twice, none missing
    sequences = [f.sequence for f in sorted(flight.of("adcs", 0, 1e6), key=lambda f: f.time_ns)]
    assert sequences == list(range(len(sequences)))
    # the Russian link is another: the Soyuz is silent from the end of its own pass on
    last_ns = max(frame.received_ns for frame in flight.frames if frame.spacecraft == "soyuz")
    assert flight.scenario.start_ns + 300 * SECOND_NS < last_ns
    assert last_ns < flight.scenario.instant_ns("06:40")
    lost_s = flight.first("SIM_ISS_LINK_RUSSIAN", lambda up: not up)
    assert abs(lost_s - (last_ns - flight.scenario.start_ns) / SECOND_NS) <= 1


def test_without_a_recorder_a_gap_stays_a_gap() -> None:
    flight = simulate("los-pass", "recorder_dump=false", until="06:50", spacecraft=["iss"])
    assert flight.of("adcs", flight.s("06:40"), flight.s("06:47")) == []
    after = flight.of("adcs", flight.s("06:47"), flight.s("06:48"))
    before = flight.of("adcs", flight.s("06:39"), flight.s("06:40"))
    # counted all the same, so that whoever reads the numbers sees what is missing
    assert after[0].sequence - before[-1].sequence == 1 + 7 * 60


# --- faults ---


def test_a_failing_bearing_shakes_then_drags_and_warms() -> None:
    """The wear of five hours in one, so that an hour of it is enough."""
    flight = simulate("cmg-bearing", "wear_per_hour=0.9", until="02:00", spacecraft=["iss"])
    begun_s, end_s = flight.s("01:00"), flight.s("02:00")
    for cmg in (1, 2, 3, 4):
        vibration, current = f"Z100000{cmg}", f"Z100000{cmg + 4}"
        motor, hall = f"USLAB0000{44 + cmg}", f"USLAB0000{48 + cmg}"
        worn_g = _mean(flight, vibration, end_s - 300, end_s)
        quiet_a, worn_a = (
            _mean(flight, current, *span) for span in ((0, begun_s), (end_s - 300, end_s))
        )
        warmer_c = [
            _mean(flight, one, end_s - 300, end_s) - _mean(flight, one, 0, begun_s)
            for one in (motor, hall)
        ]
        if cmg == 3:
            assert worn_g > 0.06
            assert worn_a > quiet_a + 0.5
            assert min(warmer_c) > 2
        else:
            assert worn_g < 0.04
            assert worn_a == pytest.approx(quiet_a, abs=0.2)
            assert max(map(abs, warmer_c)) < 2
    raised = [one.split(".")[0] for one in alarms(flight)]
    assert raised[0] == "Z1000003"  # vibration is the first to tell
    assert "Z1000007" in raised
    assert set(raised) <= {"Z1000003", "Z1000007", "Z1000011", "USLAB000047", "USLAB000051"}
    # nothing of it moves the station
    assert story(flight, "USLAB000042") == [0]


def _mean(flight: Flight, parameter: str, from_s: float, to_s: float) -> float:
    values = [float(value) for _, value in flight[parameter].within(from_s, to_s)]
    return sum(values) / len(values)


def test_a_leak_lets_all_the_air_out_until_it_is_sealed() -> None:
    flight = simulate("cabin-leak", "hole_mm=20", "leak_at=10:02", "sealed_at=10:12", until="10:20")
    # choked flow of a nozzle of that size out of 996 m3, station and Soyuz: an exponential
    sound_m_s = math.sqrt(1.4 * 8.314 / 0.028965 * (273.15 + 23.4))
    flow_m3_s = math.pi / 4 * 0.020**2 * sound_m_s * 0.5787
    left = math.exp(-600 * flow_m3_s / 996.1)
    for parameter in ("USLAB000058", "AIRLOCK000054", "SIM_SOYUZ_CABIN_P"):
        full_mmhg, low_mmhg = (flight.at(parameter, when) for when in ("10:02", "10:12"))
        assert low_mmhg == pytest.approx(full_mmhg * left, abs=0.3)
        assert flight.at(parameter, "10:20") == pytest.approx(low_mmhg, abs=0.5)
    for part in ("USLAB000053", "USLAB000054"):
        assert flight.at(part, "10:12") == pytest.approx(flight.at(part, "10:02") * left, rel=0.005)
    assert any(one.startswith("USLAB000058.") for one in alarms(flight, Severity.ADVISORY))


@pytest.fixture(scope="module")
def faulty() -> Flight:
    return simulate("sensor-faults", until="15:46")


@pytest.fixture(scope="module")
def healthy(faulty: Flight) -> Flight:
    """The same flight with the same noise and every sensor well."""
    return fly(replace(faulty.scenario, events=()), "15:46")


@pytest.fixture(scope="module")
def false_alarms(faulty: Flight) -> list[str]:
    return alarms(faulty)


def both(
    faulty: Flight, healthy: Flight, parameter: str, start: str, end: str
) -> tuple[list[float], list[float]]:
    """What was sent of a parameter within a span, with the fault and without."""
    faulted, well = (
        [float(v) for _, v in flight[parameter].within(flight.s(start), flight.s(end))]
        for flight in (faulty, healthy)
    )
    return faulted, well


def test_a_stuck_sensor_repeats_itself(faulty: Flight, healthy: Flight) -> None:
    stuck, well = both(faulty, healthy, "USLAB000010", "14:10", "14:20")
    assert len(set(stuck)) == 1
    assert max(well) - min(well) > 2
    assert faulty.at("USLAB000010", "14:25") == healthy.at("USLAB000010", "14:25")


def test_a_spike_is_one_sample(faulty: Flight, healthy: Flight, false_alarms: list[str]) -> None:
    spiked, well = both(faulty, healthy, "USLAB000022", "14:25", "14:26")
    assert max(spiked) == pytest.approx(max(well) + 6, abs=0.05)
    assert sum(value > 1 for value in spiked) == 1
    # a single sample does not last as long as the limit asks
    assert not [one for one in false_alarms if one.startswith("USLAB000022")]


def test_a_drift_grows_and_ends(faulty: Flight, healthy: Flight, false_alarms: list[str]) -> None:
    drifting, _ = both(faulty, healthy, "USLAB000053", "14:30", "14:40")
    fell = healthy.at("USLAB000053", "14:39:55") - faulty.at("USLAB000053", "14:39:55")
    assert fell == pytest.approx(0.04 * 595, abs=0.5)
    assert all(after < before for before, after in pairwise(drifting[1:]))
    assert faulty.at("USLAB000053", "14:42") == pytest.approx(
        healthy.at("USLAB000053", "14:42"), abs=0.2
    )
    assert any(one.startswith("USLAB000053.") for one in false_alarms)


def test_a_dropout_is_silence_of_one_channel(faulty: Flight, healthy: Flight) -> None:
    dropped, well = both(faulty, healthy, "S1000003", "14:45", "14:55")
    assert dropped == []
    assert len(well) >= 10  # sent again each minute at the latest
    assert faulty.of("etcs", faulty.s("14:45"), faulty.s("14:55"))


def test_a_stale_frame_is_sent_again_with_its_old_time(
    faulty: Flight, false_alarms: list[str]
) -> None:
    start_ns, end_ns = (faulty.scenario.instant_ns(when) for when in ("15:00", "15:05"))
    arrived = [
        f for f in faulty.frames if f.subsystem == "eps" and start_ns <= f.received_ns < end_ns
    ]
    assert len(arrived) > 100
    assert {f.time_ns for f in arrived} == {arrived[0].time_ns}
    assert arrived[0].time_ns < start_ns
    assert "eps.stale no frame for 3.8 s" in false_alarms


def test_a_swapped_sign_is_the_mirror_image(faulty: Flight, healthy: Flight) -> None:
    swapped, well = both(faulty, healthy, "USLAB000026", "15:10:02", "15:15")
    assert min(swapped) > 0.06
    assert sum(swapped) / len(swapped) == pytest.approx(-sum(well) / len(well), abs=5e-4)
    # attitude does not move, which is how it can be told from a turn
    assert max(error for t, error in faulty.errors_deg() if t > faulty.s("15:00")) < 0.5


def test_a_clock_jump_dates_frames_half_an_hour_back(faulty: Flight) -> None:
    late_s = {
        (f.received_ns - f.time_ns) / SECOND_NS
        for f in faulty.frames
        if f.subsystem == "cabin"
        and faulty.scenario.instant_ns("15:25") <= f.received_ns
        and f.received_ns < faulty.scenario.instant_ns("15:30")
    }
    assert late_s == {1_800.0}
    later = [f for f in faulty.frames if f.subsystem == "cabin"][-1]
    assert later.time_ns == later.received_ns


def test_what_cannot_be_measured_says_so(faulty: Flight) -> None:
    start_s, end_s = faulty.s("15:40"), faulty.s("15:45")
    frames = faulty.of("tanks", start_s, end_s)
    assert any("SIM_SOYUZ_FUEL1_P" in frame.invalid for frame in frames)
    assert not any("SIM_SOYUZ_FUEL1_P" in frame.values for frame in frames)
    assert faulty["SIM_SOYUZ_FUEL1_P"].within(end_s, end_s + 60)


def test_nothing_aboard_is_wrong(faulty: Flight, healthy: Flight) -> None:
    """Not one sample differs but those of what is faulty, and the truth is the same."""
    faults = {
        event.action.parameter
        for event in faulty.scenario.events
        if isinstance(event.action, SensorFault)
    }
    assert len(faults) == 8
    frame_faults = {"eps", "cabin"}

    def others(flight: Flight) -> list[tuple[int, str, dict[str, object]]]:
        return [
            (f.time_ns, f.subsystem, {k: v for k, v in f.values.items() if k not in faults})
            for f in flight.frames
            if f.subsystem not in frame_faults
        ]

    told, expected = others(faulty), others(healthy)
    assert [one for one in told if one[2]] == [one for one in expected if one[2]]
    assert faulty.simulation.station.control.motion == healthy.simulation.station.control.motion
    assert faulty.simulation.station.cabin == healthy.simulation.station.cabin
