"""The outbox's tables: what is owed, what is watched, how far the journal was read. SQLite, sync.

A delivery is owed while it has a body; one that is done with keeps its key only.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import msgspec

from ingest.notify.delivery import Delivery, Watch, Why
from ingest.notify.schedule import Backlog, Lot, Owed, WatchKey, severity_of

#: Deliveries that are done with are known this long in number.
KEEP_DONE: Final = 20_000

SCHEMA: Final = """
CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL,
    why TEXT NOT NULL, turn INTEGER NOT NULL, route TEXT NOT NULL, target INTEGER NOT NULL,
    alarm TEXT NOT NULL, severity INTEGER NOT NULL, time_ns INTEGER NOT NULL,
    taken_ns INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_ns INTEGER NOT NULL DEFAULT 0, body BLOB,
    UNIQUE (event, why, turn, route, target));
CREATE INDEX owed ON delivery (route, target, attempts, taken_ns, next_ns)
    WHERE body IS NOT NULL;
CREATE TABLE watch (spacecraft TEXT NOT NULL, alarm TEXT NOT NULL, route TEXT NOT NULL,
                    body BLOB NOT NULL, PRIMARY KEY (spacecraft, alarm, route));
CREATE TABLE place (k INTEGER NOT NULL);
"""
#: A repetition is no news while the alarm's last notice has not even arrived.
_INSERT: Final = """
INSERT OR IGNORE INTO delivery
    (event, why, turn, route, target, alarm, severity, time_ns, taken_ns, body)
SELECT :event, :why, :turn, :route, :target, :alarm, :severity, :time_ns, :taken_ns, :body
WHERE :why <> 'repeated' OR NOT EXISTS (
    SELECT 1 FROM delivery WHERE body IS NOT NULL
    AND route = :route AND target = :target AND alarm = :alarm)
"""
#: What failed together is tried together; what has failed for longer does not come along.
_OF_LOT: Final = {
    Lot.FRESH: "attempts = 0",
    Lot.AGAIN: "attempts > 0 AND next_ns <= 1000000000 + (SELECT min(next_ns) FROM delivery "
    "WHERE body IS NOT NULL AND route = :route AND target = :target AND attempts > 0)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A delivery that is owed. attempts: how often it was tried."""

    id: int
    attempts: int
    delivery: Delivery


class Tables:
    """owed: deliveries, and oldest_taken_ns of them; given_up: since it was opened; k: the place
    in the journal.
    """

    def __init__(self, connection: sqlite3.Connection, max_owed: int) -> None:
        self._connection = connection
        self._max_owed = max_owed
        self.k: int = connection.execute("SELECT k FROM place").fetchone()[0]
        self.owed = 0
        self.oldest_taken_ns = 0
        self.given_up = 0
        self._count()

    def close(self) -> None:
        self._connection.close()

    def watches(self) -> dict[WatchKey, Watch]:
        rows = self._connection.execute("SELECT * FROM watch").fetchall()
        return {
            (craft, alarm, route): msgspec.msgpack.decode(body, type=Watch)
            for craft, alarm, route, body in rows
        }

    def take(self, owed: Owed, k: int | None) -> None:
        with self._transaction() as c:
            c.executemany(_INSERT, [_columns(delivery) for delivery in owed.deliveries])
            for key, watch in owed.watches.items():
                if watch is None:
                    c.execute("DELETE FROM watch WHERE (spacecraft, alarm, route) = (?, ?, ?)", key)
                else:
                    c.execute(
                        "INSERT OR REPLACE INTO watch VALUES (?, ?, ?, ?)",
                        (*key, msgspec.msgpack.encode(watch)),
                    )
            given_up = sum(
                self._shorten(c, *target)
                for target in Counter((d.route, d.target) for d in owed.deliveries)
            )
            if k is not None:
                c.execute("UPDATE place SET k = ?", (k,))
        self.given_up += given_up
        self.k = self.k if k is None else k
        self._count()

    def _shorten(self, c: sqlite3.Cursor, route: str, target: int) -> int:
        """Keep within the bound; how many were given up for it."""
        (owed,) = c.execute(
            "SELECT count(*) FROM delivery WHERE body IS NOT NULL AND route = ? AND target = ?",
            (route, target),
        ).fetchone()
        beyond: int = max(0, owed - self._max_owed)
        if beyond:
            c.execute(
                "UPDATE delivery SET body = NULL WHERE id IN (SELECT id FROM delivery "
                "WHERE body IS NOT NULL AND route = ? AND target = ? "
                "ORDER BY severity, id LIMIT ?)",
                (route, target, beyond),
            )
        return beyond

    def adopt(self, targets: Collection[tuple[str, int]]) -> int:
        with self._transaction() as c:
            known = c.execute(
                "SELECT DISTINCT route, target FROM delivery WHERE body IS NOT NULL"
            ).fetchall()
            gone: int = 0
            for target in set(known) - set(targets):
                c.execute(
                    "UPDATE delivery SET body = NULL "
                    "WHERE body IS NOT NULL AND route = ? AND target = ?",
                    target,
                )
                gone += c.rowcount
        self.given_up += gone
        self._count()
        return gone

    def backlog(self, route: str, target: int) -> Backlog:
        fresh, first_ns, again, next_ns = self._connection.execute(
            "SELECT count(*) FILTER (WHERE attempts = 0), min(taken_ns) FILTER (WHERE attempts = 0)"
            ", count(*) FILTER (WHERE attempts > 0), min(next_ns) FILTER (WHERE attempts > 0) "
            "FROM delivery WHERE body IS NOT NULL AND route = ? AND target = ?",
            (route, target),
        ).fetchone()
        return Backlog(fresh=fresh, first_taken_ns=first_ns or 0, again=again, next_ns=next_ns or 0)

    def lot(self, route: str, target: int, lot: Lot, limit: int) -> list[Row]:
        rows = self._connection.execute(
            "SELECT id, attempts, body FROM delivery WHERE body IS NOT NULL "  # noqa: S608
            f"AND route = :route AND target = :target AND {_OF_LOT[lot]} "
            "ORDER BY severity DESC, time_ns, id LIMIT :limit",
            {"route": route, "target": target, "limit": limit},
        ).fetchall()
        return [
            Row(
                id=id_,
                attempts=attempts,
                delivery=msgspec.msgpack.decode(body, type=Delivery),
            )
            for id_, attempts, body in rows
        ]

    def accepted(self, rows: Sequence[Row]) -> None:
        with self._transaction() as c:
            self._done(c, [row.id for row in rows])
            for route, target in {(r.delivery.route, r.delivery.target) for r in rows}:
                c.execute(
                    "UPDATE delivery SET next_ns = 0 "
                    "WHERE body IS NOT NULL AND attempts > 0 AND route = ? AND target = ?",
                    (route, target),
                )
        self._count()

    def failed(self, rows: Sequence[Row], next_ns: Mapping[int, int | None]) -> None:
        given_up = [row.id for row in rows if next_ns[row.id] is None]
        with self._transaction() as c:
            self._done(c, given_up)
            c.executemany(
                "UPDATE delivery SET attempts = attempts + 1, next_ns = ? WHERE id = ?",
                [(next_ns[row.id], row.id) for row in rows if next_ns[row.id] is not None],
            )
        self.given_up += len(given_up)
        self._count()

    def _done(self, c: sqlite3.Cursor, ids: Sequence[int]) -> None:
        c.executemany("UPDATE delivery SET body = NULL WHERE id = ?", [(id_,) for id_ in ids])
        c.execute(
            "DELETE FROM delivery WHERE body IS NULL AND id <= (SELECT max(id) FROM delivery) - ?",
            (KEEP_DONE,),
        )

    def _count(self) -> None:
        self.owed, oldest_ns = self._connection.execute(
            "SELECT count(*), min(taken_ns) FROM delivery WHERE body IS NOT NULL"
        ).fetchone()
        self.oldest_taken_ns = oldest_ns or 0

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with closing(self._connection.cursor()) as c:
            c.execute("BEGIN IMMEDIATE")
            try:
                yield c
                c.execute("COMMIT")
            except BaseException:
                # A full disk may already have rolled it back.
                if self._connection.in_transaction:
                    c.execute("ROLLBACK")
                raise


def _columns(delivery: Delivery) -> dict[str, object]:
    event = delivery.event
    return {
        "event": event.id,
        "why": Why(delivery.why).value,
        "turn": delivery.turn,
        "route": delivery.route,
        "target": delivery.target,
        "alarm": f"{event.alarm.spacecraft}/{event.alarm.id}",
        "severity": int(severity_of(event)),
        "time_ns": event.time_ns,
        "taken_ns": delivery.taken_ns,
        "body": msgspec.msgpack.encode(delivery),
    }
