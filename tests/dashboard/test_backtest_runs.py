"""Back-tests as child processes: what they say is bounded, and who cancels one is named.

The child is a program of the test's in place of `python -m stationwatch`.
"""

import asyncio
import sys
from pathlib import Path

import pytest

from dashboard import backtest_runs
from dashboard.backtest_runs import Asked, BacktestRuns, Run, RunState, Side
from telemetry.clock import ManualClock

ASKED = Asked(by="P. Duty", recording="ms18")


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The text of this file is what runs instead."""
    program = tmp_path / "child"
    script = tmp_path / "child.py"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
    program.chmod(0o700)
    monkeypatch.setattr("dashboard.backtest_runs.sys.executable", str(program))
    return script


async def ended(runs: BacktestRuns, run: Run) -> Run:
    async with asyncio.timeout(60):
        while True:
            one = runs.get(run.id)
            assert one is not None
            if one.state is not RunState.RUNNING:
                return one
            await asyncio.sleep(0.02)


async def test_what_is_found_is_kept_as_figures(child: Path) -> None:
    child.write_text(
        """print('{"sides": [{"name": "today", "alarms": [{}, 2], "false_alarms": 1, "x": 0}]}')"""
    )
    runs = BacktestRuns(ManualClock(1), "memory:", None)
    end = await ended(runs, runs.start(ASKED))
    assert (end.state, end.said) == (RunState.DONE, "")
    assert end.found == (Side(name="today", alarms=2, false_alarms=1),)
    await runs.aclose()


async def test_a_child_that_says_too_much_is_stopped_while_it_speaks(
    child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest_runs, "MAX_OUTPUT_BYTES", 1_000_000)
    child.write_text("while True: print('x' * 10_000)")  # it would never come to an end
    runs = BacktestRuns(ManualClock(1), "memory:", None)
    end = await ended(runs, runs.start(ASKED))
    assert (end.state, end.said) == (RunState.FAILED, "too many alarms to show here")
    await runs.aclose()


@pytest.mark.parametrize("cancelled", [False, True])
async def test_one_is_ended_though_its_pipe_is_full(
    child: Path, monkeypatch: pytest.MonkeyPatch, *, cancelled: bool
) -> None:
    """More than asyncio reads ahead comes at once, and it would never come to an end."""
    monkeypatch.setattr(backtest_runs, "MAX_OUTPUT_BYTES", 1 << 40 if cancelled else 1)
    spoken = child.with_name("spoken")
    child.write_text(
        "import fcntl, os, pathlib\n"
        "fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)\n"
        f"while os.write(1, bytes(1 << 20)): pathlib.Path({str(spoken)!r}).touch()"
    )
    runs = BacktestRuns(ManualClock(1), "memory:", None)
    run = runs.start(ASKED)
    if cancelled:
        while not spoken.exists():
            await asyncio.sleep(0.02)
        runs.cancel("Ann")
    end = await ended(runs, run)
    said = "cancelled by Ann" if cancelled else "too many alarms to show here"
    assert end.said == said
    await runs.aclose()


async def test_of_what_a_failure_says_the_end_is_kept(child: Path) -> None:
    child.write_text(
        "import sys\n"
        "for n in range(100_000): print('noise', n, file=sys.stderr)\n"
        "sys.exit('stationwatch: error: no such recording')"
    )
    runs = BacktestRuns(ManualClock(1), "memory:", None)
    end = await ended(runs, runs.start(ASKED))
    assert end.state is RunState.FAILED
    assert end.said.endswith("no such recording")
    await runs.aclose()


async def test_who_cancels_stands_with_the_run(child: Path) -> None:
    child.write_text("import time; time.sleep(600)")
    runs = BacktestRuns(ManualClock(1), "memory:", None)
    run = runs.start(ASKED)
    await asyncio.sleep(0)
    runs.cancel("Ann")
    runs.cancel("Bob")
    end = await ended(runs, run)
    assert (end.state, end.said) == (RunState.CANCELLED, "cancelled by Ann")
    await runs.aclose()
