"""The scorecard page: which span is judged, and what is said where there is nothing to judge."""

import pytest

from dashboard.pages import scorecard
from dashboard.pages.scorecard import ScorecardPage, judged
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS, ManualClock
from telemetry.errors import StoreUnavailable
from telemetry.scorecard import Axis
from telemetry.store.base import Store
from telemetry.store.memory import MemoryStore
from tests.dashboard import scene
from tests.dashboard.desk import Desk, text_of
from tests.small import small_database

NOW_NS = scene.NOW_NS
HOUR_NS = 3600 * SECOND_NS


def event(ago_s: float, *, received_ns: int | None = None) -> Event:
    time_ns = NOW_NS - round(ago_s * SECOND_NS)
    return Event(
        id=f"{time_ns}",
        kind=EventKind.VIOLATED,
        time_ns=time_ns,
        received_ns=time_ns if received_ns is None else received_ns,
        previous=State.NORMAL,
        alarm=scene.alarm(),
        annunciate=True,
    )


def page(store: Store | None) -> ScorecardPage:
    def opened() -> Store:
        if store is None:
            raise StoreUnavailable("nobody answers")
        return store

    return ScorecardPage(Desk(store=opened, clock=ManualClock(NOW_NS)).means)


def test_figures_have_value_target_and_verdict() -> None:
    said = text_of(judged([event(30 * n) for n in range(1, 13)], HOUR_NS, Axis.RECEIVED, NOW_NS))
    assert "12 annunciations" in said
    assert "✖ MISSED" in said
    assert "at most 10" in said
    assert "iss/USLAB000022.limit" in said


def test_only_the_span_asked_for_is_judged() -> None:
    events = [event(60), event(7200)]
    assert "1 annunciations" in text_of(judged(events, HOUR_NS, Axis.RECEIVED, NOW_NS))
    assert "2 annunciations" in text_of(judged(events, 3 * HOUR_NS, Axis.RECEIVED, NOW_NS))


def test_of_what_happened_long_ago_the_span_ends_with_its_newest_event() -> None:
    events = [event(60, received_ns=NOW_NS), event(30, received_ns=NOW_NS)]
    later_ns = NOW_NS + 1000 * HOUR_NS
    assert "nothing to judge" in text_of(judged(events, HOUR_NS, Axis.RECEIVED, later_ns))
    assert "2 annunciations" in text_of(judged(events, HOUR_NS, Axis.GENERATION, later_ns))


async def test_without_events_there_is_nothing_to_judge() -> None:
    said = await page(MemoryStore(small_database())).body("24 h", "as heard")
    assert "nothing to judge" in text_of(said)


async def test_events_come_from_the_store() -> None:
    store = MemoryStore(small_database())
    async with store:
        await store.append_events([event(60)])
    assert "1 annunciations" in text_of(await page(store).body("24 h", "as heard"))


async def test_store_that_is_away_is_said() -> None:
    assert "store is away (nobody answers)" in text_of(await page(None).body("24 h", "as heard"))


async def test_a_journal_too_long_for_a_page_is_left_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scorecard, "MAX_EVENTS", 2)
    store = MemoryStore(small_database())
    async with store:
        await store.append_events([event(n) for n in range(1, 4)])
    assert "stationwatch scorecard" in text_of(await page(store).body("24 h", "as heard"))
