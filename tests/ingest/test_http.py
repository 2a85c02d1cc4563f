"""Who is answered by ingest's HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from ingest import http
from ingest.counters import Counters
from ingest.spool import Spool

TOKEN = "of-this-test"


@asynccontextmanager
async def serving(folder: Path, token: str = "") -> AsyncIterator[str]:
    async with Spool.open(folder) as spool:
        app = http.create_app(Counters(), spool, dict, {}, (), token)
        async with http.serve(app, "127.0.0.1", 0) as port:
            yield f"http://127.0.0.1:{port}"


async def status(url: str, **headers: str) -> int:
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("path", "there"), [("/dead", 200), ("/log/plan", 200), ("//dead", 404), ("/nothing", 404)]
)
async def test_with_a_token_only_who_shows_it(path: str, there: int, tmp_path: Path) -> None:
    async with serving(tmp_path, TOKEN) as url:
        assert await status(url + path) == 401
        for wrong in (TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \u00e9"):
            assert await status(url + path, Authorization=wrong) == 401
        assert await status(url + path, Authorization=f"Bearer {TOKEN}") == there
        assert await status(url + "/metrics") == 200


@pytest.mark.parametrize(
    "said", [{"Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "same-origin"}]
)
async def test_no_browser(said: dict[str, str], tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        assert await status(url + "/dead", **said) == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8600", "127.0.0.1.evil.example"])
async def test_open_it_is_reached_under_no_other_name(host: str, tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        assert await status(url + "/dead", Host=host) == 421
        assert await status(url + "/dead") == 200
