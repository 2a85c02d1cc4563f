"""The back-test page without a browser: what is asked for, and what is said of it."""

import tomllib
from typing import Any

import pytest

from dashboard.backtest_runs import Asked, BacktestRuns, Run, RunState, Side
from dashboard.pages.backtests import BacktestPage, edit
from telemetry.errors import UsageError
from tests.dashboard.desk import Desk, text_of

SIDES = (Side(name="today", alarms=2, false_alarms=1),)
RANGE = {"start": "2021-10-15T09:00", "stop": "2021-288T10:00", "recording": "", "events": ""}


class Runs(BacktestRuns):
    """Keeps what it was asked for, and runs nothing."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def start(self, asked: Asked) -> Run:
        self.asked.append(asked)
        return run(RunState.RUNNING, asked=asked)


def run(state: RunState, **changes: Any) -> Run:
    known = {"id": "1", "asked": Asked(by="P. Duty"), "began_ns": 1, "state": state}
    return Run(**(known | changes))


def page() -> tuple[BacktestPage, Runs]:
    runs = Runs()
    return BacktestPage(Desk().means, runs), runs


def test_what_is_asked_for_is_what_was_typed() -> None:
    one, runs = page()
    one.start(**(RANGE | {"events": "2021-10-15T09:12\n\n"}), limits="[x]", by=" P. Duty ")
    assert runs.asked == [
        Asked(
            by="P. Duty",
            start="2021-10-15T09:00",
            stop="2021-288T10:00",
            events=("2021-10-15T09:12",),
            limits="[x]",
        )
    ]


@pytest.mark.parametrize(
    ("change", "by", "why"),
    [
        ({}, " ", "enter your name"),
        ({"stop": ""}, "P. Duty", "both ends"),
        ({"stop": "2021-10-15T08:00"}, "P. Duty", "ends before it begins"),
        ({"start": "yesterday"}, "P. Duty", "is no time"),
        ({"events": "noon"}, "P. Duty", "is no time"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_why(
    change: dict[str, str], by: str, why: str
) -> None:
    one, runs = page()
    with pytest.raises(UsageError, match=why):
        one.start(**(RANGE | change), limits="", by=by)
    assert runs.asked == []


def test_an_edit_is_toml_as_the_command_line_takes_it() -> None:
    read = tomllib.loads(edit("iss/USLAB000010", "caution", None, 55))
    assert read == {"iss": {"parameter": {"USLAB000010": {"range": {"caution": {"high": 55}}}}}}


@pytest.mark.parametrize(
    "given",
    [
        (None, "caution", 1, 2),
        ("iss/A", None, 1, 2),
        ("iss/A", "caution", None, None),
        ("iss/A", "caution", 2, 1),
    ],
)
def test_an_edit_that_says_nothing_is_refused(given: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError):
        edit(*given)


def test_arguments_are_those_of_the_command(tmp_path: Any) -> None:
    asked = Asked(by="x", start="a", stop="b", events=("c",), limits="[y]")
    edits = tmp_path / "limits.toml"
    assert asked.arguments(edits) == ["--from=a", "--to=b", "--event=c", f"--limits={edits}"]
    assert Asked(by="x", recording="ms18").arguments(edits) == ["--recording=ms18"]


def test_each_end_is_said() -> None:
    one, _ = page()
    assert "/backtests/1" in text_of(one.report(run(RunState.DONE, found=SIDES)))
    assert "no such recording" in text_of(
        one.report(run(RunState.FAILED, said="no such recording"))
    )
    assert "cancelled by Ann" in text_of(
        one.report(run(RunState.CANCELLED, said="cancelled by Ann"))
    )
    assert "stands here" in text_of(one.report(None))
