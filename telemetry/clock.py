"""Time: what the wall says, and where in generation time a stream is.

Scenarios are dated 2021 and recordings 2022, and none of it is stale for that: age, staleness and
absurd times are judged on the stream's own clock, announced by its publisher. Nothing but this
file reads the system's clock.
"""

import time
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

SECOND_NS = 1_000_000_000
#: In the year 2116; half of int64, so that a span can be added to any time.
LAST_NS = 2**62
#: Of a stream, in characters.
MAX_LABEL = 200


class Clock(Protocol):
    def now_ns(self) -> int:
        """UTC nanoseconds since 1970."""
        ...


class SystemClock:
    """The wall clock, but never set back: it then goes at half speed until the wall is there.

    By a clock an hour slow every frame would come from the future, and be refused for it.
    """

    def __init__(self) -> None:
        self._monotonic_ns = time.monotonic_ns()
        self._ahead_ns = time.time_ns() - self._monotonic_ns

    def now_ns(self) -> int:
        monotonic_ns = time.monotonic_ns()
        ahead_ns = time.time_ns() - monotonic_ns
        # the two are read one after the other, and the wall is also put right by a little
        if ahead_ns <= self._ahead_ns - SECOND_NS:
            slowed_ns = self._ahead_ns - (monotonic_ns - self._monotonic_ns) // 2
            ahead_ns = max(ahead_ns, slowed_ns)
        self._monotonic_ns, self._ahead_ns = monotonic_ns, ahead_ns
        return monotonic_ns + ahead_ns


class ManualClock:
    """A clock that stands until it is told to move."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, seconds: float) -> None:
        self._now_ns += round(seconds * SECOND_NS)


class StreamKind(StrEnum):
    LIVE = "live"
    SIMULATED = "sim"
    PLAYED = "play"
    REPLAYED = "replay"


class StreamClock(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `meta/clock` message of a spacecraft.

    At wall time `wall_ns` the stream was at generation time `epoch_ns` and goes on from there at
    `rate` seconds a second (0 while paused).
    heartbeat: whether frames come at least once a subsystem's period. A played recording holds
        what changed and when; its silence means nothing.
    run: differs between one start of the publisher and the next.
    label: what the stream shows, for people: "ms18: reconstruction, not flight data".
    """

    kind: StreamKind
    epoch_ns: Annotated[int, Meta(ge=0, le=LAST_NS)]
    wall_ns: Annotated[int, Meta(ge=0, le=LAST_NS)]
    rate: Annotated[float, Meta(ge=0, le=100_000)] = 1.0
    heartbeat: bool = True
    run: Annotated[str, Meta(max_length=64)] = ""
    label: Annotated[str, Meta(max_length=MAX_LABEL)] = ""

    def at(self, wall_ns: int) -> int:
        """The generation time the stream has reached at a wall time, within what can be said."""
        reached_ns = self.epoch_ns + round((wall_ns - self.wall_ns) * self.rate)
        return min(max(reached_ns, 0), LAST_NS)


#: What an unannounced stream is taken for.
LIVE_CLOCK = StreamClock(kind=StreamKind.LIVE, epoch_ns=0, wall_ns=0)


def utc(time_ns: int) -> str:
    """`2021-10-15T09:13:00.000Z`, for people; milliseconds are cut, not rounded."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{stamp}.{rest // 1_000_000:03d}Z"
