import importlib.resources
from itertools import pairwise
from pathlib import Path

import pytest

from telemetry import missiondb
from telemetry.errors import MissionDatabaseError, Problem
from telemetry.limit import Band, Response, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Subsystem
from telemetry.wire import MAX_FRAME_PARAMETERS, Reason

CATALOGUE = Path(__file__).parents[1] / "data" / "isslive_ids.txt"

SUBSYSTEM = '[subsystem]\nname = "Motion"\nperiod_s = 1.0\n'
STALE = '[stale]\nseverity = "advisory"\n'
WHOLE = SUBSYSTEM + STALE
RESPONSE = 'response = { cause = "c", consequence = "c", action = "a", time_available = "t" }\n'
FLOAT = '[parameter.P1]\nname = "One"\ntype = "float"\nunit = "m"\n'
SWITCH = '[parameter.P1]\nname = "One"\ntype = "enumeration"\nstates = { 0 = "OFF", 1 = "ON" }\n'
FLAG = '[parameter.P1]\nname = "One"\ntype = "boolean"\n'
TEXT = '[parameter.P1]\nname = "One"\ntype = "string"\n'


@pytest.fixture(scope="module")
def shipped() -> MissionDatabase:
    return missiondb.load()


def write(root: Path, *, spacecraft: str = "ship", **subsystems: str) -> Path:
    """A mission database of one spacecraft, its subsystems given as TOML."""
    folder = root / spacecraft
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spacecraft.toml").write_text('name = "Ship"\nsource = "this test"\n')
    for name, text in subsystems.items():
        (folder / f"{name}.toml").write_text(text)
    return root


def load_one(root: Path, parameter: str) -> Parameter:
    return missiondb.load(write(root, motion=WHOLE + parameter)).parameter("ship", "P1")


def every_parameter(database: MissionDatabase) -> list[tuple[Subsystem, Parameter]]:
    return [
        (subsystem, parameter)
        for spacecraft in database.spacecraft.values()
        for subsystem in spacecraft.subsystems.values()
        for parameter in subsystem.parameters.values()
    ]


# --- the database that ships ---


def test_shipped_database_has_the_spacecraft_we_watch(shipped: MissionDatabase) -> None:
    assert set(shipped.spacecraft) == {"ground", "iss", "soyuz"}
    assert all(craft.name and craft.source for craft in shipped.spacecraft.values())
    subsystems = [s for craft in shipped.spacecraft.values() for s in craft.subsystems.values()]
    assert [s.id for s in subsystems if not s.parameters] == []


def test_shipped_iss_has_every_public_id_and_what_is_ours_says_so(shipped: MissionDatabase) -> None:
    lines = CATALOGUE.read_text().splitlines()
    public = [line for line in lines if line and not line.startswith("#")]
    subsystems = dict(shipped.spacecraft["iss"].measured.subsystems)
    simulated = subsystems.pop("sim").parameters
    ours = [identity for subsystem in subsystems.values() for identity in subsystem.parameters]
    assert len(public) == 298
    assert sorted(ours) == sorted(public)
    assert all(identity.startswith("SIM_ISS_") for identity in simulated)


def test_shipped_soyuz_ids_say_that_they_are_simulated(shipped: MissionDatabase) -> None:
    subsystems = shipped.spacecraft["soyuz"].measured.subsystems.values()
    ids = [identity for subsystem in subsystems for identity in subsystem.parameters]
    assert [identity for identity in ids if not identity.startswith("SIM_SOYUZ_")] == []
    for number in range(1, 29):
        for what in ("CMD", "PC", "ONTIME"):
            assert f"SIM_SOYUZ_DPO{number:02d}_{what}" in ids


def test_shipped_ground_counts_every_reason_to_refuse(shipped: MissionDatabase) -> None:
    counters = shipped.subsystem("ground", "ingest").parameters
    assert [reason for reason in Reason if f"GND_DEAD_{reason.name}" not in counters] == []


def test_shipped_limits_nest(shipped: MissionDatabase) -> None:
    checked = 0
    for _, parameter in every_parameter(shipped):
        for bands in (parameter.limits.range, parameter.limits.rate):
            for milder, worse in pairwise(sorted(bands)):
                inner, outer = bands[milder], bands[worse]
                if outer.low is not None:
                    assert inner.low is not None, parameter.id
                    assert outer.low <= inner.low, parameter.id
                if outer.high is not None:
                    assert inner.high is not None, parameter.id
                    assert outer.high >= inner.high, parameter.id
                checked += 1
    assert checked > 200


def test_shipped_cautions_and_above_say_what_to_do(shipped: MissionDatabase) -> None:
    responses = [
        (parameter.id, parameter.limits.response)
        for _, parameter in every_parameter(shipped)
        if parameter.limits.highest >= Severity.CAUTION
    ]
    responses += [
        (subsystem.id, subsystem.stale_response)
        for spacecraft in shipped.spacecraft.values()
        for subsystem in spacecraft.subsystems.values()
        if subsystem.stale >= Severity.CAUTION
    ]
    assert len(responses) > 150
    for identity, response in responses:
        assert response is not None, identity
        texts = (response.cause, response.consequence, response.action, response.time_available)
        assert all(text.strip() for text in texts), identity


def test_shipped_heartbeats_are_no_slower_than_what_they_carry(shipped: MissionDatabase) -> None:
    periods = [(s.period_s, p.period_s) for s, p in every_parameter(shipped) if p.period_s]
    assert len(periods) > 150
    assert [pair for pair in periods if pair[0] > pair[1]] == []


def test_shipped_names_tell_parameters_of_a_spacecraft_apart(shipped: MissionDatabase) -> None:
    for spacecraft in shipped.spacecraft.values():
        subsystems = spacecraft.subsystems.values()
        names = [p.name for subsystem in subsystems for p in subsystem.parameters.values()]
        assert sorted(set(names)) == sorted(names)


def test_shipped_attitude_control_is_as_the_console_expects(shipped: MissionDatabase) -> None:
    rate = shipped.parameter("iss", "USLAB000026")
    assert rate.unit == "deg/s"
    assert rate.limits.range[Severity.ADVISORY] == Band(low=-0.0745, high=-0.0545)
    latched = shipped.parameter("iss", "USLAB000041").limits
    assert latched.latching
    assert latched.states == {Severity.CAUTION: frozenset({1})}
    assert shipped.parameter("iss", "USLAB000042").limits.highest is Severity.WARNING
    mode = shipped.parameter("iss", "USLAB000012")
    assert mode.display(7) == "FREE DRIFT"


def test_shipped_database_is_found_beside_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: MissionDatabase
) -> None:
    monkeypatch.chdir(tmp_path)
    packaged = importlib.resources.files("telemetry.missiondb")
    assert packaged.joinpath("iss", "adcs.toml").is_file()
    assert missiondb.load(Path(str(packaged))) == missiondb.load() == shipped


# --- what a file says is what is loaded ---


def test_parameter_is_loaded_with_all_it_says(tmp_path: Path) -> None:
    parameter = load_one(
        tmp_path,
        FLOAT + 'description = "d"\nperiod_s = 2\nrange.caution = { low = -1, high = 1.5 }\n'
        "rate.warning = { high = 3 }\npersistence_s = 4\nhysteresis = 0.1\nlatching = true\n"
        + RESPONSE,
    )
    assert (parameter.name, parameter.description) == ("One", "d")
    assert (parameter.type, parameter.unit) == (ParameterType.FLOAT, "m")
    assert parameter.period_s == 2.0
    limits = parameter.limits
    assert limits.range == {Severity.CAUTION: Band(low=-1.0, high=1.5)}
    assert limits.rate == {Severity.WARNING: Band(high=3.0)}
    assert (limits.persistence_s, limits.hysteresis, limits.latching) == (4.0, 0.1, True)
    assert limits.response == Response(cause="c", consequence="c", action="a", time_available="t")


def test_sent_on_change_and_without_limits_is_the_default(tmp_path: Path) -> None:
    parameter = load_one(tmp_path, TEXT)
    assert parameter.period_s is None
    assert parameter.limits.highest is Severity.NOMINAL


def test_dimensionless_number_has_no_unit_to_show(tmp_path: Path) -> None:
    assert load_one(tmp_path, FLOAT.replace('"m"', '"1"')).unit == ""


def test_violating_states_are_codes(tmp_path: Path) -> None:
    switch = load_one(tmp_path / "a", SWITCH + 'violating.advisory = ["ON"]\n')
    assert switch.states == {0: "OFF", 1: "ON"}
    assert switch.limits.states == {Severity.ADVISORY: frozenset({1})}
    flag = load_one(tmp_path / "b", FLAG + "violating.advisory = [false]\n")
    assert flag.limits.states == {Severity.ADVISORY: frozenset({0})}


def test_states_and_responses_can_be_shared_by_name(tmp_path: Path) -> None:
    parameter = load_one(
        tmp_path,
        '[states.switch]\n0 = "OFF"\n4 = "ON"\n'
        '[response.off]\ncause = "c"\nconsequence = "c"\naction = "a"\ntime_available = "t"\n'
        '[parameter.P1]\nname = "One"\ntype = "enumeration"\nstates = "switch"\n'
        'violating.warning = ["ON"]\nresponse = "off"\n',
    )
    assert parameter.states == {0: "OFF", 4: "ON"}
    assert parameter.limits.states == {Severity.WARNING: frozenset({4})}
    assert parameter.limits.response is not None
    assert parameter.limits.response.action == "a"


def test_stale_severity_comes_with_its_response(tmp_path: Path) -> None:
    stale = STALE.replace("advisory", "warning") + (
        'cause = "c"\nconsequence = "q"\naction = "a"\ntime_available = "t"\n'
    )
    root = write(tmp_path, motion=SUBSYSTEM + stale + FLOAT)
    subsystem = missiondb.load(root).subsystem("ship", "motion")
    assert subsystem.stale is Severity.WARNING
    assert subsystem.stale_response == Response(
        cause="c", consequence="q", action="a", time_available="t"
    )


def test_unknown_ids_are_key_errors(shipped: MissionDatabase) -> None:
    with pytest.raises(KeyError, match="USLAB999999"):
        shipped.parameter("iss", "USLAB999999")
    with pytest.raises(KeyError, match="galley"):
        shipped.subsystem("iss", "galley")


def test_version_names_the_content(tmp_path: Path) -> None:
    root = write(tmp_path / "a", motion=WHOLE + FLOAT)
    same = write(tmp_path / "b", motion=WHOLE + FLOAT)
    crlf = same / "ship" / "motion.toml"
    crlf.write_bytes(crlf.read_bytes().replace(b"\n", b"\r\n"))
    first = missiondb.load(root).version
    assert missiondb.load(same).version == first
    assert len(first) == 12
    write(root, motion=WHOLE + FLOAT.replace('"m"', '"km"'))
    assert missiondb.load(root).version != first


# --- mistakes ---

P1 = "parameter.P1"
MISTAKES = {
    "syntax": ("[subsystem\n", "", "", "(at line 1, column 11)"),
    "not text": (b"\xff\xfe", "", "", "is not TOML"),
    "no subsystem": (STALE + FLOAT, "", "subsystem", "is missing"),
    "no parameter": (WHOLE, "", "parameter", "holds no parameter"),
    "unknown table": (WHOLE + "[stael]\n" + FLOAT, "", "stael", "did you mean 'stale'?"),
    "unknown key": (WHOLE + FLOAT + "peroid_s = 1\n", P1, "peroid_s", "did you mean 'period_s'?"),
    "unknown subsystem key": (
        SUBSYSTEM + "unit = 1\n" + FLOAT,
        "subsystem",
        "unit",
        "unknown key",
    ),
    "unknown severity": (
        WHOLE + FLOAT + "range.cuation = { high = 1 }\n",
        f"{P1}.range",
        "cuation",
        "did you mean 'caution'?",
    ),
    "unknown side": (
        WHOLE + FLOAT + "range.advisory = { hihg = 1, low = 0 }\n",
        f"{P1}.range.advisory",
        "hihg",
        "did you mean 'high'?",
    ),
    "no name": (WHOLE + FLOAT.replace('name = "One"\n', ""), P1, "name", "is missing"),
    "empty name": (WHOLE + FLOAT.replace("One", " "), P1, "name", "is empty"),
    "name no text": (WHOLE + FLOAT.replace('"One"', "1"), P1, "name", "not the number 1"),
    "no type": (WHOLE + FLOAT.replace('type = "float"\n', ""), P1, "type", "is missing"),
    "type": (WHOLE + FLOAT.replace("float", "flaot"), P1, "type", "did you mean 'float'?"),
    "period is text": (WHOLE + FLOAT + 'period_s = "2"\n', P1, "period_s", "must be a number"),
    "period is boolean": (WHOLE + FLOAT + "period_s = true\n", P1, "period_s", "the boolean true"),
    "period is a date": (WHOLE + FLOAT + "period_s = 2021-10-15\n", P1, "period_s", "a date"),
    "negative period": (WHOLE + FLOAT + "period_s = -1\n", P1, "period_s", "must be above 0"),
    "no heartbeat": (
        WHOLE.replace("period_s = 1.0\n", "") + FLOAT,
        "subsystem",
        "period_s",
        "is missing",
    ),
    "heartbeat of 0": (
        WHOLE.replace("1.0", "0") + FLOAT,
        "subsystem",
        "period_s",
        "must be above 0",
    ),
    "parameter id": (WHOLE + FLOAT.replace("P1", '"P.1"'), "parameter", "P.1", "id is of A-Z"),
    "parameter no table": (WHOLE + "[parameter]\nP1 = 3\n", "parameter", "P1", "must be a table"),
    "no unit": (WHOLE + FLOAT.replace('unit = "m"\n', ""), P1, "unit", "is missing"),
    "empty unit": (WHOLE + FLOAT.replace('"m"', '""'), P1, "unit", 'the unit "1"'),
    "no states": (
        WHOLE + '[parameter.P1]\nname = "One"\ntype = "enumeration"\n',
        P1,
        "states",
        "is missing",
    ),
    "empty states": (
        WHOLE + SWITCH.replace('{ 0 = "OFF", 1 = "ON" }', "{}"),
        f"{P1}.states",
        "",
        "names no state",
    ),
    "state code": (WHOLE + SWITCH.replace("1 =", "one ="), f"{P1}.states", "one", "an integer"),
    "state twice": (WHOLE + SWITCH.replace("ON", "OFF"), f"{P1}.states", "1", "called 'OFF'"),
    "states of a number": (
        WHOLE + FLOAT + 'states = { 0 = "OFF" }\n',
        P1,
        "states",
        "only an enumeration",
    ),
    "no such shared states": (
        WHOLE
        + '[states.switch]\n0 = "OFF"\n'
        + '[parameter.P1]\nname = "One"\ntype = "enumeration"\nstates = "swich"\n'
        + '[parameter.P2]\nname = "Two"\ntype = "enumeration"\nstates = "switch"\n',
        P1,
        "states",
        "no [states.swich] (did you mean 'switch'?)",
    ),
    "unused shared states": (
        WHOLE + '[states.switch]\n0 = "OFF"\n' + FLOAT,
        "states.switch",
        "",
        "is used by no parameter",
    ),
    "no such state": (
        WHOLE + SWITCH + 'violating.advisory = ["OFFF"]\n',
        f"{P1}.violating",
        "advisory",
        "no state 'OFFF' (did you mean 'OFF'?)",
    ),
    "state by code": (
        WHOLE + SWITCH + "violating.advisory = [1]\n",
        f"{P1}.violating",
        "advisory",
        "given by its name",
    ),
    "state in two severities": (
        WHOLE + SWITCH + 'violating = { advisory = ["ON"], caution = ["ON"] }\n' + RESPONSE,
        f"{P1}.violating",
        "caution",
        "violates as advisory already",
    ),
    "boolean by name": (
        WHOLE + FLAG + 'violating.advisory = ["ON"]\n',
        f"{P1}.violating",
        "advisory",
        "true and false",
    ),
    "no violating state": (
        WHOLE + SWITCH + "violating.advisory = []\n",
        f"{P1}.violating",
        "advisory",
        "empty list",
    ),
    "states limit on a number": (
        WHOLE + FLOAT + 'violating.advisory = ["ON"]\n',
        P1,
        "violating",
        "only an enumeration or a boolean",
    ),
    "range on a string": (
        WHOLE + TEXT + "range.advisory = { high = 1 }\n",
        P1,
        "range",
        "only a number has a range",
    ),
    "states limit on a string": (
        WHOLE + TEXT + 'violating.advisory = ["ON"]\n',
        P1,
        "violating",
        "of type string",
    ),
    "rate on a boolean": (
        WHOLE + FLAG + "rate.advisory = { high = 1 }\n",
        P1,
        "rate",
        "only a number has a rate",
    ),
    "empty range": (WHOLE + FLOAT + "range = {}\n", P1, "range", "has no severity"),
    "empty band": (
        WHOLE + FLOAT + "range.advisory = {}\n",
        f"{P1}.range.advisory",
        "",
        "needs low or high",
    ),
    "low above high": (
        WHOLE + FLOAT + "range.advisory = { low = 2, high = 1 }\n",
        f"{P1}.range.advisory",
        "low",
        "2 is not below high, 1",
    ),
    "low equals high": (
        WHOLE + FLOAT + "rate.advisory = { low = 1, high = 1 }\n",
        f"{P1}.rate.advisory",
        "low",
        "1 is not below high, 1",
    ),
    "not nested": (
        WHOLE + FLOAT + "range = { advisory = { high = 5 }, warning = { high = 4 } }\n" + RESPONSE,
        f"{P1}.range",
        "warning",
        "high 4 cuts into advisory, up to 5",
    ),
    "not nested on an open side": (
        WHOLE + FLOAT + "rate = { advisory = { high = 5 }, caution = { low = 1 } }\n" + RESPONSE,
        f"{P1}.rate",
        "caution",
        "low 1 cuts into advisory, open below",
    ),
    "limit is NaN": (
        WHOLE + FLOAT + "range.advisory = { high = nan }\n",
        f"{P1}.range.advisory",
        "high",
        "finite",
    ),
    "limit is infinite": (
        WHOLE + FLOAT + "rate.advisory = { low = -inf }\n",
        f"{P1}.rate.advisory",
        "low",
        "finite",
    ),
    "limit beyond a float": (
        WHOLE + FLOAT + f"range.advisory = {{ high = 1{'0' * 400} }}\n",
        f"{P1}.range.advisory",
        "high",
        "finite",
    ),
    "wide hysteresis": (
        WHOLE + FLOAT + "range.advisory = { low = -1, high = 1 }\nhysteresis = 1.5\n",
        P1,
        "hysteresis",
        "1.5 reaches half the band of advisory, 1",
    ),
    "negative hysteresis": (
        WHOLE + FLOAT + "range.advisory = { high = 1 }\nhysteresis = -1\n",
        P1,
        "hysteresis",
        "must not be negative",
    ),
    "hysteresis of a rate": (
        WHOLE + FLOAT + "rate.advisory = { high = 1 }\nhysteresis = 0.1\n",
        P1,
        "hysteresis",
        "means nothing without a range",
    ),
    "negative persistence": (
        WHOLE + FLOAT + "range.advisory = { high = 1 }\npersistence_s = -1\n",
        P1,
        "persistence_s",
        "must not be negative",
    ),
    "persistence of no limit": (
        WHOLE + FLOAT + "persistence_s = 1\n",
        P1,
        "persistence_s",
        "means nothing without a limit",
    ),
    "latching no boolean": (
        WHOLE + FLOAT + "range.advisory = { high = 1 }\nlatching = 1\n",
        P1,
        "latching",
        "must be a boolean",
    ),
    "caution without response": (
        WHOLE + FLOAT + "range.caution = { high = 1 }\n",
        P1,
        "response",
        "a limit of caution must have one",
    ),
    "response with a gap": (
        WHOLE + FLOAT + "range.caution = { high = 1 }\n" + RESPONSE.replace('action = "a", ', ""),
        f"{P1}.response",
        "action",
        "is missing",
    ),
    "response with an empty text": (
        WHOLE + FLOAT + "range.caution = { high = 1 }\n" + RESPONSE.replace('"t"', '""'),
        f"{P1}.response",
        "time_available",
        "is empty",
    ),
    "response misspelt": (
        WHOLE + FLOAT + "range.caution = { high = 1 }\n" + RESPONSE.replace(" }", ', x = "" }'),
        f"{P1}.response",
        "x",
        "unknown key",
    ),
    "stale severity": (
        SUBSYSTEM + STALE.replace("advisory", "yellow") + FLOAT,
        "stale",
        "severity",
        "must be nominal, advisory, caution, warning or emergency",
    ),
}


@pytest.mark.parametrize(("content", "table", "key", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_reported_with_its_place(
    tmp_path: Path, content: str | bytes, table: str, key: str, message: str
) -> None:
    write(tmp_path, motion="")
    raw = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "ship" / "motion.toml").write_bytes(raw)
    (problem,) = missiondb.check(tmp_path)
    assert (problem.file, problem.table, problem.key) == ("ship/motion.toml", table, key)
    assert message in problem.message


def test_stale_caution_needs_all_four_texts(tmp_path: Path) -> None:
    stale = STALE.replace("advisory", "caution") + 'cause = "c"\n'
    problems = missiondb.check(write(tmp_path, motion=SUBSYSTEM + stale + FLOAT))
    assert {(p.table, p.key, p.message) for p in problems} == {
        ("stale", "consequence", "is missing"),
        ("stale", "action", "is missing"),
        ("stale", "time_available", "is missing"),
    }


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    write(tmp_path, motion=SUBSYSTEM + 'naem = "x"\n' + FLOAT.replace('unit = "m"\n', "hi = 1\n"))
    write(tmp_path, power="=", thermal=WHOLE + FLOAT.replace("P1", "P2") + "period_s = 0\n")
    write(tmp_path, spacecraft="probe", motion=WHOLE)
    with pytest.raises(MissionDatabaseError) as caught:
        missiondb.load(tmp_path)
    assert caught.value.problems == missiondb.check(tmp_path)
    assert [(p.file, p.table, p.key) for p in caught.value.problems] == [
        ("probe/motion.toml", "", "parameter"),
        ("ship/motion.toml", "subsystem", "naem"),
        ("ship/motion.toml", "parameter.P1", "unit"),
        ("ship/motion.toml", "parameter.P1", "hi"),
        ("ship/power.toml", "", ""),
        ("ship/thermal.toml", "parameter.P2", "period_s"),
    ]
    assert str(caught.value).endswith("(and 5 more: run `stationwatch check`)")


def test_unreadable_file_is_reported(tmp_path: Path) -> None:
    write(tmp_path, motion=WHOLE + FLOAT)
    (tmp_path / "ship" / "power.toml").mkdir()
    (problem,) = missiondb.check(tmp_path)
    assert problem.file == "ship/power.toml"
    assert problem.message.startswith("cannot be read: ")


def test_parameter_in_two_subsystems_is_reported(tmp_path: Path) -> None:
    write(tmp_path, motion=WHOLE + FLOAT, power=WHOLE + FLOAT)
    assert missiondb.check(tmp_path) == (
        Problem("ship/power.toml", P1, "", "is defined in ship/motion.toml already"),
    )


def test_parameter_of_two_spacecraft_is_fine(tmp_path: Path) -> None:
    write(tmp_path, motion=WHOLE + FLOAT)
    write(tmp_path, spacecraft="probe", motion=WHOLE + FLOAT)
    assert missiondb.check(tmp_path) == ()


def test_subsystem_holds_no_more_than_a_frame_carries(tmp_path: Path) -> None:
    full = "".join(FLOAT.replace("P1", f"P{n}") for n in range(MAX_FRAME_PARAMETERS))
    assert missiondb.check(write(tmp_path, motion=WHOLE + full)) == ()
    (problem,) = missiondb.check(write(tmp_path, motion=WHOLE + full + FLOAT.replace("P1", "X")))
    assert (problem.file, problem.key) == ("ship/motion.toml", "parameter")
    assert "holds 201 parameters; a frame carries 200" in problem.message


@pytest.mark.parametrize("name", ["Motion", "mo.tion", "mo tion", "clock"])
def test_subsystem_id_must_fit_a_topic(tmp_path: Path, name: str) -> None:
    (problem,) = missiondb.check(write(tmp_path, **{name: WHOLE + FLOAT}))
    assert problem.file == f"ship/{name}.toml"
    assert "id" in problem.message


def test_spacecraft_id_must_fit_a_topic(tmp_path: Path) -> None:
    (problem,) = missiondb.check(write(tmp_path, spacecraft="Ship", motion=WHOLE + FLOAT))
    assert (problem.file, problem.message) == ("Ship", "a spacecraft's id is of a-z, 0-9, _ and -")


def test_spacecraft_file_is_checked(tmp_path: Path) -> None:
    write(tmp_path, motion=WHOLE + FLOAT)
    about = tmp_path / "ship" / "spacecraft.toml"
    about.write_text('name = "Ship"\nsorce = "x"\n')
    assert [(p.file, p.key, p.message) for p in missiondb.check(tmp_path)] == [
        ("ship/spacecraft.toml", "source", "is missing"),
        ("ship/spacecraft.toml", "sorce", "unknown key (did you mean 'source'?)"),
    ]
    about.unlink()
    assert [(p.file, p.message) for p in missiondb.check(tmp_path)] == [
        ("ship/spacecraft.toml", "is missing")
    ]


def test_folder_without_a_database_is_reported(tmp_path: Path) -> None:
    (nothing,) = missiondb.check(tmp_path)
    assert "holds no spacecraft" in nothing.message
    (absent,) = missiondb.check(tmp_path / "absent")
    assert (absent.file, absent.message) == ("absent", "there is no such folder")
    write(tmp_path)
    (bare,) = missiondb.check(tmp_path)
    assert (bare.file, bare.message) == ("ship", "holds no subsystem")


def test_file_outside_a_spacecraft_is_reported(tmp_path: Path) -> None:
    write(tmp_path, motion=WHOLE + FLOAT)
    (tmp_path / "iss.toml").write_text("")
    assert missiondb.check(tmp_path) == (
        Problem("iss.toml", "", "", "must be in the folder of its spacecraft"),
    )


def test_problem_reads_as_one_line(tmp_path: Path) -> None:
    root = write(tmp_path, motion=STALE + FLOAT + "peroid_s = 1\n")
    assert [str(problem) for problem in missiondb.check(root)] == [
        "ship/motion.toml: subsystem: is missing",
        "ship/motion.toml: [parameter.P1] peroid_s: unknown key (did you mean 'period_s'?)",
    ]
