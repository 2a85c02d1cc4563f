"""Which parameters violate which limits: numpy over one subsystem at a time. Pure.

A `Detector` judges ranges with a `LimitTable` and adds what depends on time (persistence,
hysteresis, rates, counters), on validity and on context: limits that hold instead while something
is planned or a mode is on. It knows generation time only, and nothing of other subsystems, so
neither batching nor interleaving can change what it finds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.lane import Passed
from ingest.limit_table import Levels, LimitTable, level_of
from ingest.trend import MAX_POINTS, Growth, Slope
from telemetry.activity import PlannedState
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import LEVELS, Band, Limits, Severity
from telemetry.parameter import STALE_AFTER_PERIODS, Parameter, ParameterType, Subsystem, Value

#: A measurement that is due and invalid is reported, but is no reason to act by itself.
INVALID_SEVERITY: Final = Severity.ADVISORY

#: A rate is back in limits when it would be if it were this much larger [A].
RATE_HYSTERESIS: Final = 0.2

_NEVER: Final = np.iinfo(np.int64).min
#: Of so many different sets of parameters in a frame it is remembered which columns they are.
_KNOWN_SHAPES: Final = 256
_NO_COLUMNS: Final = np.array([], np.intp)

#: What a detector remembers from one frame to the next.
_STATE_ARRAYS = (
    "_judged_ns",
    "_value",
    "_level",
    "_since_ns",
    "_reported",
    "_invalid",
    "_context",
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


@dataclass(slots=True)
class _Watch:
    """A parameter's rate, or a counter's growth, and how severe it was last reported."""

    column: int
    condition: Condition
    trend: Slope | Growth
    reported: Severity = Severity.NOMINAL


@dataclass(frozen=True, slots=True)
class _Shape:
    """Of frames with the same parameters: the columns of those that are numbers, a slice if they
    are all there are and in order; whether there are others; which are watched, by place."""

    columns: NDArray[np.intp]
    fast: NDArray[np.intp] | slice
    texts: bool
    stateful: Sequence[int]
    watched: Sequence[tuple[int, Sequence[_Watch]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a detector goes by now, for each parameter; shape (parameters,), a copy.

    value: its latest number, NaN before the first. context: which one is in force, 0 for none.
    """

    value: NDArray[np.float64]
    level: Levels
    reported: Levels
    invalid: NDArray[np.bool_]
    context: NDArray[np.int8]

    def changed(self, since: "Standing") -> NDArray[np.intp]:
        """The parameters of which something else is said now than then."""
        now, then = self, since
        differs = (now.level != then.level) | (now.reported != then.reported)
        return np.flatnonzero(
            differs | (now.invalid != then.invalid) | (now.context != then.context)
        )


class Detector:
    """Judges the frames of one subsystem."""

    def __init__(self, subsystem: Subsystem) -> None:
        self._parameters: tuple[Parameter, ...] = tuple(subsystem.parameters.values())
        self._index = {p.id: i for i, p in enumerate(self._parameters)}
        #: In force now: a parameter's own, or those a context has put in their place.
        self._limits = [p.limits for p in self._parameters]
        self._ranges = LimitTable([one.range for one in self._limits])
        self._inset = np.array([one.hysteresis for one in self._limits], float)
        self._persistence_ns = np.array(
            [round(p.persistence_s * 1e9) for p in self._limits], np.int64
        )
        self._states: list[dict[int, int]] = [_severity_of_state(one) for one in self._limits]
        #: The parameters judged by their state, in some context.
        self._stateful = tuple(
            column
            for column, one in enumerate(self._limits)
            if one.states or any(context.states for context in one.contexts)
        )
        self._watches = list(_watches(self._parameters, subsystem.period_s))
        self._watched: dict[int, list[_Watch]] = {}
        for watch in self._watches:
            self._watched.setdefault(watch.column, []).append(watch)
        contextual = {i: p.limits.contexts for i, p in enumerate(self._parameters)}
        self._contextual = {column: contexts for column, contexts in contextual.items() if contexts}
        self._modes = sorted(
            {
                self._index[name]
                for contexts in self._contextual.values()
                for context in contexts
                for name in context.mode
            }
        )

        self._text = [p.type is ParameterType.STRING for p in self._parameters]
        #: By the parameters of a frame.
        self._shapes: dict[tuple[str, ...], _Shape] = {}

        count = len(self._parameters)
        self.time_ns: int = _NEVER
        #: Per parameter: time of its latest sample, good or not.
        self._judged_ns = np.full(count, _NEVER, np.int64)
        #: Per parameter: the value of its latest good sample.
        self._value = np.full(count, np.nan)
        #: What the latest sample alone says, since when it has said so (by severity), and what
        #: has lasted long enough to be reported.
        self._level: Levels = np.zeros(count, np.int8)
        self._since_ns = np.full((len(LEVELS), count), _NEVER, np.int64)
        self._reported: Levels = np.zeros(count, np.int8)
        self._invalid = np.zeros(count, bool)
        #: Which of a parameter's contexts is in force, from 1; 0 for none.
        self._context = np.zeros(count, np.int8)
        self._context_of: tuple[frozenset[PlannedState], dict[str, str]] | None = None
        #: No sample is newer.
        self._newest_ns: int = _NEVER
        #: Nothing is invalid, out of limits, or was: so it is nearly always, and what a frame
        #: within its limits needs no look at is most of what it would cost.
        self._calm = True

    def check(
        self, frame: Frame, planned: frozenset[PlannedState] = frozenset()
    ) -> list[Detection]:
        """What changed with this frame. A sample older than its parameter's latest is passed over.

        The frame's time counts for parameters absent from it too: they have not changed since.
        planned: the states that activities in force at the frame's time plan.
        """
        self.time_ns = now_ns = max(self.time_ns, frame.time_ns)
        found: list[Detection] = []
        if frame.invalid:
            self._mark_invalid(frame, found)
        columns, stateful = self._take(frame, found) if frame.values else (_NO_COLUMNS, ())
        self._newest_ns = max(self._newest_ns, frame.time_ns)
        if self._contextual and (changed := self._change_context(planned)):
            columns = np.union1d(np.arange(len(self._value))[columns], changed)
            stateful = self._stateful
        if not self._calm or not self._harmless(columns, stateful):
            self._judge(columns, now_ns)
        if not self._calm:
            self._report(now_ns, found)
            self._calm = not any(
                map(np.count_nonzero, (self._invalid, self._level, self._reported))
            )
        if self._watches:
            self._report_trends(now_ns, found)
        return found

    # --- what a whole stretch of frames is judged by at once ---

    @property
    def standing(self) -> Standing:
        return Standing(
            value=self._value.copy(),
            level=self._level.copy(),
            reported=self._reported.copy(),
            invalid=self._invalid.copy(),
            context=self._context.copy(),
        )

    @property
    def modes(self) -> Sequence[int]:
        """The parameters, by column, on which it depends what context is in force."""
        return self._modes

    @property
    def contextual(self) -> bool:
        return bool(self._contextual)

    @property
    def trends(self) -> Iterator[tuple[int, Slope | Growth, Mapping[Severity, Band], Severity]]:
        """Column, trend, the bands it must keep, and how severe it is reported."""
        for watch in self._watches:
            yield watch.column, watch.trend, self._bands(watch), watch.reported

    @property
    def due_ns(self) -> int | None:
        """When what is violated will have lasted long enough, if it lasts; None if nothing is."""
        pending = np.flatnonzero(self._level > self._reported)
        if not pending.size:
            return None
        severities = np.array(LEVELS, np.int8)[:, None]
        waits = (severities > self._reported[pending]) & (severities <= self._level[pending])
        due_ns = self._since_ns[:, pending] + self._persistence_ns[pending]
        return int(due_ns[waits].min())

    def levels(self, columns: NDArray[np.intp], values: NDArray[np.float64]) -> Levels:
        """What each value would say now; shapes (samples,), a parameter may have many."""
        levels = self._ranged(columns, values)
        for column in np.unique(columns).tolist():
            if states := self._states[column]:
                mine = columns == column
                codes = values[mine].astype(np.int64)
                said = np.zeros(len(codes), np.int8)
                for code, level in states.items():
                    said[codes == code] = level
                levels[mine] = said
        return levels

    def pass_over(self, passed: Passed, time_ns: int) -> None:
        """Take the samples of frames of which `check` would find that nothing changes.

        Whoever calls this has proved that (`ingest.foresight`). time_ns: of the last frame.
        """
        self.time_ns = max(self.time_ns, time_ns)
        self._newest_ns = max(self._newest_ns, time_ns)
        # of several samples of one parameter the last one stands
        judged = passed.judged
        self._judged_ns[passed.column[judged]] = passed.time_ns[judged]
        numbers = passed.number
        columns, values = passed.column[numbers], passed.value[numbers]
        self._value[columns] = values
        for column, watches in self._watched.items():
            which = np.flatnonzero(columns == column)[-MAX_POINTS:]
            if which.size:
                times = passed.time_ns[numbers][which].tolist()
                for point in zip(times, values[which].tolist(), strict=True):
                    for watch in watches:
                        watch.trend.add(*point)

    def rejudge(self) -> list[Detection]:
        """What changes when the newest samples are judged by other limits than they were."""
        found: list[Detection] = []
        known = np.flatnonzero(~np.isnan(self._value) & ~self._invalid)
        if known.size and self.time_ns != _NEVER:
            self._calm = False
            self._judge(known, self.time_ns)
            self._report(self.time_ns, found)
            self._report_trends(self.time_ns, found)
        return found

    def reported(self, subject: str, condition: Condition) -> Severity:
        """How severe a condition of a parameter is, as last reported."""
        column = self._index[subject]
        match condition:
            case Condition.LIMIT:
                return Severity(int(self._reported[column]))
            case Condition.INVALID:
                return INVALID_SEVERITY if self._invalid[column] else Severity.NOMINAL
        watches = [w for w in self._watched.get(column, ()) if w.condition is condition]
        return watches[0].reported if watches else Severity.NOMINAL

    def start_run(self) -> None:
        """The publisher started anew and its times may begin anywhere: forget when, keep what."""
        self.time_ns = self._newest_ns = _NEVER
        self._judged_ns[:] = _NEVER
        for watch in self._watches:
            watch.trend.forget()
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
            self._invalid[column], self._calm = True, False
            self._forget_pending(column)
            text = f"invalid, quality {quality}"
            found.append(
                Detection(id_, Condition.INVALID, INVALID_SEVERITY, frame.time_ns, None, text)
            )

    def _take(
        self, frame: Frame, found: list[Detection]
    ) -> tuple[NDArray[np.intp] | slice, Sequence[int]]:
        """Keep the frame's samples; the columns of those that are numbers and not too old, and
        which may be judged by their state."""
        if not self._calm and np.count_nonzero(self._invalid):
            self._mark_valid(frame, found)
        shape = self._shape_of(tuple(frame.values))
        columns = shape.fast
        if shape.texts:
            numbers = [value for value in frame.values.values() if not isinstance(value, str)]
            values = np.array(numbers, float)
        else:
            values = np.fromiter(frame.values.values(), float, len(shape.columns))
        if self._watches:
            judged_ns = self._judged_ns
            for place, watches in shape.watched:
                if judged_ns[shape.columns[place]] <= frame.time_ns:
                    for watch in watches:
                        watch.trend.add(frame.time_ns, float(values[place]))
        if frame.time_ns < self._newest_ns:
            fresh = self._judged_ns[columns] <= frame.time_ns
            columns, values = shape.columns[fresh], values[fresh]
        self._judged_ns[columns] = frame.time_ns
        self._value[columns] = values
        return columns, shape.stateful

    def _mark_valid(self, frame: Frame, found: list[Detection]) -> None:
        for id_ in frame.values:
            column = self._index[id_]
            if self._invalid[column] and frame.time_ns >= self._judged_ns[column]:
                self._invalid[column] = False
                found.append(
                    Detection(id_, Condition.INVALID, Severity.NOMINAL, frame.time_ns, None, "")
                )

    def _shape_of(self, ids: tuple[str, ...]) -> _Shape:
        """Frames of a subsystem have the same parameters again and again."""
        known = self._shapes.get(ids)
        if known is None:
            listed = [self._index[id_] for id_ in ids if not self._text[self._index[id_]]]
            columns = np.array(listed, np.intp)
            every = listed == list(range(len(self._parameters)))
            known = _Shape(
                columns=columns,
                fast=slice(None) if every else columns,
                texts=len(listed) < len(ids),
                stateful=[column for column in listed if column in self._stateful],
                watched=[(i, self._watched[c]) for i, c in enumerate(listed) if c in self._watched],
            )
            if len(self._shapes) >= _KNOWN_SHAPES:
                self._shapes.clear()
            self._shapes[ids] = known
        return known

    def _change_context(self, planned: frozenset[PlannedState]) -> list[int]:
        """Put the limits of the present context in force; the columns to judge anew by them."""
        modes: dict[str, str] = {}
        for column in self._modes:
            parameter, code = self._parameters[column], self._value[column]
            if not np.isnan(code):
                modes[parameter.id] = parameter.states.get(int(code), "")
        if self._context_of == (planned, modes):
            return []
        self._context_of = (planned, modes)
        changed = []
        for column, contexts in self._contextual.items():
            held = (i for i, one in enumerate(contexts, 1) if one.holds(planned, modes))
            number = next(held, 0)
            if number != self._context[column]:
                self._put_in_force(column, number)
                if not np.isnan(self._value[column]) and not self._invalid[column]:
                    changed.append(column)
        return changed

    def _put_in_force(self, column: int, number: int) -> None:
        self._context[column] = number
        limits = self._parameters[column].limits
        if number:
            limits = limits.in_context(limits.contexts[number - 1])
        self._limits[column] = limits
        self._ranges.put(column, limits.range)
        self._states[column] = _severity_of_state(limits)

    def _harmless(self, columns: NDArray[np.intp] | slice, stateful: Sequence[int]) -> bool:
        """Whether the newest values of these break no limit."""
        for column in stateful:
            if (states := self._states[column]) and self._value[column] in states:
                return False
        return self._ranges.within(self._value[columns], columns)

    def _judge(self, columns: NDArray[np.intp] | slice, now_ns: int) -> None:
        """Let the newest values say what they say, before time has its word."""
        if isinstance(columns, slice):
            columns = np.arange(len(self._value))[columns]
        values = self._value[columns]
        levels = self._ranged(columns, values)
        if self._stateful:
            for i, column in enumerate(columns.tolist()):
                if self._states[column]:
                    levels[i] = self._states[column].get(int(values[i]), 0)
        if not np.count_nonzero(levels) and not np.count_nonzero(self._level.take(columns)):
            return  # as before: nothing is since any time
        self._calm = False
        self._level[columns] = levels
        for row, severity in enumerate(LEVELS):
            since = self._since_ns[row, columns]
            since[levels < severity] = _NEVER
            since[(levels >= severity) & (since == _NEVER)] = now_ns
            self._since_ns[row, columns] = since

    def _ranged(self, columns: NDArray[np.intp], values: NDArray[np.float64]) -> Levels:
        """What the ranges say."""
        levels = self._ranges.levels(values, columns)
        before = self._reported.take(columns)
        if np.count_nonzero(before):
            # Coming back, a value must be inside by the hysteresis; going out, the limit counts:
            # a violation that has not lasted has nothing to come back from.
            inside = self._ranges.levels(values, columns, self._inset[columns])
            levels = np.maximum(levels, np.minimum(before, inside))
        return levels

    def _report(self, now_ns: int, found: list[Detection]) -> None:
        """Report what has lasted; a return to a lesser severity needs no lasting."""
        if np.count_nonzero(self._level != self._reported):
            ripe = np.zeros(len(self._level), np.int8)
            for row, severity in enumerate(LEVELS):
                since = self._since_ns[row]
                lasted = (since != _NEVER) & (now_ns - since >= self._persistence_ns)
                ripe[lasted & (self._level >= severity)] = severity
            new = np.maximum(np.minimum(self._level, self._reported), ripe)
            for column in np.flatnonzero(new != self._reported):
                self._reported[column] = new[column]
                found.append(self._limit_detection(int(column), int(new[column]), now_ns))

    def _report_trends(self, now_ns: int, found: list[Detection]) -> None:
        for watch in self._watches:
            value = watch.trend.at(now_ns)
            bands = self._bands(watch)
            level = Severity.NOMINAL if value is None else level_of(bands, value)
            if value is not None and level < watch.reported and watch.condition is Condition.RATE:
                # a rate at its limit must not come and go with its noise
                slower = level_of(bands, value * (1 + RATE_HYSTERESIS))
                level = max(level, min(watch.reported, slower))
            if level is not watch.reported:
                watch.reported = level
                parameter = self._parameters[watch.column]
                unit, text = parameter.unit, ""
                if watch.condition is Condition.RATE:
                    unit += "/s"
                if level:
                    text = _breach(bands, level, value or 0.0, unit)
                found.append(
                    Detection(parameter.id, watch.condition, level, now_ns, value or 0.0, text)
                )

    def _bands(self, watch: _Watch) -> Mapping[Severity, Band]:
        limits = self._limits[watch.column]
        return limits.rate if watch.condition is Condition.RATE else limits.increase

    def expect(self, parameter: str, condition: Condition, severity: Severity) -> None:
        """Take a condition as reported at this severity."""
        column, self._calm = self._index[parameter], False
        if condition is Condition.LIMIT:
            self._reported[column] = severity
        elif condition is Condition.INVALID:
            self._invalid[column] = severity > Severity.NOMINAL
        for watch in self._watched.get(column, ()):
            if watch.condition is condition:
                watch.reported = severity

    def forget_pending(self) -> None:
        """A silence tells nothing: what had not lasted before it has not lasted through it."""
        for column in np.flatnonzero(self._level > self._reported):
            self._forget_pending(int(column))

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
            text = _breach(self._limits[column].range, severity, number, parameter.unit)
        return Detection(parameter.id, Condition.LIMIT, severity, now_ns, value, text)

    def snapshot(self) -> dict[str, Any]:
        """All that `restore` needs, by parameter id, so that a new parameter costs no state."""
        return {
            "time_ns": self.time_ns,
            "ids": [p.id for p in self._parameters],
            "arrays": {name: getattr(self, name).tobytes() for name in _STATE_ARRAYS},
            "trends": [
                (
                    self._parameters[one.column].id,
                    one.condition,
                    int(one.reported),
                    one.trend.snapshot(),
                )
                for one in self._watches
            ],
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self.time_ns, self._calm = snapshot["time_ns"], False
        ids = snapshot["ids"]
        there = [i for i, id_ in enumerate(ids) if id_ in self._index]
        here = [self._index[ids[i]] for i in there]
        for name in _STATE_ARRAYS:
            mine = getattr(self, name)
            theirs = np.frombuffer(snapshot["arrays"][name], mine.dtype)
            mine[..., here] = theirs.reshape(*mine.shape[:-1], len(ids))[..., there]
        self._newest_ns = int(self._judged_ns.max(initial=_NEVER))
        for column in map(int, np.flatnonzero(self._context)):
            contexts = len(self._parameters[column].limits.contexts)
            self._put_in_force(column, min(int(self._context[column]), contexts))
        saved = {(id_, condition): rest for id_, condition, *rest in snapshot["trends"]}
        for watch in self._watches:
            key = (self._parameters[watch.column].id, watch.condition.value)
            if key in saved:
                reported, state = saved[key]
                watch.reported = Severity(reported)
                watch.trend.restore(state)


def _watches(parameters: tuple[Parameter, ...], period_s: float) -> Iterator[_Watch]:
    for column, parameter in enumerate(parameters):
        limits = parameter.limits
        if limits.rate or any(context.rate for context in limits.contexts):
            # what hardly moves is sent seldom, by senders that leave out what has not changed
            sampled_s = (parameter.period_s or period_s) * STALE_AFTER_PERIODS
            holds_s = max(sampled_s, limits.rate_over_s / 2)
            slope = Slope(round(limits.rate_over_s * SECOND_NS), round(holds_s * SECOND_NS))
            yield _Watch(column, Condition.RATE, slope)
        if limits.increase:
            growth = Growth(round(limits.increase_over_s * SECOND_NS))
            yield _Watch(column, Condition.INCREASE, growth)


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
