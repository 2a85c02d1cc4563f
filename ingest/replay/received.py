"""As received: the very records ingest received, from the record archive or a bundle.

What a processor makes of them is what live's made of them, event for event. Where ingest began
anew with another mission database, so does this processor.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from ingest.archive import Checkpoint, Span
from ingest.decode import Decoder
from ingest.processor import Outcome, Processor
from ingest.record import TICK, Outgoing, Record
from ingest.replay.source import (
    BREATH,
    LOOK_BACK_NS,
    Newest,
    NothingToReplay,
    Pace,
    Step,
    contacts_in,
    step_of,
)
from ingest.segment import Segment, Timed
from ingest.stream_time import StreamTime
from telemetry.clock import SECOND_NS, StreamKind, utc
from telemetry.errors import StationwatchError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.replay import ReplayLimits
from telemetry.topics import GROUND, Kind, Topics, parse
from telemetry.wire import encode

#: With other limits than then, the processor is warmed up with so much of the stream [A]: longer
#: than any persistence, rate or shelf but the longest.
WARM_UP_NS: Final = 6 * 3600 * SECOND_NS
#: So long after the newest frame time goes on by the clock: frames are late by as much, and no
#: tick is to hold them up.
SILENCE_NS: Final = 2 * SECOND_NS

logger = logging.getLogger(__name__)


class Records(Protocol):
    """What the record archive and a bundle have in common; see `ingest.archive.Archive`."""

    def laps(self) -> list[tuple[int, int, int]]: ...
    def find(self, start_ns: int, stop_ns: int, lap: int | None = None) -> Span | None: ...
    def segments(self, first_n: int, last_n: int) -> Iterator[Segment]: ...
    def timed(self, first_n: int, last_n: int) -> Iterator[Timed]: ...
    def announcements(self, lap: int, last_n: int) -> list[Timed]: ...
    def lap_start(self, lap: int) -> int: ...
    def checkpoint(self, n: int) -> Checkpoint | None: ...
    def restarts(self, first_n: int, last_n: int) -> list[tuple[int, str]]: ...
    def missiondb(self, version: str) -> MissionDatabase: ...


class Received:
    """:raises NothingToReplay: if nothing was received in [start, stop)."""

    def __init__(
        self,
        records: Records,
        live: Topics,
        topics: Topics,
        today: MissionDatabase,
        limits: ReplayLimits,
        start_ns: int,
        stop_ns: int,
        *,
        keep_gaps: bool = True,
    ) -> None:
        """live: where the records came from. today: the mission database of now. keep_gaps: while
        nothing was heard, time goes on with live's ticks."""
        self._records = records
        self._live, self._topics = live, topics
        self._today = today
        self._limits, self._keep_gaps = limits, keep_gaps
        self._databases = {today.version: today}
        span = records.find(start_ns, stop_ns)
        if span is None:
            raise NothingToReplay(nothing_in(start_ns, stop_ns, records.laps()))
        self._span = span
        self.start_ns, self.stop_ns = span.from_ns, span.to_ns
        self.title, self.note = "as received", ""
        self._restarts = dict(records.restarts(0, span.last_n))
        self._version = today.version
        self._processor = Processor(today, topics)
        self._ahead: Iterator[Timed] = iter(())
        self._next: Timed | None = None
        #: Of the newest record: when it was received, and how far the stream had come.
        self._received_ns, self._time_ns = 0, self.start_ns

    @property
    def processor(self) -> Processor:
        return self._processor

    async def seek(self, to_ns: int) -> list[Outgoing]:
        span = self._records.find(to_ns, self.stop_ns + 1, self._span.lap) or self._span
        first_n = max(span.first_n, self._span.first_n)
        begin_n = self._begin(first_n, to_ns)
        newest = Newest()
        self._look_back(begin_n, to_ns, newest)
        for timed in self._records.timed(begin_n, first_n - 1):
            outcome = self._take(timed)
            if outcome.frame is not None:
                newest.take(outcome.frame)
            if timed.record.n % BREATH == 0:
                await asyncio.sleep(0)  # the link's keepalive
        self._ahead = self._records.timed(first_n, self._span.last_n)
        self._next = next(self._ahead, None)
        if self._next is not None:
            self._received_ns = self._next.record.received_ns
            self._time_ns = self._due(self._next)
        told = self._records.announcements(self._span.lap, first_n - 1)
        contacts = {out.topic: out for one in told for out in contacts_in(self._own(one.record))}
        return [*contacts.values(), *newest.messages(self._topics)]

    async def next_ns(self) -> int | None:
        return None if self._next is None else self._due(self._next)

    async def step(self) -> Step:
        timed = self._next
        if timed is None:
            raise StopIteration
        time_ns = self._due(timed)
        outcome = self._take(timed)
        self._next = next(self._ahead, None)
        published = tuple(self._published(self._own(timed.record)))
        return step_of(time_ns, published, outcome, self._topics)

    def paces(self, at_ns: int) -> Mapping[str, Pace]:
        """Ground's own telemetry runs on the wall clock of then; what was played from a file
        goes by no clock."""
        clocks, since_ns = self._processor.clocks, at_ns - self._time_ns
        paces = {}
        for craft, clock in clocks.items():
            runs = clock.kind in (StreamKind.LIVE, StreamKind.SIMULATED)
            now_ns = clock.at(self._received_ns) + since_ns if runs else at_ns
            if craft != GROUND:
                paces[craft] = Pace(now_ns, 1.0, clock.heartbeat)
        rate = max((clock.rate for craft, clock in clocks.items() if craft in paces), default=1.0)
        if GROUND in clocks:
            slow = 1.0 / rate if rate else 1.0
            paces[GROUND] = Pace(self._received_ns + round(since_ns * slow), slow, True)
        return paces

    def _take(self, timed: Timed) -> Outcome:
        record = self._own(timed.record)
        try:
            outcome = self._processor.process(record)
        except Exception:
            # a fault of ours; live passed over such a record too
            logger.exception("record %d, %s", record.n, record.topic)
            outcome = Outcome()
        self._received_ns, self._time_ns = record.received_ns, self._due(timed)
        self._restart_after(record.n)
        return outcome

    def _due(self, timed: Timed) -> int:
        """The stream time at which a record is to be played."""
        time_ns, record = timed.time_ns, timed.record
        if self._keep_gaps and record.topic == TICK:
            now_ns = self._processor.stream_now_ns(record.received_ns)
            if now_ns is not None:
                time_ns = max(time_ns, min(now_ns - SILENCE_NS, self.stop_ns))
        return max(time_ns, self.start_ns)

    def _look_back(self, begin_n: int, to_ns: int, newest: Newest) -> None:
        """What was measured shortly before the warming up begins: slow subsystems say it seldom."""
        before = self._records.find(max(to_ns - LOOK_BACK_NS, 0), to_ns, self._span.lap)
        if before is None:
            return
        decoder = Decoder(self._databases[self._version], self._topics, self._processor.clocks)
        for timed in self._records.timed(before.first_n, begin_n - 1):
            content = decoder.decode(self._own(timed.record)).content
            if isinstance(content, Frame):
                newest.take(content)

    def _begin(self, first_n: int, to_ns: int) -> int:
        """Make the processor as it was some records before; the first of these."""
        if self._limits is ReplayLimits.THEN:
            checkpoint = self._records.checkpoint(first_n - 1)
            if checkpoint is not None:
                try:
                    self._use(checkpoint.missiondb)
                    self._processor.restore(checkpoint.state)
                except StationwatchError as error:
                    self.note = f"{error}; warmed up from the beginning instead"
                else:
                    self.note = ""
                    return checkpoint.n + 1
            begin_n = self._records.lap_start(self._span.lap)
            self._use(self._version_at(begin_n))
            self._announce(begin_n)
            since = "what is kept of that flight"
        else:
            warm = self._records.find(max(to_ns - WARM_UP_NS, 0), to_ns, self._span.lap)
            begin_n = warm.first_n if warm else first_n
            self._use(self._today.version)
            self._announce(begin_n)
            since = utc(warm.from_ns) if warm else utc(to_ns)
            self.note = ""
        if not self.note:
            self.note = f"judged by mission database {self._version}, warmed up from {since}"
        return begin_n

    def _announce(self, begin_n: int) -> None:
        """What was announced before the warming up begins."""
        for segment in self._records.segments(begin_n, begin_n):
            time = StreamTime(segment.state_before())
            for record in segment.records():
                if record.n < begin_n:
                    time.take(record)
            for craft, clock in time.clocks.items():
                topic = self._topics.clock(craft)
                self._processor.process(Record(0, clock.wall_ns, topic, encode(clock)))
        for timed in self._records.announcements(self._span.lap, begin_n - 1):
            self._processor.process(self._own(timed.record))

    def _version_at(self, n: int) -> str:
        before = [version for at, version in self._restarts.items() if at <= n]
        return before[-1] if before else self._today.version

    def _restart_after(self, n: int) -> None:
        """Where live began anew with another mission database."""
        version = self._restarts.get(n)
        if version is None or version == self._version or self._limits is ReplayLimits.NOW:
            return
        state = self._processor.snapshot()
        self._use(version)
        self._processor.restore(state)

    def _use(self, version: str) -> None:
        """Begin with an empty processor and a mission database."""
        if version not in self._databases:
            self._databases[version] = self._records.missiondb(version)
        self._version = version
        self._processor = Processor(self._databases[version], self._topics)

    def _own(self, record: Record) -> Record:
        """The record as one of this replay's own root."""
        root, slash, rest = record.topic.partition("/")
        if root == self._live.root:
            root = self._topics.root
        elif root == self._live.command_root:
            root = self._topics.command_root
        elif record.topic == TICK:
            return record
        return Record(record.n, record.received_ns, f"{root}{slash}{rest}", record.payload)

    def _published(self, record: Record) -> Iterator[Outgoing]:
        """Frames and contact schedules. What is derived the processor says anew."""
        address = parse(record.topic) if record.topic != TICK else None
        if address is None or address.root != self._topics.root:
            return
        if address.kind == Kind.FRAME:
            craft = self._databases[self._version].spacecraft.get(address.spacecraft)
            subsystem = craft.subsystems.get(address.leaf) if craft else None
            if subsystem is not None and not subsystem.derived:
                yield Outgoing(record.topic, record.payload)
        else:
            yield from contacts_in(record)


def nothing_in(start_ns: int, stop_ns: int, laps: Sequence[tuple[int, int, int]]) -> str:
    """What to tell who asked for a range in which nothing was received."""
    asked = f"nothing was received between {utc(start_ns)} and {utc(stop_ns)}"
    if not laps:
        return f"{asked}: the record archive is empty"
    _, from_ns, to_ns = laps[-1]
    return f"{asked}; the newest stretch there is goes from {utc(from_ns)} to {utc(to_ns)}"
