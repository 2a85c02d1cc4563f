"""What goes wrong between a true value and the ground: faults of sensors and of frames, as data.

A fault acts on what is sent, never on the truth. One of a parameter acts between noise and
quantisation, so what it makes of a value is sent, or kept back, as any value is. One of a
subsystem, or of the whole spacecraft, acts on finished frames. Several act in the order they were
injected.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb.table import hint, listed
from telemetry.parameter import ParameterType, Spacecraft

#: More at once for one spacecraft are refused.
MAX_FAULTS: Final = 64
#: The furthest a clock may jump (ten years).
_LONGEST_JUMP_S: Final = 10 * 365.25 * 86_400


class FaultKind(StrEnum):
    """stuck: the last value sent, or `value`, whatever is true.
    spike: `value` too much, for as long as the fault lasts; for one sample if it has no end.
    drift: `rate_per_s` times the time since its start too much.
    swapped-sign: the value with the other sign.
    invalid: nothing can be measured, and the sample says so.
    dropout: not sent; of frames: lost, so that their sequence has a gap.
    stale-resend: the last sample or frame from before, again and again, with its old time.
    clock-jump: generation times `value` seconds off.
    """

    STUCK = "stuck"
    SPIKE = "spike"
    DRIFT = "drift"
    SWAPPED_SIGN = "swapped-sign"
    INVALID = "invalid"
    DROPOUT = "dropout"
    STALE_RESEND = "stale-resend"
    CLOCK_JUMP = "clock-jump"


_OF_NUMBERS: Final = frozenset({FaultKind.SPIKE, FaultKind.DRIFT, FaultKind.SWAPPED_SIGN})
_OF_FRAMES: Final = (FaultKind.DROPOUT, FaultKind.STALE_RESEND, FaultKind.CLOCK_JUMP)
#: What a kind must be told, and what it may be told besides.
_NEEDS: Final[Mapping[FaultKind, str]] = {
    FaultKind.SPIKE: "value",
    FaultKind.DRIFT: "rate_per_s",
    FaultKind.CLOCK_JUMP: "value",
}
_TAKES: Final[Mapping[FaultKind, str]] = {**_NEEDS, FaultKind.STUCK: "value"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """From its start until before its end, or for ever.

    parameter: its id; for faults of frames that of a subsystem or of the spacecraft.
    value: in the parameter's unit; of a clock jump, in seconds.
    """

    spacecraft: str
    parameter: str
    kind: FaultKind
    start_ns: int
    end_ns: int | None = None
    value: float | None = None
    rate_per_s: float | None = None

    def acts(self, time_ns: int) -> bool:
        return self.start_ns <= time_ns and not self.over(time_ns)

    def over(self, time_ns: int) -> bool:
        return self.end_ns is not None and time_ns >= self.end_ns


def check(fault: Fault, spacecraft: Spacecraft) -> None:
    """:raises UsageError: if the fault means nothing on this spacecraft."""
    where = f"{fault.kind} of {fault.parameter!r}"
    frames = {*spacecraft.subsystems, spacecraft.id}
    parameters = {p.id: p for s in spacecraft.subsystems.values() for p in s.parameters.values()}
    if fault.spacecraft != spacecraft.id:
        raise UsageError(f"{where}: is of {fault.spacecraft!r}, not of {spacecraft.id!r}")
    if fault.end_ns is not None and fault.end_ns <= fault.start_ns:
        raise UsageError(f"{where}: ends before it has begun")
    if fault.parameter in frames:
        if fault.kind not in _OF_FRAMES:
            raise UsageError(
                f"{where}: needs a parameter; a subsystem can have {listed(_OF_FRAMES)}"
            )
    elif fault.parameter not in parameters:
        near = hint(fault.parameter, frames | parameters.keys())
        raise UsageError(f"{where}: {spacecraft.id} has no such parameter or subsystem{near}")
    elif fault.kind is FaultKind.CLOCK_JUMP:
        raise UsageError(f"{where}: needs a subsystem or a spacecraft; a sample has no clock")
    else:
        kind = parameters[fault.parameter].type
        if fault.kind in _OF_NUMBERS and not kind.numeric:
            raise UsageError(f"{where}: is for numbers only, and this is of type {kind}")
        if fault.kind is FaultKind.STUCK and kind is ParameterType.STRING:
            raise UsageError(f"{where}: a text cannot be stuck; no model changes it")
    _check_numbers(fault, where)


def _check_numbers(fault: Fault, where: str) -> None:
    for field in ("value", "rate_per_s"):
        number: float | None = getattr(fault, field)
        if number is None:
            if _NEEDS.get(fault.kind) == field:
                raise UsageError(f"{where}: {field} is missing")
        elif _TAKES.get(fault.kind) != field:
            raise UsageError(f"{where}: takes no {field}")
        elif not math.isfinite(number):
            raise UsageError(f"{where}: {field} must be a finite number, not {number}")
        elif fault.kind is FaultKind.CLOCK_JUMP and abs(number) > _LONGEST_JUMP_S:
            raise UsageError(f"{where}: value must be within {_LONGEST_JUMP_S:.0f} s of 0")


def measured(fault: Fault, value: float, held: float, time_ns: int) -> float:
    """What a faulty sensor makes of a value at a time within the fault; NaN is invalid.

    held: what was sent last before the fault.
    """
    match fault.kind:
        case FaultKind.STUCK:
            return held if fault.value is None else fault.value
        case FaultKind.SPIKE:
            return value + (fault.value or 0.0)
        case FaultKind.DRIFT:
            return value + (fault.rate_per_s or 0.0) * (time_ns - fault.start_ns) / SECOND_NS
        case FaultKind.SWAPPED_SIGN:
            return -value
        case FaultKind.INVALID:
            return math.nan
    return value


@dataclass(slots=True)
class _Sensor:
    """A fault of one parameter, and what it has seen so far."""

    fault: Fault
    channel: int
    held: float | None = None
    spent: bool = False


#: The frame that last brought a channel's sample, with that sample alone; None if none ever did.
LastSent = Callable[[int], Frame | None]


class Faults:
    """The faults of one spacecraft; with none injected, nothing is changed."""

    def __init__(self, spacecraft: Spacecraft) -> None:
        self._spacecraft = spacecraft
        ids = [p for one in spacecraft.subsystems.values() for p in one.parameters]
        self._channels = {identity: n for n, identity in enumerate(ids)}
        self._sensors: list[_Sensor] = []
        self._links: list[Fault] = []
        self._last: dict[str, Frame] = {}

    def add(self, fault: Fault) -> None:
        """:raises UsageError: if it means nothing here, or there are too many."""
        check(fault, self._spacecraft)
        if len(self._sensors) + len(self._links) >= MAX_FAULTS:
            raise UsageError(f"{self._spacecraft.id} has {MAX_FAULTS} faults; wait for one to end")
        if fault.parameter in self._channels:
            self._sensors.append(_Sensor(fault, self._channels[fault.parameter]))
        else:
            self._links.append(fault)

    def on_samples(
        self,
        time_ns: int,
        seen: NDArray[np.float64],
        looked: NDArray[np.bool_],
        last_sent: LastSent,
    ) -> list[Frame]:
        """Spoil, in place, what was seen of the channels looked at; returns samples sent again."""
        resent: list[Frame] = []
        for sensor in self._sensors:
            fault, n = sensor.fault, sensor.channel
            if not fault.acts(time_ns) or not looked[n]:
                continue
            if fault.kind in (FaultKind.DROPOUT, FaultKind.STALE_RESEND):
                looked[n] = False
                last = last_sent(n) if fault.kind is FaultKind.STALE_RESEND else None
                if last is not None:
                    resent.append(replace(last, received_ns=time_ns))
                continue
            if sensor.held is None:
                sensor.held = _held(last_sent(n), fault, float(seen[n]))
            seen[n] = measured(fault, float(seen[n]), sensor.held, time_ns)
            sensor.spent = fault.kind is FaultKind.SPIKE and fault.end_ns is None
        self._sensors = [s for s in self._sensors if not (s.spent or s.fault.over(time_ns))]
        return resent

    def on_frames(self, time_ns: int, fresh: list[Frame], resent: Iterable[Frame]) -> list[Frame]:
        """The frames that leave, of those of this tick and of samples sent again."""
        old = list(resent)
        for fault in self._links:
            if fault.acts(time_ns):
                mine = [frame for frame in fresh if _concerns(fault, frame)]
                fresh = [frame for frame in fresh if not _concerns(fault, frame)]
                match fault.kind:
                    case FaultKind.CLOCK_JUMP:
                        fresh += [_retimed(frame, fault) for frame in mine]
                    case FaultKind.STALE_RESEND:
                        lasts = [self._last[f.subsystem] for f in mine if f.subsystem in self._last]
                        old += [replace(last, received_ns=time_ns) for last in lasts]
                    case FaultKind.DROPOUT:
                        old = [frame for frame in old if not _concerns(fault, frame)]
        self._links = [fault for fault in self._links if not fault.over(time_ns)]
        self._last.update((frame.subsystem, frame) for frame in fresh if frame.values)
        return old + fresh


def _held(last: Frame | None, fault: Fault, seen: float) -> float:
    """What a stuck sensor stays at: what was sent last, or what it sees if nothing was."""
    if last is None or fault.kind is not FaultKind.STUCK:
        return seen
    return float(last.values.get(fault.parameter, math.nan))


def _concerns(fault: Fault, frame: Frame) -> bool:
    return fault.parameter in (frame.subsystem, frame.spacecraft)


def _retimed(frame: Frame, fault: Fault) -> Frame:
    return replace(frame, time_ns=frame.time_ns + round((fault.value or 0.0) * SECOND_NS))
