"""The console's server on a real port: the WebSocket, who may open it, and the headers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from dashboard import messages, sockets
from dashboard.app import create_app
from dashboard.hub import MAX_EVENTS, Hub
from dashboard.server import listen, serve
from dashboard.view import LiveView
from telemetry.clock import SECOND_NS, SystemClock
from telemetry.errors import UsageError
from telemetry.frame import Frame
from tests.dashboard.desk import Desk

CLOCK = SystemClock()


class Console:
    def __init__(self, url: str, view: LiveView, hub: Hub, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.view = view
        self.hub = hub
        self.http = http

    def socket(self, origin: str | None = None, search: str = "") -> Any:
        headers = {"Origin": self.url if origin is None else origin}
        return self.http.ws_connect(f"{self.url}{sockets.PATH}{search}", headers=headers)


@asynccontextmanager
async def running() -> AsyncIterator[Console]:
    desk = Desk(clock=CLOCK)
    app = create_app(desk.means)
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = asyncio.create_task(serve(app, listener, ready.set))
        try:
            await asyncio.wait_for(ready.wait(), 20)
            async with aiohttp.ClientSession() as http:
                yield Console(url, desk.view, desk.tree.hub, http)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def frame(value: float) -> Frame:
    now_ns = CLOCK.now_ns()
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=now_ns - SECOND_NS,
        received_ns=now_ns,
        sequence=1,
        values={"ERR": value, "NAME": "text"},
    )


async def test_snapshot_then_what_is_new() -> None:
    async with running() as console:
        console.view.take_frame(frame(1.5))
        async with console.socket() as socket:
            first = [await socket.receive_json(timeout=5) for _ in range(3)]
            assert [message["k"] for message in first] == ["hello", "latest", "history"]
            assert [craft["id"] for craft in first[0]["spacecraft"]] == ["iss", "soyuz"]
            assert first[1]["p"]["ERR"][1] == 1.5
            assert first[2]["p"]["ERR"] == {"t": [0], "v": [1.5]}
            assert "NAME" not in first[2]["p"]
            console.hub.send_telemetry(messages.encode(messages.frame(frame(2.5)), 0))
            assert (await socket.receive_json(timeout=5))["v"]["ERR"] == 2.5


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_foreign_origin_is_refused(origin: str) -> None:
    async with running() as console:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await console.socket(origin)
        assert refused.value.status == 403
        assert len(console.hub) == 0


async def test_another_root_has_a_view_of_its_own_and_leads_to_no_topic_that_is_none() -> None:
    async with running() as console:
        console.view.take_frame(frame(1.5))
        async with console.socket(search="?root=replay-7") as socket:
            hello = await socket.receive_json(timeout=5)
            assert (hello["root"], hello["live"]) == ("replay-7", False)
            assert len(console.hub) == 0
        for root in ("tlm2", "replay-+", "replay-A/#"):
            async with console.socket(search=f"?root={quote(root)}") as socket:
                async for _ in socket:
                    pass
                assert socket.close_code == sockets.NO_TREE


async def test_browser_that_leaves_is_forgotten() -> None:
    async with running() as console:
        async with console.socket() as socket:
            await socket.receive_json(timeout=5)
            assert len(console.hub) == 1
        async with asyncio.timeout(5):
            while len(console.hub):
                await asyncio.sleep(0.01)


async def test_browser_that_talks_or_sends_too_much_is_cut() -> None:
    async with running() as console:
        for text in ("hello?", "x" * 100_000):
            async with console.socket() as socket:
                await socket.send_str(text)
                async for _ in socket:
                    pass
                assert socket.close_code in (sockets.TALKS, 1009)


async def test_browser_too_far_behind_with_events_is_cut() -> None:
    async with running() as console, console.socket() as socket:
        await socket.receive_json(timeout=5)
        for n in range(MAX_EVENTS + 1):
            console.hub.send_event(f'"{n}"')
        async for _ in socket:
            pass
        assert socket.close_code == sockets.BEHIND


async def test_server_says_whether_it_is_well() -> None:
    async with running() as console, console.http.get(f"{console.url}/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"ok": True, "broker": False, "browsers": 0}


async def test_page_allows_no_other_host() -> None:
    async with running() as console, console.http.get(console.url) as response:
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-eval" not in policy
        assert "http" not in policy


def test_port_in_use_is_a_usage_error() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"):
            listen("127.0.0.1", port).__enter__()
