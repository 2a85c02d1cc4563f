"""What is foreseen to change nothing changes nothing; and most of a quiet day is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.detect import Detector
from ingest.foresight import Foresight
from ingest.lane import Lane
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.store.memory import MemoryStore
from tests.ingest.eventful import Day, at, eventful_database

DATABASE = eventful_database()
ADCS = DATABASE.subsystem("iss", "adcs")
PATIENCE_NS = ADCS.stale_after_ns


async def lane_of(frames: list[Frame]) -> Lane:
    async with MemoryStore(DATABASE) as store:
        await store.write(frames)
        blocks = [one async for one in store.read("iss", "adcs", at(0), at(999), heartbeats=True)]
    return Lane(ADCS, blocks)


def frame(second: float, sequence: int, **values: Value) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=at(second),
        received_ns=at(second),
        sequence=sequence,
        values=values,
    )


async def judged(frames: list[Frame], patience_ns: int | None = PATIENCE_NS) -> list[int]:
    """The rows that are judged; the others are passed over."""
    lane, detector = await lane_of(frames), Detector(ADCS)
    foresight = Foresight(lane, detector, time_ns=None, sequence=None, patience_ns=patience_ns)
    rows, done = [], 0
    while (row := foresight.next(done)) < len(lane):
        if row > done:
            detector.pass_over(lane.passed(done, row), int(lane.time_ns[row - 1]))
        detector.check(lane.frame(row))
        foresight.look()
        rows.append(row)
        done = row + 1
    return rows


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
async def test_detector_stands_as_if_every_frame_had_been_checked(seed: int) -> None:
    every = Day(seed, 150).frames(DATABASE)
    frames = [one for one in every if (one.spacecraft, one.subsystem) == ("iss", "adcs")]
    lane, passing, checking = await lane_of(frames), Detector(ADCS), Detector(ADCS)
    foresight = Foresight(lane, passing, time_ns=None, sequence=None, patience_ns=None)
    done = 0
    for row in range(len(lane)):
        found = checking.check(lane.frame(row))
        if foresight.next(done) > row:
            assert found == []
            continue
        if row > done:
            passing.pass_over(lane.passed(done, row), int(lane.time_ns[row - 1]))
        assert passing.check(lane.frame(row)) == found
        assert passing.snapshot()["arrays"] == checking.snapshot()["arrays"]
        foresight.look()
        done = row + 1
    passing.pass_over(lane.passed(done, len(lane)), int(lane.time_ns[-1]))
    assert passing.snapshot()["arrays"] == checking.snapshot()["arrays"]
    assert passing.time_ns == checking.time_ns


async def test_values_inside_their_limits_are_passed_over() -> None:
    assert await judged([frame(n, n, ERR=0.01 * n, SLOW=0.2) for n in range(90)]) == [0]


async def test_first_frame_after_what_is_missing_or_a_silence_is_judged() -> None:
    sequences = [0, 1, 2, 5, 6, 7, 8, 9, 3, 4]
    frames = [frame(n, sequence) for n, sequence in enumerate(sequences)]
    assert await judged(frames) == [0, 3]
    late = [frame(n + (10 if n > 4 else 0), n) for n in range(10)]
    assert await judged(late) == [0, 5]
    assert await judged(late, patience_ns=None) == [0]


async def test_alarm_that_stands_is_passed_over_until_it_changes() -> None:
    values = [0.0] * 10 + [2.5] * 30 + [0.0] * 10
    assert await judged([frame(n, n, ERR=value) for n, value in enumerate(values)]) == [0, 10, 40]


async def test_violation_is_judged_again_when_it_has_lasted() -> None:
    frames = [frame(n, n, SLOW=1.5 if n >= 10 else 0.0) for n in range(40)]
    assert await judged(frames) == [0, 10, 15]  # persistence of 5 s


async def test_rate_near_its_limit_is_judged_and_a_small_one_is_not() -> None:
    slow = [frame(n, n, RATE=0.5 * n) for n in range(60)]
    assert await judged(slow) == [0]
    at_limit = [frame(n, n, RATE=1.0 * n) for n in range(20)]
    assert set(await judged(at_limit)) >= set(range(10, 20))


async def test_lane_goes_on_from_where_the_last_one_ended() -> None:
    lane = await lane_of([frame(n, n) for n in range(10)])
    detector = Detector(ADCS)
    start_ns = at(0) - SECOND_NS
    detector.check(frame(-1, -1))
    same = Foresight(lane, detector, time_ns=start_ns, sequence=-1, patience_ns=PATIENCE_NS)
    assert same.next(0) == 10
    gap = Foresight(lane, detector, time_ns=start_ns, sequence=-2, patience_ns=PATIENCE_NS)
    assert gap.next(0) == 0
