import dataclasses
from typing import Any

import pytest

from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError

START_NS = 1_634_288_520 * SECOND_NS
END_NS = START_NS + 600 * SECOND_NS

TEST = Activity(
    id="sud-test",
    title="Soyuz motion control test",
    kind=ActivityKind.THRUSTER_TEST,
    spacecraft="soyuz",
    start_ns=START_NS,
    end_ns=END_NS,
    may_fire=("soyuz", "progress/DPO-03"),
    longest_pulse_s=0.5,
    on_time_s=5.0,
    propellant_kg=3.0,
    planned_states=(PlannedState.FREE_DRIFT,),
    links=(LinkName.RUSSIAN,),
)


@pytest.mark.parametrize(
    ("time_ns", "within"),
    [(START_NS - 1, False), (START_NS, True), (END_NS - 1, True), (END_NS, False)],
)
def test_the_window_has_its_start_and_not_its_end(time_ns: int, within: bool) -> None:
    assert TEST.in_window(time_ns) is within
    assert TEST.allows_firing("soyuz", "DPO-07", time_ns) is within
    assert TEST.plans(PlannedState.FREE_DRIFT, time_ns) is within


@pytest.mark.parametrize(
    ("vehicle", "thruster", "allowed"),
    [
        ("soyuz", "DPO-07", True),
        ("progress", "DPO-03", True),
        ("progress", "DPO-04", False),
        ("nauka", "MLM-01", False),
    ],
)
def test_only_those_named_may_fire(vehicle: str, thruster: str, allowed: bool) -> None:
    assert TEST.allows_firing(vehicle, thruster, START_NS) is allowed


def test_what_is_not_planned_is_not_planned() -> None:
    assert not TEST.plans(PlannedState.MANOEUVRE, START_NS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": " "}, "id is empty"),
        ({"title": ""}, "title is empty"),
        ({"end_ns": START_NS}, "must be after start"),
        ({"end_ns": 2**70}, "end is no time"),
        ({"start_ns": -1}, "start is no time"),
        ({"longest_pulse_s": 0.0}, "longest_pulse_s must be above 0"),
        ({"on_time_s": float("nan")}, "on_time_s must be above 0"),
        ({"propellant_kg": float("inf")}, "propellant_kg must be above 0"),
        ({"longest_pulse_s": 6.0}, "beyond the whole on_time_s"),
        ({"may_fire": ()}, "may_fire names nobody"),
    ],
)
def test_an_activity_that_contradicts_itself_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        dataclasses.replace(TEST, **change)
    assert len(str(caught.value).splitlines()) == 1
