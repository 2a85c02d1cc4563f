"""How the suite opens each kind of store, and what it reads back."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from telemetry.frame import Block
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Store
from telemetry.store.duck import DuckStore
from telemetry.store.influx import InfluxStore
from telemetry.store.memory import MemoryStore
from telemetry.store.remote import RemoteStore
from telemetry.store.remote_server import remote_routes
from tests.contract.mission import MISSION, T0

#: (time after T0, parameter) -> the value, or ("invalid", quality).
Contents = dict[tuple[int, str], Any]


class Opener(Protocol):
    """One test's store; opened again, it is the same one."""

    persistent: bool

    def __call__(self, database: MissionDatabase = MISSION) -> Any: ...


class MemoryOpener:
    persistent = False

    @asynccontextmanager
    async def __call__(self, database: MissionDatabase = MISSION) -> AsyncIterator[Store]:
        async with MemoryStore(database) as store:
            yield store


class DuckOpener:
    persistent = True

    def __init__(self, directory: Path) -> None:
        self.path = directory / "telemetry.duckdb"

    @asynccontextmanager
    async def __call__(self, database: MissionDatabase = MISSION) -> AsyncIterator[Store]:
        async with DuckStore(self.path, database) as store:
            yield store


class RemoteOpener(DuckOpener):
    @asynccontextmanager
    async def __call__(self, database: MissionDatabase = MISSION) -> AsyncIterator[Store]:
        async with (
            DuckStore(self.path, database) as duck,
            serving(duck) as url,
            RemoteStore(url, database) as store,
        ):
            yield store


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[str]:
    """The URL a store is served at."""
    app = web.Application()
    app.add_routes(remote_routes(store))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class InfluxOpener:
    persistent = True

    def __init__(self, url: str, bucket: str) -> None:
        self.url = url
        self.bucket = bucket
        self.token = os.environ.get("INFLUXDB_TOKEN", "")
        self.org = os.environ.get("INFLUXDB_ORG", "")

    @asynccontextmanager
    async def __call__(self, database: MissionDatabase = MISSION) -> AsyncIterator[Store]:
        async with InfluxStore(
            self.url, self.bucket, database, token=self.token, org=self.org
        ) as store:
            yield store


@asynccontextmanager
async def influx_bucket(url: str) -> AsyncIterator[InfluxOpener]:
    """A bucket of its own on a server of any generation, gone afterwards."""
    opener = InfluxOpener(url, f"t{uuid.uuid4().hex}")
    headers = {"Authorization": f"Token {opener.token}"} if opener.token else {}
    async with aiohttp.ClientSession(url, headers=headers, raise_for_status=True) as session:
        async with session.get("/ping") as response:
            version = response.headers.get("X-Influxdb-Version", "").lstrip("v")
        if version.startswith("2"):
            async with session.get("/api/v2/orgs", params={"org": opener.org}) as response:
                org = (await response.json())["orgs"][0]["id"]
            body = {"orgID": org, "name": opener.bucket, "retentionRules": []}
            async with session.post("/api/v2/buckets", json=body) as response:
                bucket = (await response.json())["id"]
            yield opener
            await session.delete(f"/api/v2/buckets/{bucket}")
        elif version.startswith("3"):
            await session.post("/api/v3/configure/database", json={"db": opener.bucket})
            yield opener
            await session.delete("/api/v3/configure/database", params={"db": opener.bucket})
        else:
            await session.post("/query", data={"q": f'CREATE DATABASE "{opener.bucket}"'})
            yield opener
            await session.post("/query", data={"q": f'DROP DATABASE "{opener.bucket}"'})


async def blocks(store: Store, *args: Any, **kwargs: Any) -> list[Block]:
    return [block async for block in store.read(*args, **kwargs)]


def contents_of(some: list[Block], since: int = T0) -> Contents:
    contents: Contents = {}
    for block in some:
        for parameter, column in block.columns.items():
            for row in range(len(block)):
                place = (int(block.time_ns[row]) - since, parameter)
                if column.valid[row]:
                    assert place not in contents
                    assert column.quality[row] == 0
                    contents[place] = column.values[row : row + 1].tolist()[0]
                elif column.quality[row]:
                    contents[place] = ("invalid", int(column.quality[row]))
    return contents


async def contents(
    store: Store, start: int = -T0, stop: int = 10**18, spacecraft: str = "iss"
) -> Contents:
    """Everything between two times after T0."""
    return contents_of(await blocks(store, spacecraft, "adcs", T0 + start, T0 + stop))
