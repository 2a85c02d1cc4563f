"""From what is true aboard to what is sent: noise, quantisation, and only what has changed.

A channel is looked at in its own period, or at every tick if it is sent on change. It is sent when
it has moved by its threshold or has not been sent for its refresh time. A frame of each subsystem
comes at its heartbeat even if nothing is in it.

All channels of a spacecraft are one row of arrays, since a loop over them costs ten times more.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.sensing.fault import Fault, Faults
from simulators.sensing.quality import Qualities
from telemetry.clock import SECOND_NS
from telemetry.frame import QUALITY_UNSPECIFIED, Frame
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Value

#: True values of one subsystem now, by parameter id. What it leaves out stands at its nominal
#: value; what cannot be measured is NaN.
Truth = Callable[[str], Mapping[str, float]]

_NOISE, _FINE_NOISE = 31, 32
_NEVER_NS: Final = -(2**61)
_ON_CHANGE_NS: Final = 1
_MOST_DECIMALS: Final = 12


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


class Telemetry:
    """What one spacecraft sends of its truth.

    epoch_ns: the first tick; periods and heartbeats count from it.
    seed: of the noise, the same for the same ticks. Fine ticks draw from a stream of their own, so
        that they leave the noise of whole seconds as it is.
    noise_scale: times the noise of channels whose noise is an assumption.
    fast: the subsystems that are looked at between whole seconds too.
    """

    def __init__(
        self,
        spacecraft: Spacecraft,
        qualities: Qualities,
        *,
        epoch_ns: int,
        seed: int,
        noise_scale: float = 1.0,
        fast: frozenset[str] = frozenset(),
    ) -> None:
        if unknown := fast - spacecraft.subsystems.keys():
            raise ValueError(f"{spacecraft.id} has no subsystem {min(unknown)!r}")
        self._id = spacecraft.id
        self._epoch_ns = epoch_ns
        self._subsystems = tuple(spacecraft.subsystems.values())
        self._beat_due_ns = [epoch_ns] * len(self._subsystems)
        self._sequence = [0] * len(self._subsystems)
        self._checked: set[str] = set()
        self._faults = Faults(spacecraft)

        parameters = [p for one in self._subsystems for p in one.parameters.values()]
        self._ids = [p.id for p in parameters]
        self._nominal = [0.0 if p.type is ParameterType.STRING else nominal(p) for p in parameters]
        self._typed = [_typed(p) for p in parameters]
        counts = [len(one.parameters) for one in self._subsystems]
        stops = np.cumsum(counts).tolist()
        self._slices = [slice(stop - n, stop) for stop, n in zip(stops, counts, strict=True)]
        self._of = np.repeat(np.arange(len(counts)), counts)
        self._fast = np.repeat([one.id in fast for one in self._subsystems], counts)

        rows = [qualities[p.id].scaled(noise_scale) for p in parameters]
        self._noise = np.array([row.noise for row in rows])
        self._quantum = np.array([row.quantum for row in rows])
        # in steps, since two multiples of 0.01 can differ by less than 0.01
        self._threshold = np.array(
            [max(1.0, math.ceil(row.smallest_change / row.quantum - 1e-6)) for row in rows]
        )
        self._decimal = np.array([10.0 ** _decimals(row.quantum) for row in rows])
        self._refresh_ns = np.array([round(row.refresh_s * SECOND_NS) for row in rows])
        self._period_ns = np.array(
            [round(row.period_s * SECOND_NS) if row.period_s else _ON_CHANGE_NS for row in rows]
        )
        self._whole = np.random.default_rng([seed, _NOISE, *spacecraft.id.encode()])
        self._fine = np.random.default_rng([seed, _FINE_NOISE, *spacecraft.id.encode()])

        total = len(parameters)
        self._true = np.array(self._nominal, dtype=np.float64)
        self._due_ns = np.full(total, epoch_ns)
        # what was sent last: NaN is invalid, or nothing yet
        self._sent = np.full(total, np.nan)
        self._sent_ns = np.full(total, _NEVER_NS)
        self._sent_sequence = np.zeros(total, dtype=np.int64)

    @property
    def id(self) -> str:
        return self._id

    def inject(self, fault: Fault) -> None:
        """:raises UsageError: if the fault means nothing here, or there are too many."""
        self._faults.add(fault)

    def frames(self, time_ns: int, truth: Truth) -> list[Frame]:
        """The frames of one tick. Ticks come in order and leave out no whole second."""
        whole = (time_ns - self._epoch_ns) % SECOND_NS == 0
        looked = self._due_ns <= time_ns
        if not whole:
            looked &= self._fast
        noise = (self._whole if whole else self._fine).standard_normal(len(looked))
        self._take(truth, looked)
        next_ns = time_ns + self._period_ns - (time_ns - self._epoch_ns) % self._period_ns
        np.copyto(self._due_ns, next_ns, where=looked)

        seen = self._true + self._noise * noise
        resent = self._faults.on_samples(time_ns, seen, looked, self._last_sent)
        steps = np.rint(seen / self._quantum)
        invalid = ~np.isfinite(steps)
        steps[invalid] = np.nan
        news = np.abs(steps - self._sent) >= self._threshold
        news |= invalid != np.isnan(self._sent)
        news |= time_ns - self._sent_ns >= self._refresh_ns
        news &= looked
        fresh = self._pack(time_ns, np.flatnonzero(news), steps, whole)
        return self._faults.on_frames(time_ns, fresh, resent)

    def _take(self, truth: Truth, looked: NDArray[np.bool_]) -> None:
        """The true values of every subsystem of which a channel is looked at."""
        for subsystem, part in zip(self._subsystems, self._slices, strict=True):
            if looked[part].any():
                values = truth(subsystem.id)
                if subsystem.id not in self._checked:
                    self._checked.add(subsystem.id)
                    if unknown := values.keys() - subsystem.parameters.keys():
                        raise ValueError(f"{self._id} {subsystem.id} has no {min(unknown)}")
                self._true[part] = list(map(values.get, self._ids[part], self._nominal[part]))

    def _pack(
        self, time_ns: int, news: NDArray[np.intp], steps: NDArray[np.float64], whole: bool
    ) -> list[Frame]:
        """Frames of the channels that have news, in order of subsystems, and heartbeats."""
        sent = steps[news]
        self._sent[news] = sent
        self._sent_ns[news] = time_ns
        loose = self._loose(news, sent).tolist()
        ids, typed = self._ids, self._typed
        bounds = np.searchsorted(self._of[news], range(len(self._subsystems) + 1)).tolist()
        channels = news.tolist()
        frames = []
        for n, subsystem in enumerate(self._subsystems):
            start, stop = bounds[n], bounds[n + 1]
            beat = whole and time_ns >= self._beat_due_ns[n]
            if beat:
                period_ns = round(subsystem.period_s * SECOND_NS)
                since_ns = (time_ns - self._epoch_ns) % period_ns
                self._beat_due_ns[n] = time_ns + period_ns - since_ns
            if not beat and start == stop:
                continue
            values: dict[str, Value] = {}
            invalid: dict[str, int] = {}
            for channel, value in zip(channels[start:stop], loose[start:stop], strict=True):
                if value == value:
                    values[ids[channel]] = typed[channel](value)
                else:
                    invalid[ids[channel]] = QUALITY_UNSPECIFIED
            self._sent_sequence[news[start:stop]] = self._sequence[n]
            frames.append(
                Frame(
                    spacecraft=self._id,
                    subsystem=subsystem.id,
                    time_ns=time_ns,
                    received_ns=time_ns,
                    sequence=self._sequence[n],
                    values=values,
                    invalid=invalid,
                )
            )
            self._sequence[n] += 1
        return frames

    def _loose(self, channels: NDArray[np.intp], steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of whole steps, each the float nearest to its decimal and never -0.0."""
        decimal = self._decimal[channels]
        values = np.rint(steps * self._quantum[channels] * decimal) / decimal
        positive_zero: NDArray[np.float64] = values + 0.0
        return positive_zero

    def _last_sent(self, channel: int) -> Frame | None:
        """The frame that last brought a channel's sample, with that sample alone."""
        time_ns = int(self._sent_ns[channel])
        if time_ns == _NEVER_NS:
            return None
        identity = self._ids[channel]
        only = np.array([channel])
        value = self._loose(only, self._sent[only]).item()
        valid = not math.isnan(value)
        return Frame(
            spacecraft=self._id,
            subsystem=self._subsystems[int(self._of[channel])].id,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=int(self._sent_sequence[channel]),
            values={identity: self._typed[channel](value)} if valid else {},
            invalid={} if valid else {identity: QUALITY_UNSPECIFIED},
        )


def _typed(parameter: Parameter) -> Callable[[float], Value]:
    """From the float all channels are kept in to the type the mission database wants."""
    match parameter.type:
        case ParameterType.FLOAT:
            return float
        case ParameterType.BOOLEAN:
            return bool
        case ParameterType.STRING:  # no model has a text to say
            return lambda _: ""
    return int


def _decimals(quantum: float) -> int:
    """How many decimals say every multiple of a quantum, or near enough."""
    for decimals in range(_MOST_DECIMALS):
        scaled = quantum * 10.0**decimals
        if abs(scaled - round(scaled)) <= 1e-9 * scaled:
            return decimals
    return min(_MOST_DECIMALS, 6 + max(0, math.ceil(-math.log10(quantum))))
