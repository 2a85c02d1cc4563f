"""How far a stream has come: by frames, in laps, whatever nonsense comes in between."""

from ingest.record import TICK, Record
from ingest.stream_time import StreamPoint, StreamTime
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.topics import Topics
from telemetry.wire import encode, encode_frame

TOPICS = Topics()
START_NS = 1_634_289_120 * SECOND_NS


def frame(
    n: int, second: float, spacecraft: str = "iss", received_s: float | None = None
) -> Record:
    time_ns = START_NS + round(second * SECOND_NS)
    received_ns = time_ns if received_s is None else START_NS + round(received_s * SECOND_NS)
    body = Frame(
        spacecraft=spacecraft, subsystem="adcs", time_ns=time_ns, received_ns=0, sequence=n
    )
    return Record(n, received_ns, TOPICS.frame(spacecraft, "adcs"), encode_frame(body))


def clock(n: int, run: str, epoch_s: float, wall_s: float, spacecraft: str = "iss") -> Record:
    body = StreamClock(
        kind=StreamKind.SIMULATED,
        epoch_ns=START_NS + round(epoch_s * SECOND_NS),
        wall_ns=START_NS + round(wall_s * SECOND_NS),
        run=run,
    )
    return Record(n, body.wall_ns, TOPICS.clock(spacecraft), encode(body))


def walk(*records: Record) -> list[tuple[int, float]]:
    time = StreamTime()
    points = [time.take(record) for record in records]
    return [(p.lap, (p.time_ns - START_NS) / SECOND_NS if p.time_ns else 0.0) for p in points]


def test_late_frames_do_not_turn_time_back() -> None:
    assert walk(frame(1, 5), frame(2, 9), frame(3, 6), Record(4, 0, TICK, b"")) == [
        (1, 5),
        (1, 9),
        (1, 9),
        (1, 9),
    ]


def test_ground_and_nonsense_do_not_count() -> None:
    broken = Record(3, 0, TOPICS.frame("iss", "adcs"), b"{")
    absurd = frame(4, 5_000, received_s=10)
    assert walk(frame(1, 5), frame(2, 900, "ground"), broken, absurd) == [(1, 5)] * 4


def test_a_publisher_that_begins_earlier_begins_a_lap() -> None:
    points = walk(
        clock(1, "a", 0, 0), frame(2, 500), clock(3, "b", 0, 600), frame(4, 1, received_s=601)
    )
    assert points == [(1, 0), (1, 500), (2, 0), (2, 1)]


def test_one_that_goes_on_where_another_stopped_does_not() -> None:
    points = walk(
        clock(1, "a", 0, 0),
        clock(2, "c", 0, 0, "soyuz"),
        frame(3, 500),
        clock(4, "b", 501, 501),
        frame(5, 502),
    )
    assert points == [(1, 0), (1, 0), (1, 500), (1, 500), (1, 502)]


def test_it_goes_on_from_its_state() -> None:
    time = StreamTime()
    time.take(clock(1, "a", 0, 0))
    time.take(frame(2, 500))
    again = StreamTime(time.state)
    assert again.take(clock(3, "b", 0, 600)) == StreamPoint(2, 0)
