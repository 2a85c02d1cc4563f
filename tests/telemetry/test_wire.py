"""Bytes to values: round trips, and the good samples of a bad frame."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import wire
from telemetry.frame import Frame
from telemetry.wire import MAX_MESSAGE_BYTES, Reason, WireError, decode_frame

times = st.integers(0, 2**63 - 1)
names = st.text("ABCXYZ_0123", min_size=1, max_size=12)
good_values = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.text(max_size=20)
)


@given(times, st.integers(0, 2**53), st.dictionaries(names, good_values), st.integers(1, 255))
def test_a_frame_survives_the_wire(
    time_ns: int, sequence: int, values: dict[str, float], quality: int
) -> None:
    frame = Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=time_ns,
        received_ns=0,
        sequence=sequence,
        values=values,
        invalid={"lost": quality},
    )
    raw = decode_frame(wire.encode_frame(frame))
    assert (raw.body.t, raw.body.seq, raw.defects) == (time_ns, sequence, {})
    assert {k: v for k, v in raw.body.values.items() if k != "lost"} == values
    assert raw.quality("lost") == quality
    assert not any(raw.quality(name) for name in values)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_json_cannot_say_is_refused_where_it_is_sent(number: float) -> None:
    frame = Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=1,
        received_ns=1,
        sequence=1,
        values={"P": number},
    )
    with pytest.raises(ValueError, match="P is"):
        wire.encode_frame(frame)


@pytest.mark.parametrize(
    ("literal", "reason"),
    [
        ("NaN", Reason.NOT_FINITE),
        ("-Infinity", Reason.NOT_FINITE),
        ("1e999", Reason.NOT_FINITE),
        ("[1]", Reason.WRONG_TYPE),
        ('{"a":1}', Reason.WRONG_TYPE),
        (r'"\ud800"', Reason.WRONG_TYPE),
    ],
)
def test_one_bad_sample_does_not_cost_the_others(literal: str, reason: Reason) -> None:
    raw = decode_frame(f'{{"t":5,"seq":1,"values":{{"A":1.5,"B":{literal},"C":2}}}}'.encode())
    assert raw.body.values == {"A": 1.5, "C": 2}
    assert raw.defects == {"B": reason}


@pytest.mark.parametrize(
    "rest", [r'"t":"\ud800","seq":1', r'"t":5,"seq":"\ud800"', r'"t":5,"seq":1,"q":"\ud800"']
)
def test_what_is_no_text_where_none_is_due_is_refused(rest: str) -> None:
    """Found by fuzzing: it ended the writer, and ingest with it, again at each start."""
    with pytest.raises(WireError) as caught:
        decode_frame(f'{{{rest},"values":{{"A":NaN}}}}'.encode())
    assert caught.value.reason is Reason.WRONG_SHAPE


def test_a_name_that_is_no_text_can_still_be_told() -> None:
    raw = decode_frame(rb'{"t":5,"seq":1,"values":{"\ud800":1,"A":NaN}}')
    assert raw.body.values == {"?": 1}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"\xff\xfe", Reason.NOT_JSON),
        (b'{"t":1,"seq":1,"values":{"A":1}', Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b"[]", Reason.WRONG_SHAPE),
        (b'{"seq":1,"values":{}}', Reason.WRONG_SHAPE),
        (b'{"t":1.5,"seq":1,"values":{}}', Reason.WRONG_SHAPE),
        (b'{"t":-1,"seq":1,"values":{}}', Reason.WRONG_SHAPE),
        (b'{"t":9223372036854775808,"seq":1,"values":{}}', Reason.WRONG_SHAPE),
        (b'{"t":1,"seq":1,"values":[1]}', Reason.WRONG_SHAPE),
        (b'{"t":1,"seq":1,"values":{"A":1},"q":{"A":-1}}', Reason.WRONG_SHAPE),
        (b" " * (MAX_MESSAGE_BYTES + 1), Reason.TOO_LARGE),
        (
            json.dumps({"t": 1, "seq": 1, "values": {f"P{i}": 1 for i in range(201)}}).encode(),
            Reason.WRONG_SHAPE,
        ),
    ],
)
def test_a_frame_that_cannot_be_used_says_why(payload: bytes, reason: Reason) -> None:
    with pytest.raises(WireError) as caught:
        decode_frame(payload)
    assert caught.value.reason is reason


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_wire_errors(payload: bytes) -> None:
    for decode in (
        decode_frame,
        wire.decode_clock,
        wire.decode_command,
        wire.decode_injection,
        wire.decode_alarm,
        wire.decode_event,
        wire.decode_link,
    ):
        with contextlib.suppress(WireError):
            decode(payload)


def test_a_null_without_a_quality_is_invalid_all_the_same() -> None:
    raw = decode_frame(b'{"t":1,"seq":1,"values":{"A":null,"B":0}}')
    assert (raw.quality("A"), raw.quality("B")) == (1, 0)
