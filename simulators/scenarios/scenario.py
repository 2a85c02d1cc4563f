"""Scenarios: what happens in a simulation, when, and with which parameters. Values only.

`simulators.scenarios` reads them from TOML; docs/scenarios.md describes the format.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from simulators.physics.links import Link, Policy
from simulators.scenarios.actions import Action
from simulators.scenarios.fields import show
from simulators.scenarios.parameters import TIME_OF_DAY, ParameterValue, ScenarioParameter
from telemetry.activity import Activity
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import Problem, UsageError

#: Said plainly wherever something that happened is rebuilt from assumptions.
RECONSTRUCTION: Final = "reconstruction, not flight data"
MAX_DURATION_S: Final = 864_000.0

_TENTH_NS: Final = SECOND_NS // 10
_DAY_NS: Final = 86_400 * SECOND_NS
_T = TypeVar("_T")


class ScenarioError(UsageError):
    """All mistakes found in a scenario file and its `--set` values, as `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - 1
        rest = f" (and {more} more: `stationwatch scenarios FILE` lists them)" if more else ""
        super().__init__(f"scenario {problems[0]}{rest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something done at a time, with words for the time line; words alone do nothing."""

    at_ns: int
    says: str = ""
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGap:
    """A link is without contact in [start_ns, end_ns); `announced` by the contact schedule."""

    link: Link
    start_ns: int
    end_ns: int
    announced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What gives contact. luch, dump: the Russian relays, and recorders sent after contact."""

    policy: Mapping[Link, Policy]
    luch: bool = False
    dump: bool = False
    gaps: tuple[PlannedGap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """parameters: every one the models read and the scenario's own, with the values in force.

    definitions: what each of them is. activities, events: by time.
    shift_ns: how far `start_ns` and every other time were moved from the file's date. The Sun and
    the orbit stay those of the date: they are to be asked for `time - shift_ns`.
    """

    name: str
    title: str
    label: str
    summary: str
    start_ns: int
    duration_s: float
    elements: str
    stack: str
    parameters: Mapping[str, ParameterValue]
    definitions: Mapping[str, ScenarioParameter] = field(repr=False)
    activities: tuple[Activity, ...]
    events: tuple[Event, ...]
    links: Links
    shift_ns: int = 0

    @property
    def end_ns(self) -> int:
        return self.start_ns + round(self.duration_s * SECOND_NS)

    @property
    def seed(self) -> int:
        return int(self.number("seed"))

    @property
    def heading(self) -> str:
        """The title, with the label wherever there is one."""
        return f"{self.title} ({self.label})" if self.label else self.title

    @property
    def tag(self) -> str:
        """The name, with the label wherever there is one: short enough for a line or a banner."""
        return f"{self.name}: {self.label}" if self.label else self.name

    def number(self, name: str) -> float:
        return self._of(name, (int, float))

    def flag(self, name: str) -> bool:
        return self._of(name, (bool,))

    def text(self, name: str) -> str:
        return self._of(name, (str,))

    def _of(self, name: str, kinds: tuple[type[_T], ...]) -> _T:
        value = self.parameters[name]
        if not isinstance(value, kinds):
            raise TypeError(f"parameter {name} is {value!r}")
        return value

    def instant_ns(self, when: str | float) -> int:
        """A time as the file writes it: time of day, or seconds since the start.

        A time of day is the first such time at or after the start, by the file's own clock.

        :raises UsageError: if it is neither.
        """
        try:
            return instant_ns(when, self.start_ns - self.shift_ns) + self.shift_ns
        except ValueError as error:
            raise UsageError(f"{show(when)} {error}") from None


def instant_ns(when: object, start_ns: int) -> int:
    """:raises ValueError: saying what a time must be."""
    if isinstance(when, str) and (found := TIME_OF_DAY.fullmatch(when)):
        hours, minutes, seconds, tenths = (int(part or 0) for part in found.groups())
        of_day_ns = ((hours * 60 + minutes) * 60 + seconds) * SECOND_NS + tenths * _TENTH_NS
        midnight_ns = start_ns - start_ns % _DAY_NS
        same_day_ns = midnight_ns + of_day_ns
        return same_day_ns if same_day_ns >= start_ns else same_day_ns + _DAY_NS
    if isinstance(when, int | float) and not isinstance(when, bool) and 0 <= when <= MAX_DURATION_S:
        return start_ns + round(when * 10) * _TENTH_NS
    raise ValueError('must be a time such as "09:12:18", or seconds since the start')


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What of a simulation is wanted; the times before `start_ns` are flown, but not told."""

    start_ns: int
    end_ns: int


def span(scenario: Scenario, at: str | None = None, for_s: float | None = None) -> Span:
    """From `at` (else the scenario's start) on, for so long (else to its end).

    :raises UsageError: for times that are none, or not of the scenario.
    """
    start_ns = scenario.start_ns if at is None else scenario.instant_ns(_number_or_text(at))
    if start_ns >= scenario.end_ns:
        raise UsageError(
            f"--at {at} is {utc(start_ns)}, and {scenario.name} ends {utc(scenario.end_ns)}"
        )
    if for_s is None:
        return Span(start_ns=start_ns, end_ns=scenario.end_ns)
    if not 0 < for_s <= MAX_DURATION_S:
        raise UsageError(
            f"--for {for_s:g}: must be seconds, above 0 and at most {MAX_DURATION_S:g}"
        )
    return Span(start_ns=start_ns, end_ns=start_ns + round(for_s * SECOND_NS))


def _number_or_text(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
