"""When silence is announced, and what of a spacecraft is out of contact. Pure.

A link may drop, and come back, some seconds off what the schedule says; a contact too short to hear
a frame in is none. Beyond that, silence is an alarm, dated when the frame that did not come was
overdue, as announced contact would have had it.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.contact import ContactSchedule, Signal, Silence
from telemetry.parameter import Subsystem
from telemetry.shift import Gap

#: How far off its schedule a link may drop or come back [A]: antennas are handed over in seconds.
CONTACT_MARGIN_NS: Final = 10 * SECOND_NS
#: Of ended gaps; older ones give way.
MAX_GAPS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """When a silence counts: once time is beyond `after_ns`, and it is dated `date_ns`.

    announced: an announced loss of signal is what put it off.
    """

    date_ns: int
    after_ns: int
    announced: bool


class ContactBook:
    """What is announced, by spacecraft; of one that announced nothing, contact is expected."""

    def __init__(self) -> None:
        self._schedules: dict[str, ContactSchedule] = {}
        #: By (spacecraft, links): starts and ends of the announced outages, each in order.
        self._outages: dict[tuple[str, tuple[LinkName, ...]], tuple[list[int], list[int]]] = {}

    def announce(self, spacecraft: str, schedule: ContactSchedule | None) -> None:
        """Replaces what was announced before; with None nothing is announced any more."""
        if schedule is None:
            self._schedules.pop(spacecraft, None)
        else:
            self._schedules[spacecraft] = schedule
        self._outages = {key: one for key, one in self._outages.items() if key[0] != spacecraft}

    def expected(self, spacecraft: str, subsystem: Subsystem, time_ns: int) -> bool:
        """Whether a frame of it could be heard at a time, by any of its links."""
        starts, ends = self._of(spacecraft, subsystem)
        i = bisect_right(ends, time_ns)
        return i == len(ends) or time_ns < starts[i]

    def overdue(self, spacecraft: str, subsystem: Subsystem, last_ns: int) -> Overdue:
        """When the silence after a frame is no longer explained.

        Without an outage: when the next frame is overdue. An outage that has begun by then, or
        begins within the margin, puts it off: the frame after its end has the margin to come in.
        """
        stale_ns = subsystem.stale_after_ns
        starts, ends = self._of(spacecraft, subsystem)
        heard_ns, announced = last_ns, False
        i = bisect_right(ends, last_ns)
        while i < len(ends) and starts[i] <= heard_ns + stale_ns + CONTACT_MARGIN_NS:
            heard_ns, announced = ends[i], True
            i += 1
        date_ns = heard_ns + stale_ns
        after_ns = date_ns + (CONTACT_MARGIN_NS if announced else 0)
        return Overdue(date_ns=date_ns, after_ns=after_ns, announced=announced)

    def silent_is_announced(
        self, spacecraft: str, subsystem: Subsystem, last_ns: int, now_ns: int
    ) -> bool:
        """Whether the schedule explains that nothing has come since `last_ns`."""
        overdue = self.overdue(spacecraft, subsystem, last_ns)
        return overdue.announced and now_ns <= overdue.after_ns

    def back_ns(self, spacecraft: str, subsystem: Subsystem, time_ns: int) -> int:
        """Announced AOS after an outage in force at a time, or beginning within the margin.

        0 when there is no such outage, and when it lasts to the end of what is announced.
        """
        starts, ends = self._of(spacecraft, subsystem)
        i = bisect_right(ends, time_ns)
        if i == len(ends) or time_ns + CONTACT_MARGIN_NS < starts[i]:
            return 0
        return ends[i] if ends[i] < self._schedules[spacecraft].to_ns else 0

    def covered(self, spacecraft: str, link: LinkName, from_ns: int, to_ns: int) -> float:
        """How much of a span, 0 to 1, contact by a link is expected."""
        schedule = self._schedules.get(spacecraft)
        if schedule is None or from_ns >= to_ns:
            return 1.0
        out_ns = sum(
            max(0, min(end_ns, to_ns) - max(start_ns, from_ns))
            for start_ns, end_ns in schedule.outages((link,))
        )
        return 1.0 - out_ns / (to_ns - from_ns)

    def _of(self, spacecraft: str, subsystem: Subsystem) -> tuple[list[int], list[int]]:
        key = spacecraft, subsystem.links
        outages = self._outages.get(key)
        if outages is None:
            schedule = self._schedules.get(spacecraft)
            pairs = schedule.outages(subsystem.links) if schedule else []
            outages = [start for start, _ in pairs], [end for _, end in pairs]
            self._outages[key] = outages
        return outages

    def snapshot(self) -> dict[str, Any]:
        return {id_: msgspec.to_builtins(one) for id_, one in self._schedules.items()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._schedules = msgspec.convert(dict(snapshot), dict[str, ContactSchedule])
        self._outages.clear()


class Signals:
    """Which subsystems are out of contact, and the gaps that left. Fed by the processor."""

    def __init__(self) -> None:
        self._out: dict[tuple[str, str], Silence] = {}
        self._ended: deque[Gap] = deque(maxlen=MAX_GAPS)

    def lost(
        self, spacecraft: str, subsystem: str, last_ns: int, *, announced: bool, back_ns: int = 0
    ) -> bool:
        """Nothing has come since `last_ns`. Told again, it says how the silence is to be seen now.

        :returns: whether that changes anything.
        """
        silence = Silence(
            subsystem=subsystem, last_ns=last_ns, announced=announced, back_ns=back_ns
        )
        known = self._out.get((spacecraft, subsystem))
        if known is not None:  # it began when it was first told to
            silence = msgspec.structs.replace(silence, last_ns=known.last_ns)
        self._out[spacecraft, subsystem] = silence
        return silence != known

    def heard(self, spacecraft: str, subsystem: str, time_ns: int) -> Gap | None:
        """The gap that a frame of this time ends, if there was one."""
        silence = self._out.pop((spacecraft, subsystem), None)
        if silence is None:
            return None
        # a new run's times may begin anywhere
        gap = _gap(spacecraft, silence, max(time_ns, silence.last_ns))
        self._ended.append(gap)
        return gap

    def fill(self, spacecraft: str, subsystem: str, end_ns: int) -> Gap | None:
        """Late data covered the gap that ended then."""
        for i, gap in enumerate(self._ended):
            if (gap.spacecraft, gap.subsystem, gap.end_ns) == (spacecraft, subsystem, end_ns):
                self._ended[i] = msgspec.structs.replace(gap, filled=True)
                return self._ended[i]
        return None

    def out(self, spacecraft: str, subsystem: str) -> Silence | None:
        return self._out.get((spacecraft, subsystem))

    def signal(self, spacecraft: str, time_ns: int, standing: int) -> Signal:
        """standing: how many alarms of what is out stood at LOS."""
        out = (one for (where, _), one in self._out.items() if where == spacecraft)
        ordered = tuple(sorted(out, key=lambda one: one.subsystem))
        return Signal(time_ns=time_ns, out=ordered, standing=standing)

    def gaps(self) -> tuple[Gap, ...]:
        """Ended ones in the order they ended, then those that last, by name."""
        lasting = (_gap(where, one) for (where, _), one in sorted(self._out.items()))
        return (*self._ended, *lasting)

    def snapshot(self) -> list[Any]:
        out = [(where, msgspec.to_builtins(one)) for (where, _), one in self._out.items()]
        return [out, [msgspec.to_builtins(gap) for gap in self._ended]]

    def restore(self, snapshot: Iterable[Any]) -> None:
        out, ended = snapshot
        silences = msgspec.convert(out, list[tuple[str, Silence]])
        self._out = {(where, one.subsystem): one for where, one in silences}
        self._ended = deque(msgspec.convert(ended, list[Gap]), maxlen=MAX_GAPS)


def _gap(spacecraft: str, silence: Silence, end_ns: int = 0) -> Gap:
    return Gap(
        spacecraft=spacecraft,
        subsystem=silence.subsystem,
        start_ns=silence.last_ns,
        end_ns=end_ns,
        announced=silence.announced,
    )
