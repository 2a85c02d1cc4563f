"""The users: names, roles, passwords, the public keys of who signs commands. I/O.

A person signs in by password; a service (the console, training) has a key and no password, and
signs for the people it has let in. Passwords are kept as argon2id, keys as their public half.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from access.file import AccessError, open_file
from access.roles import Role
from telemetry.errors import UsageError

SCHEMA_VERSION: Final = 1
FILE: Final = "users.sqlite"
MAX_USERS: Final = 1_000
#: Length alone is asked for (NIST SP 800-63B, 3.1.1.2); the longest is a bound on work.
MIN_PASSWORD, MAX_PASSWORD = 12, 256
#: As it stands in the journal: letters of any language, digits, and what names have between them.
_NAME: Final = re.compile(r"[^\W_](?:[\w .'-]{0,38}[\w.])?")

_SCHEMA: Final = """\
CREATE TABLE user (name TEXT PRIMARY KEY, role INTEGER NOT NULL, service INTEGER NOT NULL,
                   password TEXT, key BLOB, created_ns INTEGER NOT NULL);
CREATE TABLE session (token BLOB PRIMARY KEY,
                      name TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
                      created_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL);
CREATE INDEX session_name ON session (name, seen_ns)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """service: a program that signs for people. key: public, Ed25519, 32 bytes; empty without."""

    name: str
    role: Role
    service: bool = False
    key: bytes = b""
    created_ns: int = 0


class Users:
    """Open with `Users.open(folder)`; every program reads anew what another has written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._hasher = PasswordHasher()  # argon2id, RFC 9106's second recommendation
        #: Who is not there is answered as slowly as who is.
        self._nobody = self._hasher.hash("nobody")

    @classmethod
    def open(cls, folder: Path) -> Self:
        """:raises AccessError: if the folder cannot be used."""
        return cls(open_file(folder / FILE, _SCHEMA, SCHEMA_VERSION))

    def close(self) -> None:
        self.connection.close()

    def find(self, name: str) -> User | None:
        for user in self._read("WHERE name = ?", (name,)):
            return user
        return None

    def all(self) -> list[User]:
        """By name."""
        return list(self._read("ORDER BY name", ()))

    def add(self, user: User, password: str = "") -> None:
        """:raises UsageError: if the name is taken or none, or the password will not do."""
        name, there = checked_name(user.name), self.all()
        if any(one.name.casefold() == name.casefold() for one in there):
            raise UsageError(f"there is a user {name!r} already, in whatever letters")
        if len(there) >= MAX_USERS:
            raise UsageError(f"there are {MAX_USERS} users, as many as may be")
        hashed = None if user.service else self._hasher.hash(checked_password(password, name))
        row = (name, int(user.role), int(user.service), hashed, user.key or None, user.created_ns)
        try:
            with errors():
                self.connection.execute("INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise UsageError(f"there is a user {name!r} already") from None

    def remove(self, name: str) -> None:
        """With every session. :raises UsageError: if there is none of that name."""
        self._change("DELETE FROM user WHERE name = ?", (name,), name)

    def set_role(self, name: str, role: Role) -> None:
        """:raises UsageError: if there is none of that name."""
        self._change("UPDATE user SET role = ? WHERE name = ?", (int(role), name), name)

    def set_password(self, name: str, password: str) -> None:
        """Whoever is signed in with the old one is signed out.

        :raises UsageError: if there is none of that name, it is a service, or it will not do.
        """
        user = self.find(name)
        if user is not None and user.service:
            raise UsageError(f"{name} is a service: it has a key and no password")
        hashed = self._hasher.hash(checked_password(password, name))
        self._change("UPDATE user SET password = ? WHERE name = ?", (hashed, name), name)
        with errors():
            self.connection.execute("DELETE FROM session WHERE name = ?", (name,))

    def set_key(self, name: str, key: bytes) -> None:
        """key: public; empty takes it away. :raises UsageError: if there is none of that name."""
        self._change("UPDATE user SET key = ? WHERE name = ?", (key or None, name), name)

    def verify(self, name: str, password: str) -> User | None:
        """The user, if that is the password. Takes some 50 ms and 64 MB: not on an event loop."""
        with errors():
            row = self.connection.execute(
                "SELECT password FROM user WHERE name = ?", (name,)
            ).fetchone()
        hashed = row[0] if row and row[0] else None
        try:
            self._hasher.verify(hashed or self._nobody, password[: MAX_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return None
        return self.find(name) if hashed else None

    def _read(self, where: str, values: tuple[object, ...]) -> Iterator[User]:
        with errors():
            rows = self.connection.execute(
                f"SELECT name, role, service, key, created_ns FROM user {where}",  # noqa: S608 - ours
                values,
            ).fetchall()
        for name, role, service, key, created_ns in rows:
            yield User(
                name=name,
                role=Role(role),
                service=bool(service),
                key=key or b"",
                created_ns=created_ns,
            )

    def _change(self, statement: str, values: tuple[object, ...], name: str) -> None:
        with errors():
            changed = self.connection.execute(statement, values).rowcount
        if not changed:
            raise UsageError(f"there is no user {name!r}")


def checked_name(name: str) -> str:
    """:raises UsageError: if it is none."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"name {name!r}: 1 to 40 letters, digits, spaces and . _ ' -, beginning with a letter "
            "or digit"
        )
    return name


def checked_password(password: str, name: str) -> str:
    """:raises UsageError: if it is too short or long, or the name itself. Never shows it."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise UsageError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if name.casefold() in password.casefold() and len(name) > len(password) // 2:
        raise UsageError("the password is mostly the name")
    return password


@contextmanager
def errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise AccessError(f"users cannot be read or written: {error}") from None
