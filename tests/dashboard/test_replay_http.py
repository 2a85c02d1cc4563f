"""What pages ask of replay over HTTP: from forms to commands, and what is refused before that."""

import json
from typing import Any

import aiohttp
import msgspec
import pytest

from dashboard import replay_http
from dashboard.replay_http import Ask, Wanted
from telemetry import wire
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.missiondb import load
from telemetry.recording import Recording
from telemetry.replay import ReplayGaps, ReplayLimits, ReplayOrder
from telemetry.store.memory import MemoryStore
from tests.dashboard import scene
from tests.dashboard.desk import Desk
from tests.dashboard.serving import serving

ID = "0123456789abcdef" * 2
#: 2021-10-15T09:12:18Z.
FIRING_NS = scene.FIRING_NS


def ask(**given: Any) -> Ask:
    return msgspec.convert({"id": ID, "by": " P. Duty ", **given}, Ask)


def test_a_form_becomes_what_is_asked_of_ingest() -> None:
    wanted = {
        "start": "2021-10-15 09:12:18",
        "stop": "2021-288T09:30",
        "order": "as-happened",
        "limits": "now",
        "gaps": "skip",
        "speed": 20,
        "at": "2021-10-15T09:13:00.5Z",
        "paused": True,
    }
    command = replay_http.command(ask(spec=wanted))
    spec = command.spec
    assert (command.id, command.by) == (ID, "P. Duty")
    assert spec is not None
    assert (spec.start_ns, spec.stop_ns) == (FIRING_NS, FIRING_NS + 1062 * SECOND_NS)
    assert spec.at_ns == FIRING_NS + 42 * SECOND_NS + SECOND_NS // 2
    assert (spec.order, spec.limits, spec.gaps) == (
        ReplayOrder.HAPPENED,
        ReplayLimits.NOW,
        ReplayGaps.SKIP,
    )
    assert (spec.speed, spec.paused) == (20.0, True)


def test_a_place_is_sent_to_the_millisecond() -> None:
    command = replay_http.command(ask(session="k3f9", to="2021-10-15T09:12:18.123Z"))
    assert (command.session, command.to_ns) == ("k3f9", FIRING_NS + 123_000_000)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "say from when to when"),
        ({"start": "2021-10-15"}, "say from when to when"),
        ({"start": "2021-10-15T10", "stop": "2021-10-15T09"}, "its end is not after its start"),
        ({"start": "soon", "stop": "later"}, "is no time"),
        ({"recording": "a", "bundle": "b"}, "not both"),
        ({"recording": "a", "start": "2021-10-15T10", "stop": "2021-10-15T10"}, "not after"),
        ({"recording": "a", "speed": 5_000}, "1000"),
    ],
)
def test_what_cannot_be_replayed_is_said_before_ingest_is_asked(
    wanted: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        replay_http.command(ask(spec=wanted))


def test_a_recording_needs_no_range_and_may_be_narrowed() -> None:
    assert replay_http.spec(Wanted(recording="ms18")).start_ns == 0
    narrowed = replay_http.spec(Wanted(recording="ms18", start="2021-10-15T09:12:18"))
    assert (narrowed.start_ns, narrowed.stop_ns) == (FIRING_NS, 0)


def test_nobody_asks_without_a_name() -> None:
    with pytest.raises(UsageError, match="enter your name"):
        replay_http.command(msgspec.convert({"id": ID, "by": "  "}, Ask))


async def test_an_ask_reaches_the_broker_once_it_is_one() -> None:
    desk = Desk()
    async with serving(desk) as (url, http):
        headers = {"Origin": url}
        body = {"id": ID, "by": "P. Duty", "session": "k3f9"}
        async with http.post(f"{url}/replay/ask/pause", json=body, headers=headers) as response:
            assert await response.json() == {"command": ID}
        for path, wrong in (("explode", body), ("seek", {"id": "1", "by": "P. Duty"})):
            async with http.post(
                f"{url}/replay/ask/{path}", json=wrong, headers=headers
            ) as response:
                assert response.status == 400
        nameless = body | {"by": ""}
        async with http.post(f"{url}/replay/ask/play", json=nameless, headers=headers) as response:
            assert "enter your name" in (await response.json())["problem"]
        long = json.dumps({"id": ID, "by": "x" * replay_http.MAX_BODY_BYTES})
        async with http.post(f"{url}/replay/ask/play", data=long, headers=headers) as response:
            assert "too long" in (await response.json())["problem"]
    [(topic, payload)] = desk.published
    assert topic == "cmd/v1/ground/replay/pause"
    assert wire.decode_replay_command(payload).session == "k3f9"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_a_foreign_page_steers_nothing(origin: str) -> None:
    desk = Desk()
    body = {"id": ID, "by": "P. Duty", "session": "k3f9"}
    async with (
        serving(desk) as (url, http),
        http.post(f"{url}/replay/ask/end", json=body, headers={"Origin": origin}) as response,
    ):
        assert response.status == 403
    assert desk.published == []


async def test_a_lost_broker_is_said() -> None:
    async with (
        serving(Desk(broker=False)) as (url, http),
        http.post(
            f"{url}/replay/ask/play", json={"id": ID, "by": "P. Duty"}, headers={"Origin": url}
        ) as response,
    ):
        assert "the broker is lost" in (await response.json())["problem"]


async def get(http: aiohttp.ClientSession, url: str) -> tuple[int, Any]:
    async with http.get(url) as response:
        return response.status, await response.json()


async def test_what_can_be_replayed_by_name() -> None:
    database = load()
    store = MemoryStore(database)
    for name, start_ns in (("early", FIRING_NS), ("late", FIRING_NS + SECOND_NS)):
        recording = Recording(
            name=name, start_ns=start_ns, stop_ns=start_ns + SECOND_NS, by="Ann", created_ns=1
        )
        await store.put_recording(recording)
    ingest = {"/bundles": ["ms18-0123"], "/log/plan": [], "/log/incident": []}
    desk = Desk(database=database, store=lambda: store, ingest=ingest)
    desk.view.board.take_incident(scene.INCIDENT, scene.incident())
    async with serving(desk) as (url, http), desk.means.history:
        _, found = await get(http, f"{url}/replay/sources")
    assert [one["name"] for one in found["recordings"]] == ["late", "early"]
    assert found["bundles"] == ["ms18-0123"]
    assert [one["first"] for one in found["incidents"]] == [FIRING_NS / 1e6]
    assert found["notes"] == []


async def test_what_is_away_is_said_where_it_would_stand() -> None:
    async with serving(Desk()) as (url, http):
        _, found = await get(http, f"{url}/replay/sources")
    assert (found["recordings"], found["bundles"], found["incidents"]) == ([], [], [])
    assert len(found["notes"]) == 3


@pytest.mark.parametrize("span", ["start=5&stop=5", "start=-1&stop=5", "start=0&stop=1e14"])
async def test_a_range_that_is_none_has_no_overview(span: str) -> None:
    async with serving(Desk()) as (url, http):
        status, found = await get(http, f"{url}/replay/overview?{span}")
        assert (status, list(found)) == (400, ["problem"])
        status, found = await get(http, f"{url}/replay/overview?start=0&stop=1e6&parameter=a/b")
        assert (status, found["stop"]) == (200, 1e6)
