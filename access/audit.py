"""Who did what when: only ever added to. I/O.

The file refuses changes to what is written, and each line carries a hash over itself and the line
before: whoever gets at the file by other means can cut its end off, but not change its middle
unseen. What is exported is as good a copy.
"""

import hashlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import msgspec

from access.file import AccessError, open_file

SCHEMA_VERSION: Final = 1
FILE: Final = "audit.sqlite"
#: What others send into a line is cut to this many characters.
MAX_TEXT: Final = 300
_BATCH: Final = 1_000
#: So long a line waits for another program. Commands, and the telemetry behind them, wait too.
PATIENCE_MS: Final = 250
#: Lines held while the file cannot be written; then the oldest are only in the log.
MAX_BEHIND: Final = 10_000

_SCHEMA: Final = """\
CREATE TABLE line (n INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, entry BLOB NOT NULL,
                   chain BLOB NOT NULL);
CREATE TRIGGER no_update BEFORE UPDATE ON line BEGIN SELECT raise(ABORT, 'only added to') ; END;
CREATE TRIGGER no_delete BEFORE DELETE ON line BEGIN SELECT raise(ABORT, 'only added to') ; END"""

logger = logging.getLogger(__name__)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """who: name of a user, or what was given for one; where: the program and the address it was
    asked from; did: what was tried; what: to what; outcome: `done`, or why not."""

    at_ns: int
    who: str
    where: str
    did: str
    what: str = ""
    outcome: str = "done"


class Audit:
    """Open with `Audit.open(folder)`; several programs add to one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        #: (time, body) of what is not written yet.
        self._behind: deque[tuple[int, bytes]] = deque(maxlen=MAX_BEHIND)
        #: A connection has one transaction, whichever thread began it.
        self._adding = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """:raises AccessError: if the folder cannot be used."""
        return cls(open_file(folder / FILE, _SCHEMA, SCHEMA_VERSION))

    def close(self) -> None:
        with self._adding:
            self._catch_up()
        self._connection.close()

    def add(self, entry: Entry) -> None:
        """Durable on return. From any thread.

        A full disk keeps nobody from acknowledging an alarm, nor does a locked file: what cannot be
        written is logged, and written with the next that can.
        """
        body = msgspec.json.encode(_cut(entry))
        with self._adding:
            self._behind.append((entry.at_ns, body))
            if error := self._catch_up():
                logger.error("the audit cannot be written (%s): %s", error, body.decode())

    def _catch_up(self) -> sqlite3.Error | None:
        """Write what is not written, all or nothing; why it cannot be."""
        if not self._behind:
            return None
        # whoever waited once for a locked file does not wait again for the same lock
        patience_ms = PATIENCE_MS if len(self._behind) == 1 else 0
        try:
            self._connection.execute(f"PRAGMA busy_timeout={patience_ms}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._write()
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may already have rolled it back.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            return error
        self._behind.clear()
        return None

    def _write(self) -> None:
        last = self._connection.execute("SELECT chain FROM line ORDER BY n DESC LIMIT 1").fetchone()
        chain = last[0] if last else b""
        for at_ns, body in self._behind:
            chain = _chain(chain, body)
            self._connection.execute(
                "INSERT INTO line (at_ns, entry, chain) VALUES (?, ?, ?)", (at_ns, body, chain)
            )

    def read(self, start_ns: int = 0, stop_ns: int = 2**63 - 1) -> Iterator[tuple[int, Entry]]:
        """(line, entry) in the order they were written, of that time.

        :raises AccessError: if the file cannot be read.
        """
        for n, body, _ in self._lines():
            entry = _entry(n, body)
            if start_ns <= entry.at_ns < stop_ns:
                yield n, entry

    def broken_at(self) -> int:
        """The first line that is not as it was written, or missing; 0: all are."""
        before, expected = b"", 1
        for n, body, chain in self._lines():
            before = _chain(before, body)
            if n != expected or chain != before:
                return expected
            expected += 1
        return 0

    def _lines(self) -> Iterator[tuple[int, bytes, bytes]]:
        n = 0
        while True:
            try:
                rows = self._connection.execute(
                    "SELECT n, CAST(entry AS BLOB), CAST(chain AS BLOB) FROM line WHERE n > ? "
                    "ORDER BY n LIMIT ?",
                    (n, _BATCH),
                ).fetchall()
            except sqlite3.Error as error:
                raise AccessError(f"the audit cannot be read: {error}") from None
            if not rows:
                return
            yield from rows
            n = rows[-1][0]


def _chain(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(before + body).digest()


def _cut(entry: Entry) -> Entry:
    texts = {
        name: value[:MAX_TEXT]
        for name, value in msgspec.structs.asdict(entry).items()
        if isinstance(value, str)
    }
    return msgspec.structs.replace(entry, **texts)


def _entry(n: int, body: bytes) -> Entry:
    try:
        return msgspec.json.decode(body, type=Entry)
    except msgspec.DecodeError as error:
        raise AccessError(f"line {n} of the audit is damaged: {error}") from None
