"""Bundles sent to ingest: looked at before they are kept, and nothing else is written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from ingest.bundle import http as module
from ingest.bundle.container import opened
from ingest.bundle.http import bundle_routes
from ingest.bundle.shelf import name_of
from ingest.http import serve

Session = aiohttp.ClientSession


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    app = web.Application()
    app.add_routes(bundle_routes(tmp_path / "state"))
    async with serve(app, "127.0.0.1", 0) as port, Session(f"http://127.0.0.1:{port}") as session:
        yield session


def name(good: Path) -> str:
    with opened(good) as container:
        return name_of("good", container.seal)


def left(tmp_path: Path) -> list[str]:
    """Every file there is in ingest's state."""
    return [path.name for path in (tmp_path / "state").rglob("*") if path.is_file()]


async def test_a_bundle_is_kept_and_sent_again_is_the_same(
    session: Session, good: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        async with session.post(f"/bundles/{name(good)}", data=good.read_bytes()) as response:
            assert (response.status, await response.json()) == (201, {"name": name(good)})
    async with session.get("/bundles") as response:
        assert await response.json() == [name(good)]
    assert left(tmp_path) == [f"{name(good)}.zip"]


async def test_a_damaged_bundle_is_refused_and_not_kept(
    session: Session, good: Path, tmp_path: Path
) -> None:
    content = good.read_bytes()[:-1]
    async with session.post(f"/bundles/{name(good)}", data=content) as response:
        assert response.status == 400
        assert (await response.text()).startswith(f"{name(good)} is refused: its end is missing")
    assert left(tmp_path) == []


async def test_one_bundle_cannot_take_the_name_of_another(
    session: Session, good: Path, tmp_path: Path
) -> None:
    other = name_of("good", "f" * 64)
    async with session.post(f"/bundles/{other}", data=good.read_bytes()) as response:
        assert (response.status, "is not its name" in await response.text()) == (400, True)
    assert left(tmp_path) == []


@pytest.mark.parametrize("wrong", ["a", "..%2Fa-0123456789ab", "%2e%2e", "a-0123456789ab.zip"])
async def test_what_is_no_name_is_refused(session: Session, tmp_path: Path, wrong: str) -> None:
    async with session.post(f"/bundles/{wrong}", data=b"x") as response:
        assert response.status in (400, 404, 405)
    assert left(tmp_path) == []


async def test_too_much_is_refused_as_it_comes(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 3 << 20)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * (1 << 20)

    # the answer comes while it is still sent; whoever does not look for it sees the end
    with suppress(aiohttp.ClientError):
        async with session.post("/bundles/a-0123456789ab", data=endless()) as response:
            assert response.status == 400
    assert left(tmp_path) == []


async def test_strangers_are_refused(session: Session, tmp_path: Path) -> None:
    headers = {"Host": "evil.example"}
    for method, path in (("GET", "/bundles"), ("POST", "/bundles/a-0123456789ab")):
        async with session.request(method, path, headers=headers) as response:
            assert response.status == 403
    assert left(tmp_path) == []


async def test_whoever_goes_away_leaves_nothing(
    session: Session, good: Path, tmp_path: Path
) -> None:
    sent = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield good.read_bytes()[:1000]
        sent.set()
        raise ConnectionResetError("gone")

    with pytest.raises(aiohttp.ClientError):
        await session.post(f"/bundles/{name(good)}", data=half())
    assert sent.is_set()
    # the next is let in, so the first was done with
    async with session.post(f"/bundles/{name(good)}", data=good.read_bytes()) as response:
        assert response.status == 201
    assert left(tmp_path) == [f"{name(good)}.zip"]
