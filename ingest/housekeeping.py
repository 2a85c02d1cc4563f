"""Ingest as a spacecraft called `ground`: the product watches itself with itself."""

from collections.abc import Callable, Mapping
from typing import Final

import psutil

from ingest.counters import Counters
from ingest.spool import Cursor, Spool
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.wire import Reason

GROUND: Final = "ground"
SUBSYSTEM: Final = "ingest"


class Housekeeping:
    """Turns the counters into frames of `ground`; `values` is also what /metrics shows."""

    def __init__(
        self,
        spool: Spool,
        counters: Counters,
        spool_bytes: int,
        more: Callable[[int], Mapping[str, Value]] = lambda _: {},
    ) -> None:
        """more: what other stages have to say at a time."""
        self._more = more
        self._spool = spool
        self._counters = counters
        self._spool_bytes = spool_bytes
        self._process = psutil.Process()
        self._before: tuple[int, int, int] | None = None

    def frame(self, time_ns: int, sequence: int, standing_alarms: int) -> Frame:
        values = self.values(time_ns, standing_alarms)
        c = self._counters
        rates: dict[str, Value] = {}
        if self._before is not None:
            then_ns, frames, samples = self._before
            seconds = max(time_ns - then_ns, 1) / SECOND_NS
            rates["GND_FRAMES_RECEIVED_RATE"] = (c.frames - frames) / seconds
            rates["GND_SAMPLES_STORED_RATE"] = (c.samples_stored - samples) / seconds
        self._before = time_ns, c.frames, c.samples_stored
        return Frame(
            spacecraft=GROUND,
            subsystem=SUBSYSTEM,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=sequence,
            values=values | rates,
        )

    def values(self, now_ns: int, standing_alarms: int) -> dict[str, Value]:
        """Everything but the rates, by parameter id. Totals count since the service started."""
        c, spool = self._counters, self._spool
        return {
            "GND_FRAMES_RECEIVED_TOTAL": c.frames,
            "GND_PROCESSOR_LAG": self._behind_s(now_ns, c.processed_n, c.processed_ns),
            "GND_GAPS_TOTAL": c.missing_frames,
            "GND_RECONNECTS_TOTAL": max(0, c.connections - 1),
            "GND_SPOOL_BYTES": spool.bytes,
            "GND_SPOOL_USED": 100.0 * spool.bytes / self._spool_bytes,
            "GND_SPOOL_FULL": int(c.spool_full),
            "GND_SPOOL_UNREAD_PROCESSOR": spool.last_n - c.processed_n,
            "GND_SPOOL_UNREAD_WRITER": spool.last_n - c.written_n,
            "GND_OLDEST_UNWRITTEN_AGE": self._behind_s(now_ns, c.written_n, c.written_ns),
            "GND_STORE_AVAILABLE": int(c.store_available),
            "GND_DEAD_TOTAL": c.dead.total(),
            **{f"GND_DEAD_{reason.name}": c.dead[reason] for reason in Reason},
            "GND_COMMANDS_REFUSED": c.refused_commands,
            "GND_ALARMS_ACTIVE": standing_alarms,
            "GND_EVENTS_TOTAL": c.events,
            "GND_JOURNAL_UNPUBLISHED": spool.unread(Cursor.PUBLISHER),
            "GND_JOURNAL_UNSTORED": spool.unread(Cursor.EVENT_WRITER),
            "GND_RESIDENT_MB": self._process.memory_info().rss / 1e6,
            **self._more(now_ns),
        }

    def _behind_s(self, now_ns: int, done_n: int, done_ns: int) -> float:
        """How long ago the newest record somebody is done with came in; 0 if there is no other."""
        if done_n == self._spool.last_n or not done_ns:
            return 0.0
        return max(0, now_ns - done_ns) / SECOND_NS
