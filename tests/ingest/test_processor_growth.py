"""What the processor keeps does not grow with what is lost."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import late
from ingest.processor import Processor
from ingest.shift import MAX_GAPS
from tests.ingest.test_processor import DATABASE, TOPICS, clock, frame, records

FLOWN_S = 400


def kept(pattern: list[bool]) -> dict[str, Any]:
    """The snapshot after a flight of which frames came in this pattern, over and over."""
    processor = Processor(DATABASE, TOPICS)
    came = [second for second in range(FLOWN_S) if pattern[second % len(pattern)]]
    frames = [frame(second, name, second, ERR=0.0) for second in came for name in ("adcs", "eps")]
    for record in records([clock(), *frames]):
        processor.process(record)
    state: dict[str, Any] = msgspec.msgpack.decode(processor.snapshot())
    return state


def size(state: Any) -> int:
    return len(msgspec.msgpack.encode(state))


WHOLE = kept([True])


def gap_size() -> int:
    processor = Processor(DATABASE, TOPICS)
    lost = [frame(second, "adcs", second, ERR=0.0) for second in (1, 2, 4)]
    for record in records([clock(), *lost]):
        processor.process(record)
    (one,) = msgspec.msgpack.decode(processor.snapshot())["reception"][:1]
    return size(one["late"]["gaps"][0])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=40).filter(any))
def test_state_is_bounded_whatever_frames_are_lost(pattern: list[bool]) -> None:
    state = kept(pattern)
    for watch in state["reception"]:
        assert len(watch["late"]["gaps"]) <= late.MAX_GAPS
    # twice what one gap takes, for the times in it are numbers of any length
    room = 2 * gap_size() * late.MAX_GAPS * len(state["reception"])
    assert size(state["reception"]) <= size(WHOLE["reception"]) + room
    assert len(state["shift"]["shift"]["gaps"]) <= MAX_GAPS
    grown = {name for name, part in state.items() if size(part) > size(WHOLE[name]) + 500}
    assert grown <= {"reception", "signals", "shift", "alarms"}


def test_losing_every_other_frame_fills_what_there_is_room_for() -> None:
    state = kept([True, False])
    assert {len(watch["late"]["gaps"]) for watch in state["reception"]} == {late.MAX_GAPS}
