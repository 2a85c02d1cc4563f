"""The alarms pages without a browser: what each address has, and what the browser is told."""

import asyncio

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from dashboard.address import Address
from dashboard.app import create_app
from dashboard.pages.alarm_routes import AlarmRoutes
from dashboard.pages.alarms import AlarmsPage
from dashboard.server import listen, serve
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS, ManualClock
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb import load
from telemetry.store.memory import MemoryStore
from tests.dashboard import scene
from tests.dashboard.desk import Desk, text_of

DATABASE = load()
NOW_NS = scene.NOW_NS
ROLL = "USLAB000022"


def event(number: int, kind: EventKind = EventKind.VIOLATED, **more: object) -> Event:
    one = Event(
        id=f"event-{number}",
        kind=kind,
        time_ns=NOW_NS + number * SECOND_NS,
        received_ns=NOW_NS + number * SECOND_NS,
        previous=State.NORMAL,
        alarm=scene.alarm(ROLL),
        annunciate=True,
    )
    return replace(one, **more)


async def routes(*events: Event, ingest: dict[str, object] | None = None) -> AlarmRoutes:
    store = MemoryStore(DATABASE)
    await store.append_events(events)
    clock = ManualClock(NOW_NS)
    return AlarmRoutes(
        Desk(database=DATABASE, store=lambda: store, clock=clock, ingest=ingest).means
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/alarms", "alarm-grid"),
        ("/alarms/incidents", "incidents-over"),
        ("/alarms/journal", "journal-lines"),
        ("/alarms/notifications", "notified"),
        ("/alarms/no-such", "alarm-grid"),
    ],
)
def test_each_view_has_an_address_and_the_same_tabs(path: str, shown: str) -> None:
    said = text_of(AlarmsPage(Desk().means).layout(Address.read(path, "?root=train-1")))
    assert shown in said
    for tab in ("/alarms/journal?root=train-1", "/scorecard?root=train-1"):
        assert tab in said


async def test_lines_are_newest_first_and_go_on_where_they_ended() -> None:
    asked = await routes(*(event(n) for n in range(1, 301)))
    first = await asked.lines({})
    assert [first["rows"][0]["id"], len(first["rows"])] == ["event-300", 200]
    then = await asked.lines({"before": first["before"]})
    assert then["rows"][0]["id"] == "event-100"
    assert (len(then["rows"]), then["before"]) == (100, "")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "yesterday"}, "'yesterday' is no time"),
        ({"class": "severe"}, "there is no class 'severe'"),
        ({"kind": "x"}, "there is no kind 'x'"),
        ({"before": "soon"}, "'soon' is no number"),
    ],
)
async def test_what_cannot_be_understood_is_said(query: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await (await routes()).lines(query)


async def test_a_store_that_is_away_is_not_taken_for_an_empty_one() -> None:
    away = AlarmRoutes(Desk(database=DATABASE).means)
    for said in (
        await away.lines({}),
        await away.missed({"from": "1", "to": "2"}),
        await away.about({"craft": "iss", "subject": ROLL, "occurrence": "x"}),
        await away.notified({}),
        await away.incidents({}),
    ):
        assert said["error"] != ""
        assert not said.get("rows")


async def test_missed_is_of_live_telemetry_only() -> None:
    asked = await routes(event(1), event(2, received_ns=NOW_NS - 60 * SECOND_NS))
    span = {"from": str(NOW_NS / 1e6), "to": str(NOW_NS / 1e6 + 10_000)}
    assert [one["id"] for one in (await asked.missed(span))["rows"]] == ["event-1"]
    elsewhere = await asked.missed({**span, "root": "replay-1"})
    assert elsewhere["rows"] == []
    assert "live telemetry only" in elsewhere["error"]


async def test_about_an_alarm_is_what_to_do_and_its_own_events() -> None:
    alarm = scene.alarm(ROLL)
    asked = await routes(
        event(1),
        event(2, EventKind.ESCALATED),
        event(3, alarm=replace(alarm, occurrence="another")),
    )
    said = await asked.about(
        {
            "craft": "iss",
            "subject": ROLL,
            "occurrence": alarm.occurrence,
            "since": str(NOW_NS / 1e6),
        }
    )
    assert [name for name, _ in said["response"]] == [
        "First action",
        "Time available",
        "Cause",
        "Consequence",
    ]
    assert [one["id"] for one in said["events"]] == ["event-1", "event-2"]
    assert said["history"] is None  # nothing was recorded


async def test_how_it_was_when_it_came_keeps_its_extremes() -> None:
    store = MemoryStore(DATABASE)
    await store.write(
        [
            Frame(
                spacecraft="iss",
                subsystem="adcs",
                time_ns=NOW_NS + n * SECOND_NS,
                received_ns=NOW_NS,
                sequence=n,
                values={ROLL: 9.0 if n == 102 else 1.0},
            )
            for n in range(200)
        ]
    )
    asked = AlarmRoutes(Desk(database=DATABASE, store=lambda: store).means)
    about = {"craft": "iss", "subject": ROLL, "occurrence": "x"}
    history = (await asked.about(about | {"since": str(NOW_NS / 1e6 + 100_000)}))["history"]
    assert (history["start"], history["stop"]) == (NOW_NS / 1e6 - 200_000, NOW_NS / 1e6 + 700_000)
    assert (max(history["high"]), max(history["low"]), len(history["t"])) == (9.0, 1.0, 40)
    assert (await asked.about(about | {"subject": "adcs", "since": "1"}))["history"] is None


async def test_incidents_that_are_over_are_those_that_were_kept_newest_first() -> None:
    over = replace(scene.incident(), closed_ns=NOW_NS)
    later = replace(over, id="later", opened_ns=over.opened_ns + SECOND_NS)
    kept = msgspec.to_builtins([later, over, scene.incident()])
    said = await (await routes(ingest={"/log/incident": kept})).incidents({})
    assert [one["id"] for one in said["rows"]] == ["later", scene.INCIDENT]
    assert said["rows"][0]["closed"] == NOW_NS / 1e6


async def test_routes_stand_before_the_pages() -> None:
    store = MemoryStore(DATABASE)
    await store.append_events([event(1, by="Anna")])
    server = create_app(Desk(database=DATABASE, store=lambda: store).means)
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/alarms/"
        serving = asyncio.create_task(serve(server, listener, ready.set))
        await asyncio.wait_for(ready.wait(), 20)
        async with aiohttp.ClientSession(url) as client:
            async with client.get("journal.json") as answer:
                assert (await answer.json())["rows"][0]["id"] == "event-1"
            async with client.get("journal.json?from=x") as answer:
                assert "is no time" in (await answer.json())["error"]
            async with client.get("journal.csv?by=anna") as answer:
                assert answer.headers["content-disposition"].startswith("attachment")
                assert len((await answer.text()).splitlines()) == 2
            async with client.get("journal.csv?from=x") as answer:
                assert answer.status == 400
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
