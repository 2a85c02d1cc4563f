"""Users are a file: while another program holds it, nobody may, and nothing falls over."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from access.audit import Audit
from access.gate import Gate, Verdict
from access.roles import Role
from access.seal import CommandKey, seal
from access.users import FILE, User, Users

TOPIC = "cmd/v1/iss/alarm/acknowledge"
KEY = CommandKey.new("Ann")
COMMAND = b'{"id":"1","by":"Ann","alarm":"A"}'


def test_while_users_are_locked_a_command_is_refused_and_told_so(tmp_path: Path) -> None:
    with (
        closing(Users.open(tmp_path)) as users,
        closing(Audit.open(tmp_path)) as audit,
        closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other,
    ):
        users.add(User(name="Ann", role=Role.OPERATOR, key=KEY.public), "correct horse battery")
        users.connection.execute("PRAGMA busy_timeout=0")
        gate = Gate(users, audit, "ingest")
        other.execute("BEGIN EXCLUSIVE")

        admitted = gate.admit(TOPIC, seal(KEY, TOPIC, COMMAND, 1), 1)
        assert admitted is not None
        assert msgspec.json.decode(admitted)["denied"] == Verdict.UNDECIDED
        assert [entry.outcome for _, entry in audit.read()] == [f"refused: {Verdict.UNDECIDED}"]

        other.execute("ROLLBACK")
        assert gate.admit(TOPIC, seal(KEY, TOPIC, COMMAND, 1), 1) == COMMAND
