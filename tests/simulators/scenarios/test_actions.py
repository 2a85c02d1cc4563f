"""The vocabulary: what is an action, in a table, a message and on the command line alike."""

import contextlib
import inspect
import json
import logging
import math
from collections import deque
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.publishing.inject import take
from simulators.scenarios.actions import (
    ACTIONS,
    Action,
    ActionError,
    Dock,
    Fire,
    PulseTest,
    SensorFault,
    convert,
    to_wire,
)
from simulators.scenarios.names import check_names
from simulators.sensing.fault import FaultKind
from telemetry import missiondb, wire
from telemetry.clock import SECOND_NS
from telemetry.missiondb import MissionDatabase

FIRE = {"do": "fire", "vehicle": "soyuz", "jets": ["DPO-07", "DPO-08"]}

#: One good example of each, on one line as the command line has it.
EXAMPLES = {
    "fire": "vehicle=soyuz jets=DPO-07,DPO-08 for_s=12.5",
    "stop-firing": "vehicle=soyuz",
    "pulse-test": "vehicle=soyuz pulse_s=0.3 every_s=20 pairs=4",
    "close-manifold": "vehicle=soyuz manifold=2 open=true",
    "reset-counters": "vehicle=soyuz",
    "control": "mode=attitude-hold",
    "desaturation": "state=inhibited",
    "handover": "to=rs",
    "manoeuvre": "yaw_deg=-4 pitch_deg=10 roll_deg=0.7 rate_deg_s=0.1",
    "reboost": "vehicle=zvezda delta_v_m_s=0.5",
    "approach": "vehicle=progress port=zvezda-aft from_range_m=300",
    "dock": "vehicle=progress port=zvezda-aft",
    "undock": "vehicle=soyuz",
    "leak": "volume=station hole_mm=5",
    "seal-leak": "volume=station",
    "bearing-wear": "cmg=3 per_hour=0.2",
    "cmg-off": "cmg=1",
    "arrays": "mode=feathered",
    "gap": "link=s-band for_s=300 announced=true",
    "sensor-fault": "spacecraft=iss parameter=USLAB000022 kind=drift rate_per_s=-0.1 for_s=60",
}


@pytest.fixture(scope="module")
def database() -> MissionDatabase:
    return missiondb.load()


def example(name: str) -> Action:
    fields = dict(one.split("=") for one in EXAMPLES[name].split())
    return convert({"do": name, **fields}, text=True)


def test_there_is_an_example_of_every_action() -> None:
    assert EXAMPLES.keys() == ACTIONS.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_action_survives_the_wire(name: str, database: MissionDatabase) -> None:
    action = example(name)
    message = wire.Injection(id="i", by="jo", action=to_wire(action))
    there = wire.decode_injection(wire.encode(message))
    assert convert(there.action) == action
    # msgspec's own reading of the union, by tag, is the same
    assert msgspec.json.decode(msgspec.json.encode(action), type=Action) == action
    check_names(action, database)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_says_what_it_does(name: str) -> None:
    assert inspect.getdoc(ACTIONS[name])


def test_a_text_becomes_the_type_its_field_has() -> None:
    assert example("fire") == Fire(vehicle="soyuz", jets=("DPO-07", "DPO-08"), for_s=12.5)
    assert example("dock") == Dock(vehicle="progress", port="zvezda-aft")
    assert example("pulse-test") == PulseTest(vehicle="soyuz", pulse_s=0.3, every_s=20, pairs=4)


@pytest.mark.parametrize(
    ("raw", "field", "says"),
    [
        ({}, "do", "is missing"),
        ({"do": 1}, "do", "no action 1"),
        ({"do": "fier"}, "do", "did you mean 'fire'?"),
        (FIRE | {"for": 3}, "for", "did you mean 'for_s'?"),
        ({"do": "fire", "vehicle": "soyuz"}, "jets", "is missing"),
        (FIRE | {"jets": []}, "jets", "a list, 1 to 32"),
        (FIRE | {"jets": "DPO-07"}, "jets", "a list"),
        (FIRE | {"for_s": 0}, "for_s", "above 0"),
        (FIRE | {"for_s": "3"}, "for_s", "must be a number"),
        (FIRE | {"for_s": math.nan}, "for_s", "must be a number"),
        (FIRE | {"for_s": math.inf}, "for_s", "must be a number"),
        (FIRE | {"for_s": True}, "for_s", "must be a number"),
        (FIRE | {"vehicle": "x" * 65}, "vehicle", "at most 64"),
        (FIRE | {"vehicle": "a\nb"}, "vehicle", "letters, digits"),
        ({"do": "cmg-off", "cmg": 5}, "cmg", "1, 2, 3 or 4"),
        ({"do": "handover", "to": "uk"}, "to", "rs or us"),
        ({"do": "gap", "link": "x", "for_s": 1}, "link", "ku, s-band or russian"),
        ({"do": "close-manifold", "vehicle": "soyuz", "manifold": 1, "open": 1}, "open", "true"),
        ({"do": "pulse-test", "vehicle": "soyuz", "pulse_s": 5, "every_s": 5}, "pulse_s", "below"),
        ({"do": "pulse-test", "vehicle": "soyuz", "pairs": 10**400}, "pairs", "whole number"),
    ],
)
def test_what_is_no_action_says_which_field_and_what_it_must_be(
    raw: dict[str, object], field: str, says: str
) -> None:
    with pytest.raises(ActionError) as caught:
        convert(raw)
    assert caught.value.field == field
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
field_names = st.sampled_from(
    sorted({name for kind in ACTIONS.values() for name in kind.__struct_fields__})
)


@given(
    st.sampled_from(sorted(ACTIONS)),
    st.dictionaries(field_names | st.text(max_size=8), anything, max_size=5),
    st.booleans(),
)
def test_no_fields_give_anything_but_an_action_or_its_error(
    name: str, fields: dict[str, Any], text: bool
) -> None:
    with contextlib.suppress(ActionError):
        assert isinstance(convert(fields | {"do": name}, text=text), ACTIONS[name])


@pytest.mark.parametrize(
    ("raw", "field", "says"),
    [
        (FIRE | {"vehicle": "soyuzz"}, "vehicle", "did you mean 'soyuz'?"),
        (FIRE | {"jets": ["DPO-07", "DPO-7"]}, "jets", "no 'DPO-7'; there are DPO-01"),
        (FIRE | {"vehicle": "nauka"}, "jets", "MLM-01"),
        ({"do": "dock", "vehicle": "progress", "port": "zvezda-aff"}, "port", "'zvezda-aft'"),
        (
            {"do": "sensor-fault", "spacecraft": "mir", "parameter": "X", "kind": "stuck"},
            "spacecraft",
            "no 'mir'",
        ),
        (
            {"do": "sensor-fault", "spacecraft": "iss", "parameter": "USLAB22", "kind": "stuck"},
            "parameter",
            "no such parameter",
        ),
    ],
)
def test_a_name_of_nothing_is_told_with_what_is_near(
    raw: dict[str, object], field: str, says: str, database: MissionDatabase
) -> None:
    with pytest.raises(ActionError) as caught:
        check_names(convert(raw), database)
    assert caught.value.field == field
    assert says in str(caught.value)


def test_a_sensor_fault_begins_when_it_is_told_and_ends_in_time() -> None:
    action = example("sensor-fault")
    assert isinstance(action, SensorFault)
    fault = action.fault(1_000 * SECOND_NS)
    assert fault.kind is FaultKind.DRIFT
    assert (fault.start_ns, fault.end_ns) == (1_000 * SECOND_NS, 1_060 * SECOND_NS)
    assert (fault.parameter, fault.rate_per_s, fault.value) == ("USLAB000022", -0.1, None)
    for_ever = convert(
        {"do": "sensor-fault", "spacecraft": "iss", "parameter": "eps", "kind": "dropout"}
    )
    assert isinstance(for_ever, SensorFault)
    assert for_ever.fault(0).end_ns is None


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"no JSON", "cannot be read"),
        (json.dumps({"id": "i", "by": "jo", "action": {"do": "fier"}}), "did you mean 'fire'?"),
        (
            json.dumps({"id": "i", "by": "jo", "action": FIRE | {"jets": ["DPO-99"]}}),
            "no 'DPO-99'",
        ),
    ],
)
def test_a_message_that_asks_for_nothing_possible_is_logged_and_left(
    payload: bytes | str, says: str, database: MissionDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[Action] = []
    ids: deque[str] = deque(maxlen=10)
    raw = payload.encode() if isinstance(payload, str) else payload
    with caplog.at_level(logging.WARNING):
        take(raw, database, done.append, ids)
    assert done == []
    assert says in caplog.text
    fire = wire.encode(wire.Injection(id="i", by="jo", action=to_wire(example("fire"))))
    for _ in range(2):  # what comes again is not done again
        take(fire, database, done.append, ids)
    assert done == [example("fire")]
