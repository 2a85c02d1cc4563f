"""`stationwatch user` and `stationwatch audit`, as typed."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from stationwatch import main

PASSWORD = "correct horse battery staple"


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setenv("STATIONWATCH_ACCESS", str(tmp_path / "access"))
    monkeypatch.delenv("STATIONWATCH_COMMAND_KEY", raising=False)

    def run(*arguments: str, said: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_users_are_made_changed_and_removed(typed: Any) -> None:
    assert typed("user", "add", "Olga", "--role=operator", said=PASSWORD + "\n") == (
        0,
        "Olga is operator\n",
        "",
    )
    code, key, told = typed("user", "service", "console")
    assert (code, key[:8], len(key)) == (0, "console:", 8 + 64 + 1)
    assert "not shown again" in told
    assert typed("user", "role", "Olga", "--role=lead")[1] == "Olga is lead\n"
    assert typed("user", "key", "Olga")[1].startswith("Olga:")
    listed = typed("user", "list")[1]
    assert "Olga: lead, with a key" in listed
    assert "console: service, with a key" in listed
    assert PASSWORD not in listed
    assert typed("user", "revoke", "Olga")[1] == "Olga: 0 sessions ended, no key\n"
    assert typed("user", "remove", "Olga")[0] == 0
    assert "Olga" not in typed("user", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "said", "words"),
    [
        (("add", "Olga"), PASSWORD, "--role is for add and role, which need it"),
        (("add",), PASSWORD, "say who, NAME"),
        (("add", "Olga", "--role=operator"), "short", "12 to 256 characters"),
        (("add", "=x", "--role=operator"), PASSWORD, "1 to 40 letters"),
        (("remove", "Nobody"), "", "there is no user 'Nobody'"),
        (("key", "Nobody"), "", "there is no user 'Nobody'"),
        (("key", "Olga", "--role=lead"), "", "--role is for add and role"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: tuple[str, ...], said: str, words: str, typed: Any
) -> None:
    code, out, err = typed("user", *arguments, said=said)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert words in err


def test_a_key_that_is_given_is_taken(typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONWATCH_COMMAND_KEY", "console:" + "0a" * 32)
    assert typed("user", "service", "console")[1] == "console signs with the key it has\n"
    code, _, err = typed("user", "service", "training")
    assert (code, "is console's, not training's" in err) == (2, True)


def test_the_audit_has_it_all_and_is_exported(typed: Any, tmp_path: Path) -> None:
    typed("user", "add", "Olga", "--role=operator", said=PASSWORD)
    typed("user", "add", "Olga", "--role=operator", said=PASSWORD)
    shown = typed("audit")[1].splitlines()
    assert shown[0].endswith(": done")
    assert "user add Olga operator: refused: there is a user 'Olga' already" in shown[1]
    assert PASSWORD not in "".join(shown)
    assert typed("audit", "--verify")[1] == "the audit is whole\n"
    file = tmp_path / "audit.csv"
    assert typed("audit", f"--csv={file}")[1] == f"2 lines written to {file}\n"
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["what"] for row in rows] == ["Olga operator"] * 2
    code, _, err = typed("audit", f"--csv={file}")
    assert (code, "is there already" in err) == (2, True)


def test_without_a_folder_it_says_what_to_set(typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATIONWATCH_ACCESS")
    for command in (("user", "list"), ("audit",)):
        code, _, err = typed(*command)
        assert (code, "STATIONWATCH_ACCESS" in err) == (2, True)
