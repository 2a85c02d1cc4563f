"""The options of `stationwatch user` and `stationwatch audit`."""

import argparse
from enum import StrEnum
from pathlib import Path
from typing import Final

from access.roles import Role
from telemetry.errors import UsageError
from telemetry.moments import parse_time


class UserVerb(StrEnum):
    """What can be done to users, and what it is."""

    LIST = "list"
    ADD = "add"
    SERVICE = "service"
    ROLE = "role"
    PASSWORD = "password"  # noqa: S105 - a verb
    KEY = "key"
    REVOKE = "revoke"
    REMOVE = "remove"


_VERBS: Final = {
    UserVerb.LIST: "who there is",
    UserVerb.ADD: "a person who signs in; asks for the password",
    UserVerb.SERVICE: "a program that signs for people: prints its key, or takes one given",
    UserVerb.ROLE: "another role",
    UserVerb.PASSWORD: "another password; signs out everywhere",
    UserVerb.KEY: "a new key for commands from a terminal, printed; the old one is void",
    UserVerb.REVOKE: "signs out everywhere, and voids the key",
    UserVerb.REMOVE: "no such user any more",
}


def user_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "verb",
        choices=list(UserVerb),
        type=UserVerb,
        metavar="VERB",
        help="; ".join(f"{verb}: {what}" for verb, what in _VERBS.items()),
    )
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="as in the journal")
    parser.add_argument(
        "--role",
        type=_known_role,
        metavar="ROLE",
        help=f"add, role: one of {', '.join(map(str, Role))}; each may do what those before may",
    )


def audit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", type=_moment, metavar="TIME", help="UTC, included")
    parser.add_argument("--to", dest="stop", type=_moment, metavar="TIME", help="UTC, not included")
    parser.add_argument("--who", default="", help="only of this person")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write it there, as CSV")
    parser.add_argument(
        "--verify", action="store_true", help="say whether every line is as it was written"
    )


def _known_role(text: str) -> Role:
    try:
        return Role.called(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(text: str) -> int:
    try:
        return parse_time(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
