"""Who comes in: by host, origin, session and role; and who is shown out again."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from access.access import Access
from access.sessions import AGE_NS, IDLE_NS
from dashboard.guard import COOKIE, SIGNED_OUT, WATCH_S
from telemetry.clock import ManualClock
from tests.dashboard.desk import Desk
from tests.dashboard.people import closed_desk, people, signed_in
from tests.dashboard.serving import serving

OTHER = "http://evil.example"


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    with people(tmp_path) as access:
        yield access


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8050", "", "127.0.0.1.evil.example"]
)
async def test_under_another_name_it_is_not_reached(host: str) -> None:
    async with serving(Desk()) as (url, http):
        for path in ("/", "/alarms/journal.json", "/assets/stationwatch.js", "/healthz"):
            async with http.get(url + path, headers={"Host": host}) as answer:
                assert answer.status in (400, 421)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(
                url + "/ws/live", headers={"Host": host, "Origin": f"http://{host}"}
            )


@pytest.mark.parametrize(
    "said", [{"Origin": OTHER}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_site_s_page_changes_nothing(said: dict[str, str]) -> None:
    async with serving(Desk()) as (url, http):
        for path in (
            "/_dash-update-component",
            "/plan/ask/abort",
            "/replay/ask/create",
            "/plan/check",
        ):
            async with http.post(url + path, json={}, headers=said) as answer:
                assert (answer.status, await answer.json()) == (
                    403,
                    {"problem": "asked by another site's page"},
                )


async def test_another_site_s_page_reads_nothing_but_may_link_here() -> None:
    cross = {"Sec-Fetch-Site": "cross-site"}
    async with serving(Desk()) as (url, http):
        for path in ("/_dash-layout", "/alarms/journal.json", "/trends/export.csv"):
            async with http.get(
                url + path, headers=cross | {"Sec-Fetch-Mode": "no-cors"}
            ) as answer:
                assert answer.status == 403
        async with http.get(url + "/", headers=cross | {"Sec-Fetch-Mode": "navigate"}) as answer:
            assert answer.status == 200


async def test_nobody_sees_anything_but_where_to_sign_in(access: Access) -> None:
    async with signed_in(closed_desk(access), access) as (url, http):
        for path in (
            "/_dash-layout",
            "/assets/stationwatch.js",
            "/alarms/journal.json",
            "/nothing",
        ):
            async with http.get(url + path) as answer:
                assert (answer.status, await answer.text()) == (401, "sign in first")
        page = {"Accept": "text/html"}
        async with http.get(
            f"{url}/trends?p=iss/A&root=x", headers=page, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/sign-in?next=/trends%3Fp%3Diss/A%26root%3Dx"
        async with http.get(url + "/healthz") as answer:
            assert answer.status == 200
        socket = await http.ws_connect(url + "/ws/live")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == SIGNED_OUT


@pytest.mark.parametrize("token", ["", "x", "a" * 5_000, "\u00e9"])
async def test_a_made_up_session_is_none(token: str, access: Access) -> None:
    async with signed_in(closed_desk(access), access) as (url, http):
        said = {"Cookie": f"{COOKIE}={token}"}
        async with http.get(url + "/_dash-layout", headers=said) as answer:
            assert answer.status == 401


@pytest.mark.parametrize("after_ns", [IDLE_NS, AGE_NS])
async def test_a_session_ends(after_ns: int, access: Access) -> None:
    desk = closed_desk(access)
    assert isinstance(desk.clock, ManualClock)
    async with signed_in(desk, access, "Olga") as (url, http):
        async with http.get(url + "/_dash-layout") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
        desk.clock.advance(after_ns / 1e9 + 1)
        async with http.get(url + "/_dash-layout") as answer:
            assert answer.status == 401


@pytest.mark.parametrize("how", ["revoke", "remove", "role"])
async def test_who_may_no_longer_is_shown_out(
    how: str, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.guard.WATCH_S", 0.05)
    assert WATCH_S <= 5
    async with signed_in(closed_desk(access), access, "Olga") as (url, http):
        socket = await http.ws_connect(url + "/ws/live")
        assert (await socket.receive()).type is aiohttp.WSMsgType.TEXT
        match how:
            case "revoke":
                assert access.sessions.revoke("Olga") == 1
            case "remove":
                access.users.remove("Olga")
            case "role":
                access.users.set_role("Olga", access.users.all()[-1].role)
        async with asyncio.timeout(20):
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert socket.close_code == SIGNED_OUT
