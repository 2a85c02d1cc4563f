"""Cards and lines as the browser gets them."""

import pytest
from msgspec.structs import replace

from dashboard import alarm_rows, incident_rows, plan_rows
from telemetry.alarm import Condition
from telemetry.incident import Role
from telemetry.limit import Severity
from telemetry.missiondb import load
from telemetry.plan import PLAN_TABLE, PlanState
from tests.dashboard import scene

DATABASE = load()


def test_card_has_first_out_cascade_and_consequences_in_order() -> None:
    row = incident_rows.row(scene.incident(), DATABASE)
    assert row["title"] == "Soyuz thrusters fire unplanned"
    assert row["severity"] == Severity.WARNING
    assert row["first"]["name"] == "Firing outside its window"
    assert (row["first"]["value"], row["first"]["limit"]) == ("0.9 s", "above 0.02 s")
    assert [one["after"] for one in row["cascade"]] == [17.9, 30.2]
    assert row["cascade"][0]["class"] == "◆ WARNING"
    assert [one["after"] for one in row["consequences"]] == [5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    assert row["held"] == 6


def test_a_consequence_that_was_heard_is_not_counted_as_held_back() -> None:
    incident = scene.incident()
    heard = scene.member("iss/itcs.stale", 3, Role.CONSEQUENCE, Severity.CAUTION, inhibited=False)
    row = incident_rows.row(replace(incident, members=(*incident.members, heard)), DATABASE)
    assert row["held"] == 6
    assert len(row["consequences"]) == 7
    assert row["consequences"][0]["held"] is False
    assert row["consequences"][0]["name"].endswith(": silent")


def test_what_came_before_the_opening_root_is_the_first_out() -> None:
    incident = scene.incident()
    earlier = scene.member("iss/USLAB000010.limit", -1.5, Role.CASCADE, Severity.CAUTION)
    row = incident_rows.row(replace(incident, members=(*incident.members, earlier)), DATABASE)
    assert row["first"]["id"] == "iss/USLAB000010.limit"
    assert row["cascade"][0]["id"] == "soyuz/DER_FIRING_UNPLANNED.limit"
    assert row["cascade"][0]["after"] == 1.5


def test_evidence_names_what_the_page_can_show_live() -> None:
    evidence = incident_rows.row(scene.incident(), DATABASE)["evidence"]
    assert evidence[0] == {
        "key": "soyuz/DER_FIRING_JETS",
        "name": "Thrusters against the plan",
        "unit": "",
        "said": "DPO-B 7, DPO-B 8",
    }
    assert evidence[3]["unit"] == "%"


def test_evidence_the_mission_database_does_not_name_goes_by_its_id() -> None:
    incident = replace(scene.incident(), evidence={"mir/NOSUCH": "7"})
    [fact] = incident_rows.row(incident, DATABASE)["evidence"]
    assert (fact["name"], fact["unit"], fact["said"]) == ("NOSUCH", "", "7")


def test_line_of_the_plan_has_window_state_check_and_budgets() -> None:
    row = plan_rows.row(scene.thruster_test(go=False), DATABASE)
    assert row["end"] - row["start"] == 852_000
    assert row["state"] == "STARTED"
    assert row["check"]["go"] is False
    assert [item["go"] for item in row["check"]["items"]] == [True, False]
    assert [one["key"] for one in row["budgets"]] == [
        "soyuz/DER_BUDGET_ON_TIME",
        "soyuz/DER_BUDGET_PROPELLANT",
    ]
    assert "longest pulse 0.5 s" in row["permits"]


def test_an_activity_without_budgets_shows_none() -> None:
    row = plan_rows.row(scene.undocking(), DATABASE)
    assert row["budgets"] == []
    assert row["check"] is None
    assert row["people"] == "proposed by planner"


@pytest.mark.parametrize("state", PlanState)
@pytest.mark.parametrize("extension_ns", [0, scene.NOW_NS + 10**12])
def test_what_is_offered_can_be_done(state: PlanState, extension_ns: int) -> None:
    plan = replace(scene.thruster_test(state), extension_ns=extension_ns)
    for verb in plan_rows.verbs(plan):
        assert (state, verb) in PLAN_TABLE
    assert bool(plan_rows.verbs(plan)) is not state.over


def test_alarm_says_why_it_is_not_a_new_one() -> None:
    row = alarm_rows.row(
        scene.alarm(inhibited_by=scene.INCIDENT, late=True, unknown_since_ns=scene.NOW_NS), DATABASE
    )
    assert row["held_back"] == scene.INCIDENT
    assert row["last"] is True
    assert row["late"] is True
    assert row["unknown_since"] == scene.NOW_NS / 1e6


def test_shelved_alarm_says_until_when_and_why() -> None:
    alarm = scene.alarm(shelved_until_ns=scene.NOW_NS, shelved_by="me", shelf_reason="repair")
    row = alarm_rows.row(alarm, DATABASE)
    assert row["silence"] == "SHELVED until 09:13"
    assert row["reason"] == "repair"


@pytest.mark.parametrize(
    ("condition", "name"),
    [(Condition.LIMIT, "Attitude error, roll"), (Condition.RATE, "Attitude error, roll: rate")],
)
def test_name_says_the_condition_unless_it_is_a_limit(condition: Condition, name: str) -> None:
    assert alarm_rows.row(scene.alarm(condition=condition), DATABASE)["name"] == name
