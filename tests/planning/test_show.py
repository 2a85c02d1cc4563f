"""What an operator reads of the plan in a terminal."""

import pytest

from planning.show import check_table, print_plans, print_table, told
from telemetry.activity import Activity, ActivityKind
from telemetry.clock import SECOND_NS
from telemetry.plan import CheckItem, ConfigurationCheck, Plan, PlanChange, PlanState, PlanVerb

START_NS = 1_634_288_520 * SECOND_NS
WINDOW = "2021-10-15T09:02:00Z to 2021-10-15T09:12:00Z"
NO_GO = ConfigurationCheck(
    time_ns=START_NS,
    items=(
        CheckItem(name="CMGs on line", go=True, reason="4, at least 3"),
        CheckItem(name="Desaturation", go=False, reason="is [red]ENABLED[/red]"),
    ),
)


def plan(id_: str = "test", spacecraft: str = "soyuz", **changes: object) -> Plan:
    activity = Activity(
        id=id_,
        title="A test",
        kind=ActivityKind.THRUSTER_TEST,
        spacecraft=spacecraft,
        start_ns=START_NS,
        end_ns=START_NS + 600 * SECOND_NS,
        may_fire=("soyuz",),
    )
    given = {"state": PlanState.APPROVED, "approved_by": "Bob", **changes}
    return Plan(
        activity=activity,
        version=2,
        proposed_by="Ann",
        changed_by="Bob",
        changed_ns=0,
        **given,  # type: ignore[arg-type]
    )


def change(of: Plan | None, **changes: object) -> PlanChange:
    return PlanChange(
        id="c",
        verb=PlanVerb.START,
        time_ns=0,
        received_ns=0,
        by="Ann",
        plan=of,
        **changes,  # type: ignore[arg-type]
    )


def test_an_answer_is_one_line() -> None:
    assert told(change(plan())) == f"APPROVED, version 2, {WINDOW}"
    assert told(change(plan(), repeated=True)).endswith(", as it was")
    asked = plan(extension_ns=START_NS + 900 * SECOND_NS, extension_by="Eve")
    assert told(change(asked)).endswith("extension to 2021-10-15T09:17:00Z asked for by Eve")


def test_a_refusal_says_why_and_leaves_a_no_go_to_its_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(change(None, refused="propose it first")) == "refused: propose it first"
    long = change(plan(), refused="no-go: this; that", check=NO_GO)
    assert told(long) == "refused: the configuration check says no-go"
    print_table(check_table(NO_GO))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    # what people and telemetry say is shown as it is
    assert lines[1:] == [
        "CMGs on line go 4, at least 3",
        "Desaturation NO-GO is [red]ENABLED[/red]",
        "all of it NO-GO at 2021-10-15T09:02:00Z",
    ]


def test_the_plan_is_a_table_of_the_spacecraft_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plans = [plan(check=NO_GO), plan("reboost", "iss", state=PlanState.PROPOSED, approved_by="")]
    print_plans(plans, None)
    text = capsys.readouterr().out
    assert "soyuz/test" in text
    assert "NO-GO" in text
    assert "iss/reboost" in text
    print_plans(plans, "iss")
    assert "soyuz/test" not in capsys.readouterr().out
    print_plans([], None)
    assert capsys.readouterr().out == "nothing is planned\n"
