import dataclasses
import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingest.notify.deliver import TIME_OUT_S, usable
from ingest.notify.notifier import Notifier
from ingest.notify.outbox import MAX_OWED
from ingest.notify.routes import Route, RoutesError, read_routes, show
from ingest.notify.schedule import GIVE_UP_NS
from telemetry.limit import Severity
from telemetry.missiondb import load

CRAFT = {"iss": frozenset({"adcs", "eps"}), "soyuz": frozenset({"mcs"})}
EXAMPLE = Path(__file__).parents[3] / "deploy" / "notify.example.toml"


def read(tmp_path: Path, text: str, environment: Mapping[str, str] = {}):  # type: ignore[no-untyped-def]
    path = tmp_path / "notify.toml"
    path.write_text(text)
    return read_routes(
        path, environment, spacecraft=CRAFT, usable=lambda url: not url.startswith("nope")
    )


def problems(tmp_path: Path, text: str, environment: Mapping[str, str] = {}) -> list[str]:
    with pytest.raises(RoutesError) as raised:
        read(tmp_path, text, environment)
    return [str(problem) for problem in raised.value.problems]


def test_route_has_everything_the_file_says(tmp_path: Path) -> None:
    route, night = read(
        tmp_path,
        """
        [[route]]
        name = "ops"
        to = ["json://hook.example.org/x", "mailto://u:${PW}@example.org"]
        severity = "warning"
        spacecraft = ["iss"]
        subsystem = ["adcs"]
        group_s = 3
        repeat_s = 60
        escalate_after_s = 120.5
        escalate_to = "night"
        resolved = true
        [[route]]
        name = "night"
        to = ["json://night.example.org"]
        only_escalations = true
        """,
        {"PW": "p@ss/w:rd"},
    )
    assert [t.url for t in route.to] == [
        "json://hook.example.org/x",
        "mailto://u:p%40ss%2Fw%3Ard@example.org",
    ]
    assert [(t.route, t.index) for t in route.to] == [("ops", 0), ("ops", 1)]
    assert (route.severity, route.spacecraft, route.subsystem) == (
        Severity.WARNING,
        {"iss"},
        {"adcs"},
    )
    assert (route.group_s, route.repeat_s, route.escalate_after_s) == (3, 60, 120.5)
    assert (route.escalate_to, route.resolved, night.only_escalations) == ("night", True, True)
    assert (night.severity, night.group_s, night.repeat_s) == (Severity.CAUTION, 10, 0)


def test_a_variable_that_is_the_whole_target_is_taken_as_it_is(tmp_path: Path) -> None:
    text = '[[route]]\nname = "a"\nto = ["${HOOK}"]\n'
    (route,) = read(tmp_path, text, {"HOOK": "json://u:p@h/x?a=b"})
    assert route.to[0].url == "json://u:p@h/x?a=b"


def test_every_mistake_is_told_at_once_with_file_table_and_key(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        tile = 1
        [[route]]
        name = "a b"
        to = ["nope://x", 3, "json://${MISSING}@h"]
        severity = "cuation"
        spacecraft = ["is"]
        subsystem = ["mcss"]
        group_s = -1
        repeat_s = 1e9
        escalate_after_s = 5
        resolved = "yes"
        gruop_s = 3
        [[route]]
        name = "b"
        to = []
        group_s = 61
        escalate_to = "c"
        [[route]]
        name = "b"
        to = ["json://h"]
        only_escalations = true
        """,
    )
    expected = [
        "notify.toml: tile: unknown key",
        "notify.toml: [route a b] name: is of A-Z",
        "notify.toml: [route a b] to: target 1, nope://..., is no URL Apprise can use",
        "notify.toml: [route a b] to: target 2 must be a text",
        "notify.toml: [route a b] to: the environment variable MISSING is not set",
        "notify.toml: [route a b] severity: must be advisory, caution, warning or emergency, "
        "not 'cuation' (did you mean 'caution'?)",
        "notify.toml: [route a b] spacecraft: the mission database has no 'is' (did you mean",
        "notify.toml: [route a b] subsystem: the mission database has no 'mcss' (did you mean",
        "notify.toml: [route a b] group_s: must not be negative",
        "notify.toml: [route a b] repeat_s: is longer than 86400 s",
        "notify.toml: [route a b] escalate_to: escalate_to and escalate_after_s go together",
        "notify.toml: [route a b] resolved: must be a boolean",
        "notify.toml: [route a b] gruop_s: unknown key (did you mean 'group_s'?)",
        "notify.toml: [route b] to: must be a list of URLs",
        "notify.toml: [route b] group_s: is longer than 60 s",
        "notify.toml: [route b] escalate_after_s: escalate_to and escalate_after_s go together",
        "notify.toml: [route b] name: another route is called 'b' already",
        "notify.toml: [route b] only_escalations: no route escalates to this one",
    ]
    for beginning in expected:
        assert [one for one in found if one.startswith(beginning)], (beginning, found)
    assert len(found) == len(expected)


def test_an_escalation_must_lead_somewhere_and_never_back(tmp_path: Path) -> None:
    row = '[[route]]\nname="{0}"\nto=["json://h"]\nescalate_to="{1}"\nescalate_after_s=1\n'
    loop = row.format("a", "b") + row.format("b", "c") + row.format("c", "a")
    assert [p.partition("] ")[0] for p in problems(tmp_path, loop)] == [
        f"notify.toml: [route {name}" for name in "abc"
    ]
    (astray,) = problems(tmp_path, row.format("night-ops", "nihgt-ops"))
    assert "no route 'nihgt-ops' (did you mean 'night-ops'?)" in astray


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no [[route]]"),
        ("route = 3", "must be a list"),
        ("route = [3]", "each must be a table"),
        ("[[route", "is not TOML"),
    ],
)
def test_a_file_that_is_no_routes_file_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    assert [says in line for line in problems(tmp_path, text)] == [True]


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RoutesError, match=r"^none\.toml: cannot be read: No such file"):
        read_routes(tmp_path / "none.toml", {}, spacecraft=CRAFT, usable=usable)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mailtos://user:hunter22@mail.example.org:587?to=a@b.c", "mailtos://mail.example.org"),
        ("mqtt://user:hunter22@[::1]:1883/hunter22", "mqtt://::1"),
        ("JSONS://hunter22@hook.example.org/hunter22?x=hunter22", "JSONS://hook.example.org"),
        ("slack://hunter22/hunter22/hunter22", "slack://..."),
        ("tgram://123:hunter22/1", "tgram://..."),
        ("ntfy://hunter22", "ntfy://..."),
        ("discord://hunter22@x/hunter22", "discord://..."),
        ("json://[hunter22", "json://"),
        ("hunter22", "?://..."),
        ("hunter22@h/x://y", "?://..."),
    ],
)
def test_a_target_shows_no_secret(url: str, shown: str) -> None:
    assert show(url) == shown
    assert "hunter22" not in shown


@pytest.mark.parametrize(
    "to",
    [
        '["nope://user:hunter22@h/hunter22"]',
        '"json://hunter22@h"',
        '["nope://${PW}"]',
        '[["hunter22"]]',
    ],
)
def test_no_mistake_shows_a_secret(tmp_path: Path, to: str) -> None:
    text = f'[[route]]\nname = "a"\nto = {to}\n'
    assert "hunter22" not in "".join(problems(tmp_path, text, {"PW": "hunter22"}))


def test_a_route_keeps_its_secrets_out_of_its_representation(tmp_path: Path) -> None:
    text = '[[route]]\nname = "a"\nto = ["json://u:${PW}@h"]\n'
    assert "hunter22" not in repr(read(tmp_path, text, {"PW": "hunter22"}))


def test_the_example_is_in_order() -> None:
    database = load()
    variables = {
        "MAIL_PASSWORD": "secret",
        "NTFY_TOKEN": "tk_secret",
        "SLACK_HOOK": ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alarms"),
    }
    routes = read_routes(
        EXAMPLE,
        variables,
        spacecraft={c.id: frozenset(c.subsystems) for c in database.spacecraft.values()},
        usable=usable,
    )
    assert {route.escalate_to for route in routes} >= {"on-call"}


def test_the_documentation_has_every_key_and_every_figure() -> None:
    text = (EXAMPLE.parents[1] / "docs" / "notifications.md").read_text()
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    figures = {row for row in rows if row.startswith("GND_")}
    assert rows - figures == {field.name for field in dataclasses.fields(Route)}
    assert f"{MAX_OWED:,} alarms owed" in text
    assert f"left after {TIME_OUT_S:.0f} s" in text
    assert f"for {GIVE_UP_NS / 3.6e12:.0f} h" in text
    source = inspect.getsource(Notifier.values)
    assert figures == set(re.findall(r"GND_\w+", source))
