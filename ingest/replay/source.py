"""Where a replay's items come from, and what comes of them: one interface, two orders."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from ingest.outgoing import told
from ingest.processor import Outcome, Processor
from ingest.record import Outgoing, Record
from telemetry.clock import SECOND_NS
from telemetry.errors import StationwatchError
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.topics import GROUND, Kind, Topics, parse
from telemetry.wire import encode_frame

#: Twice the longest period of a subsystem: what was measured before that is stale anyway.
LOOK_BACK_NS: Final = 60 * SECOND_NS
#: After so many items in one go others have their turn.
BREATH: Final = 256


class NothingToReplay(StationwatchError):
    """What was asked for is not there; the message says what is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One item was played. messages: what it is and what came of it, for the world.

    time_ns: stream time. frame: whether the item is one of a spacecraft; events: how many.
    """

    time_ns: int
    messages: tuple[Outgoing, ...] = ()
    frame: bool = False
    events: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How a spacecraft's own time goes on: it is at time_ns, and goes rate seconds a second of the
    stream. heartbeat: whether its silence means something."""

    time_ns: int
    rate: float
    heartbeat: bool


class Source(Protocol):
    """Items in order, each taken by a processor.

    start_ns, stop_ns: the stream time it has items of. note: what people should know of how it is
    judged. What is told in English is one line.
    """

    @property
    def start_ns(self) -> int: ...

    @property
    def stop_ns(self) -> int: ...

    @property
    def note(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def processor(self) -> Processor: ...

    async def seek(self, to_ns: int) -> list[Outgoing]:
        """Go there as if all before had been played.

        Returned is what a page that opens now must see besides what the processor has retained:
        the newest values, as frames, and contact schedules.
        """
        ...

    async def next_ns(self) -> int | None:
        """Stream time of the next item; None if that was all."""
        ...

    async def step(self) -> Step:
        """Play the next item, which there must be."""
        ...

    def paces(self, at_ns: int) -> Mapping[str, Pace]:
        """By spacecraft, of those that are heard, while the stream is at `at_ns`."""
        ...


def contacts_in(record: Record) -> Iterator[Outgoing]:
    """The contact schedule that a record is, if it is one."""
    address = parse(record.topic)
    if address is not None and (address.kind, address.leaf) == (Kind.META, "contacts"):
        yield Outgoing(record.topic, record.payload, retain=True)


def step_of(time_ns: int, item: tuple[Outgoing, ...], outcome: Outcome, topics: Topics) -> Step:
    """item: what is published of it; empty for what is not."""
    messages = [*item]
    for event in outcome.events:
        messages += told(event, topics)
    messages += outcome.messages
    # what ingest said of itself, and what it derives anew, is no step anybody asks for
    frame = outcome.frame is not None and bool(item) and outcome.frame.spacecraft != GROUND
    return Step(time_ns, tuple(messages), frame, len(outcome.events))


@dataclass(slots=True)
class Newest:
    """The newest values of each subsystem, for a page that opens in the middle."""

    frames: dict[tuple[str, str], tuple[int, int, dict[str, Value], dict[str, int]]] = field(
        default_factory=dict
    )

    def take(self, frame: Frame) -> None:
        key = frame.spacecraft, frame.subsystem
        time_ns, _, values, invalid = self.frames.get(key, (0, 0, {}, {}))
        if frame.time_ns < time_ns:
            return
        for parameter in frame.values:
            invalid.pop(parameter, None)
        for parameter in frame.invalid:
            values.pop(parameter, None)
        values |= frame.values
        invalid |= frame.invalid
        self.frames[key] = frame.time_ns, frame.sequence, values, invalid

    def messages(self, topics: Topics) -> Iterator[Outgoing]:
        for (craft, subsystem), (time_ns, sequence, values, invalid) in self.frames.items():
            frame = Frame(
                spacecraft=craft,
                subsystem=subsystem,
                time_ns=time_ns,
                received_ns=time_ns,
                sequence=sequence,
                values=values,
                invalid=invalid,
            )
            yield Outgoing(topics.frame(craft, subsystem), encode_frame(frame))
