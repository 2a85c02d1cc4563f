"""From a URL to a store."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from telemetry.errors import UsageError
from telemetry.secret import INGEST_TOKEN, secret
from telemetry.store.base import Store

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

FORMS: Final = (
    "duckdb:///path/to/telemetry.duckdb, influxdb+http://host:8086/bucket (or +https; "
    "INFLUXDB_TOKEN and INFLUXDB_ORG in the environment), remote+http://127.0.0.1:8600 or memory://"
)


def open_store(url: str, database: "MissionDatabase", token: str | None = None) -> Store:
    """The store a URL names: `async with open_store(url, database) as store`.

    Nothing is opened before the `async with`.
    token: of the ingest that has it, if not the one of this program's environment.
    :raises UsageError: if the URL is none of `FORMS`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"store URL: {error}; use {FORMS}") from None
    if parts.username is not None or parts.password is not None:
        # not shown, for it holds a secret
        raise UsageError(f"store URL: no user or password belongs in it; use {FORMS}")
    if parts.query or parts.fragment:
        raise _usage(url)
    # imported here so that a console with a remote store does not load DuckDB
    match parts.scheme:
        case "memory" if not parts.netloc and parts.path in ("", "/"):
            from telemetry.store.memory import MemoryStore

            return MemoryStore(database)
        case "duckdb" if not parts.netloc and len(parts.path) > 1 and parts.path[-1] != "/":
            from telemetry.store.duck import DuckStore

            return DuckStore(Path(unquote(parts.path)), database)
        case "influxdb+http" | "influxdb+https" if parts.hostname and parts.path.strip("/"):
            from telemetry.store.influx import InfluxStore

            return InfluxStore(
                _base(parts),
                unquote(parts.path.strip("/")),
                database,
                token=secret("INFLUXDB_TOKEN"),
                org=os.environ.get("INFLUXDB_ORG", ""),
            )
        case "remote+http" if parts.hostname and port and parts.path in ("", "/"):
            from telemetry.store.remote import RemoteStore

            own = secret(INGEST_TOKEN) if token is None else token
            return RemoteStore(_base(parts), database, own)
    raise _usage(url)


def _base(parts: SplitResult) -> str:
    return f"{parts.scheme.partition('+')[2]}://{parts.netloc}"


def _usage(url: str) -> UsageError:
    return UsageError(f"store URL {url!r}: use {FORMS}")
