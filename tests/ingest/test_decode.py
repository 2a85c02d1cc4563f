"""What becomes of a message: the samples it gives, and the reasons for those it does not."""

import json
from typing import Any

import pytest

from ingest.decode import MAX_AHEAD_NS, MAX_BEHIND_NS, Asked, ClockChange, Decoder
from ingest.record import Record
from telemetry import wire
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics, Verb
from telemetry.wire import Reason

NOW_NS = 1_634_289_120 * SECOND_NS
TOPICS = Topics()


@pytest.fixture
def decoder(database: MissionDatabase) -> Decoder:
    return Decoder(database, TOPICS)


def message(
    values: dict[str, Any], topic: str = TOPICS.frame("iss", "adcs"), **more: Any
) -> Record:
    body = {"t": NOW_NS, "seq": 1, "values": values} | more
    return Record(1, NOW_NS, topic, json.dumps(body).encode())


def test_good_samples_are_typed_and_bad_ones_named(decoder: Decoder) -> None:
    decoded = decoder.decode(
        message({"ERR": 0, "MODE": 2.0, "COUNT": 2**60, "FLAG": True, "NAME": "a", "NOPE": 1})
    )
    frame = decoded.content
    assert isinstance(frame, Frame)
    assert frame.values == {"ERR": 0.0, "MODE": 2, "COUNT": 2**60, "FLAG": True, "NAME": "a"}
    assert isinstance(frame.values["ERR"], float)
    assert [(r.parameter, r.reason) for r in decoded.rejects] == [
        ("NOPE", Reason.UNKNOWN_PARAMETER)
    ]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("ERR", "1"),
        ("ERR", True),
        ("MODE", 1.5),
        ("MODE", "HOLD"),
        ("MODE", False),
        ("COUNT", 2**64),
        ("ERR", 2**64),
        ("COUNT", 1e300),
        ("FLAG", 1),
        ("NAME", 1),
        ("NAME", [1]),
    ],
)
def test_a_value_of_the_wrong_type_costs_itself_only(
    decoder: Decoder, parameter: str, value: Any
) -> None:
    decoded = decoder.decode(message({parameter: value, "RATE": 1.0}))
    assert isinstance(decoded.content, Frame)
    assert decoded.content.values == {"RATE": 1.0}
    assert [(r.parameter, r.reason) for r in decoded.rejects] == [(parameter, Reason.WRONG_TYPE)]


def test_absent_and_invalid_stay_apart(decoder: Decoder) -> None:
    record = message({"ERR": None, "RATE": 4.0, "SLOW": None}, q={"ERR": 3, "RATE": 2})
    frame = decoder.decode(record).content
    assert isinstance(frame, Frame)
    assert (frame.values, frame.invalid) == ({}, {"ERR": 3, "RATE": 2, "SLOW": 1})


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("tlm/v1/iss/frame/none", Reason.UNKNOWN_TOPIC),
        ("tlm/v1/mir/frame/adcs", Reason.UNKNOWN_TOPIC),
        ("play/v1/iss/frame/adcs", Reason.UNKNOWN_TOPIC),
        ("tlm/v1/iss/meta/adcs", Reason.UNKNOWN_TOPIC),
        ("nonsense", Reason.UNKNOWN_TOPIC),
    ],
)
def test_what_is_not_for_us_says_so(decoder: Decoder, topic: str, reason: Reason) -> None:
    decoded = decoder.decode(message({"ERR": 1}, topic))
    assert (decoded.content, [r.reason for r in decoded.rejects]) == (None, [reason])


@pytest.mark.parametrize(
    ("offset_ns", "good"),
    [
        (0, True),
        (MAX_AHEAD_NS, True),
        (MAX_AHEAD_NS + 1, False),
        (-MAX_BEHIND_NS, True),
        (-MAX_BEHIND_NS - 1, False),
    ],
)
def test_time_is_absurd_on_the_streams_clock(decoder: Decoder, offset_ns: int, good: bool) -> None:
    decoded = decoder.decode(message({"ERR": 1}, t=NOW_NS + offset_ns))
    assert isinstance(decoded.content, Frame) is good
    assert [r.reason for r in decoded.rejects] == ([] if good else [Reason.ABSURD_TIME])


def test_an_announced_clock_makes_another_time_the_present(decoder: Decoder) -> None:
    then_ns = NOW_NS - 10_000 * 86_400 * SECOND_NS
    clock = StreamClock(
        kind=StreamKind.SIMULATED, epoch_ns=then_ns, wall_ns=NOW_NS, rate=10.0, run="a"
    )
    change = decoder.decode(Record(1, NOW_NS, TOPICS.clock("iss"), wire.encode(clock))).content
    assert change == ClockChange("iss", clock, new_run=True)
    later = Record(2, NOW_NS + SECOND_NS, TOPICS.frame("iss", "adcs"), b"")
    body = {"t": then_ns + 10 * SECOND_NS, "seq": 1, "values": {"ERR": 1}}
    record = Record(later.n, later.received_ns, later.topic, json.dumps(body).encode())
    assert isinstance(decoder.decode(record).content, Frame)
    again = decoder.decode(Record(3, NOW_NS, TOPICS.clock("iss"), wire.encode(clock))).content
    assert again == ClockChange("iss", clock, new_run=False)


def test_a_hostile_clock_is_refused(decoder: Decoder) -> None:
    for rate in ("1e308", "-1", "NaN"):
        payload = f'{{"kind":"sim","epoch_ns":1,"wall_ns":1,"rate":{rate}}}'.encode()
        decoded = decoder.decode(Record(1, NOW_NS, TOPICS.clock("iss"), payload))
        assert decoded.content is None
        assert decoded.rejects
    assert decoder.clocks == {}


def test_a_command_is_for_its_own_root_only(database: MissionDatabase) -> None:
    command = wire.Command(id="1", alarm="ERR.limit", by="Ann")
    topic = TOPICS.command("iss", Verb.ACKNOWLEDGE)
    record = Record(1, NOW_NS, topic, wire.encode(command))
    live = Decoder(database, TOPICS).decode(record)
    assert live.content == Asked("iss", "acknowledge", command)
    played = Decoder(database, Topics("play")).decode(record)
    assert played.content is None


@pytest.mark.parametrize("payload", [b"{}", b"no JSON"])
def test_what_simulators_are_told_is_left_to_them(decoder: Decoder, payload: bytes) -> None:
    decoded = decoder.decode(Record(1, NOW_NS, TOPICS.injection("iss"), payload))
    assert decoded.content is None
    assert decoded.rejects == ()


def test_a_command_of_an_unknown_kind_is_told(decoder: Decoder) -> None:
    topic = TOPICS.injection("iss").replace("inject", "explode")
    (reject,) = decoder.decode(Record(1, NOW_NS, topic, b"{}")).rejects
    assert reject.reason is Reason.UNKNOWN_TOPIC
