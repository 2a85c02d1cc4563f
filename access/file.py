"""One SQLite file of ours, opened by several programs at once: made if it is not there, refused if
it is of another version. I/O."""

import sqlite3
from pathlib import Path
from typing import Final

from telemetry.errors import StationwatchError
from telemetry.kept import refusal

#: How long one program waits for another's write.
BUSY_S: Final = 1.0


class AccessError(StationwatchError):
    """Users or the audit cannot be read or written."""

    exit_code = 3


def open_file(path: Path, schema: str, version: int) -> sqlite3.Connection:
    """Readable by its owner alone. schema: SQL that makes it, statement by statement.

    :raises AccessError: naming the file, if it cannot be used or is of another version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        if why := refusal(path, version):
            raise AccessError(why)
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=BUSY_S, check_same_thread=False
        )
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            _make(connection, schema, version)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
    except (sqlite3.Error, OSError) as error:
        raise AccessError(f"{path} cannot be used: {error}") from None
    return connection


def _make(connection: sqlite3.Connection, schema: str, version: int) -> None:
    """Two programs may start at once: the second finds it made."""
    connection.execute("BEGIN EXCLUSIVE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in schema.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={version}")
    connection.execute("COMMIT")
