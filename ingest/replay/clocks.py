"""The clocks a replay announces: where each of its spacecraft is in its own time. Pure."""

from collections.abc import Iterator
from typing import Final

from ingest.record import Outgoing
from ingest.replay.order import Order
from ingest.replay.source import Source
from ingest.replay.transport import Transport
from telemetry.clock import LAST_NS, MAX_LABEL, SECOND_NS, StreamClock, StreamKind, utc
from telemetry.replay import AS_FAST_AS_IT_GOES
from telemetry.topics import Topics
from telemetry.wire import LinkStatus, encode

#: Where no speed says where the stream will be, it is told anew so often.
UNSTEADY_S: Final = 1.0
#: A stream is unsteady when so far behind what was asked of it.
BEHIND_S: Final = 1.0
_MAX_RATE: Final = 100_000.0


class Clocks:
    """`wall_ns` is UTC, `now_s` of a clock that only goes on."""

    def __init__(self, order: Order, topics: Topics, source: Source, transport: Transport) -> None:
        self._order, self._topics = order, topics
        self._source, self._transport = source, transport
        self._announced: set[str] = set()
        self._skipped = 0
        self._at_ns, self._at_s = transport.position_ns, 0.0

    def due(self, now_s: float) -> bool:
        """Whether what was announced does not hold any more."""
        transport = self._transport
        return (
            transport.skipped != self._skipped
            or not self._announced.issuperset(self._source.paces(transport.position_ns))
            or (self._unsteady(now_s) and now_s >= self._at_s + UNSTEADY_S)
        )

    def messages(self, run: str, wall_ns: int, now_s: float) -> Iterator[Outgoing]:
        """The clocks as they are now; `run` differs after a seek. A link that is up with each new
        one."""
        transport, order = self._transport, self._order
        at_ns = transport.reached_ns(now_s)
        rate, unsteady = self._rate(at_ns, now_s), self._unsteady(now_s)
        self._skipped, self._at_ns, self._at_s = transport.skipped, at_ns, now_s
        label = f"replay {order.session}, {self._source.title}, of {utc(self._source.start_ns)}"
        for craft, pace in self._source.paces(at_ns).items():
            clock = StreamClock(
                kind=StreamKind.REPLAYED,
                epoch_ns=min(max(pace.time_ns, 0), LAST_NS),
                wall_ns=wall_ns,
                rate=min(pace.rate * rate, _MAX_RATE),
                heartbeat=pace.heartbeat and not unsteady,
                run=run,
                label=label[:MAX_LABEL],
            )
            yield Outgoing(self._topics.clock(craft), encode(clock), retain=True)
            if craft not in self._announced:
                self._announced.add(craft)
                status = LinkStatus(
                    online=True,
                    publisher="replay",
                    instance=order.session,
                    since_ns=order.created_ns,
                )
                yield Outgoing(self._topics.link(craft), encode(status), retain=True)

    def _unsteady(self, now_s: float) -> bool:
        """Whether the speed asked for is not the one it goes at."""
        transport = self._transport
        fast = transport.speed == AS_FAST_AS_IT_GOES
        return transport.playing and (fast or transport.behind_s(now_s) > BEHIND_S)

    def _rate(self, at_ns: int, now_s: float) -> float:
        """Stream seconds a second: as asked for, or as it was since the last time."""
        if not self._transport.playing:
            return 0.0
        if not self._unsteady(now_s):
            return self._transport.speed
        return max(0.0, (at_ns - self._at_ns) / SECOND_NS) / max(now_s - self._at_s, UNSTEADY_S)
