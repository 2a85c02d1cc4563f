"""`stationwatch user` and `stationwatch audit`: who may, and who did. I/O.

Whoever can write the folder is master of it already: what protects it is the file system.
"""

import argparse
import csv
import getpass
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TextIO

from access.audit import FILE, Audit, Entry
from access.file import AccessError
from access.options import UserVerb
from access.roles import Role
from access.seal import CommandKey
from access.sessions import Sessions
from access.users import User, Users, checked_name, checked_password
from telemetry.clock import Clock, SystemClock, utc
from telemetry.errors import UsageError
from telemetry.question import login_name
from telemetry.secret import secret
from telemetry.settings import Settings

_NO_FOLDER: Final = "user: set STATIONWATCH_ACCESS (--access) to the folder that is to hold users"
_COLUMNS: Final = ("line", "time", "who", "where", "did", "what", "outcome")


async def user(
    arguments: argparse.Namespace, settings: Settings, clock: Clock | None = None
) -> None:
    """Do one thing to the users, and note in the audit who did.

    :raises UsageError: if it cannot be done; nothing is changed then.
    """
    if settings.access is None:
        raise UsageError(_NO_FOLDER)
    now_ns = (clock or SystemClock()).now_ns()
    with closing(Users.open(settings.access)) as users:
        if arguments.verb is UserVerb.LIST:
            _list(users.all())
            return
        _must_be_complete(arguments)
        with closing(Audit.open(settings.access)) as audit, _noted(audit, arguments, now_ns):
            _do(users, arguments, now_ns)


def _do(users: Users, arguments: argparse.Namespace, now_ns: int) -> None:
    name: str = arguments.name
    match arguments.verb:
        case UserVerb.ADD:
            checked_name(name)
            _must_be_free(users, name)
            password = _new_password(name)
            users.add(User(name=name, role=arguments.role, created_ns=now_ns), password)
            _say(f"{name} is {arguments.role}")
        case UserVerb.SERVICE:
            _must_be_free(users, checked_name(name))
            given = secret("STATIONWATCH_COMMAND_KEY")
            key = CommandKey.parse(given) if given else CommandKey.new(name)
            if key.signer != name:
                raise UsageError(f"STATIONWATCH_COMMAND_KEY is {key.signer}'s, not {name}'s")
            users.add(
                User(name=name, role=Role.VIEWER, service=True, key=key.public, created_ns=now_ns)
            )
            if given:
                _say(f"{name} signs with the key it has")
            else:
                _show_key(key)
        case UserVerb.ROLE:
            users.set_role(name, arguments.role)
            _say(f"{name} is {arguments.role}")
        case UserVerb.PASSWORD:
            _known(users, name)
            users.set_password(name, _new_password(name))
            _say(f"{name} has a new password and is signed out everywhere")
        case UserVerb.KEY:
            _known(users, name)
            key = CommandKey.new(name)
            users.set_key(name, key.public)
            _show_key(key)
        case UserVerb.REVOKE:
            _known(users, name)
            ended = Sessions(users).revoke(name)
            users.set_key(name, b"")
            _say(f"{name}: {ended} sessions ended, no key")
        case UserVerb.REMOVE:
            users.remove(name)
            _say(f"{name} is removed")


async def audit(arguments: argparse.Namespace, settings: Settings) -> None:
    """Print or write the audit, or say whether it is whole.

    :raises AccessError: if it is not.
    """
    if settings.access is None or not (settings.access / FILE).exists():
        raise UsageError(
            "audit: set STATIONWATCH_ACCESS (--access) to the folder with users and the audit"
        )
    with closing(Audit.open(settings.access)) as kept:
        if arguments.verify:
            if line := kept.broken_at():
                raise AccessError(f"the audit is not as it was written, from line {line} on")
            _say("the audit is whole")
            return
        lines = (
            (n, entry)
            for n, entry in kept.read(arguments.start or 0, arguments.stop or 2**63 - 1)
            if arguments.who in ("", entry.who)
        )
        if arguments.csv:
            _say(f"{_write(arguments.csv, lines)} lines written to {arguments.csv}")
        else:
            for n, entry in lines:
                what = f" {entry.what}" if entry.what else ""
                _say(
                    shown(
                        f"{n} {utc(entry.at_ns)} {entry.who or '-'} ({entry.where}): "
                        f"{entry.did}{what}: {entry.outcome}"
                    )
                )


def write_csv(file: TextIO, lines: Iterable[tuple[int, Entry]]) -> int:
    """How many. A cell that a spreadsheet would take for a formula is text."""
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    count = 0
    for count, (n, entry) in enumerate(lines, start=1):  # noqa: B007 - the last is the answer
        texts = (entry.who, entry.where, entry.did, entry.what, entry.outcome)
        writer.writerow((n, utc(entry.at_ns), *map(_plain, texts)))
    return count


def shown(line: str) -> str:
    """Fit for a terminal: anybody's text is in it, which must neither begin a line of its own nor
    have the terminal do anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _write(path: Path, lines: Iterable[tuple[int, Entry]]) -> int:
    try:
        with path.open("x", newline="", encoding="utf-8") as file:
            return write_csv(file, lines)
    except FileExistsError:
        raise UsageError(f"{path} is there already") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


@contextmanager
def _noted(audit: Audit, arguments: argparse.Namespace, now_ns: int) -> Iterator[None]:
    outcome = "done"
    try:
        yield
    except UsageError as error:
        outcome = f"refused: {error}"
        raise
    finally:
        role = f" {arguments.role}" if arguments.role else ""
        audit.add(
            Entry(
                at_ns=now_ns,
                who=login_name(),
                where="terminal",
                did=f"user {arguments.verb}",
                what=f"{arguments.name}{role}",
                outcome=outcome,
            )
        )


def _list(users: Iterable[User]) -> None:
    for one in users:
        what = "service" if one.service else str(one.role)
        _say(f"{one.name}: {what}{', with a key' if one.key else ''}, since {utc(one.created_ns)}")


def _must_be_complete(arguments: argparse.Namespace) -> None:
    verb: UserVerb = arguments.verb
    if not arguments.name:
        raise UsageError(f"user {verb}: say who, NAME")
    if (arguments.role is not None) is not (verb in (UserVerb.ADD, UserVerb.ROLE)):
        raise UsageError(f"user {verb}: --role is for add and role, which need it")


def _known(users: Users, name: str) -> None:
    if users.find(name) is None:
        raise UsageError(f"there is no user {name!r}")


def _must_be_free(users: Users, name: str) -> None:
    if users.find(name) is not None:
        raise UsageError(f"there is a user {name!r} already")


def _new_password(name: str) -> str:
    """Asked for twice at a terminal, else a line of standard input: never an argument."""
    if not sys.stdin.isatty():
        return checked_password(sys.stdin.readline().rstrip("\r\n"), name)
    password = checked_password(getpass.getpass(f"password of {name}: "), name)
    if getpass.getpass("again: ") != password:
        raise UsageError("the two passwords differ")
    return password


def _show_key(key: CommandKey) -> None:
    """On standard output alone, so that it can go into a file unread."""
    sys.stderr.write("keep this to yourself, in STATIONWATCH_COMMAND_KEY; it is not shown again\n")
    _say(key.text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
