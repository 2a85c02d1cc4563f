"""Tables of the documentation that the code decides."""

import re
from importlib import import_module
from pathlib import Path

from dashboard.theme import FRESHNESS_LOOKS, SEVERITY_LOOKS
from telemetry import missiondb
from telemetry.alarm import ALARM_TABLE, Reaction, State, Stimulus
from telemetry.clock import SECOND_NS
from telemetry.parameter import STALE_AFTER_PERIODS
from telemetry.plan import PLAN_TABLE, PlanState
from telemetry.plan_file import read_activities, read_contacts
from telemetry.topics import GROUND

DOCS = Path(__file__).parents[1] / "docs"

SHOWN = {
    Reaction.QUIET: "",
    Reaction.ANNUNCIATE: ", sound",
    Reaction.ANNUNCIATE_LIMITED: ", sound at most once a minute",
}


def alarm_table() -> str:
    """ALARM_TABLE as it stands in docs/architecture.md."""
    rows = [
        ["state \\ stimulus", *Stimulus],
        ["---"] * (1 + len(Stimulus)),
        *([state, *(_cell(state, stimulus) for stimulus in Stimulus)] for state in State),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(state: State, stimulus: Stimulus) -> str:
    plain, latching, reaction = ALARM_TABLE[state, stimulus]
    if reaction is Reaction.REFUSE:
        return "refused"
    if reaction is Reaction.IMPOSSIBLE:
        return "impossible"
    goes = "same" if plain is state else plain.value
    return f"{goes}{SHOWN[reaction]}" + (f"; latching: {latching}" if latching is not plain else "")


def test_architecture_has_the_alarm_table() -> None:
    assert alarm_table() in (DOCS / "architecture.md").read_text()


def test_operators_guide_explains_everything_the_console_shows() -> None:
    guide = (DOCS / "operators-guide.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in guide.splitlines() if line.startswith("|")]
    explained = {(row[0], row[1]) for row in rows}
    looks = (*SEVERITY_LOOKS.values(), *FRESHNESS_LOOKS.values())
    assert {(look.word, look.symbol) for look in looks} <= explained
    assert {*State} <= {row[0] for row in rows}


def test_operators_guide_says_when_data_are_stale() -> None:
    text = " ".join((DOCS / "operators-guide.md").read_text().split())
    assert f"stopped for {STALE_AFTER_PERIODS} of their periods" in text


def test_plans_says_what_can_be_asked_in_each_state() -> None:
    text = (DOCS / "plans.md").read_text()
    for state in PlanState:
        (row,) = re.findall(rf"^\| {state} \| (.*) \|$", text, re.MULTILINE)
        words = [word.split(" (")[0] for word in re.split(r", ", row) if word != "nothing"]
        assert words == [verb for known, verb in PLAN_TABLE if known is state]


def test_plans_shows_files_that_can_be_read(tmp_path: Path) -> None:
    shown = re.findall(r"```toml\n(.*?)```", (DOCS / "plans.md").read_text(), re.DOTALL)
    activity, contacts = (tmp_path / "activity.toml", tmp_path / "contacts.toml")
    for path, text in zip((activity, contacts), shown, strict=True):
        path.write_text(text)
    assert [one.id for one in read_activities(activity)] == ["sud-test"]
    assert len(read_contacts(contacts).schedule.contacts) == 1


def losses() -> list[list[str]]:
    """The rows of docs/losses.md: part, what is lost, bound, seen as."""
    lines = (DOCS / "losses.md").read_text().splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0] not in ("part", "---")]


def test_losses_says_of_each_what_it_costs_its_bound_and_where_it_shows() -> None:
    assert len(losses()) > 30
    assert {len(row) for row in losses()} == {4}


def test_losses_gives_the_bounds_as_they_are() -> None:
    bounds = [
        bound for row in losses() for bound in re.findall(r"`(\S+\.[A-Z_]+)` = ([\d,]*\d)", row[2])
    ]
    assert len(bounds) > 25
    for name, said in bounds:
        module, _, constant = name.rpartition(".")
        value = getattr(import_module(module), constant)
        number = value // SECOND_NS if constant.endswith("_NS") else value
        assert f"{number:,}" == said, name


def test_losses_gives_the_brokers_settings_as_they_are() -> None:
    text = (DOCS.parent / "deploy" / "mosquitto.conf").read_text()
    settings = [
        one for row in losses() for one in re.findall(r"`mosquitto (\w+)` = ([\d,]*\d)", row[2])
    ]
    assert len(settings) == 4
    for name, said in settings:
        (value,) = re.findall(rf"^{name} (\d+)", text, re.MULTILINE)
        assert value == said.replace(",", ""), name


def test_losses_are_seen_where_it_says() -> None:
    ground = missiondb.load().spacecraft[GROUND].subsystems.values()
    known = {name for subsystem in ground for name in subsystem.parameters}
    named = {name for row in losses() for name in re.findall(r"`(GND_\w+)`", row[3])}
    assert len(named) > 10
    assert named <= known


def test_security_names_tests_that_there_are() -> None:
    """Each "stopped by" has one."""
    text = (DOCS / "security.md").read_text()
    rows = [
        line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "`" in line
    ]
    file, named = "", []
    for row in rows:
        for name in re.findall(r"`((?:tests/[\w/]+\.py)?(?:::\w+)?)`", row[-1]):
            path, _, test = name.partition("::")
            file = path or file
            assert (DOCS.parent / file).exists(), file
            if test:
                assert f"def {test}(" in (DOCS.parent / file).read_text(), name
            named.append(name)
    assert len(named) > 30
