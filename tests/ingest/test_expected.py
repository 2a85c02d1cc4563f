"""Go or no-go: each thing a hazardous activity needs, missing, wrong and unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from ingest.expected import (
    AUTHORITY,
    CMGS,
    CONTROL_LOST,
    CONTROLLER,
    DESATURATION,
    GNC_MODE,
    LOOKED_AT,
    MOMENTUM_PCT,
    PROPELLANT,
    Look,
    check,
)
from telemetry import missiondb
from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.alarm import Alarm, Condition, State
from telemetry.clock import SECOND_NS
from telemetry.frame import Sample
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.plan import CheckItem, ConfigurationCheck

NOW_NS = 1_634_288_400 * SECOND_NS
TEST = Activity(
    id="test",
    title="Thruster test",
    kind=ActivityKind.THRUSTER_TEST,
    spacecraft="soyuz",
    start_ns=NOW_NS + 120 * SECOND_NS,
    end_ns=NOW_NS + 720 * SECOND_NS,
    may_fire=("soyuz",),
    propellant_kg=3.0,
    planned_states=(PlannedState.DESATURATION_INHIBITED,),
    links=(LinkName.RUSSIAN,),
)
AS_PLANNED: Mapping[str, Value] = {
    DESATURATION: 1,
    GNC_MODE: 4,
    CONTROLLER: 0,
    AUTHORITY: 0,
    MOMENTUM_PCT: 13.0,
    CMGS: 4,
    CONTROL_LOST[0]: 0,
    CONTROL_LOST[1]: 0,
    PROPELLANT: 440.0,
}
ALARM = Alarm(
    spacecraft="iss",
    id="LEAK.limit",
    subject="LEAK",
    condition=Condition.LIMIT,
    state=State.UNACK,
    severity=Severity.WARNING,
    highest=Severity.WARNING,
)


@pytest.fixture(scope="module")
def database() -> MissionDatabase:
    return missiondb.load()


@dataclass
class Situation:
    """As planned, but for what a test changes. out: subsystems not heard. contact: the share of the
    window, and of now, that contact is announced for.
    """

    database: MissionDatabase
    values: dict[str, Value] = field(default_factory=lambda: dict(AS_PLANNED))
    out: frozenset[str] = frozenset()
    contact: tuple[float, float] = (1.0, 1.0)
    alarms: tuple[Alarm, ...] = ()

    def newest(self, spacecraft: str, parameter: str) -> Sample | None:
        assert parameter in LOOKED_AT[spacecraft], "the processor keeps no others"
        value = self.values.get(parameter)
        # sent on change: an hour old and true
        return None if value is None else Sample(NOW_NS - 3600 * SECOND_NS, value)

    def covered(self, spacecraft: str, link: LinkName, from_ns: int, to_ns: int) -> float:
        assert spacecraft == "soyuz"
        return self.contact[1] if from_ns == NOW_NS else self.contact[0]

    def check(self, activity: Activity = TEST) -> ConfigurationCheck:
        look = Look(
            database=self.database,
            newest=self.newest,
            heard=lambda spacecraft, subsystem: f"{spacecraft}/{subsystem}" not in self.out,
            covered=self.covered,
            alarms=self.alarms,
        )
        return check(activity, NOW_NS, look)

    def wrong(self, activity: Activity = TEST) -> list[CheckItem]:
        return [item for item in self.check(activity).items if not item.go]


@pytest.fixture
def situation(database: MissionDatabase) -> Situation:
    return Situation(database)


def planning(*states: PlannedState) -> Activity:
    return replace(TEST, planned_states=(PlannedState.DESATURATION_INHIBITED, *states))


def test_all_as_planned_is_go_and_warns_of_what_cmgs_cannot_hold(situation: Situation) -> None:
    found = situation.check()
    assert found.go, situation.wrong()
    assert found.time_ns == NOW_NS
    (desaturation,) = (item for item in found.items if item.name == "Desaturation")
    assert "CMGs alone cannot hold" in desaturation.reason


@pytest.mark.parametrize("parameter", sorted(AS_PLANNED.keys() - {AUTHORITY, CONTROLLER}))
def test_what_is_unknown_is_no_go(situation: Situation, parameter: str) -> None:
    del situation.values[parameter]
    (item,) = situation.wrong()
    assert "unknown" in item.reason


@pytest.mark.parametrize("parameter", [AUTHORITY, CONTROLLER])
def test_what_a_real_station_does_not_send_may_be_missing(
    situation: Situation, parameter: str
) -> None:
    del situation.values[parameter]
    assert situation.wrong() == []


@pytest.mark.parametrize(
    ("parameter", "value", "item", "reason"),
    [
        (DESATURATION, 0, "Desaturation", "ENABLED, planned INHIBITED"),
        (GNC_MODE, 7, "Attitude control", "FREE DRIFT"),
        (GNC_MODE, 3, "Attitude control", "STANDBY"),
        (AUTHORITY, 3, "Attitude control", "RUSSIAN THRUSTERS"),
        (AUTHORITY, 5, "Attitude control", "FREE DRIFT"),
        (CONTROL_LOST[0], 1, "Attitude control", "is lost"),
        (CONTROL_LOST[1], 1, "Attitude control", "is lost"),
        (MOMENTUM_PCT, 40.1, "CMG momentum", "40.1 %, at most 40 %"),
        (CMGS, 2, "CMGs on line", "2, at least 3"),
        (PROPELLANT, 3.0, "Propellant", "3 kg left, budget 3 kg"),
    ],
)
def test_what_is_not_as_planned_is_no_go(
    situation: Situation, parameter: str, value: Value, item: str, reason: str
) -> None:
    situation.values[parameter] = value
    (wrong,) = situation.wrong()
    assert wrong.name == item
    assert reason in wrong.reason


@pytest.mark.parametrize(("parameter", "value"), [(MOMENTUM_PCT, 40.0), (CMGS, 3)])
def test_a_boundary_is_go(situation: Situation, parameter: str, value: Value) -> None:
    situation.values[parameter] = value
    assert situation.wrong() == []


@pytest.mark.parametrize(
    ("state", "mode", "authority"),
    [
        (PlannedState.RS_CONTROL, 3, 3),
        (PlannedState.RS_CONTROL, 3, 2),
        (PlannedState.FREE_DRIFT, 7, 5),
    ],
)
def test_another_master_is_go_only_where_it_is_planned(
    situation: Situation, state: PlannedState, mode: int, authority: int
) -> None:
    situation.values |= {GNC_MODE: mode, AUTHORITY: authority}
    assert [item.name for item in situation.wrong()] == ["Attitude control"]
    assert situation.wrong(planning(state)) == []
    assert situation.wrong(planning(PlannedState.ARRAYS_FEATHERED)) != []


def test_inhibited_where_nobody_planned_it_is_no_go(situation: Situation) -> None:
    (item,) = situation.wrong(replace(TEST, planned_states=()))
    assert "INHIBITED, planned ENABLED" in item.reason


@pytest.mark.parametrize("subsystem", ["iss/adcs", "soyuz/propulsion"])
def test_silence_of_what_must_be_seen_is_no_go(situation: Situation, subsystem: str) -> None:
    situation.out = frozenset({subsystem})
    assert f"Telemetry {subsystem}" in [item.name for item in situation.wrong()]


def test_a_station_activity_does_not_need_the_ship(situation: Situation) -> None:
    situation.out = frozenset({"soyuz/propulsion"})
    activity = replace(TEST, spacecraft="iss", may_fire=("zvezda",), links=())
    assert situation.wrong(activity) == []


def test_no_contact_in_the_window_is_no_go_with_its_share(situation: Situation) -> None:
    situation.contact = (0.999, 1.0)
    (item,) = situation.wrong()
    assert (item.name, item.reason) == ("Link russian", "contact for 99 % of the window")


def test_a_link_that_should_be_heard_and_is_not_is_no_go(situation: Situation) -> None:
    situation.out = frozenset({"soyuz/cabin"})
    (item,) = situation.wrong()
    assert item.reason == "contact is expected, cabin not heard"


def test_a_link_nobody_expects_now_need_not_be_heard(situation: Situation) -> None:
    situation.out = frozenset({"soyuz/cabin"})
    situation.contact = (1.0, 0.0)
    assert situation.wrong() == []


@pytest.mark.parametrize(
    ("changes", "go"),
    [
        ({}, False),
        ({"severity": Severity.CAUTION}, True),
        ({"state": State.ACKED}, True),
        ({"state": State.LATCHED_UNACK, "severity": Severity.NOMINAL}, False),
    ],
)
def test_a_warning_nobody_has_seen_is_no_go(
    situation: Situation, changes: dict[str, Any], go: bool
) -> None:
    situation.alarms = (msgspec.structs.replace(ALARM, **changes),)
    assert situation.check().go is go
    if not go:
        assert situation.wrong()[0].reason == "iss/LEAK.limit"


def test_many_warnings_are_counted(situation: Situation) -> None:
    situation.alarms = (ALARM,) * 5
    assert situation.wrong()[0].reason.endswith("and 2 more")


def test_what_is_looked_at_exists(database: MissionDatabase) -> None:
    for spacecraft, parameters in LOOKED_AT.items():
        for parameter in parameters:
            assert database.parameter(spacecraft, parameter)
