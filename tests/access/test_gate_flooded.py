"""A flood of what may not be done, or comes again, neither fills the audit nor hides in it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from access.audit import Audit
from access.gate import ANSWERED_A_MINUTE, Gate
from access.roles import Role
from access.seal import CommandKey, seal
from access.users import User, Users

NOTE, APPROVE = "cmd/v1/ground/shift/note", "cmd/v1/iss/plan/approve"
KEY = CommandKey.new("Olga")
COMMAND = b'{"id":"1","by":"Olga"}'


@dataclass(frozen=True, slots=True)
class Door:
    gate: Gate
    audit: Audit

    def heard(self) -> list[tuple[str, str]]:
        return [(entry.who, entry.outcome) for _, entry in self.audit.read()]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with closing(Users.open(tmp_path)) as users, closing(Audit.open(tmp_path)) as audit:
        users.add(User(name="Olga", role=Role.OPERATOR, key=KEY.public), "correct horse battery")
        yield Door(Gate(users, audit, "ingest"), audit)


def test_a_strangers_flood_hides_nobodys_refusal(door: Door) -> None:
    for _ in range(2 * ANSWERED_A_MINUTE):
        door.gate.admit(NOTE, b"garbage", 1)
    assert len(door.heard()) == ANSWERED_A_MINUTE

    assert door.gate.admit(APPROVE, seal(KEY, APPROVE, COMMAND, 1), 1) is not None
    assert door.heard()[-1] == ("Olga", "refused: it takes the role lead; Olga is operator")


def test_what_is_repeated_is_handed_on_and_noted_once(door: Door) -> None:
    """Whoever does it knows the id, and answers again."""
    envelope = seal(KEY, NOTE, COMMAND, 1)
    rewritten = b" " + envelope + b"\n"
    for payload in (envelope, envelope, rewritten):
        assert door.gate.admit(NOTE, payload, 1) == COMMAND
    assert door.heard() == [("Olga", "permitted")]


def test_a_repeated_refusal_uses_up_nobodys_answer(door: Door) -> None:
    envelope = seal(KEY, APPROVE, COMMAND, 1)
    assert door.gate.admit(APPROVE, envelope, 1) is not None
    for _ in range(2 * ANSWERED_A_MINUTE):
        assert door.gate.admit(APPROVE, envelope, 1) is None
    assert door.gate.admit(APPROVE, seal(KEY, APPROVE, COMMAND, 2), 2) is not None
    assert len(door.heard()) == 2
