"""What was sent to whom, and whether it arrived: kept beside the outbox for people to read. SQLite.

It decides nothing: what is owed and what is done with is the outbox's alone. Bounded: the newest
KEEP_ATTEMPTS; a receiver that is away for a week costs no more than its last tries.
"""

import sqlite3
from typing import Any, Final

import msgspec

KEEP_ATTEMPTS: Final = 5_000
MAX_SHOWN: Final = 500

#: Made whenever the outbox is opened: one of an earlier version has none of it.
SCHEMA: Final = "CREATE TABLE IF NOT EXISTS attempt (id INTEGER PRIMARY KEY, body BLOB NOT NULL)"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one target.

    time_ns: wall time of its end. target: what of its address may be shown. title: as it was sent.
    alarms: how many it told of. tries: how often the longest waiting of them has been tried now.
    reason: why it has not arrived, in the sender's words; empty if it has.
    """

    time_ns: int
    route: str
    target: str
    title: str
    severity: int
    alarms: int
    why: tuple[str, ...]
    tries: int
    accepted: bool
    reason: str = ""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that is owed to a target. next_ns: when it is tried again, wall time, 0 for soon."""

    route: str
    target: int
    alarm: str
    severity: int
    why: str
    taken_ns: int
    attempts: int
    next_ns: int


def keep(connection: sqlite3.Connection, attempt: Attempt) -> None:
    body = msgspec.msgpack.encode(attempt)
    done = connection.execute("INSERT INTO attempt (body) VALUES (?)", (body,))
    connection.execute(
        "DELETE FROM attempt WHERE id <= ?", ((done.lastrowid or 0) - KEEP_ATTEMPTS,)
    )


def attempts(connection: sqlite3.Connection, limit: int) -> list[Attempt]:
    """The newest first."""
    rows = connection.execute("SELECT body FROM attempt ORDER BY id DESC LIMIT ?", (limit,))
    return [msgspec.msgpack.decode(body, type=Attempt) for (body,) in rows.fetchall()]


def waiting(connection: sqlite3.Connection, limit: int) -> list[Waiting]:
    """The longest owed first."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT route, target, alarm, severity, why, taken_ns, attempts, next_ns FROM delivery "
        "WHERE body IS NOT NULL ORDER BY taken_ns, id LIMIT ?",
        (limit,),
    ).fetchall()
    return [Waiting(**dict(zip(Waiting.__struct_fields__, row, strict=True))) for row in rows]
