"""Floods and chatter: when alarms come faster than a person can answer. Pure, bounded.

Figures of ISA-18.2 and EEMUA 191, as quoted by vendors (the standards themselves are not public):
a flood begins above 10 annunciations in 10 minutes and ends below 5; an alarm chatters when it goes
from active to clear 3 times in a minute. Live figures and the scorecard count by the same code.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final

from telemetry.clock import SECOND_NS

FLOOD_WINDOW_NS: Final = 600 * SECOND_NS
FLOOD_BEGINS_ABOVE: Final = 10
FLOOD_ENDS_BELOW: Final = 5
CHATTER_WINDOW_NS: Final = 60 * SECOND_NS
CHATTER_TIMES: Final = 3
#: How long an alarm that chattered is shown as chattering [A].
CHATTER_SHOWN_NS: Final = 600 * SECOND_NS
#: Annunciations remembered; beyond it the count says no more than "at least so many".
MAX_COUNTED: Final = 10_000
#: Alarms whose clearing is remembered, the most recent.
MAX_ALARMS: Final = 1_000

#: (spacecraft, alarm id).
Key = tuple[str, str]


class Flood:
    """Annunciations of the last 10 minutes, and whether they are a flood.

    Time never goes back: what comes with an earlier time counts as come now.
    """

    def __init__(self, times: Iterable[int] = (), *, since_ns: int = 0) -> None:
        self._times = deque(times, maxlen=MAX_COUNTED)
        #: When the flood began; 0 while there is none.
        self.since_ns = since_ns

    @property
    def times(self) -> tuple[int, ...]:
        return tuple(self._times)

    @property
    def count(self) -> int:
        return len(self._times)

    @property
    def newest_ns(self) -> int:
        return self._times[-1] if self._times else 0

    def add(self, time_ns: int) -> int:
        """One annunciation; when a flood that was on had ended before, 0 if none had."""
        time_ns = max(time_ns, self.newest_ns)
        ended_ns = self.advance(time_ns)
        self._times.append(time_ns)
        if not self.since_ns and self.count > FLOOD_BEGINS_ABOVE:
            self.since_ns = time_ns
        return ended_ns

    def advance(self, time_ns: int) -> int:
        """Forget what is more than 10 minutes old; when the flood ended, 0 if it did not."""
        ended_ns = 0
        while self._times and self._times[0] <= time_ns - FLOOD_WINDOW_NS:
            forgotten_ns = self._times.popleft()
            if self.since_ns and self.count < FLOOD_ENDS_BELOW:
                self.since_ns, ended_ns = 0, forgotten_ns + FLOOD_WINDOW_NS
        return ended_ns


class Chatter:
    """The newest times each alarm cleared, and which of them chatter."""

    def __init__(self, cleared: Iterable[tuple[str, str, list[int]]] = ()) -> None:
        self._cleared: OrderedDict[Key, list[int]] = OrderedDict(
            ((spacecraft, alarm), list(times)) for spacecraft, alarm, times in cleared
        )

    @property
    def cleared(self) -> list[tuple[str, str, list[int]]]:
        return [(*key, times) for key, times in self._cleared.items()]

    def add(self, key: Key, time_ns: int) -> bool:
        """An alarm cleared; whether it chatters. A time before the last one begins anew."""
        times = self._cleared.pop(key, [])
        if times and time_ns < times[-1]:
            times = []
        times = [*times, time_ns][-CHATTER_TIMES:]
        self._cleared[key] = times
        if len(self._cleared) > MAX_ALARMS:
            self._cleared.popitem(last=False)
        return _chatters(times)

    def chattering(self) -> list[tuple[Key, int]]:
        """Alarms whose newest clearings came within a minute, and when the last of them was."""
        return [(key, times[-1]) for key, times in self._cleared.items() if _chatters(times)]


def _chatters(times: list[int]) -> bool:
    return len(times) == CHATTER_TIMES and times[-1] - times[0] <= CHATTER_WINDOW_NS
