"""What is asked of ingest before a bundle is made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from ingest.http import serve
from recordings import bundle_ingest
from recordings.bundle_ingest import stored
from telemetry.errors import StoreUnavailable


@pytest.mark.parametrize(("ages", "waits"), [((0.0,), 1), ((9.0, 1.5, 0.0), 3), ((), 1)])
async def test_it_waits_until_what_was_received_is_stored(
    ages: tuple[float, ...], waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_ingest, "_LOOK_S", 0.0)
    async with ingest_behind(*ages) as (url, looks):
        await stored(url)
    assert len(looks) == waits


async def test_it_does_not_wait_for_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_ingest, "_LOOK_S", 0.0)
    async with ingest_behind(*[500.0] * 10_000) as (url, _):
        with pytest.raises(StoreUnavailable, match="what ingest received 500 s ago is not in"):
            await stored(url, within_s=0.0)


@asynccontextmanager
async def ingest_behind(*ages: float) -> AsyncIterator[tuple[str, list[float]]]:
    """An ingest whose oldest unwritten record is so old each time somebody looks."""
    left, looks = [*ages], []

    async def metrics(_: web.Request) -> web.Response:
        looks.append(left.pop(0) if left else -1.0)
        line = f"stationwatch_oldest_unwritten_age {looks[-1]}\n" if ages else ""
        return web.Response(text=f"stationwatch_other 7\n{line}")

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    async with serve(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}", looks
