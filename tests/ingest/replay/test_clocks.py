"""What clocks a replay announces, and when what it announced does not hold any more."""

from collections.abc import Mapping

import pytest

from ingest.replay.clocks import BEHIND_S, UNSTEADY_S, Clocks
from ingest.replay.order import Order
from ingest.replay.source import Pace
from ingest.replay.transport import GAP_NS, REST_NS, Transport
from telemetry import wire
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.replay import AS_FAST_AS_IT_GOES, ReplaySpec
from telemetry.topics import Topics

START_NS = 1_634_289_000 * SECOND_NS
WALL_NS = 1_795_000_000 * SECOND_NS
TOPICS = Topics("replay-x")
ORDER = Order(
    session="x",
    command="c",
    by="Ann",
    created_ns=WALL_NS,
    spec=ReplaySpec(),
    root="tlm",
    broker="",
    store="",
    state="",
    missiondb="",
)


class Heard:
    """As much of a source as clocks need: soyuz is heard when it is, five seconds behind."""

    def __init__(self) -> None:
        self.start_ns, self.title, self.soyuz = START_NS, "as received", False

    def paces(self, at_ns: int) -> Mapping[str, Pace]:
        paces = {"iss": Pace(at_ns, 1.0, heartbeat=True)}
        if self.soyuz:
            paces["soyuz"] = Pace(at_ns - 5 * SECOND_NS, 0.5, heartbeat=False)
        return paces


class Announcer:
    def __init__(self, speed: float, *, skip_gaps: bool = False) -> None:
        self.source = Heard()
        self.transport = Transport(START_NS, speed, skip_gaps=skip_gaps)
        self.clocks = Clocks(ORDER, TOPICS, self.source, self.transport)  # type: ignore[arg-type]

    def say(self, now_s: float) -> dict[str, StreamClock]:
        wall_ns = WALL_NS + round(now_s * SECOND_NS)
        messages = {m.topic: m.payload for m in self.clocks.messages("x-1", wall_ns, now_s)}
        clocks = {craft: messages.get(TOPICS.clock(craft)) for craft in ("iss", "soyuz")}
        return {craft: wire.decode_clock(said) for craft, said in clocks.items() if said}


def test_a_clock_says_where_the_stream_is_and_how_fast_it_goes() -> None:
    announcer = Announcer(20.0)
    announcer.source.soyuz = True
    announcer.transport.play(100.0)
    announcer.transport.wait_s(START_NS + 60 * SECOND_NS, 101.0)
    clocks = announcer.say(101.0)
    assert clocks["iss"] == StreamClock(
        kind=StreamKind.REPLAYED,
        epoch_ns=START_NS + 20 * SECOND_NS,
        wall_ns=WALL_NS + 101 * SECOND_NS,
        rate=20.0,
        run="x-1",
        label="replay x, as received, of 2021-10-15T09:10:00.000Z",
    )
    assert (clocks["soyuz"].rate, clocks["soyuz"].heartbeat) == (10.0, False)
    assert not announcer.clocks.due(103.9), "the next item is hardly late"


def test_while_it_stands_its_clock_stands() -> None:
    announcer = Announcer(20.0)
    assert announcer.say(1.0)["iss"].rate == 0.0
    assert not announcer.clocks.due(1_000.0)


def test_a_spacecraft_that_is_first_heard_is_announced_with_its_link() -> None:
    announcer = Announcer(1.0)
    announcer.transport.play(0.0)
    announcer.say(0.0)
    announcer.source.soyuz = True
    assert announcer.clocks.due(0.0)
    topics = [m.topic for m in announcer.clocks.messages("x-1", WALL_NS, 0.0)]
    assert topics == [TOPICS.clock("iss"), TOPICS.clock("soyuz"), TOPICS.link("soyuz")]
    assert not announcer.clocks.due(0.0)


def test_after_a_gap_that_is_skipped_the_clock_is_told_anew() -> None:
    announcer = Announcer(1.0, skip_gaps=True)
    announcer.transport.play(0.0)
    announcer.say(0.0)
    announcer.transport.wait_s(START_NS + 2 * GAP_NS, 1.0)
    assert announcer.clocks.due(1.0)
    assert announcer.say(1.0)["iss"].epoch_ns == START_NS + 2 * GAP_NS - REST_NS
    assert not announcer.clocks.due(1.0)


@pytest.mark.parametrize("speed", [AS_FAST_AS_IT_GOES, 1_000.0])
def test_where_no_speed_is_kept_the_clock_follows_and_silence_means_nothing(speed: float) -> None:
    announcer = Announcer(speed)
    announcer.transport.play(0.0)
    announcer.say(0.0)
    now_s = 4 * UNSTEADY_S + BEHIND_S
    for second in range(1, 31):
        announcer.transport.wait_s(START_NS + second * SECOND_NS, now_s)
        announcer.transport.played(START_NS + second * SECOND_NS)
    announcer.transport.wait_s(START_NS + 31 * SECOND_NS, now_s)
    assert announcer.clocks.due(now_s)
    clock = announcer.say(now_s)["iss"]
    assert START_NS + 30 * SECOND_NS <= clock.epoch_ns <= START_NS + 31 * SECOND_NS
    assert clock.rate == pytest.approx((clock.epoch_ns - START_NS) / SECOND_NS / now_s)
    assert not clock.heartbeat
    assert not announcer.clocks.due(now_s + UNSTEADY_S / 2)
    assert announcer.clocks.due(now_s + UNSTEADY_S)
