"""One scenario file's content, read: head, parameters, activities, events, gaps."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from simulators.craft.stack import stacks
from simulators.craft.vehicles import JET_TABLES
from simulators.physics.links import Link, Policy
from simulators.physics.orbit import element_sets
from simulators.physics.thruster import load_jets
from simulators.scenarios.actions import Action, ActionError, Name, Seconds, convert
from simulators.scenarios.fields import show
from simulators.scenarios.names import check_names
from simulators.scenarios.parameters import PARAMETERS, ScenarioParameter, declared
from simulators.scenarios.rows import TIME, Fields, Rows, plain
from simulators.scenarios.scenario import MAX_DURATION_S, Event, Links, PlannedGap, Scenario
from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.clock import LAST_NS, SECOND_NS, utc
from telemetry.errors import Problem, UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint

Words = Annotated[str, Meta(min_length=1, max_length=300)]
Positive = Annotated[float, Meta(gt=0, le=1e6)]

_HEAD: Final[Fields] = {
    "title": Annotated[str, Meta(min_length=1, max_length=100)],
    "label?": Literal["reconstruction, not flight data", ""],
    "summary": Annotated[str, Meta(min_length=1, max_length=2000)],
    "duration_s": Annotated[float, Meta(ge=1, le=MAX_DURATION_S)],
    "elements": Name,
    "stack": Name,
}
_TABLES: Final = ("start", "parameters", "activity", "event", "gap")
_ACTIVITY: Final[Fields] = {
    "id": Name,
    "title": Words,
    "kind": ActivityKind,
    "spacecraft": Name,
    "start": TIME,
    "end": TIME,
    "may_fire?": Annotated[tuple[Name, ...], Meta(max_length=64)],
    "longest_pulse_s?": Positive,
    "on_time_s?": Positive,
    "propellant_kg?": Positive,
    "planned_states?": Annotated[tuple[PlannedState, ...], Meta(max_length=16)],
    "links?": Annotated[tuple[LinkName, ...], Meta(max_length=3)],
}
_EVENT: Final[Fields] = {"at": TIME, "says?": Words}
_GAP: Final[Fields] = {"link": LinkName, "at": TIME, "for_s": Seconds, "announced?": bool}
_OWN_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Reader:
    """name: of the scenario. file: as messages call it."""

    def __init__(
        self,
        name: str,
        file: str,
        raw: Mapping[str, Any],
        problems: list[Problem],
        database: MissionDatabase,
    ) -> None:
        self._name = name
        self._raw = raw
        self._database = database
        self._definitions = dict(PARAMETERS)
        self._rows = Rows(file, problems)

    def scenario(self, sets: Sequence[str], epoch_ns: int | None) -> Scenario | None:
        """None if anything is wrong."""
        rows, raw = self._rows, self._raw
        self._read_parameters()
        self._set(sets)
        rows.start_ns = start_ns = self._start()
        rows.shift_ns = 0 if epoch_ns is None else epoch_ns - start_ns
        head = rows.row(raw, _HEAD, also=_TABLES) or {}
        rows.must_be_one_of("elements", head.get("elements"), element_sets())
        rows.must_be_one_of("stack", head.get("stack"), stacks())
        self._end_ns = start_ns + rows.shift_ns
        self._end_ns += round(head.get("duration_s", MAX_DURATION_S) * SECOND_NS)
        if not 0 <= start_ns + rows.shift_ns <= self._end_ns < LAST_NS:
            rows.report("start", "must leave the whole scenario between 1970 and 2116")
        activities = rows.each("activity", raw.get("activity", []), self._activity)
        events = rows.each("event", raw.get("event", []), self._event)
        gaps = rows.each("gap", raw.get("gap", []), self._gap)
        self._report_unused()
        ids = [activity.id for activity in activities if activity]
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            rows.report("activity", f"the id {twice!r} is there twice")
        if rows.problems:
            return None
        return Scenario(
            name=self._name,
            title=head["title"],
            label=head.get("label", ""),
            summary=" ".join(head["summary"].split()),
            start_ns=start_ns + rows.shift_ns,
            duration_s=head["duration_s"],
            elements=head["elements"],
            stack=head["stack"],
            parameters=rows.values,
            definitions=self._definitions,
            activities=tuple(sorted((a for a in activities if a), key=lambda a: a.start_ns)),
            events=tuple(sorted((e for e in events if e), key=lambda e: e.at_ns)),
            links=self._links([gap for gap in gaps if gap]),
            shift_ns=rows.shift_ns,
        )

    def _start(self) -> int:
        start = self._raw.get("start")
        if isinstance(start, datetime) and start.utcoffset() is not None:
            start_ns = int(start.astimezone(UTC).timestamp()) * SECOND_NS
            if 0 <= start_ns <= LAST_NS:
                return start_ns
        said = "is missing: it must be" if start is None else "must be"
        self._rows.report("start", f"{said} a date and time in UTC, as 2021-10-15T09:00:00Z")
        return 0

    def _links(self, gaps: Sequence[PlannedGap]) -> Links:
        values = self._rows.values
        return Links(
            policy={
                Link.KU: Policy(str(values["ku_link"])),
                Link.S_BAND: Policy(str(values["s_band_link"])),
                Link.RUSSIAN: Policy(str(values["russian_link"])),
            },
            luch=bool(values["luch"]),
            dump=bool(values["recorder_dump"]),
            gaps=tuple(sorted(gaps, key=lambda gap: gap.start_ns)),
        )

    def _read_parameters(self) -> None:
        given = self._raw.get("parameters", {})
        if not isinstance(given, dict):
            self._rows.report("parameters", "must be a table")
            given = {}
        self._rows.values |= {name: one.default for name, one in PARAMETERS.items()}
        for name, value in given.items():
            try:
                if name in PARAMETERS:
                    self._rows.values[name] = PARAMETERS[name].value(value)
                else:
                    self._rows.values[name] = self._declared(name, value).default
            except ValueError as error:
                self._rows.report(f"parameters.{plain(name)}", str(error))

    def _declared(self, name: str, value: object) -> ScenarioParameter:
        own = declared(name, value) if _OWN_NAME.fullmatch(name) else None
        if own is None:
            raise ValueError(
                "must be a lower_case name and a number, true or false, text, time, list of texts, "
                "or a table of such a `value`, its `unit` and `help`"
            )
        self._definitions[name] = own
        return own

    def _set(self, sets: Sequence[str]) -> None:
        for one in sets:
            name, equals, text = one.partition("=")
            name = name.strip()
            try:
                if not equals:
                    raise ValueError("must be NAME=VALUE")
                if name not in self._definitions:
                    raise ValueError(
                        f"no parameter {show(name)}{hint(name, self._definitions)}; `stationwatch "
                        f"scenarios {self._name}` lists them"
                    )
                self._rows.values[name] = self._definitions[name].parse(text.strip())
            except ValueError as error:
                self._rows.report(f"--set {plain(one)}", str(error))

    def _report_unused(self) -> None:
        """A misspelt parameter would be taken for one of the scenario's own."""
        for name in sorted(self._definitions.keys() - PARAMETERS - self._rows.referenced):
            near = hint(name, PARAMETERS)
            self._rows.report(f"parameters.{name}", f'is used nowhere as "{{{name}}}"{near}')

    def _activity(self, row: dict[str, Any], path: str) -> Activity | None:
        values = self._rows.row(row, _ACTIVITY, path)
        if values is None:
            return None
        known = self._database.spacecraft
        self._rows.must_be_one_of(f"{path}.spacecraft", values["spacecraft"], known)
        for name in values.get("may_fire", ()):
            self._may_fire(f"{path}.may_fire", name)
        self._must_be_before_the_end(f"{path}.end", values["end"])
        try:
            return Activity(start_ns=values.pop("start"), end_ns=values.pop("end"), **values)
        except UsageError as error:
            self._rows.report(path, str(error))
            return None

    def _may_fire(self, path: str, name: str) -> None:
        vehicle, slash, thruster = name.partition("/")
        self._rows.must_be_one_of(path, vehicle, JET_TABLES)
        if slash and vehicle in JET_TABLES:
            known = [jet.name for jet in load_jets(JET_TABLES[vehicle])]
            self._rows.must_be_one_of(path, thruster, known)

    def _must_be_before_the_end(self, path: str, time_ns: int) -> None:
        if time_ns > self._end_ns:
            self._rows.report(
                path,
                f"is after the scenario's end, {utc(self._end_ns)}: a time of day is the first "
                f"such moment at or after the start, here {utc(time_ns)}",
            )

    def _event(self, row: dict[str, Any], path: str) -> Event | None:
        head: dict[str, Any] = {key: row[key] for key in ("at", "says") if key in row}
        rest = {key: value for key, value in row.items() if key not in head}
        values = self._rows.row(head, _EVENT, path)
        action = self._action(rest, path) if rest else None
        if not rest and "says" not in row:
            self._rows.report(path, "has neither `do` nor `says`")
        if values is None:
            return None
        self._must_be_before_the_end(f"{path}.at", values["at"])
        return Event(at_ns=values["at"], says=values.get("says", ""), action=action)

    def _action(self, row: dict[str, Any], path: str) -> Action | None:
        try:
            action = convert({key: self._resolved(key, value) for key, value in row.items()})
            check_names(action, self._database)
            return action
        except ActionError as error:
            dot = "." if error.field else ""
            self._rows.report(f"{path}{dot}{plain(error.field)}", error.message)
            return None

    def _resolved(self, key: str, value: object) -> object:
        try:
            return self._rows.resolved(value)
        except ValueError as error:
            raise ActionError(key, str(error)) from None

    def _gap(self, row: dict[str, Any], path: str) -> PlannedGap | None:
        values = self._rows.row(row, _GAP, path)
        if values is None:
            return None
        return PlannedGap(
            link=Link(values["link"]),
            start_ns=values["at"],
            end_ns=values["at"] + round(values["for_s"] * SECOND_NS),
            announced=values.get("announced", True),
        )
