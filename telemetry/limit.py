"""Severities, the limits a parameter must keep, and what to do when it does not.

Pure values; the vectorised check is `ingest.detect`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


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
class Limits:
    """All limits of one parameter.

    range: the band the value must keep, by severity; a more severe band contains a less severe.
    rate: the band of its rate of change, in units a second, by severity.
    states: for enumerations, the codes that violate, by severity.
    persistence_s: a violation counts once it has lasted this long in generation time.
    hysteresis: how far inside a band a value must come back to be in limits again, in its unit.
    latching: stays until reset although the value has returned.
    response: what to do; None only where nothing here is CAUTION or above.
    """

    range: Mapping[Severity, Band] = field(default_factory=dict)
    rate: Mapping[Severity, Band] = field(default_factory=dict)
    states: Mapping[Severity, frozenset[int]] = field(default_factory=dict)
    persistence_s: float = 0.0
    hysteresis: float = 0.0
    latching: bool = False
    response: Response | None = None

    @property
    def highest(self) -> Severity:
        """The most severe class any of these limits can raise."""
        return max((*self.range, *self.rate, *self.states), default=Severity.NOMINAL)
