"""The report: one page that asks for nothing, with what differs drawn, and every text escaped."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import numpy as np

from backtest.compare import Comparison, Marks, compare
from backtest.page import MAX_ROWS, page
from backtest.tables import tables
from backtest.traces import Trace, traces
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.store.memory import MemoryStore
from tests.backtest.said import DATABASE, START_NS, Said, at, journal

CAUTION, NOMINAL = Severity.CAUTION, Severity.NOMINAL


def comparison(said: list[Said] | None = None) -> Comparison:
    said = said or [(100, "ERR", CAUTION), (160, "ERR", NOMINAL)]
    named = {"today": journal([]), "edited": journal(said)}
    return compare(named, START_NS, at(600), Marks(times_ns=(at(150),)), ["a note"])


def frames() -> list[Frame]:
    return [
        Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=at(n),
            received_ns=at(n),
            sequence=n,
            values={"ERR": 0.01 * n, "MODE": n // 300},
        )
        for n in range(600)
    ]


async def drawn(found: Comparison) -> list[Trace]:
    async with MemoryStore(DATABASE) as store:
        await store.write(frames())
        found_traces, more = await traces(store, [DATABASE, DATABASE], found)
    assert more == 0
    return found_traces


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asked += [str(value) for name, value in attrs if name in ("src", "href")]


async def test_page_draws_what_differs_and_asks_for_nothing() -> None:
    found = comparison()
    text = page(found, await drawn(found), 0, "A report")
    seen = _Seen()
    seen.feed(text)
    assert seen.tags.count("svg") == 1
    assert not seen.asked
    assert "http" not in text
    assert "url(" not in text
    assert "a note" in text
    assert "polygon" in text


async def test_trace_shows_limits_of_both_sides_and_the_alarm() -> None:
    found = comparison()
    (trace,) = await drawn(found)
    assert [one.start_ns for one in trace.alarms[1]] == [at(100)]
    assert trace.alarms[0] == ()
    assert len(trace.bands) == 2
    text = page(found, [trace], 3, "A report")
    assert "today: CAUTION 2" in text
    assert 'stroke-dasharray="6 4"' in text
    assert "3 more parameters differ" in text


async def test_trace_of_a_state_is_drawn_too() -> None:
    found = comparison([(300, "MODE", CAUTION)])
    (trace,) = await drawn(found)
    assert np.array_equal(np.unique(trace.high), [0.0, 1.0])


def test_hostile_texts_are_only_text() -> None:
    found = comparison()
    bad = "<script>alert(1)</script>"
    sides = tuple(
        msgspec.structs.replace(
            side,
            name=f"{side.name}{bad}",
            alarms=tuple(
                msgspec.structs.replace(
                    one, steps=tuple(msgspec.structs.replace(s, limit=bad) for s in one.steps)
                )
                for one in side.alarms
            ),
        )
        for side in found.sides
    )
    found = msgspec.structs.replace(found, sides=sides, notes=(bad,), changes=(bad,))
    parameter = replace(DATABASE.parameter("iss", "ERR"), name=bad)
    trace = Trace(
        spacecraft="iss",
        parameter=parameter,
        time_ns=np.array([START_NS, START_NS + SECOND_NS]),
        low=np.array([0.0, 1.0]),
        high=np.array([0.0, 1.0]),
        bands=((), ()),
        alarms=(sides[0].alarms, sides[1].alarms),
    )
    text = page(found, [trace], 0, bad)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_trace_of_nothing_is_said_to_be_nothing() -> None:
    found = comparison()
    trace = Trace(
        spacecraft="iss",
        parameter=DATABASE.parameter("iss", "ERR"),
        time_ns=np.empty(0, np.int64),
        low=np.empty(0),
        high=np.empty(0),
        bands=((), ()),
        alarms=((), ()),
    )
    assert "nothing measured" in page(found, [trace], 0, "A report")


def test_table_that_is_long_says_how_much_more_there_is() -> None:
    found = comparison()
    side = found.sides[1]
    many = tuple(
        msgspec.structs.replace(side.alarms[0], alarm=f"P{n}") for n in range(MAX_ROWS + 5)
    )
    found = msgspec.structs.replace(found, sides=(msgspec.structs.replace(side, alarms=many),))
    assert "and 5 more" in page(found, [], 0, "A report")


def test_tables_say_which_alarm_is_new_and_which_is_gone() -> None:
    named = {
        "today": journal([(10, "MODE", CAUTION), (20, "ERR", CAUTION)]),
        "edited": journal([(20, "FLAG", CAUTION), (15, "ERR", CAUTION)]),
    }
    found = compare(named, START_NS, at(600), Marks())
    (alarms,) = [one for one in tables(found) if one.title == "Alarms"]
    verdicts = {row[0]: row[-1] for row in alarms.rows}
    assert verdicts == {
        "iss/MODE.limit": "gone",
        "iss/FLAG.limit": "new",
        "iss/ERR.limit": "5.0 s earlier",
    }
    assert re.search("No event is marked", tables(found)[0].note)
