"""The command line reads like a product's, and its errors are one line with an exit code."""

from pathlib import Path

import pytest

from stationwatch import COMMANDS, build_parser, demo_simulation, main
from telemetry.settings import SETTINGS


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_help_says_what_a_command_does_and_every_option(
    command: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert isinstance(command, type(COMMANDS[0]))
    with pytest.raises(SystemExit) as ended:
        main([command.name, "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert command.description in text
    for name in command.settings:
        (setting,) = (s for s in SETTINGS if s.name == name)
        assert setting.variable in text
        assert not setting.secret, "secrets must not show in a process list"


def test_the_first_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert command.name in text
        assert command.summary in text


def test_check_reports_every_mistake_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "iss").mkdir()
    (tmp_path / "iss" / "spacecraft.toml").write_text('name = "ISS"\nsource = "s"\n')
    (tmp_path / "iss" / "adcs.toml").write_text(
        '[subsystem]\nname = "A"\nperiod_s = -1\n[parameter.P]\nname = "P"\ntype = "flaot"\n'
    )
    assert main(["check", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert "period_s" in out
    assert "float" in out
    assert len(err.splitlines()) == 1


def test_check_finds_the_shipped_database_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[0] for line in out.splitlines()[:-1]] == ["ground", "iss", "soyuz"]
    assert out.endswith("is in order\n")


def test_scenarios_lists_what_ships_with_its_label(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    (ms18,) = (line for line in lines if line.startswith("ms18 "))
    assert "1 h" in ms18
    assert "reconstruction, not flight data" in ms18


def test_scenarios_tells_all_about_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "ms18", "--set", "window_end=09:14"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for said in (
        "2021-10-15 09:12:18Z Two lateral thrusters fire and go on firing [fire]",
        "2021-10-15 09:02:00Z to 2021-10-15 09:14:00Z Soyuz motion control test",
        "propellant at most 3 kg",
        "window_end = 09:14:00 (default: 09:12:00)",
        "rs_delay_s = 150 s",
    ):
        assert said in text


def test_scenarios_reports_every_mistake_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('titel = "T"\nduration_s = -1\n')
    assert main(["scenarios", str(path)]) == 2
    out, err = capsys.readouterr()
    assert "mine.toml: titel: unknown key (did you mean 'title'?)" in out.splitlines()
    assert any(line.startswith("mine.toml: duration_s: must be") for line in out.splitlines())
    assert len(err.splitlines()) == 1


def test_inject_lists_what_can_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inject"]) == 0
    out = capsys.readouterr().out
    assert "fire: " in out
    assert "    hole_mm: a number above 0 and at most 200" in out


def test_simulate_writes_a_file_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "ms18.parquet", tmp_path / "ms18.html"]
    arguments = ["simulate", "soyuz", "--scenario=ms18", "--at=09:12:15", "--for=5"]
    assert main([*arguments, f"--out={files[0]}", f"--plot={files[1]}"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "reconstruction, not flight data" in line
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_the_demo_shows_a_scenario_as_it_was_asked_for() -> None:
    def flown(*arguments: str) -> list[str]:
        return demo_simulation(build_parser().parse_args(["demo", *arguments]))

    assert flown() == ["simulate", "--scenario=ms18", "--speed=1.0", "--at=09:11:50"]
    assert flown("--scenario=nauka", "--at=16:40", "--set=seed=3", "--speed=max") == [
        "simulate",
        "--scenario=nauka",
        "--speed=max",
        "--at=16:40",
        "--set=seed=3",
    ]
    assert "--at=60" in flown("--at=60", "--seed=4")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ingest", "--broker=http://x"], 2, "expected mqtt://host:port"),
        (["ingest", "--ingest-port=99999"], 2, "STATIONWATCH_INGEST_PORT"),
        (["ingest", "--root=A B"], 2, "topic root"),
        (["ingest", "--store=mysql://x"], 2, "store URL"),
        (["simulate", "mir"], 2, "mir"),
        (["simulate", "--scenario=ms81"], 2, "did you mean 'ms18'?"),
        (["simulate", "--scenario=ms18", "--set=desat=off"], 2, "must be enabled or inhibited"),
        (["simulate", "--scenario=ms18", "--at=11:00"], 2, "ms18 ends 2021-10-15T10:00"),
        (["simulate", "--scenario=ms18", "--for=-1"], 2, "--for -1"),
        (["simulate", "--scenario=ms18", "--rate=-1"], 2, "rate -1"),
        (["simulate", "--seed=-1"], 2, "--set seed=-1: must be a whole number from 0"),
        (["simulate", "--for=9", "--out=a.txt"], 2, "must end in .parquet or .csv"),
        (["simulate", "--for=9", "--plot=a.txt"], 2, "ends in .html"),
        (["scenarios", "no/such.toml"], 2, "such.toml: cannot be read"),
        (["inject", "frie"], 2, "did you mean 'fire'?"),
        (["inject", "fire", "vehicle"], 2, "must be KEY=VALUE"),
        (["inject", "fire", "vehicle=soyuz"], 2, "jets: is missing"),
        (["inject", "fire", "vehicle=soyuz", "jets=DPO-99"], 2, "no 'DPO-99'"),
        (["inject", "cmg-off", "cmg=1", "--to=mir"], 2, "no simulator of 'mir'"),
        (["inject", "cmg-off", "cmg=1", "--broker=mqtt://127.0.0.1:9"], 3, "cannot be reached"),
        (["demo", "--play=x", "--scenario=ms18"], 2, "has no scenario"),
        (["play", "no-such-folder", "--year=2022"], 2, "no-such-folder"),
        (["play", ".", "--root=tlm"], 2, "never played as live"),
        (["import", "no-such-folder", "--year=2022", "--store=memory://"], 2, "no-such-folder"),
    ],
)
def test_a_mistake_is_one_line_without_a_traceback(
    arguments: list[str],
    code: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("STATIONWATCH_STATE", str(tmp_path))
    assert main(arguments) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("stationwatch: ")
    assert says in line


def test_every_command_takes_verbose() -> None:
    required = {
        "play": ["x"],
        "import": ["x"],
        "export": ["--out=x.csv"],
        "recording": ["list"],
        "limits": ["list"],
        "bundle": ["show"],
        "replay": ["list"],
        "plan": ["list"],
        "alarm": ["reset", "iss/A.limit"],
        "note": ["x"],
        "handover": ["sign-in"],
        "notify": ["check"],
        "user": ["list"],
    }
    for command in COMMANDS:
        given = required.get(command.name, [])
        assert build_parser().parse_args([command.name, *given, "--verbose"]).verbose
