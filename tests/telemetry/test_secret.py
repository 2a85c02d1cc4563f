"""Secrets by environment or file, and where they do not show."""

from pathlib import Path

import pytest

from telemetry.errors import UsageError
from telemetry.link import BrokerAddress
from telemetry.secret import MAX_BYTES, bearer, derived, secret
from telemetry.settings import SETTINGS, Settings

PLANTED = "planted-and-not-to-be-seen"


def test_a_secret_comes_by_environment_or_by_the_file_it_names(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{PLANTED}\n")
    assert secret("X", {"X": PLANTED}) == PLANTED
    assert secret("X", {"X_FILE": str(file)}) == PLANTED
    assert secret("X", {"X": "first", "X_FILE": str(file)}) == "first"
    assert secret("X", {}) == ""


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * (MAX_BYTES + 1)])
def test_a_file_that_is_none_is_an_error_that_shows_nothing(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match="X_FILE is") as raised:
        secret("X", {"X_FILE": str(file)})
    assert "xxx" not in str(raised.value)


def test_no_setting_that_is_secret_shows() -> None:
    planted = {s.variable: f"{PLANTED}-{s.name}" for s in SETTINGS if s.secret}
    assert len(planted) == 4
    settings = Settings.read({}, planted)
    address = BrokerAddress.of(settings)
    for name in ("broker_password", "command_key", "ingest_token"):
        assert getattr(settings, name) == f"{PLANTED}-{name}"
        assert f"{PLANTED}-{name}" not in repr(settings) + repr(address) + str(address)


def test_a_secret_is_taken_from_no_command_line() -> None:
    given = {s.name: PLANTED for s in SETTINGS if s.secret}
    settings = Settings.read(given, {})
    assert (settings.command_key, settings.ingest_token, settings.broker_password) == ("", "", "")


def test_a_derived_token_gives_no_other_away() -> None:
    assert derived(PLANTED, "train-1") != derived(PLANTED, "train-2")
    assert PLANTED not in derived(PLANTED, "train-1")
    assert derived("", "train-1") == ""
    assert bearer("") == {}
