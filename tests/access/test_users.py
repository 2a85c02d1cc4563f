"""Users, their passwords and sessions, on a real file."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from access.roles import Role
from access.sessions import AGE_NS, IDLE_NS, MAX_SESSIONS, Sessions
from access.users import FILE, User, Users, checked_name
from telemetry.errors import UsageError

PASSWORD = "correct horse battery staple"
NOW_NS = 10**18


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Users]:
    with closing(Users.open(tmp_path)) as users:
        users.add(User(name="Olga", role=Role.OPERATOR, created_ns=NOW_NS), PASSWORD)
        yield users


def test_a_password_is_verified_and_not_kept(users: Users, tmp_path: Path) -> None:
    found = users.verify("Olga", PASSWORD)
    assert found is not None
    assert (found.name, found.role) == ("Olga", Role.OPERATOR)
    assert users.verify("Olga", PASSWORD + "x") is None
    assert users.verify("Nobody", PASSWORD) is None
    assert users.verify("", "") is None
    content = (tmp_path / FILE).read_bytes()
    assert PASSWORD.encode() not in content
    assert b"$argon2id$" in content
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_service_has_no_password(users: Users) -> None:
    users.add(User(name="console", role=Role.VIEWER, service=True, key=b"k" * 32))
    assert users.verify("console", "") is None
    assert users.verify("console", "None") is None
    with pytest.raises(UsageError, match="it has a key and no password"):
        users.set_password("console", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "Olga-Olga-Ol"])
def test_a_password_that_will_not_do_changes_nothing(password: str, users: Users) -> None:
    if password.startswith("Olga"):
        users.add(User(name="Olga-Olga", role=Role.VIEWER), PASSWORD)
        with pytest.raises(UsageError, match="mostly the name"):
            users.set_password("Olga-Olga", password)
        return
    with pytest.raises(UsageError, match="12 to 256") as refused:
        users.set_password("Olga", password)
    assert not password or password not in str(refused.value)
    assert users.verify("Olga", PASSWORD) is not None


@pytest.mark.parametrize(
    "name", ["", " ", "-x", "a\nb", "a" * 41, "x ", "=cmd", "a/b", "a:b", "\u202eevil", "x\x1b"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        checked_name(name)


@pytest.mark.parametrize("name", ["A. Lead", "Zo\u00eb O'Hara", "x", "7", "Jean-Luc P"])
def test_names_people_have_are_names(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["Olga", "olga", "OLGA"])
def test_nobody_has_anothers_name_in_other_letters(name: str, users: Users) -> None:
    with pytest.raises(UsageError, match="already"):
        users.add(User(name=name, role=Role.LEAD), PASSWORD)


def test_a_session_is_of_the_user_as_it_is_now(users: Users, tmp_path: Path) -> None:
    sessions = Sessions(users)
    token = sessions.begin("Olga", NOW_NS)
    assert token.encode() not in (tmp_path / FILE).read_bytes()
    with closing(Users.open(tmp_path)) as elsewhere:
        elsewhere.set_role("Olga", Role.VIEWER)
    found = sessions.user(token, NOW_NS)
    assert found is not None
    assert found.role is Role.VIEWER
    users.remove("Olga")
    assert sessions.user(token, NOW_NS) is None


def test_a_session_ends_unused_and_at_its_age(users: Users) -> None:
    sessions = Sessions(users)
    unused = sessions.begin("Olga", NOW_NS)
    assert sessions.user(unused, NOW_NS + IDLE_NS) is not None
    assert sessions.user(unused, NOW_NS + 2 * IDLE_NS + 1) is None
    used = sessions.begin("Olga", NOW_NS)
    now_ns = NOW_NS
    while now_ns - NOW_NS <= AGE_NS:
        assert sessions.user(used, now_ns) is not None
        now_ns += IDLE_NS // 2
    assert sessions.user(used, now_ns) is None


def test_a_new_password_and_revoking_end_all(users: Users) -> None:
    sessions = Sessions(users)
    first = sessions.begin("Olga", NOW_NS)
    users.set_password("Olga", PASSWORD + "!")
    assert sessions.user(first, NOW_NS) is None
    tokens = [sessions.begin("Olga", NOW_NS + n) for n in range(MAX_SESSIONS + 3)]
    living = [one for one in tokens if sessions.user(one, NOW_NS + 100)]
    assert living == tokens[-MAX_SESSIONS:]
    assert sessions.revoke("Olga") == MAX_SESSIONS
    assert not any(sessions.user(one, NOW_NS + 100) for one in tokens)


def test_a_session_of_nobody_cannot_begin(users: Users) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        Sessions(users).begin("Nobody", NOW_NS)
