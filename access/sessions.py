"""Who is signed in: a random token in the browser, its hash here. I/O.

A session ends when it is not used, when it is old, when it is revoked, and with its user.
"""

import hashlib
import secrets
from typing import Final

from access.users import User, Users, errors
from telemetry.clock import SECOND_NS

#: A shift and its handover without a look at the console; and a day, whatever is done.
IDLE_NS: Final = 10 * 3600 * SECOND_NS
AGE_NS: Final = 24 * 3600 * SECOND_NS
#: Of one user at once; the one longest unused goes.
MAX_SESSIONS: Final = 20
#: How often the moment of use is written down.
_NOTED_NS: Final = 60 * SECOND_NS


class Sessions:
    def __init__(self, users: Users) -> None:
        self._users = users
        self._connection = users.connection

    def begin(self, name: str, now_ns: int) -> str:
        """A new session of a user who has shown a password; its token."""
        token = secrets.token_urlsafe(32)
        with errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(
                    "DELETE FROM session WHERE seen_ns < ? OR created_ns < ?",
                    (now_ns - IDLE_NS, now_ns - AGE_NS),
                )
                self._connection.execute(
                    "INSERT INTO session VALUES (?, ?, ?, ?)", (_hash(token), name, now_ns, now_ns)
                )
                self._connection.execute(
                    "DELETE FROM session WHERE name = ? AND token NOT IN (SELECT token FROM session"
                    " WHERE name = ? ORDER BY seen_ns DESC LIMIT ?)",
                    (name, name, MAX_SESSIONS),
                )
            finally:
                self._connection.execute("COMMIT")
        return token

    def user(self, token: str, now_ns: int) -> User | None:
        """Whose session it is, as that user is now; None if there is none, or no longer."""
        key = _hash(token)
        with errors():
            row = self._connection.execute(
                "SELECT name, created_ns, seen_ns FROM session WHERE token = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            name, created_ns, seen_ns = row
            if now_ns - created_ns > AGE_NS or now_ns - seen_ns > IDLE_NS:
                self._connection.execute("DELETE FROM session WHERE token = ?", (key,))
                return None
            if abs(now_ns - seen_ns) > _NOTED_NS:
                self._connection.execute(
                    "UPDATE session SET seen_ns = ? WHERE token = ?", (now_ns, key)
                )
        return self._users.find(name)

    def end(self, token: str) -> None:
        with errors():
            self._connection.execute("DELETE FROM session WHERE token = ?", (_hash(token),))

    def revoke(self, name: str) -> int:
        """End all of one user; how many there were."""
        with errors():
            return self._connection.execute("DELETE FROM session WHERE name = ?", (name,)).rowcount


def _hash(token: str) -> bytes:
    """The token is random in full: nothing slower is needed."""
    return hashlib.sha256(token.encode()).digest()
