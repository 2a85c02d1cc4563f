"""What the words of `stationwatch plan` mean; what is wrong with them before anybody is asked."""

from pathlib import Path

import pytest

from planning.command import _named
from stationwatch import main
from telemetry.errors import UsageError
from telemetry.plan import Plan
from tests.planning.test_show import plan

PLANS = [plan("test"), plan("test", "iss"), plan("reboost", "iss")]
ACTIVITY = """
[[activity]]
id = "test"
title = "A test"
kind = "thruster-test"
spacecraft = "mir"
start = 2021-10-15T09:02:00Z
end = 2021-10-15T09:12:00Z
"""


@pytest.mark.parametrize(
    ("what", "spacecraft", "means"),
    [
        ("reboost", None, ("iss", "reboost")),
        ("soyuz/test", None, ("soyuz", "test")),
        ("test", "iss", ("iss", "test")),
    ],
)
def test_an_id_means_the_activity_of_whoever_has_it(
    what: str, spacecraft: str | None, means: tuple[str, str]
) -> None:
    found = _named(what, spacecraft, PLANS).activity
    assert (found.spacecraft, found.id) == means


@pytest.mark.parametrize(
    ("what", "spacecraft", "plans", "says"),
    [
        ("test", None, PLANS, "say which: soyuz/test, iss/test"),
        ("rebost", None, PLANS, "did you mean 'reboost'?"),
        ("reboost", "soyuz", PLANS, "no activity 'reboost'"),
        ("test", None, [], "`stationwatch plan list` shows all"),
    ],
)
def test_an_id_that_means_nothing_is_told(
    what: str, spacecraft: str | None, plans: list[Plan], says: str
) -> None:
    with pytest.raises(UsageError) as refused:
        _named(what, spacecraft, plans)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan", "propose"], "name a file"),
        (["plan", "approve"], "name an id"),
        (["plan", "approve", "x", "--by= "], "--by must say who"),
        (["plan", "list", "x"], "name nothing"),
        (["plan", "extend", "x"], "--until is the new end"),
        (["plan", "close", "x", "--until=2021-10-15T09:20:00Z"], "--until is the new end"),
        (["plan", "start", "x", "--override"], "--comment that says why"),
        (["plan", "approve", "x", "--override", "--comment=y"], "--override is for start"),
        (["plan", "list", "--spacecraft=soyus"], "did you mean 'soyuz'?"),
        (["plan", "propose", "no-such.toml"], "no-such.toml: cannot be read"),
        (["contacts"], "give a file, or --clear"),
        (["contacts", "x.toml", "--clear=iss"], "give a file, or --clear"),
        (["contacts", "--clear=ground"], "no spacecraft 'ground'"),
        (["contacts", "no-such.toml"], "no-such.toml: cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_asks_nobody(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # a broker that is not there: asking would be another error
    assert main([*arguments, "--broker=mqtt://127.0.0.1:9"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("stationwatch: ")
    assert says in line


def test_a_file_of_a_spacecraft_nobody_knows_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ACTIVITY)
    assert main(["plan", "propose", str(path)]) == 2
    assert "no spacecraft 'mir'" in capsys.readouterr().err


def test_every_mistake_of_a_file_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ACTIVITY.replace("title", "titel"))
    assert main(["plan", "propose", str(path)]) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err.count("\n") == 1
