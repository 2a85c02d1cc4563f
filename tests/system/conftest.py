import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from telemetry.settings import Settings
from tests.servers.chromium import chromium, connected
from tests.servers.influxd import Influxd, influxd
from tests.servers.mosquitto import Mosquitto, mosquitto
from tests.system.sky import Console, Sky

_numbers = count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """One broker for all tests; each has a topic root of its own in it."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def frail_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker of the test's own, to kill and start again."""
    with mosquitto(tmp_path_factory.mktemp("frail")) as running:
        yield running


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One InfluxDB for all tests; who stops it starts it again."""
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Chromium for all tests; each opens pages of its own in it."""
    with chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium_address: str) -> Iterator[Browser]:
    with connected(chromium_address) as browser:
        yield browser


@pytest.fixture
def root() -> str:
    """A topic root nobody else has."""
    return f"test-{next(_numbers)}"


@pytest.fixture
def free_ports() -> tuple[int, int]:
    """Two ports of loopback nobody listens on now."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def free_port(free_ports: tuple[int, int]) -> int:
    return free_ports[0]


@pytest.fixture
def settings(broker: Mosquitto, root: str) -> Settings:
    return Settings.read({"broker": broker.url, "root": root}, {})


@pytest.fixture
def sky(frail_broker: Mosquitto) -> Iterator[Sky]:
    sky = Sky(frail_broker)
    yield sky
    sky.close()


@pytest.fixture
def console(frail_broker: Mosquitto, sky: Sky, tmp_path: Path, free_port: int) -> Iterator[Console]:
    console = Console(frail_broker, tmp_path / "console.log", free_port, sky.store_port)
    yield console
    console.stop()
