"""The alarm journal in pages, and what was missed, from the store in memory."""

import asyncio

import pytest
from msgspec.structs import replace

from dashboard import event_rows, journal
from dashboard.history import History
from dashboard.journal import Page, Wanted
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.limit import Severity
from telemetry.missiondb import load
from telemetry.store.memory import MemoryStore
from tests.dashboard import scene

DATABASE = load()
NOW_NS = scene.NOW_NS


def event(
    number: int = 1,
    at_s: float = 0,
    kind: EventKind = EventKind.VIOLATED,
    craft: str = "iss",
    *,
    annunciate: bool = True,
    by: str = "",
    comment: str = "",
    received_ns: int = 0,
    severity: Severity = Severity.WARNING,
) -> Event:
    alarm = scene.alarm(craft=craft, severity=severity, highest=severity)
    return Event(
        id=f"{alarm.occurrence}/{number:05}",
        kind=kind,
        time_ns=NOW_NS + round(at_s * SECOND_NS),
        received_ns=received_ns or NOW_NS + round(at_s * SECOND_NS),
        previous=State.NORMAL,
        alarm=alarm,
        value=5.2,
        annunciate=annunciate,
        by=by,
        comment=comment,
    )


async def kept(*events: Event) -> History:
    store = MemoryStore(DATABASE)
    await store.append_events(events)
    return History(lambda: store)


def name(one: Event) -> str:
    return one.alarm.subject


async def numbers(history: History, wanted: Wanted, most: int = journal.PAGE) -> list[int]:
    found = await journal.page(history.events, wanted, name, most)
    return [int(one.id.rpartition("/")[2]) for one in found.events]


async def test_pages_follow_each_other_newest_first_without_loss_or_repetition() -> None:
    # a day's events, a burst of one instant, and one of a year ago
    events = [event(n, at_s=n * 900) for n in range(1, 96)]
    events += [event(100 + n, at_s=40_000) for n in range(30)]
    events.append(event(999, at_s=-365 * 86_400))
    history = await kept(*events)
    seen: list[str] = []
    wanted, pages = Wanted(), 0
    while True:
        found: Page = await journal.page(history.events, wanted, name, 20)
        seen += [one.id for one in found.events]
        pages += 1
        if not found.before_ns:
            break
        wanted = Wanted(stop_ns=found.before_ns)
    assert len(seen) == len(set(seen)) == len(events)
    assert seen[0].endswith("00095")
    assert seen[-1].endswith("00999")
    assert 4 <= pages <= 8


async def test_filters_fit_together() -> None:
    history = await kept(
        event(1),
        event(2, 1, EventKind.ACKNOWLEDGED, annunciate=False, by="P. Duty", comment="looking"),
        event(3, 2, severity=Severity.CAUTION),
        event(4, 3, craft="soyuz"),
        event(5, 4, EventKind.RETURNED, annunciate=False),
    )
    for wanted, expected in (
        (Wanted(), [5, 4, 3, 2, 1]),
        (Wanted(kind="acknowledged"), [2]),
        (Wanted(kind="came"), [4, 3, 1]),
        (Wanted(kind="came", severity=Severity.WARNING), [4, 1]),
        (Wanted(spacecraft="soyuz"), [4]),
        (Wanted(by="p. d"), [2]),
        (Wanted(text="uslab looking"), [2]),
        (Wanted(annunciated=True), [4, 3, 1]),
        (Wanted(start_ns=NOW_NS + SECOND_NS, stop_ns=NOW_NS + 3 * SECOND_NS), [3, 2]),
        (Wanted(text="nothing like it"), []),
    ):
        assert await numbers(history, wanted) == expected, wanted


async def test_a_search_that_finds_nothing_ends_and_can_be_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal, "MAX_LOOKED_AT", 40)
    history = await kept(*(event(n, at_s=n * 60) for n in range(1, 201)), event(0, by="Anna"))
    wanted, rounds = Wanted(by="Anna"), 0
    while not (found := await journal.page(history.events, wanted, name)).events:
        assert found.before_ns, "the one that fits was not found"
        assert found.before_ns < wanted.stop_ns
        wanted, rounds = Wanted(by="Anna", stop_ns=found.before_ns), rounds + 1
        assert rounds < 20
    assert rounds >= 2


async def test_missed_is_what_was_heard_while_away_on_the_wall() -> None:
    # the stream is a simulation of 2021 that runs at ten times the wall's pace
    wall_ns = 1_800_000_000 * SECOND_NS
    clock = StreamClock(
        kind=StreamKind.SIMULATED, epoch_ns=NOW_NS, wall_ns=wall_ns, rate=10.0, run="one"
    )

    def at(number: int, wall_s: float, **more: object) -> Event:
        one = event(number, at_s=wall_s * 10, received_ns=wall_ns + round(wall_s * SECOND_NS))
        return replace(one, **more)

    history = await kept(
        at(1, 5), at(2, 15), at(3, 20, annunciate=False), at(4, 30), at(5, 45), at(6, 3600)
    )
    found = await journal.missed(
        history.events,
        {"iss": clock},
        ("iss", "soyuz"),
        wall_ns + 10 * SECOND_NS,
        wall_ns + 40 * SECOND_NS,
    )
    assert [one.id[-1] for one in found.events] == ["2", "4"]
    assert (found.more, found.whole) == (0, True)


def clock_of(wall_ns: int) -> StreamClock:
    return StreamClock(kind=StreamKind.SIMULATED, epoch_ns=NOW_NS, wall_ns=wall_ns, run="one")


async def test_missed_is_also_what_came_before_the_stream_began_anew() -> None:
    # the demo had flown for two hours when it was begun again, where it had begun before
    wall_ns = 1_800_000_000 * SECOND_NS
    before = event(1, at_s=7200, received_ns=wall_ns - 30 * SECOND_NS)
    long_ago = event(2, at_s=7100, received_ns=wall_ns - 900 * SECOND_NS)
    after = event(3, at_s=5, received_ns=wall_ns + 5 * SECOND_NS)
    history = await kept(before, long_ago, after)
    found = await journal.missed(
        history.events,
        {"iss": clock_of(wall_ns)},
        ("iss",),
        wall_ns - 60 * SECOND_NS,
        wall_ns + 60 * SECOND_NS,
    )
    assert [one.id[-1] for one in found.events] == ["1", "3"]


async def test_what_of_the_missed_is_cut_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wall_ns = 1_800_000_000 * SECOND_NS
    monkeypatch.setattr(journal, "MAX_MISSED", 10)
    every = [event(n, at_s=n, received_ns=wall_ns + n * SECOND_NS) for n in range(1, 31)]
    history = await kept(*every)
    clocks, stop_ns = {"iss": clock_of(wall_ns)}, wall_ns + 60 * SECOND_NS
    found = await journal.missed(history.events, clocks, ("iss",), wall_ns, stop_ns)
    assert [int(one.id[-5:]) for one in found.events] == list(range(21, 31))
    assert (found.more, found.whole) == (20, True)
    monkeypatch.setattr(journal, "MAX_LOOKED_AT", 12)
    found = await journal.missed(history.events, clocks, ("iss",), wall_ns, stop_ns)
    assert not found.whole


async def test_others_have_their_turn_while_a_long_journal_is_looked_through() -> None:
    history = await kept(*(event(n, at_s=n / 10) for n in range(5000)))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    found = await journal.page(history.events, Wanted(text="nothing like it"), name)
    turning.cancel()
    assert not found.events
    # of 5000 events, once in 500 when they are read, and again when they are looked at
    assert turns >= 15


def test_line_says_what_happened_to_what_and_who_did_it() -> None:
    row = event_rows.row(event(by="Anna", comment="seen"), DATABASE)
    assert (row["value"], row["by"], row["comment"]) == ("5.2 deg", "Anna", "seen")
    assert row["row"]["subsystem"] == "adcs"
    cells = dict(zip(event_rows.CSV_HEAD, event_rows.csv_line(event(), DATABASE), strict=True))
    assert cells["class"] == "WARNING"
    assert cells["time (UTC)"].startswith("2021-10-15T09:13:00")
    assert (cells["value"], cells["limit"]) == ("5.2 deg", "above 5 deg")


def test_a_comment_is_no_formula_to_a_spreadsheet() -> None:
    cells = event_rows.csv_line(event(comment='=HYPERLINK("http://evil")'), DATABASE)
    assert '\'=HYPERLINK("http://evil")' in cells
