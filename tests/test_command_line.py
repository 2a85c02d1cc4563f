"""The command line reads like a product's, and its errors are one line with an exit code."""

from pathlib import Path

import pytest

from stationwatch import COMMANDS, build_parser, main
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
    assert "298 parameters" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ingest", "--broker=http://x"], 2, "expected mqtt://host:port"),
        (["ingest", "--ingest-port=99999"], 2, "STATIONWATCH_INGEST_PORT"),
        (["ingest", "--root=A B"], 2, "topic root"),
        (["ingest", "--store=mysql://x"], 2, "store URL"),
        (["simulate", "mir"], 2, "mir"),
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
    for command in COMMANDS:
        required = ["x"] if command.name in ("play", "import") else []
        assert build_parser().parse_args([command.name, *required, "--verbose"]).verbose
