"""From what is true aboard to what is sent: noise, quantisation, and only what has changed.

`Telemetry` turns a spacecraft's true values into frames: each parameter sampled at its own period,
sent when it has moved by its threshold or has not been sent for a minute, and a frame of each
subsystem at its heartbeat even if nothing is in it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value

#: A value that does not change is sent again after this long, for those who came in between.
REFRESH_NS: Final = 60 * SECOND_NS
#: Periods are taken as multiples of this.
TICK_NS: Final = SECOND_NS // 10

#: True values of one subsystem at a time in seconds since the simulation began, by parameter id.
#: What it leaves out stands at its nominal value.
Truth = Callable[[float], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """quantum: the step values are sent in. noise: standard deviation. Both in the unit."""

    quantum: float
    noise: float = 0.0

    @property
    def threshold(self) -> float:
        """A change smaller than this is noise and is not sent."""
        return max(self.quantum, 3 * self.noise)


#: Assumptions of ours, near the steps seen in recordings of the public feed.
_QUALITY_OF_UNIT: Final[Mapping[str, Quality]] = {
    "%": Quality(quantum=0.01, noise=0.02),
    "A": Quality(quantum=0.01, noise=0.02),
    "MPa": Quality(quantum=0.001, noise=0.001),
    "N m": Quality(quantum=0.01, noise=0.3),
    "N m s": Quality(quantum=0.1, noise=4.0),
    "V": Quality(quantum=0.01, noise=0.03),
    "deg": Quality(quantum=0.001, noise=0.002),
    "deg C": Quality(quantum=0.01, noise=0.02),
    "deg/s": Quality(quantum=1e-5, noise=1e-4),
    "g": Quality(quantum=0.0005, noise=0.001),
    "kPa": Quality(quantum=1.0, noise=1.0),
    "kg/h": Quality(quantum=1.0, noise=4.0),
    "mmHg": Quality(quantum=0.01, noise=0.02),
    "rpm": Quality(quantum=1.0, noise=0.2),
}
#: Computed on board, not measured: times, quaternions, orbits.
_EXACT: Final = Quality(quantum=1e-6)


def nominal(parameter: Parameter) -> Value:
    """A value that violates nothing: within the narrowest band, or the first state that may be.

    For a two-state channel that is usually 1, on.
    """
    limits = parameter.limits
    if parameter.type is ParameterType.STRING:
        return ""
    if parameter.type in (ParameterType.ENUMERATION, ParameterType.BOOLEAN):
        violating = frozenset[int]().union(*limits.states.values())
        codes = [code for code in (parameter.states or {0: "", 1: ""}) if code not in violating]
        code = 1 if 1 in codes else codes[0]
        return bool(code) if parameter.type is ParameterType.BOOLEAN else code
    low, high = -math.inf, math.inf
    for band in limits.range.values():
        low = max(low, -math.inf if band.low is None else band.low)
        high = min(high, math.inf if band.high is None else band.high)
    if math.isfinite(low) and math.isfinite(high):
        value = (low + high) / 2
    elif math.isfinite(low):
        value = max(low * 1.2, 0.0)
    else:
        value = 0.0 if high >= 0 else high * 1.2
    return round(value) if parameter.type is ParameterType.INTEGER else value


@dataclass(slots=True)
class _Channel:
    """One parameter on its way out."""

    parameter: Parameter
    quality: Quality
    nominal: Value
    period_ns: int
    due_ns: int
    sent_ns: int = -REFRESH_NS
    sent: Value | None = None

    def read(self, truth: float | None, noise: float) -> Value:
        """The true value as this channel's type and quality let it be seen."""
        value = self.nominal if truth is None else truth
        match self.parameter.type:
            case ParameterType.FLOAT:
                seen = float(value) + noise * self.quality.noise
                return round(round(seen / self.quality.quantum) * self.quality.quantum, 9)
            case ParameterType.BOOLEAN:
                return bool(value)
            case ParameterType.STRING:
                return str(value)
            case _:
                return int(value)

    def has_news(self, value: Value, time_ns: int) -> bool:
        if time_ns - self.sent_ns >= REFRESH_NS:
            return True
        if isinstance(value, float) and isinstance(self.sent, float):
            return abs(value - self.sent) >= self.quality.threshold
        return value != self.sent


class _Sender:
    """One subsystem: its channels, its heartbeat and its sequence."""

    def __init__(self, subsystem: Subsystem, epoch_ns: int) -> None:
        self.subsystem = subsystem
        periods_s = [p.period_s or subsystem.period_s for p in subsystem.parameters.values()]
        ticks = [max(1, round(s * SECOND_NS / TICK_NS)) for s in (subsystem.period_s, *periods_s)]
        self.step_ns = math.gcd(*ticks) * TICK_NS
        self.heartbeat_ns = round(subsystem.period_s * SECOND_NS)
        self.next_ns = epoch_ns
        self.sequence = 0
        self.beaten_ns = epoch_ns - self.heartbeat_ns
        self.channels = [
            _Channel(
                parameter=parameter,
                quality=_QUALITY_OF_UNIT.get(parameter.unit, _EXACT),
                nominal=nominal(parameter),
                # what is sent on change only is looked at in every step
                period_ns=round(parameter.period_s * SECOND_NS) if parameter.period_s else 0,
                due_ns=epoch_ns,
            )
            for parameter in subsystem.parameters.values()
        ]

    def values(
        self, time_ns: int, truth: Mapping[str, float], noise: list[float]
    ) -> dict[str, Value]:
        news: dict[str, Value] = {}
        for channel, deviation in zip(self.channels, noise, strict=True):
            if time_ns < channel.due_ns:
                continue
            channel.due_ns += channel.period_ns or time_ns - channel.due_ns
            identity = channel.parameter.id
            value = channel.read(truth.get(identity), deviation)
            if channel.has_news(value, time_ns):
                news[identity] = channel.sent = value
                channel.sent_ns = time_ns
        return news


class Telemetry:
    """The frames of a spacecraft whose true values are functions of time; a `Spacecraft`.

    truths: by subsystem; one without stands at its nominal values. seed: of the noise.
    """

    def __init__(
        self, spacecraft: Spacecraft, truths: Mapping[str, Truth], epoch_ns: int, seed: int
    ) -> None:
        self._id = spacecraft.id
        self._epoch_ns = epoch_ns
        self._truths = truths
        self._senders = [_Sender(one, epoch_ns) for one in spacecraft.subsystems.values()]
        self._noise = np.random.default_rng([seed, *spacecraft.id.encode()])

    @property
    def id(self) -> str:
        return self._id

    @property
    def next_ns(self) -> int:
        return min(sender.next_ns for sender in self._senders)

    def step(self, time_ns: int) -> list[Frame]:
        """The frames due at each step up to and at a time, in time order."""
        frames = []
        while (now_ns := self.next_ns) <= time_ns:
            for sender in self._senders:
                if sender.next_ns == now_ns:
                    sender.next_ns += sender.step_ns
                    frame = self._frame(sender, now_ns)
                    if frame is not None:
                        frames.append(frame)
        return frames

    def _frame(self, sender: _Sender, time_ns: int) -> Frame | None:
        truth = self._truths.get(sender.subsystem.id)
        true = truth((time_ns - self._epoch_ns) / SECOND_NS) if truth else {}
        noise = self._noise.standard_normal(len(sender.channels)).tolist()
        values = sender.values(time_ns, true, noise)
        if not values and time_ns - sender.beaten_ns < sender.heartbeat_ns:
            return None
        sender.beaten_ns = time_ns
        sender.sequence += 1
        return Frame(
            spacecraft=self._id,
            subsystem=sender.subsystem.id,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=sender.sequence - 1,
            values=values,
        )
