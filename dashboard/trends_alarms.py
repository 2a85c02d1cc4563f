"""When alarms about what is shown stood, by severity: of the journal and of what stands now. Pure.

An alarm of which the journal has only the end began when it says. One that is neither in the
journal nor standing did not happen, as far as is known.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from dashboard.alarm_rows import titled
from dashboard.database_search import Entry
from dashboard.trends_ask import TrendAsk
from dashboard.trends_marks import MAX_MARKS, Mark, MarkKind, within
from telemetry.alarm import Alarm, Event, EventKind

_CHANGES: Final = (EventKind.VIOLATED, EventKind.ESCALATED, EventKind.DEESCALATED)
_ENDS: Final = (EventKind.RETURNED, EventKind.OCCURRED)

#: (spacecraft, subject of an alarm) -> its name, and what is shown that it is about.
_Concerned = dict[tuple[str, str], tuple[str, frozenset[str]]]


def alarm_marks(events: Iterable[Event], standing: Iterable[Alarm], ask: TrendAsk) -> list[Mark]:
    """Each stretch of one severity, the most severe last; also of a shown subsystem's silence.

    events: in order of time.
    """
    stretches = _Stretches(ask)
    for event in events:
        stretches.take(event)
    for alarm in standing:
        stretches.stands(alarm)
    marks = stretches.ended(max(min(ask.stop_ns, ask.now_ns), ask.start_ns))
    return sorted(marks, key=lambda mark: (mark.severity, mark.start_ns))[-MAX_MARKS:]


class _Stretches:
    def __init__(self, ask: TrendAsk) -> None:
        self._ask = ask
        self._concerned = _concerned(ask.entries)
        self._begun: dict[tuple[str, str], tuple[int, Alarm]] = {}
        self._marks: list[Mark] = []

    def take(self, event: Event) -> None:
        alarm = event.alarm
        at = alarm.spacecraft, alarm.id
        if (alarm.spacecraft, alarm.subject) not in self._concerned:
            return
        if event.kind in _CHANGES:
            self._end(at, event.time_ns)
            eased = event.kind is EventKind.DEESCALATED  # its limit is that of the worst
            self._begun[at] = (event.time_ns, replace(alarm, limit="") if eased else alarm)
        elif event.kind in _ENDS:
            self._begun.setdefault(at, (alarm.since_ns, alarm))
            self._end(at, event.time_ns)

    def stands(self, alarm: Alarm) -> None:
        if alarm.state.violated and (alarm.spacecraft, alarm.subject) in self._concerned:
            self._begun.setdefault((alarm.spacecraft, alarm.id), (alarm.since_ns, alarm))

    def ended(self, now_ns: int) -> list[Mark]:
        """All; what goes on ends now."""
        for at in list(self._begun):
            self._end(at, now_ns, goes_on=True)
        return self._marks

    def _end(self, at: tuple[str, str], stop_ns: int, *, goes_on: bool = False) -> None:
        if at not in self._begun:
            return
        start_ns, alarm = self._begun.pop(at)
        span = within(start_ns, max(stop_ns, start_ns + 1), self._ask)
        if span is None:
            return
        name, keys = self._concerned[alarm.spacecraft, alarm.subject]
        self._marks.append(
            Mark(
                kind=MarkKind.ALARM,
                start_ns=span[0],
                stop_ns=span[1],
                title=", ".join(filter(None, (titled(name, alarm.condition), alarm.limit))),
                severity=alarm.severity or alarm.highest,
                keys=keys,
                open=goes_on,
            )
        )


def _concerned(shown: Iterable[Entry]) -> _Concerned:
    found: _Concerned = {}
    for entry in shown:
        for subject in (entry.parameter, entry.subsystem):
            at = entry.craft.id, subject.id
            _, keys = found.get(at, ("", frozenset()))
            found[at] = subject.name, keys | {entry.key}
    return found
