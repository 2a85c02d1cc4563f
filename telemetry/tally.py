"""One pass over an alarm journal, counting what the scorecard judges. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from telemetry.alarm import Event, EventKind
from telemetry.annunciation import Chatter, Flood, Key
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity

DAY_NS: Final = 24 * 3600 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodSpan:
    """stop_ns: of the span, for one that had not ended."""

    start_ns: int
    stop_ns: int


@dataclass(slots=True)
class Tally:
    """Counts of [start, stop). Events before start count for nothing, but what they began lasts.

    heard: times of annunciations; peak: most in 10 minutes. chattering: how often each began to.
    active: alarms violated now, since when; standing: those that were for over a day. asked: when
    an occurrence was first heard that nobody has acknowledged since; answers_s: how long it took.
    """

    start_ns: int
    stop_ns: int
    heard: list[int] = field(default_factory=list)
    held_back: int = 0
    actors: Counter[Key] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    floods: list[FloodSpan] = field(default_factory=list)
    chattering: Counter[Key] = field(default_factory=Counter)
    active: dict[Key, int] = field(default_factory=dict)
    standing: dict[Key, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    answers_s: list[float] = field(default_factory=list)
    peak: int = 0
    _flood: Flood = field(default_factory=Flood)
    _chatter: Chatter = field(default_factory=Chatter)
    _chatters: set[Key] = field(default_factory=set)

    def take(self, event: Event, time_ns: int) -> None:
        alarm = event.alarm
        key, counts = (alarm.spacecraft, alarm.id), time_ns >= self.start_ns
        if event.annunciate:
            self._hear(time_ns, counts=counts)
            self.asked.setdefault(alarm.occurrence, time_ns)
            if counts:
                self.actors[key] += 1
                self.severities[alarm.severity] += 1
        match event.kind:
            case EventKind.VIOLATED | EventKind.ESCALATED:
                self.active.setdefault(key, time_ns)
                self.held_back += counts and not event.annunciate and bool(alarm.inhibited_by)
            case EventKind.RETURNED:
                self._clear(key, event.time_ns, time_ns, counts=counts)
            case EventKind.ACKNOWLEDGED if alarm.occurrence in self.asked:
                asked_ns = self.asked.pop(alarm.occurrence)
                if counts:
                    self.answers_s.append((time_ns - asked_ns) / SECOND_NS)

    def finish(self) -> None:
        """The span ends, and with it what still lasts."""
        self._flooded(self._flood.since_ns, self._flood.advance(self.stop_ns))
        self._flooded(self._flood.since_ns, self.stop_ns)
        for key, since_ns in self.active.items():
            self._stood(key, since_ns, self.stop_ns)

    def _hear(self, time_ns: int, *, counts: bool) -> None:
        since_ns = self._flood.since_ns
        self._flooded(since_ns, self._flood.add(time_ns))
        if counts:
            self.heard.append(time_ns)
            self.peak = max(self.peak, self._flood.count)

    def _clear(self, key: Key, cleared_ns: int, time_ns: int, *, counts: bool) -> None:
        chatters = self._chatter.add(key, cleared_ns)
        if chatters and counts and key not in self._chatters:
            self.chattering[key] += 1
        (self._chatters.add if chatters else self._chatters.discard)(key)
        self._stood(key, self.active.pop(key, time_ns), time_ns)

    def _stood(self, key: Key, since_ns: int, until_ns: int) -> None:
        if until_ns >= self.start_ns and until_ns - since_ns > DAY_NS:
            self.standing.setdefault(key, since_ns)

    def _flooded(self, since_ns: int, ended_ns: int) -> None:
        start_ns = max(since_ns, self.start_ns)
        if since_ns and ended_ns > start_ns:
            self.floods.append(FloodSpan(start_ns=start_ns, stop_ns=ended_ns))
