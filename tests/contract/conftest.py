import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from telemetry.store.base import Store
from tests.contract.stores import (
    DuckOpener,
    InfluxOpener,
    MemoryOpener,
    Opener,
    RemoteOpener,
    influx_bucket,
)
from tests.servers.influx_proxy import InfluxProxy
from tests.servers.influxd import Influxd, influxd


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """A real influxd of our own."""
    with influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
async def influx_proxy(influx_server: Influxd) -> AsyncIterator[InfluxProxy]:
    """With `/api/v2/write`, which Debian's InfluxDB lacks, and with faults."""
    async with InfluxProxy(influx_server.url).running() as proxy:
        yield proxy


@pytest.fixture
async def proxied(influx_proxy: InfluxProxy) -> AsyncIterator[InfluxOpener]:
    async with influx_bucket(influx_proxy.url) as opener:
        yield opener


@pytest.fixture
async def external() -> AsyncIterator[InfluxOpener]:
    """On the server of INFLUXDB_URL, of whatever version."""
    async with influx_bucket(os.environ["INFLUXDB_URL"]) as opener:
        yield opener


@pytest.fixture
def memory() -> Opener:
    return MemoryOpener()


@pytest.fixture
def duck(tmp_path: Path) -> Opener:
    return DuckOpener(tmp_path)


@pytest.fixture
def remote(tmp_path: Path) -> Opener:
    return RemoteOpener(tmp_path)


@pytest.fixture
def influx(request: pytest.FixtureRequest) -> Opener:
    chosen: Opener = request.getfixturevalue(
        "external" if "INFLUXDB_URL" in os.environ else "proxied"
    )
    return chosen


@pytest.fixture(params=["memory", "duck", "remote", "influx"])
def opener(request: pytest.FixtureRequest) -> Opener:
    chosen: Opener = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(params=["duck", "remote", "influx"])
def lasting(request: pytest.FixtureRequest) -> Opener:
    """The stores that outlive their process."""
    chosen: Opener = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[Store]:
    async with opener() as opened:
        yield opened


@pytest.fixture
async def memory_store(memory: Opener) -> AsyncIterator[Store]:
    async with memory() as opened:
        yield opened


@pytest.fixture
async def duck_store(duck: Opener) -> AsyncIterator[Store]:
    async with duck() as opened:
        yield opened


@pytest.fixture
async def remote_store(remote: Opener) -> AsyncIterator[Store]:
    async with remote() as opened:
        yield opened


@pytest.fixture
async def influx_store(influx: Opener) -> AsyncIterator[Store]:
    async with influx() as opened:
        yield opened
