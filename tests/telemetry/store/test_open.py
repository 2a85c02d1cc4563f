from pathlib import Path

import pytest

from telemetry.errors import UsageError
from telemetry.store.base import Store
from telemetry.store.duck import DuckStore
from telemetry.store.influx import InfluxStore
from telemetry.store.memory import MemoryStore
from telemetry.store.open import open_store
from telemetry.store.remote import RemoteStore
from tests.contract.mission import MISSION


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("memory://", MemoryStore),
        ("duckdb:///var/lib/stationwatch/telemetry.duckdb", DuckStore),
        ("influxdb+http://localhost:8086/telemetry", InfluxStore),
        ("influxdb+https://influx.example/telemetry", InfluxStore),
        ("influxdb+http://localhost:8086/database/policy", InfluxStore),
        ("remote+http://127.0.0.1:8600", RemoteStore),
    ],
)
def test_each_form_gives_its_store(url: str, kind: type) -> None:
    store = open_store(url, MISSION)
    assert type(store) is kind
    assert isinstance(store, Store)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "telemetry.duckdb",
        "duckdb://",
        "duckdb:///",
        "duckdb://host/file",
        "duckdb:///directory/",
        "sqlite:///x",
        "http://localhost:8086/bucket",
        "influxdb+http://localhost:8086",
        "influxdb+http:///bucket",
        "influxdb+http://localhost:99999/bucket",
        "influxdb+http://localhost:8086/bucket?token=x",
        "remote+http://127.0.0.1",
        "remote+http://127.0.0.1:8600/path",
        "memory://somewhere",
    ],
)
def test_anything_else_is_a_usage_error_saying_the_forms(url: str) -> None:
    with pytest.raises(UsageError, match="duckdb:///path/to") as caught:
        open_store(url, MISSION)
    assert "remote+http://" in str(caught.value)


def test_a_token_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        open_store("influxdb+http://user:s3cret@localhost:8086/bucket", MISSION)
    assert "s3cret" not in str(caught.value)


def test_token_and_organisation_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INFLUXDB_TOKEN", "t0ken")
    monkeypatch.setenv("INFLUXDB_ORG", "nasa")
    store = open_store("influxdb+http://localhost:8086/bucket", MISSION)
    assert isinstance(store, InfluxStore)
    assert (store._http._token, store._http._org) == ("t0ken", "nasa")


async def test_a_duckdb_url_opens_its_file(tmp_path: Path) -> None:
    path = tmp_path / "with space.duckdb"
    async with open_store(f"duckdb://{str(path).replace(' ', '%20')}", MISSION) as store:
        assert (await store.schema())["iss", "adcs"]
    assert path.exists()
