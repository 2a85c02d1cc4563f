"""What every store promises. `tests/contract` holds each of them to it.

A store is opened with the mission database, which alone says what a parameter's type is: types are
never inferred from data, and a stored parameter whose type has changed is refused at opening.
Samples are idempotent on (spacecraft, subsystem, generation time, parameter): frames may be
written again, in parts and in any order. Of two values for one sample the one written last stands;
a valid sample stands over an invalid one whichever came first.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from telemetry.alarm import Event
from telemetry.frame import Block, Buckets, Frame, Sample
from telemetry.parameter import ParameterType
from telemetry.recording import Recording

#: A block of `Store.read` has at most this many rows.
BLOCK_ROWS = 65_536

#: A store keeps at most this many recordings.
MAX_RECORDINGS = 1_000

#: (spacecraft, subsystem) -> parameter id -> type, of what the store holds.
Schema = Mapping[tuple[str, str], Mapping[str, ParameterType]]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Samples a store would not take. `parameter` is empty when the whole frame was refused."""

    spacecraft: str
    subsystem: str
    time_ns: int
    parameter: str
    reason: str


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a batch: `stored` samples are durable, the rest is in `rejected`."""

    stored: int
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """The half-open range of generation time [start_ns, stop_ns) of a subsystem."""

    spacecraft: str
    subsystem: str
    start_ns: int
    stop_ns: int


@runtime_checkable
class Store(Protocol):
    """All ranges are half open, `start_ns <= time < stop_ns`.

    Every method raises StoreUnavailable if the store is away and trying again may help, and
    StoreError if it refused for good.
    """

    async def write(self, frames: Sequence[Frame]) -> WriteReport:
        """Keep the frames and return once they are durable.

        What cannot be stored (unknown parameter, wrong type, refused by the server) is reported,
        and costs no other sample. When StoreUnavailable is raised any part of the batch may have
        been stored; writing it again is safe.
        """
        ...

    def read(
        self,
        spacecraft: str,
        subsystem: str,
        start_ns: int,
        stop_ns: int,
        parameters: Sequence[str] | None = None,
        *,
        heartbeats: bool = False,
        block_rows: int = BLOCK_ROWS,
    ) -> AsyncIterator[Block]:
        """Blocks in generation-time order, of rows with at least one of the parameters present.

        parameters: None for all of the subsystem. Every one asked for is a column of every block.
        heartbeats: rows without any of them too; frames were received then.
        :raises KeyError: if the mission database has no such subsystem or parameter.
        """
        ...

    async def buckets(
        self,
        spacecraft: str,
        subsystem: str,
        parameter: str,
        start_ns: int,
        stop_ns: int,
        width_ns: int,
    ) -> Buckets:
        """Samples of [start, stop) by epoch-aligned bucket; a spike is never averaged away.

        Widths of whole minutes, or of tens of seconds, come from roll-ups where these are right
        and from samples where they are not: the answer is the same, but faster, and it is still
        there when the samples were given up.
        """
        ...

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        """The latest sample of each parameter of the subsystem that has one, before a time."""
        ...

    async def append_events(self, events: Sequence[Event]) -> None:
        """Keep alarm events, idempotent on `Event.id`; durable on return."""
        ...

    def read_events(
        self, start_ns: int, stop_ns: int, spacecraft: str | None = None
    ) -> AsyncIterator[Event]:
        """Events by `Event.time_ns`, then id."""
        ...

    async def roll_up(self, stretches: Sequence[Stretch]) -> None:
        """Sum up the whole minutes that these stretches touch, anew; see `rollups`.

        A minute whose samples were given up stays as it is. One written to meanwhile is left to be
        rolled up again. Until then `buckets` takes it from samples.
        :raises KeyError: if the mission database has no such subsystem.
        """
        ...

    async def drop(self, start_ns: int, stop_ns: int, *, rollups: bool = False) -> None:
        """Give up the samples of a range and return their disk space; or its roll-ups and events.

        What is not rolled up is rolled up first. A store may keep up to one day more of samples at
        each end, or a month more of roll-ups, if it can only return these whole.
        """
        ...

    async def put_recording(self, recording: Recording) -> None:
        """Keep a recording; one of the same name is replaced.

        :raises StoreError: if there are too many.
        """
        ...

    async def delete_recording(self, name: str) -> None:
        """Forget the name; the samples stay. :raises KeyError: if there is none of the name."""
        ...

    async def recordings(self) -> Sequence[Recording]:
        """By start, then name."""
        ...

    async def schema(self) -> Schema: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...
