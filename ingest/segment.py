"""Segments: runs of received records, compressed, each with how far the stream had come. Pure."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
import pyarrow as pa

from ingest.record import TICK, Record
from ingest.stream_time import StreamState, StreamTime
from telemetry.errors import SpoolError
from telemetry.topics import Kind, parse

#: Decompressed. What claims to be larger is not believed.
MAX_SEGMENT_BYTES: Final = 64 << 20

codec = pa.Codec("zstd", compression_level=3)
_records_decoder = msgspec.msgpack.Decoder(list[tuple[int, int, str, bytes]])
_state_decoder = msgspec.msgpack.Decoder(StreamState)


class ArchiveError(SpoolError):
    """The archive cannot be used, or what was asked of it is not there."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A record, and how far the stream had come with it; 0 before the lap's first frame."""

    time_ns: int
    record: Record


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """Records first_n to last_n, in order and without a gap, all of one lap.

    from_ns, to_ns: how far the stream had come at its first and last record.
    before: the state of stream time before its first record. body: compressed; size, crc: of the
        body as it was before.
    """

    first_n: int
    last_n: int
    lap: int
    from_ns: int
    to_ns: int
    size: int
    crc: int
    before: bytes
    body: bytes

    def records(self) -> list[Record]:
        """:raises ArchiveError: if it is damaged."""
        if not 0 < self.size <= MAX_SEGMENT_BYTES:
            raise ArchiveError(f"segment {self.first_n} says it is of {self.size} bytes")
        try:
            whole = codec.decompress(self.body, self.size).to_pybytes()
            if zlib.crc32(whole) != self.crc:
                raise ArchiveError(f"segment {self.first_n} is damaged: its checksum is wrong")
            rows = _records_decoder.decode(whole)
        except (OSError, pa.ArrowException, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ArchiveError(f"segment {self.first_n} is damaged: {error}") from error
        numbers = range(self.first_n, self.first_n + len(rows))  # last_n may be any number
        if [row[0] for row in rows] != list(numbers) or self.last_n != self.first_n + len(rows) - 1:
            raise ArchiveError(f"segment {self.first_n} does not hold the records it says")
        return [Record(*row) for row in rows]

    def timed(self) -> Iterator[Timed]:
        """:raises ArchiveError: if it is damaged."""
        time = self._time()
        for record in self.records():
            yield Timed(time.take(record).time_ns, record)

    def state_after(self) -> StreamState:
        """:raises ArchiveError: if it is damaged."""
        time = self._time()
        for record in self.records():
            time.take(record)
        return time.state

    def state_before(self) -> StreamState:
        """The state of stream time before its first record."""
        try:
            return _state_decoder.decode(self.before)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ArchiveError(f"segment {self.first_n} is damaged: {error}") from error

    def _time(self) -> StreamTime:
        return StreamTime(self.state_before())


@dataclass(frozen=True, slots=True)
class Announcement:
    """What was planned or scheduled: a record that says what the spacecraft are expected to do."""

    lap: int
    timed: Timed


@dataclass(frozen=True, slots=True)
class Packed:
    """after: the state of stream time after the last record."""

    after: StreamState
    segments: list[Segment] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)


def pack(records: Sequence[Record], before: StreamState) -> Packed:
    """Records into segments, one a lap; `before`: the state of stream time before the first."""
    time = StreamTime(before)
    segments: list[Segment] = []
    announcements: list[Announcement] = []
    start, state, lap, from_ns, to_ns = 0, before, before.lap, before.reached_ns, before.reached_ns
    for i, record in enumerate(records):
        previous = time.state if is_clock(record.topic) else None
        point = time.take(record)
        if point.lap != lap:
            if i > start:
                segments.append(_segment(records[start:i], lap, from_ns, to_ns, state))
            start, state = i, previous or state
            lap, from_ns = point.lap, point.time_ns
        from_ns = from_ns or point.time_ns
        to_ns = point.time_ns
        if is_announcement(record.topic):
            announcements.append(Announcement(lap, Timed(point.time_ns, record)))
    if records:
        segments.append(_segment(records[start:], lap, from_ns, to_ns, state))
    return Packed(time.state, segments, announcements)


def is_clock(topic: str) -> bool:
    address = parse(topic) if topic != TICK else None
    return address is not None and (address.kind, address.leaf) == (Kind.META, "clock")


def is_announcement(topic: str) -> bool:
    """Of a contact schedule, or a command for an activity."""
    address = parse(topic) if topic != TICK else None
    if address is None:
        return False
    return address.kind == Kind.PLAN or (address.kind, address.leaf) == (Kind.META, "contacts")


def _segment(
    records: Sequence[Record], lap: int, from_ns: int, to_ns: int, before: StreamState
) -> Segment:
    whole = msgspec.msgpack.encode([(r.n, r.received_ns, r.topic, r.payload) for r in records])
    return Segment(
        records[0].n,
        records[-1].n,
        lap,
        from_ns,
        to_ns,
        len(whole),
        zlib.crc32(whole),
        msgspec.msgpack.encode(before),
        codec.compress(whole).to_pybytes(),
    )
