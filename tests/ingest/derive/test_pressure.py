import pytest

from ingest.detect import Detector
from telemetry.limit import Severity
from tests.ingest.derive.firings import (
    DATABASE,
    Ship,
    between,
    derive,
    first_above,
    frame,
    last,
    plan,
)

IDLE, ASTRAY = "DER_CMD_NO_PRESSURE", "DER_PRESSURE_NO_CMD"
JETS = "DER_MISMATCH_JETS"
CMD, PC = "SIM_SOYUZ_DPO07_CMD", "SIM_SOYUZ_DPO07_PC"
WINDOW = plan(10, 100)


def test_rise_and_decay_are_no_disagreement() -> None:
    pulses = {"DPO-07": [(20_000, 20_400), (25_000, 25_200)]}
    derived = derive(Ship(pulses=pulses).frames(30_000), [WINDOW])
    assert {(d.values[IDLE], d.values[ASTRAY], d.values[JETS]) for d in derived} == {(0.0, 0.0, "")}


@pytest.mark.parametrize("pulse_ms", [200, 400, 500])
def test_a_dead_thruster_shows_in_its_pulse(pulse_ms: int) -> None:
    pulse = (20_000, 20_000 + pulse_ms)
    derived = derive(Ship(pulses={"DPO-07": [pulse]}, pressure={"DPO-07": []}).frames(30_000))
    assert first_above(derived, IDLE) == 20.2
    assert last(derived, IDLE) == pulse_ms / 1_000
    assert last(derived, JETS) == "DPO-07"


def test_a_closed_manifold_shows_although_no_frame_comes_between() -> None:
    frames = [
        frame(20, 0, {CMD: 0, PC: 0.0}),
        frame(20.3, 1, {CMD: 1}),
        frame(20.7, 2, {CMD: 0}),
        frame(21, 3, {}),
    ]
    assert [d.values[IDLE] for d in derive(frames)] == [0.0, 0.0, 0.4, 0.4]


def test_a_valve_stuck_open_shows_by_the_next_heartbeat() -> None:
    fires = Ship(
        pulses={"DPO-07": [(20_000, 20_400)], "DPO-08": [(20_000, 20_400)]},
        pressure={"DPO-07": [(20_000, 29_000)]},
    )
    derived = derive(fires.frames(120_000), [WINDOW])
    assert first_above(derived, ASTRAY) == 21.0
    assert last(derived, ASTRAY, 29.5) == 8.7
    assert last(derived, JETS, 29.5) == "DPO-07"
    # a minute after the last of it
    assert last(derived, ASTRAY, 89) == 8.7
    assert last(derived, JETS, 90) == ""


def test_how_severe_it_is() -> None:
    fires = Ship(
        pulses={"DPO-07": [(20_000, 20_400)], "DPO-08": [(40_000, 42_000)]},
        pressure={"DPO-07": [(20_000, 22_000)], "DPO-08": []},
    )
    detector = Detector(DATABASE.subsystem("soyuz", "derived"))
    plans = [plan(10, 100, longest_pulse_s=None)]
    found = [d for one in derive(fires.frames(50_000), plans) for d in detector.check(one)]
    assert [(d.subject, d.severity) for d in found] == [
        (ASTRAY, Severity.CAUTION),
        (ASTRAY, Severity.WARNING),
        (IDLE, Severity.CAUTION),
    ]


def test_after_a_lost_frame_nothing_is_known_until_it_is_sent_again() -> None:
    """Its end was lost: the command seems on and the pressure, which decayed unseen, too."""
    fires = Ship(pulses={"DPO-07": [(20_000, 20_400)]})
    for lost in ((20.1, 20.2), (20.1, 25), (20.4, 20.5), (20.4, 25), (20.5, 25)):
        derived = derive(between(fires.frames(60_000), *lost), [WINDOW])
        assert {(d.values[IDLE], d.values[ASTRAY]) for d in derived} == {(0.0, 0.0)}


@pytest.mark.parametrize("unknown", [CMD, PC])
def test_what_is_invalid_disagrees_with_nothing(unknown: str) -> None:
    frames = [
        frame(0, 0, {CMD: 1, PC: 0.0}),
        frame(0.1, 1, {}, {unknown: 1}),
        *(frame(n, n + 1, {}) for n in range(1, 10)),
    ]
    assert first_above(derive(frames), IDLE) is None
    known = [frame(0, 0, {CMD: 1, PC: 0.0}), *(frame(n, n, {}) for n in range(1, 10))]
    assert first_above(derive(known), IDLE) == 1.0


def test_a_choked_thruster_gives_no_pressure_to_speak_of() -> None:
    frames = [frame(0, 0, {CMD: 1, PC: 0.0}), frame(0.1, 1, {PC: 0.3}), frame(1, 2, {})]
    assert first_above(derive(frames), IDLE) == 1.0
