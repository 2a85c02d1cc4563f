"""How far a stream had come when a record was received. Pure.

Recorded telemetry is looked up by the time of the spacecraft, not by that of the wall. It is the
newest generation time that frames have said; where a publisher begins anew with an earlier time,
a scenario flown twice, a new lap begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from ingest.decode import absurd_time
from ingest.record import TICK, Record
from telemetry.clock import LIVE_CLOCK, SECOND_NS, StreamClock
from telemetry.topics import GROUND, Kind, parse
from telemetry.wire import WireError, decode_clock

#: Publishers of one flight start within so long of each other; what goes back farther is a lap.
LAP_NS: Final = 60 * SECOND_NS


class _Time(msgspec.Struct):
    t: int


_time_decoder = msgspec.json.Decoder(_Time)


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """lap: from 1. reached_ns: 0 before the lap's first frame."""

    lap: int = 1
    reached_ns: int = 0
    clocks: Mapping[str, StreamClock] = {}


@dataclass(frozen=True, slots=True)
class StreamPoint:
    lap: int
    time_ns: int


class StreamTime:
    """Takes records in order. What ground says of itself, on the wall clock, does not count."""

    def __init__(self, state: StreamState | None = None) -> None:
        state = state or StreamState()
        self._lap, self._reached_ns = state.lap, state.reached_ns
        self._clocks = dict(state.clocks)

    @property
    def state(self) -> StreamState:
        return StreamState(lap=self._lap, reached_ns=self._reached_ns, clocks=dict(self._clocks))

    @property
    def clocks(self) -> Mapping[str, StreamClock]:
        return self._clocks

    def take(self, record: Record) -> StreamPoint:
        """Where the stream is with this record."""
        address = parse(record.topic) if record.topic != TICK else None
        if address is not None and address.spacecraft != GROUND:
            if address.kind == Kind.FRAME:
                self._frame(address.spacecraft, record)
            elif address.kind == Kind.META and address.leaf == "clock":
                self._clock(address.spacecraft, record.payload)
        return StreamPoint(self._lap, self._reached_ns)

    def _frame(self, spacecraft: str, record: Record) -> None:
        try:
            time_ns = _time_decoder.decode(record.payload).t
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        clock = self._clocks.get(spacecraft, LIVE_CLOCK)
        if not absurd_time(time_ns, record.received_ns, clock):
            self._reached_ns = max(self._reached_ns, time_ns)

    def _clock(self, spacecraft: str, payload: bytes) -> None:
        try:
            clock = decode_clock(payload)
        except WireError:
            return
        before = self._clocks.get(spacecraft)
        self._clocks[spacecraft] = clock
        new_run = before is not None and before.run != clock.run
        if new_run and clock.epoch_ns < self._reached_ns - LAP_NS:
            self._lap += 1
            self._reached_ns = 0
