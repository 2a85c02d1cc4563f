from pathlib import Path

import pytest

from telemetry import missiondb
from telemetry.errors import Problem
from telemetry.incident import Consequence, IncidentRule
from telemetry.limit import Severity
from telemetry.missiondb.incidents import read_rules
from tests.small import small_database

GROUP = '[group.motion]\nup_to = "warning"\nalarms = ["iss/ERR.limit", "iss/*.stale"]\n'
RULE = """\
[rule.drift]
title = "It drifts"
roots = ["iss/MODE.limit"]
consequences = ["motion"]
"""


def read(tmp_path: Path, text: str) -> tuple[dict[str, IncidentRule], list[str]]:
    file = tmp_path / "incidents.toml"
    file.write_text(text)
    problems: list[Problem] = []
    rules = read_rules(file, small_database().spacecraft, problems)
    return rules, [str(problem) for problem in problems]


def test_a_rule_is_read(tmp_path: Path) -> None:
    extra = 'cascade = ["iss/RATE.rate"]\nevidence = ["iss/COUNT"]\n'
    rules, problems = read(tmp_path, GROUP + RULE + extra)
    assert problems == []
    assert rules == {
        "drift": IncidentRule(
            name="drift",
            title="It drifts",
            roots=("iss/MODE.limit",),
            cascade=("iss/RATE.rate",),
            consequences=(
                Consequence(alarm="iss/ERR.limit", up_to=Severity.WARNING),
                Consequence(alarm="iss/*.stale", up_to=Severity.WARNING),
            ),
            evidence=("iss/COUNT",),
        )
    }


def test_without_a_file_there_are_no_rules(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_rules(tmp_path / "incidents.toml", small_database().spacecraft, problems) == {}
    assert problems == []


def test_what_is_no_toml_is_reported(tmp_path: Path) -> None:
    rules, problems = read(tmp_path, GROUP + GROUP)
    assert rules == {}
    assert problems[0].startswith("incidents.toml: is not TOML: ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "iss/ERR.limit",
            "iss/ER.limit",
            "[group.motion] alarms: there is no alarm 'iss/ER.limit'",
        ),
        ("iss/ERR.limit", "iss/ERR.rate", "iss/ERR has no alarm 'rate', only limit or invalid"),
        ("iss/ERR.limit", "ERR", "'ERR' is no <spacecraft>/<parameter or subsystem>.<condition>"),
        ("iss/ERR.limit", "mir/*", "no alarm matches 'mir/*'"),
        ("iss/ERR.limit", "iss/*.stale", "names 'iss/*.stale' twice"),
        ("iss/ERR.limit", "iss/MODE.limit", "iss/MODE.limit is a root of this rule"),
        ('"warning"', '"red"', "up_to: must be advisory, caution, warning or emergency, not 'red'"),
        ('["motion"]', '["motio"]', "no [group.motio] (did you mean 'motion'?)"),
        ('["motion"]', '["motion", "motion"]', "names 'motion' twice"),
        ('["motion"]', "3", "consequences: must be a list, not the number 3"),
        ('"It drifts"', '""', "[rule.drift] title: is empty"),
        ("rule.drift", "rule.Drift", "a rule's name is of a-z, 0-9 and -, which 'Drift' is not"),
        ('["iss/MODE.limit"]', "[]", "[rule.drift] roots: is an empty list"),
        ('["iss/MODE.limit"]', "[7]", "an alarm is given as a text, not as 7"),
        ("iss/MODE.limit", '*/VOLT.limit", "iss/MODE.limit', "roots: are of several subsystems"),
        ("title", 'cascade = ["iss/MODE.limit"]\ntitle', "iss/MODE.limit is a root already"),
        ("title", 'evidence = ["iss/COUN"]\ntitle', "no parameter 'iss/COUN' (did you mean"),
        ("title", 'evidence = ["iss/COUNT", "iss/COUNT"]\ntitle', "names 'iss/COUNT' twice"),
        ("title", "colour = 1\ntitle", "[rule.drift] colour: unknown key"),
        ("[group.motion]", "[grup.motion]", "grup: unknown key"),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = GROUP + RULE
    assert old in text
    _, problems = read(tmp_path, text.replace(old, new))
    assert said in "\n".join(problems)


def test_mistakes_are_collected(tmp_path: Path) -> None:
    text = GROUP.replace("iss/ERR.limit", "iss/NOPE.limit") + RULE.replace("title", "titel")
    _, problems = read(tmp_path, text)
    assert len(problems) == 3  # no such alarm, no title, an unknown key


def test_a_cascade_that_could_never_be_heard_is_a_mistake(tmp_path: Path) -> None:
    text = GROUP.replace("warning", "emergency") + RULE + 'cascade = ["iss/ERR.limit"]\n'
    _, problems = read(tmp_path, text)
    assert problems == [
        "incidents.toml: [rule.drift] cascade: iss/ERR.limit is held back at every severity, "
        "so it is never heard"
    ]


def test_a_group_nobody_uses_is_a_mistake(tmp_path: Path) -> None:
    _, problems = read(tmp_path, GROUP + GROUP.replace("motion", "power") + RULE)
    assert problems == ["incidents.toml: [group.power]: is used by no rule"]


def test_two_rules_cannot_begin_with_the_same_alarm(tmp_path: Path) -> None:
    _, problems = read(tmp_path, GROUP + RULE + RULE.replace("drift]", "other]"))
    assert problems == [
        "incidents.toml: [rule.other] roots: iss/MODE.limit is a root of 'drift' already"
    ]


def test_rules_cannot_explain_each_other(tmp_path: Path) -> None:
    other = '[rule.other]\ntitle = "t"\nroots = ["iss/ERR.limit"]\nconsequences = ["mode"]\n'
    mode = '[group.mode]\nup_to = "caution"\nalarms = ["iss/MODE.limit"]\n'
    _, problems = read(tmp_path, GROUP + mode + RULE + other)
    assert len(problems) == 1
    assert "each lists a root of the next" in problems[0]


# --- the rules that ship ---

SHIPPED = missiondb.SHIPPED / "incidents.toml"


@pytest.fixture(scope="module")
def shipped() -> dict[str, IncidentRule]:
    problems: list[Problem] = []
    rules = read_rules(SHIPPED, missiondb.load().spacecraft, problems)
    assert problems == []
    assert rules
    return rules


def test_shipped_rules_never_hold_back_an_emergency(shipped: dict[str, IncidentRule]) -> None:
    held = [one.up_to for rule in shipped.values() for one in rule.consequences]
    assert max(held) < Severity.EMERGENCY


def test_shipped_attitude_rules_leave_the_air_alone(shipped: dict[str, IncidentRule]) -> None:
    for name in ("uncommanded-firing", "disturbance", "loss-of-attitude-control"):
        listed = {one.alarm for one in shipped[name].consequences}
        eclss = missiondb.load().subsystem("iss", "eclss").parameters
        assert (
            not {f"iss/{parameter}.{kind}" for parameter in eclss for kind in ("limit", "rate")}
            & listed
        )
        assert "iss/eclss.stale" not in listed
