"""Scenario files: what ships, what a file may say, and what is said of one that is wrong."""

import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import scenarios
from simulators.physics.links import Link, Policy
from simulators.physics.thruster import load_jets
from simulators.scenarios.actions import ACTIONS, Fire, PulseTest
from simulators.scenarios.describe import about, listing, vocabulary
from simulators.scenarios.names import JET_TABLES
from simulators.scenarios.parameters import PARAMETERS, ParameterKind, ScenarioParameter
from simulators.scenarios.reader import Reader
from simulators.scenarios.scenario import RECONSTRUCTION, Scenario, ScenarioError, span
from telemetry import missiondb
from telemetry.activity import ActivityKind
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import UsageError

DATABASE = missiondb.load()

HEAD = """\
title = "T"
summary = "S"
start = 2021-10-15T09:00:00Z
duration_s = 3600
elements = "2021-10-15"
stack = "2021-10-15"
"""
EVENT = '[[event]]\nat = "09:10"\ndo = "stop-firing"\nvehicle = "soyuz"\n'
ACTIVITY = """\
[[activity]]
id = "a"
title = "A"
kind = "thruster-test"
spacecraft = "soyuz"
start = "09:02"
end = "09:12"
may_fire = ["soyuz"]
"""

ReadText = Callable[..., Scenario]


@pytest.fixture
def read_text(tmp_path: Path) -> ReadText:
    def read_it(text: str | bytes, *sets: str, **options: Any) -> Scenario:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return scenarios.read(path, sets, database=DATABASE, **options)

    return read_it


def problems(read: Callable[[], Scenario]) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read()
    assert len(str(caught.value).splitlines()) == 1
    return [str(problem) for problem in caught.value.problems]


# --- those that ship ---


@pytest.mark.parametrize("name", scenarios.names())
def test_a_shipped_scenario_tells_its_story(name: str) -> None:
    scenario = scenarios.read(name, database=DATABASE)
    assert scenario.name == name
    assert scenario.events
    for event in scenario.events:
        assert event.says
        assert scenario.start_ns <= event.at_ns <= scenario.end_ns
    for activity in scenario.activities:
        assert scenario.start_ns <= activity.start_ns < activity.end_ns <= scenario.end_ns
    text = "\n".join(about(scenario))
    for told in (scenario.title, scenario.label, *scenario.parameters):
        assert told in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_what_ships_is_what_was_promised() -> None:
    promised = """
        nominal-day manoeuvre rs-handover reboost docking los-pass soyuz-test ms18 nauka
        cmg-bearing cabin-leak sensor-faults"""
    assert scenarios.names() == sorted(promised.split())


def test_what_is_rebuilt_from_assumptions_says_so_everywhere() -> None:
    all_of_them = [scenarios.read(name, database=DATABASE) for name in scenarios.names()]
    labelled = {one.name for one in all_of_them if one.label == RECONSTRUCTION}
    assert labelled == {"ms18", "nauka"}
    for line, one in zip(listing(all_of_them), all_of_them, strict=True):
        assert line.startswith(one.name)
        assert (RECONSTRUCTION in line) is (one.name in labelled)


def test_ms18_is_the_day_as_reconstructed() -> None:
    ms18 = scenarios.read("ms18", database=DATABASE)
    assert ms18.text("desat") == "inhibited"
    assert (ms18.number("rs_delay_s"), ms18.number("propellant_limit_kg")) == (150, 13.5)
    (_, test) = ms18.activities
    assert test.kind is ActivityKind.THRUSTER_TEST
    assert (utc(test.start_ns)[11:19], utc(test.end_ns)[11:19]) == ("09:02:00", "09:12:00")
    firing = ms18.events[-1]
    assert utc(firing.at_ns) == "2021-10-15T09:12:18.000Z"
    assert isinstance(firing.action, Fire)
    assert firing.action.for_s is None
    # twins: one way, on different manifolds
    one, other = (
        next(jet for jet in load_jets(JET_TABLES["soyuz"]) if jet.name == name)
        for name in firing.action.jets
    )
    assert (one.direction, one.group) == (other.direction, "lateral")
    assert {one.manifold, other.manifold} == {1, 2}


@pytest.mark.parametrize("name", ["soyuz-test", "ms18"])
def test_the_planned_test_keeps_to_its_own_window_and_budget(name: str) -> None:
    scenario = scenarios.read(name, database=DATABASE)
    (_, activity) = scenario.activities
    (event,) = (e for e in scenario.events if isinstance(e.action, PulseTest))
    test = event.action
    assert isinstance(test, PulseTest)
    last_s = (test.pairs - 1) * test.every_s + test.pulse_s
    assert activity.in_window(event.at_ns)
    assert activity.in_window(event.at_ns + round(last_s * SECOND_NS))
    assert activity.longest_pulse_s is not None
    assert test.pulse_s < activity.longest_pulse_s


def test_variants_of_ms18_change_what_they_name() -> None:
    def variant(*sets: str) -> Scenario:
        return scenarios.read("ms18", sets, database=DATABASE)

    assert variant("desat=enabled").text("desat") == "enabled"
    assert utc(variant("window_end=09:14").activities[1].end_ns)[11:19] == "09:14:00"
    fire = variant("firing_jets=DPO-01, DPO-02").events[-1].action
    assert isinstance(fire, Fire)
    assert fire.jets == ("DPO-01", "DPO-02")
    assert variant("soyuz_telemetry=false").flag("soyuz_telemetry") is False
    assert variant("seed=7").seed == 7


# --- what a file may say ---


def test_times_are_of_the_first_such_moment_or_seconds_since_the_start(
    read_text: ReadText,
) -> None:
    head = HEAD.replace("09:00:00Z", "23:30:00Z").replace("3600", "7200")
    times = ['"23:45"', '"00:10:05.5"', "90", "0.25"]
    scenario = read_text(head + "".join(f'[[event]]\nat={t}\nsays="x"\n' for t in times))
    assert [utc(event.at_ns)[8:] for event in scenario.events] == [
        "15T23:30:00.200Z",  # tenths: nothing happens between them
        "15T23:31:30.000Z",
        "15T23:45:00.000Z",
        "16T00:10:05.500Z",
    ]


def test_a_reference_stands_for_its_parameter_of_whatever_kind(read_text: ReadText) -> None:
    scenario = read_text(
        HEAD
        + '[parameters]\nwhen = "09:20"\nwho = "soyuz"\nwhich = ["DPO-03"]\nlong = 4\n'
        + '[[event]]\nat="{when}"\ndo="fire"\nvehicle="{who}"\njets="{which}"\nfor_s="{long}"\n',
        "long=2.5",
        "which=DPO-05,DPO-06",
    )
    (event,) = scenario.events
    assert event.action == Fire(vehicle="soyuz", jets=("DPO-05", "DPO-06"), for_s=2.5)
    assert utc(event.at_ns)[11:19] == "09:20:00"


def test_links_and_gaps_come_from_parameters_and_the_schedule(read_text: ReadText) -> None:
    gap = '[[gap]]\nlink = "s-band"\nat = "09:30"\nfor_s = 60\n'
    links = read_text(HEAD + '[parameters]\nku_link = "geometry"\n' + gap, "luch=yes").links
    assert links.policy == {
        Link.KU: Policy.GEOMETRY,
        Link.S_BAND: Policy.ALWAYS,
        Link.RUSSIAN: Policy.ALWAYS,
    }
    assert links.luch
    (planned,) = links.gaps
    assert (planned.link, planned.announced) == (Link.S_BAND, True)
    assert planned.end_ns - planned.start_ns == 60 * SECOND_NS


def test_a_moved_scenario_keeps_its_distances_and_knows_its_date(read_text: ReadText) -> None:
    text = HEAD + EVENT + ACTIVITY + '[[gap]]\nlink = "ku"\nat = 60\nfor_s = 60\n'
    there, here = read_text(text), read_text(text, epoch_ns=1_700_000_000 * SECOND_NS + 5)
    shift_ns = here.shift_ns
    assert here.start_ns == 1_700_000_000 * SECOND_NS + 5
    assert there.shift_ns == 0
    assert here.start_ns - shift_ns == there.start_ns
    assert here.events[0].at_ns - shift_ns == there.events[0].at_ns
    assert here.activities[0].end_ns - shift_ns == there.activities[0].end_ns
    assert here.links.gaps[0].start_ns - shift_ns == there.links.gaps[0].start_ns
    # times of day stay those of the file
    assert here.instant_ns("09:10") == here.events[0].at_ns


@pytest.mark.parametrize(
    ("at", "for_s", "seconds"),
    [
        (None, None, (0, 3600)),
        ("09:10", None, (600, 3600)),
        ("600", 60, (600, 660)),
        (None, 7200, (0, 7200)),
    ],
)
def test_a_run_is_joined_at_a_time_and_lasts_as_asked(
    at: str | None, for_s: float | None, seconds: tuple[int, int], read_text: ReadText
) -> None:
    scenario = read_text(HEAD)
    wanted = span(scenario, at, for_s)
    start_s, end_s = ((t - scenario.start_ns) / SECOND_NS for t in (wanted.start_ns, wanted.end_ns))
    assert (start_s, end_s) == seconds


@pytest.mark.parametrize(
    ("at", "for_s", "says"),
    [
        ("10:00", None, "ends 2021-10-15T10:00"),
        ("25:00", None, "must be a time such as"),
        ("-1", None, "must be a time such as"),
        ("nan", None, "must be a time such as"),
        (None, 0.0, "--for 0"),
        (None, float("nan"), "--for nan"),
    ],
)
def test_a_run_that_cannot_be_is_told(
    at: str | None, for_s: float | None, says: str, read_text: ReadText
) -> None:
    with pytest.raises(UsageError, match=says):
        span(read_text(HEAD), at, for_s)


# --- what is wrong with one ---


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "mine.toml: title: is missing"),
        (HEAD.replace("title", "titel"), "titel: unknown key (did you mean 'title'?)"),
        (HEAD.replace("3600", "0"), "duration_s: must be a number from 1 to 864000, not 0"),
        (HEAD.replace("3600", '"long"'), "duration_s: must be a number"),
        (HEAD.replace("3600", "nan"), "duration_s: must be a number"),
        (HEAD.replace("2021-10-15T09:00:00Z", '"9:00"'), "start: must be a date and time in UTC"),
        (HEAD.replace("09:00:00Z", "09:00:00"), "start: must be a date and time in UTC"),
        (HEAD.replace("2021-10-15T", "1921-10-15T"), "start: must be a date"),
        (HEAD.replace('elements = "2021-10-15"', 'elements = "2021-10-5"'), "'2021-10-15'?"),
        (HEAD.replace('stack = "2021-10-15"', 'stack = "x"'), "stack: there is no 'x'"),
        (HEAD + 'label = "true story"\n', "label: must be"),
        (HEAD + "parameters = 3\n", "parameters: must be a table"),
        (HEAD + "event = 3\n", "event: must be written as [[event]] tables"),
        (HEAD + "[[event]]\n" * 1_001, "event: there are 1001, at most 1000"),
        (HEAD + '[parameters]\ndesat = "on"\n', "parameters.desat: must be enabled or inhibited"),
        (HEAD + "[parameters]\nseed = 1.5\n", "parameters.seed: must be a whole number"),
        (HEAD + "[parameters]\nseed = true\n", "parameters.seed: must be a whole number"),
        (HEAD + "[parameters]\ndamping = 9\n", "parameters.damping: must be a number from 0.2"),
        (HEAD + "[parameters]\ndampink = 1\n", "did you mean 'damping'?"),
        (HEAD + "[parameters]\nOwn = 1\n", "parameters.Own: must be a lower_case name"),
        (HEAD + "[parameters]\nown = 09:00:00\n", "parameters.own: must be a lower_case name"),
        (HEAD + EVENT.replace("09:10", "9:10"), 'event[1].at: must be a time such as "09:12:18"'),
        (HEAD + EVENT.replace("09:10", "10:01"), "event[1].at: is after the scenario's end"),
        (HEAD + ACTIVITY.replace("09:12", "08:00"), "here 2021-10-16T08:00:00.000Z"),
        (HEAD + ACTIVITY.replace('"soyuz"]', '"dragon"]'), "activity[1].may_fire: "),
        (HEAD + ACTIVITY.replace('"soyuz"]', '"soyuz/DPO-29"]'), "activity[1].may_fire: "),
        (HEAD + EVENT.replace("vehicle", "vehicel"), "did you mean 'vehicle'?"),
        (HEAD + EVENT.replace("soyuz", "soyus"), "event[1].vehicle: there is no 'soyus'"),
        (HEAD + EVENT.replace("soyuz", "{who}"), "event[1].vehicle: no parameter 'who'"),
        (HEAD + EVENT + EVENT.replace("stop", "stopp"), "event[2].do: no action 'stopp-firing'"),
        (HEAD + "[[event]]\nat = 1\n", "event[1]: has neither `do` nor `says`"),
        (HEAD + '[[event]]\nsays = "x"\n', "event[1].at: is missing"),
        (HEAD + ACTIVITY.replace("09:12", "09:01"), "must be after start"),
        (HEAD + ACTIVITY.replace("thruster-test", "test"), "activity[1].kind: must be"),
        (HEAD + ACTIVITY.replace('"soyuz"\nstart', '"mir"\nstart'), "activity[1].spacecraft"),
        (HEAD + ACTIVITY + "on_time_s = 0\n", "activity[1].on_time_s: must be a number above 0"),
        (HEAD + ACTIVITY + 'planned_states = ["drift"]\n', "a list of free-drift, "),
        (HEAD + ACTIVITY + ACTIVITY, "activity: the id 'a' is there twice"),
        (HEAD + '[[gap]]\nlink = "x"\nat = 1\nfor_s = 1\n', "gap[1].link: must be ku, "),
        (HEAD + '[[gap]]\nlink = "ku"\nat = 1\nfor_s = 0\n', "gap[1].for_s: must be"),
        ("a = = 1", "is no TOML: Invalid value (at line 1, column 5)"),
        (b"\xff", "is no UTF-8 text"),
        ("x = " + "[" * 20_000, "is no TOML"),
        ("#" * (1 << 20) + "\n", "is larger than"),
    ],
)
def test_what_is_wrong_is_told_with_file_key_and_what_was_expected(
    text: str | bytes, says: str, read_text: ReadText
) -> None:
    told = problems(lambda: read_text(text))
    assert all(line.startswith("mine.toml: ") and "\n" not in line for line in told)
    assert any(says in line for line in told), told


def test_all_that_is_wrong_is_told_at_once(read_text: ReadText) -> None:
    text = HEAD.replace("3600", "-1") + EVENT.replace("soyuz", "x") + ACTIVITY.replace("A", "")
    told = problems(lambda: read_text(text, "desat=maybe", "seed"))
    assert len(told) == 5
    for what in ("--set desat=maybe", "--set seed", "duration_s", "event[1].vehicle", "title"):
        assert any(what in line for line in told)


@pytest.mark.parametrize(
    ("given_set", "says"),
    [
        ("desat", "must be NAME=VALUE"),
        ("desta=enabled", "no parameter 'desta' (did you mean 'desat'?)"),
        ("desat=ENABLED", "must be enabled or inhibited, not 'ENABLED'"),
        ("rs_delay_s=soon", "must be a number from 0 to 3600 (s), not 'soon'"),
        ("rs_delay_s=nan", "must be a number from 0 to 3600"),
        ("soyuz_telemetry=maybe", "must be true or false"),
        ("seed=1.5", "must be a whole number"),
        ("window_end=9:14", "must be a time such as 09:12"),
        ("firing_jets=", "must be a list of names"),
        ("firing_jets=DPO-99", "there is no 'DPO-99'"),
        ("window_end=09:01", "end 2021-10-15T09:01:00.000Z must be after start"),
    ],
)
def test_a_wrong_set_is_told(given_set: str, says: str) -> None:
    (told,) = problems(lambda: scenarios.read("ms18", [given_set], database=DATABASE))
    assert told.startswith("ms18.toml: ")
    assert says in told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ms81", "did you mean 'ms18'?"),
        ("", "there are cabin-leak, "),
        ("no/such/file.toml", "file.toml: cannot be read: No such file"),
        ("a\0.toml", "there is none"),
        ("/", "cannot be read"),
    ],
)
def test_a_scenario_that_is_not_there_is_told(name: str, says: str) -> None:
    (told,) = problems(lambda: scenarios.read(name, database=DATABASE))
    assert says in told


# --- properties ---

WORDS = "at says do vehicle jets for_s kind start end link id title parameter value"
KEYS = st.sampled_from(WORDS.split(" "))
LEAVES = (
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(
        ["", "09:10", "{when}", "{nothing}", "fire", "soyuz", "iss", "stuck", "\u2028"]
    )
    | st.text(max_size=10)
    | st.datetimes()
)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=4), max_leaves=6
)
ROWS = st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=3) | VALUES
WHOLE: dict[str, Any] = tomllib.loads(HEAD) | {"parameters": {"when": "09:30"}}


@given(
    st.dictionaries(st.sampled_from([*WHOLE, "event", "activity", "gap", "x"]), ROWS, max_size=4),
    st.lists(st.text(max_size=20), max_size=2),
)
def test_no_content_gives_anything_but_a_scenario_or_its_problems(
    content: dict[str, Any], sets: list[str]
) -> None:
    found: list[Any] = []
    reader = Reader("mine", "mine.toml", WHOLE | content, found, DATABASE)
    scenario = reader.scenario(sets, None)
    assert (scenario is None) is bool(found)
    assert all(len(str(problem).splitlines()) == 1 for problem in found)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_give_anything_but_a_scenario_or_its_problems(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("s") / "mine.toml"
    path.write_bytes(content)
    with suppress(ScenarioError):
        scenarios.read(path, database=DATABASE)


@given(st.sampled_from([*PARAMETERS.values()]), st.data())
def test_a_parameters_value_survives_its_text(parameter: ScenarioParameter, data: Any) -> None:
    strategy = {
        ParameterKind.FLAG: st.booleans(),
        ParameterKind.WHOLE: st.integers(0, 10**6),
        ParameterKind.NUMBER: st.floats(parameter.low, parameter.high)
        if parameter.kind is ParameterKind.NUMBER
        else st.nothing(),
        ParameterKind.TEXT: st.sampled_from(parameter.choices or ("x",)),
    }[parameter.kind]
    value = data.draw(strategy)
    assert parameter.parse(str(value)) == value


def test_every_parameter_is_in_order() -> None:
    for name, one in PARAMETERS.items():
        assert one.name == name
        assert one.help
        assert one.value(one.default) == one.default


def test_the_vocabulary_names_every_field() -> None:
    text = "\n".join(vocabulary())
    for words in ("fire: ", "    jets: a list", "    for_s: a number above 0", "kind: stuck, "):
        assert words in text


# --- the documentation ---

DOCUMENT = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text()


def test_the_document_names_every_scenario_action_and_parameter() -> None:
    for name in (*scenarios.names(), *ACTIONS, *PARAMETERS):
        assert f"`{name}`" in DOCUMENT


def test_the_example_of_the_document_is_a_scenario(read_text: ReadText) -> None:
    example = DOCUMENT.partition("```toml\n")[2].partition("```")[0]
    scenario = read_text(example)
    assert [event.says for event in scenario.events] == ["A hole opens"]
    assert len(scenario.activities) == len(scenario.links.gaps) == 1
