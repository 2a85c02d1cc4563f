"""Which parameters violate which limits: numpy over one subsystem at a time. Pure.

A `LimitTable` is the limits of a subsystem as arrays; it judges one frame, or a block of frames
with a leading time axis, in a handful of operations. A `Detector` adds what depends on time:
persistence, hysteresis, rate of change, validity. It knows generation time only, and nothing of
other subsystems, so neither batching nor interleaving can change what it finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import LEVELS, Band, Limits, Severity
from telemetry.parameter import STALE_AFTER_PERIODS, Parameter, ParameterType, Subsystem, Value

#: A measurement that is due and invalid is reported, but is no reason to act by itself.
INVALID_SEVERITY: Final = Severity.ADVISORY

_NEVER: Final = np.iinfo(np.int64).min
Levels = NDArray[np.int8]

#: What a detector remembers from one frame to the next.
_STATE_ARRAYS = (
    "_judged_ns",
    "_sampled_ns",
    "_value",
    "_level",
    "_since_ns",
    "_reported",
    "_rate_reported",
    "_invalid",
)


@dataclass(frozen=True, slots=True)
class Detection:
    """A condition of a subject became this severe; NOMINAL when it is over."""

    subject: str
    condition: Condition
    severity: Severity
    time_ns: int
    value: Value | None
    limit: str


class LimitTable:
    """Bands by severity: float64 `low` and `high` of shape (4, parameters), open sides infinite."""

    def __init__(self, bands: list[Mapping[Severity, Band]]) -> None:
        shape = (len(LEVELS), len(bands))
        self.low = np.full(shape, -np.inf)
        self.high = np.full(shape, np.inf)
        for column, by_severity in enumerate(bands):
            for row, severity in enumerate(LEVELS):
                band = by_severity.get(severity)
                if band is not None and band.low is not None:
                    self.low[row, column] = band.low
                if band is not None and band.high is not None:
                    self.high[row, column] = band.high

    def levels(
        self,
        values: NDArray[np.float64],
        columns: NDArray[np.intp] | slice = slice(None),
        inset: NDArray[np.float64] | float = 0.0,
    ) -> Levels:
        """The severity of each value, int8 of the shape of `values`.

        values: shape (..., columns). inset: shape (columns,), how far inside its band a value
        must be to count as in limits. Values on a limit are in limits; NaN is in limits.
        """
        low, high = self.low[:, columns] + inset, self.high[:, columns] - inset
        levels = np.zeros(values.shape, np.int8)
        # Levels nest, so the most severe one broken is the last row broken.
        for row, severity in enumerate(LEVELS):
            levels[(values < low[row]) | (values > high[row])] = severity
        return levels


class Detector:
    """Judges the frames of one subsystem."""

    def __init__(self, subsystem: Subsystem) -> None:
        self._parameters: tuple[Parameter, ...] = tuple(subsystem.parameters.values())
        self._index = {p.id: i for i, p in enumerate(self._parameters)}
        limits = [p.limits for p in self._parameters]
        self._ranges = LimitTable([one.range for one in limits])
        self._rates = LimitTable([one.rate for one in limits])
        self._has_rate = np.array([bool(one.rate) for one in limits], bool)
        self._inset = np.array([one.hysteresis for one in limits], float)
        self._persistence_ns = np.array([round(p.persistence_s * 1e9) for p in limits], np.int64)
        self._rate_holds_ns = np.array(
            [
                round((p.period_s or subsystem.period_s) * STALE_AFTER_PERIODS * SECOND_NS)
                for p in self._parameters
            ],
            np.int64,
        )
        self._states: list[dict[int, int]] = [_severity_of_state(one) for one in limits]

        count = len(self._parameters)
        self.time_ns: int = _NEVER
        #: Per parameter: time of its latest sample, good or not.
        self._judged_ns = np.full(count, _NEVER, np.int64)
        #: Per parameter: time and value of its latest good sample.
        self._sampled_ns = np.full(count, _NEVER, np.int64)
        self._value = np.full(count, np.nan)
        #: What the latest sample alone says, since when it has said so (by severity), and what
        #: has lasted long enough to be reported.
        self._level: Levels = np.zeros(count, np.int8)
        self._since_ns = np.full((len(LEVELS), count), _NEVER, np.int64)
        self._reported: Levels = np.zeros(count, np.int8)
        self._rate_reported: Levels = np.zeros(count, np.int8)
        self._invalid = np.zeros(count, bool)

    def check(self, frame: Frame) -> list[Detection]:
        """What changed with this frame. A sample older than its parameter's latest is passed over.

        The frame's time counts for parameters absent from it too: they have not changed since.
        """
        self.time_ns = now_ns = max(self.time_ns, frame.time_ns)
        found: list[Detection] = []
        if frame.invalid:
            self._mark_invalid(frame, found)
        if frame.values:
            self._take(frame, found)
        self._report(now_ns, found)
        return found

    def start_run(self) -> None:
        """The publisher started anew and its times may begin anywhere: forget when, keep what."""
        self.time_ns = _NEVER
        self._judged_ns[:] = _NEVER
        self._sampled_ns[:] = _NEVER
        pending = self._level > self._reported
        self._level[pending] = self._reported[pending]
        self._since_ns[:] = _NEVER
        for row, severity in enumerate(LEVELS):
            self._since_ns[row, self._level >= severity] = 0

    def _mark_invalid(self, frame: Frame, found: list[Detection]) -> None:
        for id_, quality in frame.invalid.items():
            column = self._index[id_]
            if frame.time_ns < self._judged_ns[column]:
                continue
            self._judged_ns[column] = frame.time_ns
            if self._invalid[column]:
                continue
            self._invalid[column] = True
            self._forget_pending(column)
            text = f"invalid, quality {quality}"
            found.append(
                Detection(id_, Condition.INVALID, INVALID_SEVERITY, frame.time_ns, None, text)
            )

    def _take(self, frame: Frame, found: list[Detection]) -> None:
        """Let the frame's samples say what they say, before time has its word."""
        numbers = [
            (self._index[id_], value)
            for id_, value in frame.values.items()
            if not isinstance(value, str)
        ]
        for id_ in frame.values:
            column = self._index[id_]
            if self._invalid[column] and frame.time_ns >= self._judged_ns[column]:
                self._invalid[column] = False
                found.append(
                    Detection(id_, Condition.INVALID, Severity.NOMINAL, frame.time_ns, None, "")
                )
        columns = np.fromiter((c for c, _ in numbers), np.intp, len(numbers))
        values = np.fromiter((v for _, v in numbers), float, len(numbers))
        fresh = self._judged_ns[columns] <= frame.time_ns
        columns, values = columns[fresh], values[fresh]
        if not columns.size:
            return

        if self._has_rate[columns].any():
            self._report_rates(frame.time_ns, columns, values, found)
        before = self._reported[columns]
        levels = self._ranges.levels(values, columns)
        if before.any():
            # Coming back, a value must be inside by the hysteresis; going out, the limit counts:
            # a violation that has not lasted has nothing to come back from.
            inside = self._ranges.levels(values, columns, self._inset[columns])
            levels = np.maximum(levels, np.minimum(before, inside))
        for i, column in enumerate(columns):
            if self._states[column]:
                levels[i] = self._states[column].get(int(values[i]), 0)
        self._sampled_ns[columns] = self._judged_ns[columns] = frame.time_ns
        self._value[columns] = values
        self._level[columns] = levels
        for row, severity in enumerate(LEVELS):
            since = self._since_ns[row, columns]
            since[levels < severity] = _NEVER
            since[(levels >= severity) & (since == _NEVER)] = frame.time_ns
            self._since_ns[row, columns] = since

    def _report_rates(
        self,
        time_ns: int,
        columns: NDArray[np.intp],
        values: NDArray[np.float64],
        found: list[Detection],
    ) -> None:
        moved = (
            self._has_rate[columns]
            & (self._sampled_ns[columns] != _NEVER)
            & (self._sampled_ns[columns] < time_ns)
        )
        columns, values = columns[moved], values[moved]
        seconds = (time_ns - self._sampled_ns[columns]) / SECOND_NS
        rates = (values - self._value[columns]) / seconds
        levels = self._rates.levels(rates, columns)
        for column, rate, level in zip(columns, rates, levels, strict=True):
            if level != self._rate_reported[column]:
                self._rate_reported[column] = level
                found.append(self._rate_detection(int(column), float(rate), int(level), time_ns))

    def _report(self, now_ns: int, found: list[Detection]) -> None:
        """Report what has lasted; a return to a lesser severity needs no lasting."""
        ripe = np.zeros(len(self._level), np.int8)
        unreported = self._level != self._reported
        if unreported.any():
            for row, severity in enumerate(LEVELS):
                since = self._since_ns[row]
                lasted = (since != _NEVER) & (now_ns - since >= self._persistence_ns)
                ripe[lasted & (self._level >= severity)] = severity
            new = np.maximum(np.minimum(self._level, self._reported), ripe)
            for column in np.flatnonzero(new != self._reported):
                self._reported[column] = new[column]
                found.append(self._limit_detection(int(column), int(new[column]), now_ns))
        if self._rate_reported.any():
            silent = now_ns - np.maximum(self._sampled_ns, 0) > self._rate_holds_ns
            over = (self._rate_reported > 0) & (silent | ~self._has_rate)
            for column in np.flatnonzero(over):
                self._rate_reported[column] = 0
                found.append(self._rate_detection(int(column), 0.0, 0, now_ns))

    def expect(self, parameter: str, condition: Condition, severity: Severity) -> None:
        """Take a condition as reported at this severity."""
        column = self._index[parameter]
        if condition is Condition.LIMIT:
            self._reported[column] = severity
        elif condition is Condition.RATE:
            self._rate_reported[column] = severity
        elif condition is Condition.INVALID:
            self._invalid[column] = severity > Severity.NOMINAL

    def _forget_pending(self, column: int) -> None:
        """What has not lasted long enough when measuring ends has not lasted."""
        self._level[column] = min(self._level[column], self._reported[column])
        for row, severity in enumerate(LEVELS):
            if self._level[column] < severity:
                self._since_ns[row, column] = _NEVER

    def _limit_detection(self, column: int, level: int, now_ns: int) -> Detection:
        parameter, number = self._parameters[column], float(self._value[column])
        severity = Severity(level)
        value: Value = number
        if parameter.type is ParameterType.BOOLEAN:
            value = bool(number)
        elif parameter.type is not ParameterType.FLOAT:
            value = int(number)
        text = ""
        if severity and self._states[column]:
            text = f"is {parameter.display(value)}"
        elif severity:
            text = _breach(parameter.limits.range, severity, number, parameter.unit)
        return Detection(parameter.id, Condition.LIMIT, severity, now_ns, value, text)

    def _rate_detection(self, column: int, rate: float, level: int, now_ns: int) -> Detection:
        parameter, severity = self._parameters[column], Severity(level)
        text = ""
        if severity:
            text = _breach(parameter.limits.rate, severity, rate, f"{parameter.unit}/s")
        return Detection(parameter.id, Condition.RATE, severity, now_ns, rate, text)

    def snapshot(self) -> dict[str, Any]:
        """All that `restore` needs, by parameter id, so that a new parameter costs no state."""
        return {
            "time_ns": self.time_ns,
            "ids": [p.id for p in self._parameters],
            "arrays": {name: getattr(self, name).tobytes() for name in _STATE_ARRAYS},
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self.time_ns = snapshot["time_ns"]
        ids = snapshot["ids"]
        there = [i for i, id_ in enumerate(ids) if id_ in self._index]
        here = [self._index[ids[i]] for i in there]
        for name in _STATE_ARRAYS:
            mine = getattr(self, name)
            theirs = np.frombuffer(snapshot["arrays"][name], mine.dtype)
            mine[..., here] = theirs.reshape(*mine.shape[:-1], len(ids))[..., there]


def _severity_of_state(limits: Limits) -> dict[int, int]:
    by_code: dict[int, int] = {}
    for severity in sorted(limits.states):
        by_code |= dict.fromkeys(limits.states[severity], int(severity))
    return by_code


def _breach(bands: Mapping[Severity, Band], severity: Severity, value: float, unit: str) -> str:
    """What was broken: `above 1.5 deg`, or the hysteresis that keeps it so."""
    # A side that a severe band leaves open may be closed by a milder one.
    text = bands[severity].describe_breach(value, unit) if severity in bands else "within limits"
    return text if text != "within limits" else f"not yet back inside by its hysteresis ({unit})"
