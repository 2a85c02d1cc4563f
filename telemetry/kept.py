"""Whether a SQLite file of ours may be opened: known by its schema number before it is. I/O."""

import sqlite3
from contextlib import closing
from pathlib import Path

#: How long another program that holds the file is waited for.
_BUSY_S = 1.0


def refusal(path: Path, known: int) -> str:
    """Why this program must leave a file alone; empty if it may use it, or is to make it.

    Looked at by a connection that cannot write: any other merges the file's log into it when it is
    closed, and one of a newer stationwatch must stay as it was, byte for byte.
    known: the number this program writes (`PRAGMA user_version`).
    :raises sqlite3.Error: if it is no SQLite file, or another program holds it.
    """
    if not path.exists() or not path.stat().st_size:
        return ""
    unfinished = path.with_name(f"{path.name}-journal").exists()
    with path.open("rb") as file:
        log_mode = file.read(20)[18:] == b"\2\2"
    merged = log_mode and not path.with_name(f"{path.name}-wal").exists()
    # immutable: a reader would leave an empty log, and cannot roll a transaction back
    how = "?mode=ro" + ("&immutable=1" if merged or unfinished else "")
    where = path.absolute().as_uri() + how
    with closing(sqlite3.connect(where, uri=True, timeout=_BUSY_S)) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if found == known or (found == 0 and (not tables or unfinished)):
        return ""
    if found == 0:
        return f"{path} is a database of something else: choose another folder, or move it away"
    return (
        f"{path} is of version {found}, this program knows {known}: use the stationwatch that "
        "wrote it, or another folder"
    )
