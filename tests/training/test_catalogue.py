from typing import Any

import pytest

from simulators.scenarios import names
from simulators.scenarios.actions import ACTIONS, convert
from telemetry import wire
from tests.training.journal import DATABASE
from training.catalogue import catalogue, is_fault, words

CATALOGUE = catalogue(DATABASE, 1, 2)
ACTION = {one.name: one for one in CATALOGUE.actions}


def test_every_scenario_and_every_action_is_offered() -> None:
    assert [one.name for one in CATALOGUE.scenarios] == names()
    assert list(ACTION) == list(ACTIONS)
    for action in CATALOGUE.actions:
        assert action.help
        for field in action.fields:
            assert field.help
            assert (field.kind == "choice") == bool(field.choices)


def test_it_fits_into_a_message_and_comes_back_whole() -> None:
    payload = wire.encode(CATALOGUE)
    assert len(payload) < 100_000
    assert wire.decode_training_catalogue(payload) == CATALOGUE


def test_a_field_says_what_it_takes() -> None:
    vehicle, jets, for_s = ACTION["fire"].fields
    assert vehicle.choices == tuple(CATALOGUE.jets)
    assert (jets.kind, jets.required) == ("jets", True)
    assert (for_s.required, for_s.low, for_s.low_too, for_s.unit) == (False, 0.0, False, "s")
    (pulse,) = (one for one in ACTION["pulse-test"].fields if one.name == "pulse_s")
    assert (pulse.low, pulse.high, pulse.low_too, pulse.default) == (0.1, 60.0, True, "0.4")
    spacecraft, parameter, *_ = ACTION["sensor-fault"].fields
    assert (spacecraft.choices, parameter.kind) == (("iss", "soyuz"), "parameter")


def test_the_time_line_tells_faults_from_the_rest() -> None:
    (ms18,) = (one for one in CATALOGUE.scenarios if one.name == "ms18")
    assert [one.says for one in ms18.moments if one.kind == "fault"] == [
        "Two lateral thrusters fire and go on firing"
    ]
    assert {one.kind for one in ms18.moments} == {"activity", "event", "fault"}
    assert [one.start_ns for one in ms18.moments] == sorted(one.start_ns for one in ms18.moments)
    quiet = [one for one in CATALOGUE.scenarios if one.name in ("soyuz-test", "reboost", "docking")]
    assert all(moment.kind != "fault" for one in quiet for moment in one.moments)


@pytest.mark.parametrize(
    ("action", "expected", "fault"),
    [
        (
            {"do": "fire", "vehicle": "soyuz", "jets": ["DPO-07", "DPO-08"], "for_s": 30.0},
            "fire soyuz DPO-07 DPO-08 for 30 s",
            True,
        ),
        ({"do": "gap", "link": "ku", "for_s": 240.0}, "gap ku for 240 s", True),
        (
            {"do": "gap", "link": "ku", "for_s": 240.0, "announced": True},
            "gap ku for 240 s announced",
            False,
        ),
        ({"do": "cmg-off", "cmg": 3}, "cmg-off cmg 3", True),
        (
            {"do": "bearing-wear", "cmg": 3, "per_hour": 2.0},
            "bearing-wear cmg 3 2 an hour",
            True,
        ),
        (
            {"do": "close-manifold", "vehicle": "soyuz", "manifold": 1},
            "close-manifold soyuz manifold 1",
            False,
        ),
        (
            {"do": "manoeuvre", "yaw_deg": 0.0, "pitch_deg": 90.0, "roll_deg": 0.0},
            "manoeuvre yaw 0 deg pitch 90 deg roll 0 deg rate 0.05 deg/s",
            False,
        ),
        (
            {"do": "reboost", "vehicle": "zvezda", "delta_v_m_s": 0.5},
            "reboost zvezda delta v 0.5 m/s",
            False,
        ),
    ],
)
def test_an_action_in_words(action: dict[str, Any], expected: str, fault: bool) -> None:
    made = convert(action)
    assert words(made) == expected
    assert is_fault(made) is fault
