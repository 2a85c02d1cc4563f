import argparse
from pathlib import Path

import pytest
from rich.console import Console

from ingest.scorecard_command import report, run_scorecard, scorecard_options
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.limit import Severity
from telemetry.scorecard import Axis
from telemetry.settings import Settings
from telemetry.store.memory import MemoryStore
from tests.small import small_database

NOW_NS = 1_800_000_000 * SECOND_NS
DAY_NS = 86_400 * SECOND_NS


def event(before_s: float, name: str = "ERR") -> Event:
    at_ns = NOW_NS - round(before_s * SECOND_NS)
    alarm = Alarm(
        spacecraft="iss",
        id=f"{name}.limit",
        subject=name,
        condition=Condition.LIMIT,
        severity=Severity.CAUTION,
        occurrence=f"iss/{name}.limit/{at_ns}",
    )
    return Event(
        id=f"{name}/{before_s}",
        kind=EventKind.VIOLATED,
        time_ns=at_ns - 1000 * DAY_NS,
        received_ns=at_ns,
        previous=State.NORMAL,
        alarm=alarm,
        annunciate=True,
    )


def said(events: list[Event], axis: Axis = Axis.RECEIVED, **span: int | None) -> str:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(
            report(
                events,
                span.get("start_ns"),
                span.get("stop_ns"),
                axis=axis,
                operators=1,
                now_ns=NOW_NS,
            )
        )
    return capture.get()


def test_the_card_shows_figures_targets_and_bad_actors() -> None:
    text = said([event(60 * i + 1) for i in range(12)] + [event(5, "MODE")])
    assert "13 annunciations" in text
    assert "at most 150" in text
    assert "iss/ERR.limit" in text
    assert "Floods" in text
    assert "Chattering" not in text


def test_without_events_it_says_so() -> None:
    assert said([]).strip() == "no alarm events in the store: nothing to judge"


def test_an_empty_span_says_what_there_is() -> None:
    text = said([event(2 * 86_400)])
    assert "nothing to judge" in text
    assert "the store has 1" in text


def test_by_default_it_judges_the_last_day_or_what_there_is_of_it() -> None:
    assert "(2.0 h)" in said([event(7200)])
    assert "(24.0 h)" in said([event(7200), event(30 * 86_400)])


def test_generation_time_ends_with_the_newest_event() -> None:
    assert "(1.0 h)" in said([event(7200), event(3600)], Axis.GENERATION)


def test_a_span_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="must be before"):
        said([event(0)], start_ns=NOW_NS, stop_ns=NOW_NS - 1)


async def test_events_come_back_from_a_store_as_they_went() -> None:
    events = [event(60 * i) for i in range(12)]
    async with MemoryStore(small_database()) as store:
        await store.append_events(events)
        stored = [one async for one in store.read_events(0, NOW_NS)]
    assert said(stored) == said(events)


async def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "none.duckdb"
    parser = argparse.ArgumentParser()
    scorecard_options(parser)
    settings = Settings.read({"store": f"duckdb://{file}"}, {})
    with pytest.raises(UsageError, match="there is no store"):
        await run_scorecard(parser.parse_args([]), settings)
    assert not file.exists()


async def test_a_spacecraft_that_is_not_there_is_named() -> None:
    parser = argparse.ArgumentParser()
    scorecard_options(parser)
    arguments = parser.parse_args(["--spacecraft", "mir"])
    with pytest.raises(UsageError, match="no spacecraft 'mir'"):
        await run_scorecard(arguments, Settings.read({"store": "memory://"}, {}))


@pytest.mark.parametrize("given", [["--from", "noon"], ["--operators", "0"], ["--clock", "moon"]])
def test_what_cannot_be_read_is_refused(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    scorecard_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(given)
    assert given[1] in capsys.readouterr().err
