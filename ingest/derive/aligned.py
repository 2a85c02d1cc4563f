"""Samples of several subsystems brought together on one tick of generation time. Pure and bounded.

One subsystem, the primary, sets the pace: there is a tick at each whole second it speaks. A tick is
given out once every input has spoken up to it; one that is `WAIT_NS` behind the primary is not
waited for. What is seen at a tick does not depend on how the inputs' frames were interleaved, as
long as none comes more than `SKEW_NS` of stream time later than another: for that, an input that
speaks again after `SILENT_NS` is heard only from `SKEW_NS` later on. Late data, behind newer ones
of the same subsystem, are left out.

Telemetry comes on change: what was not sent has not changed, unless a frame in between was lost.
"""

import bisect
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from ingest.late import Arrival, arrival
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame

TICK_NS: Final = SECOND_NS
SKEW_NS: Final = 2 * SECOND_NS
SILENT_NS: Final = 3 * SECOND_NS
WAIT_NS: Final = SILENT_NS + SKEW_NS
#: Kept of each parameter, and the newest before.
KEEP_NS: Final = 30 * SECOND_NS
MOST_SAMPLES: Final = 512
MOST_BREAKS: Final = 64

#: (spacecraft, subsystem) -> its parameters that are asked for.
Wanted = Mapping[tuple[str, str], frozenset[str]]


class Input(msgspec.Struct, kw_only=True):
    """One subsystem.

    silences: the last frame before each, and the first after; the first of all is both. breaks:
    times of the first frame after lost ones. heard: times of frames, thinned. samples: by
    parameter, times and values in order; NaN is invalid.
    """

    time_ns: int
    sequence: int
    silences: list[tuple[int, int]]
    breaks: list[int] = []
    heard: list[int] = []
    times: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}

    def seen_before_ns(self, tick_ns: int) -> int:
        """Samples at a tick are those before this and up to the tick."""
        hidden = [back for _, back in self.silences if back <= tick_ns < back + SKEW_NS]
        return min(hidden, default=tick_ns + 1)


class Aligned(msgspec.Struct, kw_only=True):
    """inputs: by "<spacecraft>/<subsystem>". next_ns: the next tick, once there is one."""

    primary: str
    inputs: dict[str, Input] = {}
    next_ns: int | None = None

    def take(self, frame: Frame, wanted: Wanted) -> Iterator["View"]:
        """The ticks that are due now, in order; each must be used before the next is asked for."""
        key = (frame.spacecraft, frame.subsystem)
        if key not in wanted:
            return
        name = "/".join(key)
        self._hear(name, frame, wanted[key])
        while (tick_ns := self._due()) is not None:
            yield View(self.inputs, tick_ns)
            self.next_ns = tick_ns + TICK_NS

    def forget(self, spacecraft: str) -> None:
        """Its publisher started anew."""
        for name in [one for one in self.inputs if one.startswith(f"{spacecraft}/")]:
            del self.inputs[name]
        if self.primary not in self.inputs:
            self.next_ns = None

    def _hear(self, name: str, frame: Frame, parameters: frozenset[str]) -> None:
        known = self.inputs.get(name)
        how = arrival(frame, known.sequence if known else None, known.time_ns if known else None)
        if how in (Arrival.LATE, Arrival.REPEATED):
            return
        now_ns = frame.time_ns
        if known is None or how is Arrival.STEPPED_BACK:
            known = Input(time_ns=now_ns, sequence=frame.sequence, silences=[(now_ns, now_ns)])
            self.inputs[name] = known
            if name == self.primary:
                self.next_ns = _whole(now_ns + SKEW_NS)
        elif now_ns - known.time_ns > SILENT_NS:
            known.silences.append((known.time_ns, now_ns))
            known.breaks.append(now_ns)
        elif frame.sequence != known.sequence + 1:
            known.breaks.append(now_ns)
        # a second frame of one time may find its tick given out already: it is seen at the next
        at_ns = now_ns + (now_ns == known.time_ns and frame.sequence != known.sequence)
        known.time_ns, known.sequence = now_ns, frame.sequence
        if not known.heard or now_ns - known.heard[-1] >= TICK_NS // 2:
            known.heard.append(now_ns)
        _add(known, frame, parameters, at_ns)
        _prune(known, now_ns - KEEP_NS)

    def _due(self) -> int | None:
        primary = self.inputs.get(self.primary)
        if primary is None or self.next_ns is None:
            return None
        for left_ns, back_ns in primary.silences:
            if left_ns < self.next_ns < back_ns + SKEW_NS:
                self.next_ns = _whole(back_ns + SKEW_NS)
        tick_ns = self.next_ns
        if primary.time_ns < tick_ns:
            return None
        for one in self.inputs.values():
            if one.time_ns < tick_ns and primary.time_ns < one.time_ns + WAIT_NS:
                return None
        return tick_ns


class View:
    """What is known at a tick. Parameters are named with their input: "iss/adcs", "USLAB000025"."""

    def __init__(self, inputs: Mapping[str, Input], tick_ns: int) -> None:
        self._inputs = inputs
        self.tick_ns = tick_ns
        self._before_ns = {name: one.seen_before_ns(tick_ns) for name, one in inputs.items()}

    def samples(self, name: str, parameter: str, after_ns: int) -> list[tuple[int, float]]:
        """The good ones of (after_ns, tick], in order."""
        times, values, stop = self._of(name, parameter)
        start = bisect.bisect_right(times, after_ns, 0, stop)
        return [(times[i], values[i]) for i in range(start, stop) if values[i] == values[i]]

    def last(self, name: str, parameter: str) -> tuple[int, float] | None:
        """The newest, however old; None if it is invalid, or there is none."""
        times, values, stop = self._of(name, parameter)
        if not stop or values[stop - 1] != values[stop - 1]:
            return None
        return times[stop - 1], values[stop - 1]

    def at(self, name: str, parameter: str, time_ns: int) -> tuple[int, float] | None:
        """The newest at a time, as a value that has not changed since; None if it may have."""
        times, values, stop = self._of(name, parameter)
        index = bisect.bisect_right(times, time_ns, 0, stop) - 1
        if index < 0 or values[index] != values[index]:
            return None
        return (times[index], values[index]) if self.whole(name, times[index], time_ns) else None

    def invalid(self, name: str, parameters: Iterable[str]) -> bool:
        """Whether the newest sample of any is invalid."""
        for parameter in parameters:
            _, values, stop = self._of(name, parameter)
            if stop and values[stop - 1] != values[stop - 1]:
                return True
        return False

    def whole(self, name: str, from_ns: int, to_ns: int) -> bool:
        """Whether no frame of (from_ns, to_ns] was lost, as far as frames were heard."""
        known = self._inputs.get(name)
        if known is None:
            return False
        return not known.breaks or not any(from_ns < one <= to_ns for one in known.breaks)

    def speaks(self, name: str, from_ns: int) -> bool:
        """Whether it has spoken from a time up to the tick, without loss."""
        known = self._inputs.get(name)
        if known is None:
            return False
        stop = bisect.bisect_left(known.heard, self._before_ns[name])
        first = bisect.bisect_right(known.heard, from_ns)
        return (
            0 < first <= stop
            and self.tick_ns - known.heard[stop - 1] < SKEW_NS
            and self.whole(name, from_ns, self.tick_ns)
        )

    def _of(self, name: str, parameter: str) -> tuple[list[int], list[float], int]:
        """Times, values, and how many of them are seen."""
        known = self._inputs.get(name)
        if known is None or parameter not in known.times:
            return [], [], 0
        times = known.times[parameter]
        return times, known.values[parameter], bisect.bisect_left(times, self._before_ns[name])


def _add(known: Input, frame: Frame, parameters: frozenset[str], time_ns: int) -> None:
    samples = {one: float("nan") for one in frame.invalid}
    samples |= {one: float(v) for one, v in frame.values.items() if not isinstance(v, str)}
    for parameter in parameters & samples.keys():
        known.times.setdefault(parameter, []).append(time_ns)
        known.values.setdefault(parameter, []).append(samples[parameter])


def _prune(known: Input, before_ns: int) -> None:
    for parameter, times in known.times.items():
        extra = bisect.bisect_right(times, before_ns) - 1
        extra = max(extra, len(times) - MOST_SAMPLES)
        if extra > 0:
            del times[:extra], known.values[parameter][:extra]
    del known.heard[: max(0, bisect.bisect_right(known.heard, before_ns) - 1)]
    known.breaks = [one for one in known.breaks if one > before_ns][-MOST_BREAKS:]
    known.silences = [one for one in known.silences if one[1] > before_ns][-MOST_BREAKS:]


def _whole(time_ns: int) -> int:
    """The first whole second not before a time."""
    return -(-time_ns // TICK_NS) * TICK_NS
