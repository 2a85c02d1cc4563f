"""The must-detect table: rows of `must.toml`. Values only, and their reading.

A fault is a scenario with its parameters changed and actions injected, and when it begins. A row of
it (`Must`) says which alarms count, how severe one must be, and how long after the beginning it
must be heard at the latest; `why` justifies that time.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from simulators.scenarios import read
from simulators.scenarios.actions import ActionError, convert
from simulators.scenarios.names import check_names
from simulators.scenarios.scenario import Event, Scenario
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase

SHIPPED: Final = Path(__file__).parent / "must.toml"

Text = Annotated[str, Meta(min_length=1, max_length=400)]
_Levels = Literal["ADVISORY", "CAUTION", "WARNING", "EMERGENCY"]


class Must(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """alarms: any of them will do, each `<spacecraft>/<alarm>` with `*` for any run of characters.

    within_s: after the fault's beginning, of stream time. late: only one that says it is late.
    """

    alarms: Annotated[tuple[Text, ...], Meta(min_length=1)]
    severity: _Levels
    within_s: Annotated[float, Meta(gt=0)]
    why: Text
    late: bool = False

    @property
    def least(self) -> Severity:
        return Severity[self.severity]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault of one size.

    begins: when, as the scenario writes times. wrong_from: since when nothing is as it should be,
    where that is earlier; the first action counts too. actions: injected, each `at` and the fields
    of an action. at_most: annunciations of any kind from then on in `at_most_s`; `silent`: none at
    CAUTION or above in so many seconds, because it is none.
    """

    name: Text
    size: Text
    scenario: Text
    begins: str | float
    wrong_from: str | None = None
    sets: tuple[str, ...] = ()
    actions: tuple[dict[str, str | int | float | bool | list[str]], ...] = ()
    must: tuple[Must, ...] = ()
    at_most: int | None = None
    at_most_s: float = 600.0
    silent: float = 0.0

    @property
    def lasts_s(self) -> float:
        """How long after its beginning it is flown."""
        spans = [must.within_s for must in self.must] + [self.silent]
        return max(spans + [self.at_most_s] * (self.at_most is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A fault as a scenario to fly, with its times. wrong_ns: what is heard from then on is due."""

    scenario: Scenario
    wrong_ns: int
    begins_ns: int
    until_ns: int


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


def load(path: Path = SHIPPED) -> tuple[Fault, ...]:
    """:raises UsageError: naming what is wrong in the file."""
    try:
        faults = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).fault
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path.name}: {error}") from None
    seen = set()
    for fault in faults:
        if (fault.name, fault.size) in seen:
            raise UsageError(f"{path.name}: {fault.name}, {fault.size}: is there twice")
        if not fault.lasts_s:
            raise UsageError(f"{path.name}: {fault.name}, {fault.size}: asks for nothing")
        seen.add((fault.name, fault.size))
    return faults


def stage(fault: Fault, seed: int, database: MissionDatabase) -> Staged:
    """:raises UsageError: if the scenario, a parameter or an action of it is none."""
    sets: Sequence[str] = (*fault.sets, f"seed={seed}")
    scenario = read(fault.scenario, sets, database=database)
    events = [_event(fault, raw, scenario, database) for raw in fault.actions]
    begins_ns = scenario.instant_ns(fault.begins)
    wrong_ns = begins_ns if fault.wrong_from is None else scenario.instant_ns(fault.wrong_from)
    return Staged(
        # part of the time line: done at their very tick, as if the scenario had them
        scenario=replace(scenario, events=(*scenario.events, *events)),
        wrong_ns=min([wrong_ns, begins_ns, *(event.at_ns for event in events)]),
        begins_ns=begins_ns,
        until_ns=begins_ns + round(fault.lasts_s * SECOND_NS),
    )


def _event(
    fault: Fault, raw: Mapping[str, object], scenario: Scenario, database: MissionDatabase
) -> Event:
    fields = dict(raw)
    at = fields.pop("at", None)
    where = f"{fault.name}, {fault.size}: {fields.get('do')}"
    if not isinstance(at, str | int | float):
        raise UsageError(f"{where}: at is missing, when is it done?")
    try:
        action = convert(fields)
        check_names(action, database)
    except ActionError as error:
        raise UsageError(f"{where}: {error}") from None
    return Event(at_ns=scenario.instant_ns(at), action=action)
