"""Severities, the limits a parameter must keep, and what to do when it does not.

Pure values; the vectorised check is `ingest.detect`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from telemetry.activity import PlannedState


class Severity(IntEnum):
    """Classes of the ISS caution-and-warning system ("Operating an Outpost", ch. 5)."""

    NOMINAL = 0
    ADVISORY = 1
    CAUTION = 2
    WARNING = 3
    EMERGENCY = 4


#: The severities a limit can have, least severe first.
LEVELS = (Severity.ADVISORY, Severity.CAUTION, Severity.WARNING, Severity.EMERGENCY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The range a value must keep, `low <= value <= high`; None leaves that side open."""

    low: float | None = None
    high: float | None = None

    def describe_breach(self, value: float, unit: str) -> str:
        """Say which side `value` broke, for example `above 1.5 deg`."""
        if self.high is not None and value > self.high:
            return f"above {self.high:g} {unit}".rstrip()
        if self.low is not None and value < self.low:
            return f"below {self.low:g} {unit}".rstrip()
        return "within limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What an operator needs at 3 a.m.; required for CAUTION and above."""

    cause: str
    consequence: str
    action: str
    time_available: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Limits that hold instead while something is planned, or while a mode is on.

    planned: any of these states is planned by an activity in force; empty when none is needed.
    mode: enumerations of the same subsystem, and the states, by name, each may be in.
    range, rate, states, increase: replace those of the parameter; None leaves its own.
    """

    planned: frozenset[PlannedState] = frozenset()
    mode: Mapping[str, frozenset[str]] = field(default_factory=dict)
    range: Mapping[Severity, Band] | None = None
    rate: Mapping[Severity, Band] | None = None
    states: Mapping[Severity, frozenset[int]] | None = None
    increase: Mapping[Severity, Band] | None = None

    def holds(self, planned: frozenset[PlannedState], modes: Mapping[str, str]) -> bool:
        """modes: the state, by name, that each enumeration was last measured in."""
        if self.planned and not self.planned & planned:
            return False
        return all(modes.get(name) in states for name, states in self.mode.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All limits of one parameter.

    range: the band the value must keep, by severity; a more severe band contains a less severe.
    rate: the band of its rate of change, in units a second, by severity; `rate_over_s` is the
        time the rate is fitted over, 0 for that between one sample and the next.
    states: for enumerations, the codes that violate, by severity.
    increase: for counters, how much it may grow in `increase_over_s`; a fall is a reset.
    contexts: what holds instead; the first that applies.
    persistence_s: a violation counts once it has lasted this long in generation time.
    hysteresis: how far inside a band a value must come back to be in limits again, in its unit.
    latching: stays until reset although the value has returned.
    response: what to do; None only where nothing here is CAUTION or above.
    """

    range: Mapping[Severity, Band] = field(default_factory=dict)
    rate: Mapping[Severity, Band] = field(default_factory=dict)
    rate_over_s: float = 0.0
    states: Mapping[Severity, frozenset[int]] = field(default_factory=dict)
    increase: Mapping[Severity, Band] = field(default_factory=dict)
    increase_over_s: float = 0.0
    contexts: tuple[Context, ...] = ()
    persistence_s: float = 0.0
    hysteresis: float = 0.0
    latching: bool = False
    response: Response | None = None

    @property
    def highest(self) -> Severity:
        """The most severe class any of these limits can raise."""
        own = (*self.range, *self.rate, *self.states, *self.increase)
        return max((*own, *(c for one in self.contexts for c in _severities(one))), default=_NONE)

    def in_context(self, context: Context) -> "Limits":
        """These limits with what a context puts in their place."""
        return replace(
            self,
            range=self.range if context.range is None else context.range,
            rate=self.rate if context.rate is None else context.rate,
            states=self.states if context.states is None else context.states,
            increase=self.increase if context.increase is None else context.increase,
            contexts=(),
        )


_NONE = Severity.NOMINAL


def _severities(context: Context) -> list[Severity]:
    kinds = (context.range, context.rate, context.states, context.increase)
    return [severity for kind in kinds if kind for severity in kind]
