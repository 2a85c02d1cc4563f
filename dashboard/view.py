"""What the console knows now: pure state, fed by `feed`, read by `messages`. Time is an argument.

It is bounded by the mission database: what that does not name is never kept.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dashboard.board import Board
from telemetry.alarm import Alarm
from telemetry.clock import LIVE_CLOCK, SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame, Sample
from telemetry.missiondb import MissionDatabase
from telemetry.wire import LinkStatus

#: What a strip shows, and the most points of it that are kept.
HISTORY_NS: Final = 300 * SECOND_NS
HISTORY_POINTS: Final = 600

MILLISECOND_NS: Final = 1_000_000

#: A frame so far ahead of its stream's clock has a wrong time: it would make all others look late.
FUTURE_NS: Final = 3600 * SECOND_NS
#: What a replay begins with is taken from the store so far back; a value hardly ever stands longer.
REPLAY_BACK_NS: Final = 86_400 * SECOND_NS

#: After a new connection the broker repeats every standing alarm; one it has not repeated by then
#: was cleared while the console was away.
CONFIRM_NS: Final = 2 * SECOND_NS


@dataclass(slots=True)
class Reception:
    """The newest frame of a subsystem, and when any frame of it last came (wall clock)."""

    time_ns: int = 0
    received_ns: int = 0


@dataclass(slots=True)
class Track:
    """The recent samples of one parameter in order of generation time; None is an invalid one."""

    points: deque[tuple[int, float | None]] = field(
        default_factory=lambda: deque(maxlen=HISTORY_POINTS)
    )

    def add(self, time_ns: int, value: float | None) -> None:
        if self.points and time_ns <= self.points[-1][0]:
            return  # late or repeated: the store has it, a strip of five minutes can do without
        self.points.append((time_ns, value))
        while self.points[0][0] < time_ns - HISTORY_NS:
            self.points.popleft()


class LiveView:
    """The latest of everything. Alarms are ingest's; this never makes one."""

    def __init__(self, database: MissionDatabase) -> None:
        self.database = database
        self.board = Board()
        self.samples: dict[tuple[str, str], Sample] = {}
        self.receptions: dict[tuple[str, str], Reception] = {}
        self.alarms: dict[tuple[str, str], Alarm] = {}
        self.clocks: dict[str, StreamClock] = {}
        self.links: dict[str, LinkStatus] = {}
        self.connected = False
        self.connection_changed_ns = 0
        self._tracks: dict[tuple[str, str], Track] = {}
        self._unconfirmed: set[tuple[str, str]] = set()

    def clock(self, spacecraft: str) -> StreamClock:
        return self.clocks.get(spacecraft, LIVE_CLOCK)

    def take_frame(self, frame: Frame) -> bool:
        """Keep what is new in a frame; False if its time cannot be."""
        clock = self.clock(frame.spacecraft)
        # a replay as fast as it goes is ahead of any clock
        ahead = frame.time_ns > clock.at(frame.received_ns) + FUTURE_NS
        if ahead and clock.kind is not StreamKind.REPLAYED:
            return False
        key = (frame.spacecraft, frame.subsystem)
        reception = self.receptions.setdefault(key, Reception())
        if clock.heartbeat:
            self._break_after_gap(frame, reception.time_ns)
        reception.time_ns = max(reception.time_ns, frame.time_ns)
        reception.received_ns = frame.received_ns
        for parameter, value in frame.values.items():
            self._take(frame.spacecraft, parameter, Sample(frame.time_ns, value))
        for parameter, quality in frame.invalid.items():
            self._take(frame.spacecraft, parameter, Sample(frame.time_ns, None, quality))
        return True

    def take_stored(self, spacecraft: str, samples: Mapping[str, Sample]) -> None:
        """Fill in what was sent before the console listened, from the store.

        Of a simulated or played stream, only what is of this run, and of a replay what is of the
        day before; nothing that is known already.
        """
        clock = self.clock(spacecraft)
        match clock.kind:
            case StreamKind.LIVE:
                began_ns = 0
            case StreamKind.REPLAYED:
                began_ns = clock.epoch_ns - REPLAY_BACK_NS
            case _:
                began_ns = clock.epoch_ns
        for parameter, sample in samples.items():
            if sample.time_ns >= began_ns:
                self._take(spacecraft, parameter, sample)

    def _break_after_gap(self, frame: Frame, last_ns: int) -> None:
        """A value holds through a heartbeat without it, but not through a gap of frames."""
        subsystem = self.database.subsystem(frame.spacecraft, frame.subsystem)
        if last_ns and frame.time_ns - last_ns > subsystem.stale_after_ns:
            for parameter in subsystem.parameters:
                if track := self._tracks.get((frame.spacecraft, parameter)):
                    track.add(last_ns + MILLISECOND_NS, None)

    def _take(self, spacecraft: str, parameter: str, sample: Sample) -> None:
        key = (spacecraft, parameter)
        known = self.samples.get(key)
        if known is None or sample.time_ns >= known.time_ns:
            self.samples[key] = sample
        if not isinstance(sample.value, str):
            value = None if sample.value is None else float(sample.value)
            self._tracks.setdefault(key, Track()).add(sample.time_ns, value)

    def track(self, spacecraft: str, parameter: str) -> Iterator[tuple[int, float | None]]:
        track = self._tracks.get((spacecraft, parameter))
        return iter(track.points if track else ())

    def take_clock(self, spacecraft: str, clock: StreamClock) -> bool:
        """Keep a stream's clock; True if it is another run, whose times start anew."""
        before = self.clocks.get(spacecraft)
        self.clocks[spacecraft] = clock
        if before is None or (before.run, before.kind) == (clock.run, clock.kind):
            return False
        # a run may start earlier than the last one ended: what is known would stay newest for ever
        for kept in (self.samples, self.receptions, self._tracks):
            for key in [key for key in kept if key[0] == spacecraft]:
                del kept[key]
        return True

    def take_link(self, spacecraft: str, link: LinkStatus | None) -> None:
        if link is None:
            self.links.pop(spacecraft, None)
        else:
            self.links[spacecraft] = link

    def take_alarm(self, alarm: Alarm) -> bool:
        """Keep an alarm as it is now; True if it is still standing."""
        key = (alarm.spacecraft, alarm.id)
        self._unconfirmed.discard(key)
        if alarm.standing:
            self.alarms[key] = alarm
        else:
            self.alarms.pop(key, None)
        return alarm.standing

    def forget_alarm(self, spacecraft: str, alarm: str) -> None:
        self._unconfirmed.discard((spacecraft, alarm))
        self.alarms.pop((spacecraft, alarm), None)

    def take_connection(self, connected: bool, now_ns: int) -> None:
        """The console's own link to the broker has come or gone."""
        if connected is self.connected and self.connection_changed_ns:
            return
        self.connected = connected
        self.connection_changed_ns = now_ns
        if connected:
            self._unconfirmed = set(self.alarms)
            self.board.connected(now_ns)

    def drop_unconfirmed(self, now_ns: int) -> Mapping[tuple[str, str], Alarm]:
        """Forget the alarms that were cleared while the console was away; what was forgotten."""
        if not self.connected or now_ns < self.connection_changed_ns + CONFIRM_NS:
            return {}
        gone = {key: self.alarms.pop(key) for key in self._unconfirmed if key in self.alarms}
        self._unconfirmed.clear()
        return gone
