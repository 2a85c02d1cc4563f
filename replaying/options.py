"""Options of `replay`; apart, since the command line has them all."""

import argparse
from contextlib import suppress
from typing import Final

from telemetry.question import login_name
from telemetry.replay import (
    AS_FAST_AS_IT_GOES,
    MAX_SPEED,
    MIN_SPEED,
    ReplayGaps,
    ReplayLimits,
    ReplayOrder,
    ReplayVerb,
)

LIST: Final = "list"
WATCH: Final = "watch"
ACTIONS: Final = (*ReplayVerb, LIST, WATCH)
#: As they stand in the parsed arguments, None unless given.
OF_CREATE: Final = {
    "start": "--from",
    "stop": "--to",
    "recording": "--recording",
    "bundle": "--bundle",
    "order": "--order",
    "limits": "--limits",
    "gaps": "--gaps",
    "speed": "--speed",
    "at": "--at",
    "paused": "--paused",
}


def replay_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=ACTIONS,
        metavar="ACTION",
        help="create, list, play, pause, seek, step, speed, end, or watch until it is over",
    )
    parser.add_argument("session", nargs="?", metavar="SESSION", help="as create and list name it")
    parser.add_argument(
        "value",
        nargs="?",
        metavar="VALUE",
        help="seek: where to, such as 2021-10-15T09:12:18 or 09:12:18; step: how many frames "
        "(default: 1); speed: N or max",
    )
    create = parser.add_argument_group("create")
    create.add_argument(
        "--from",
        dest="start",
        metavar="TIME",
        help="UTC, such as 2021-10-15T09:12:00, or by day of year, 2021-288T09:12",
    )
    create.add_argument("--to", dest="stop", metavar="TIME", help="where it ends, not included")
    create.add_argument(
        "--recording", metavar="NAME", help="the range of a recording; --from and --to narrow it"
    )
    create.add_argument(
        "--bundle", metavar="NAME", help="an incident bundle that ingest keeps, likewise"
    )
    create.add_argument(
        "--order",
        choices=list(ReplayOrder),
        type=ReplayOrder,
        help="as-received: what live saw and did, event for event; as-happened: stored telemetry "
        "by the time it was taken (default: as-received)",
    )
    create.add_argument(
        "--limits",
        choices=list(ReplayLimits),
        type=ReplayLimits,
        help="judged by those of then or of now (default: then)",
    )
    create.add_argument(
        "--gaps",
        choices=list(ReplayGaps),
        type=ReplayGaps,
        help="keep the pace where nothing comes for long, or skip it (default: keep)",
    )
    create.add_argument(
        "--speed",
        type=speed,
        metavar="N",
        help=f"{MIN_SPEED:g} to {MAX_SPEED:g} times as fast as it happened, or max for as fast as "
        "it goes (default: 1)",
    )
    create.add_argument("--at", metavar="TIME", help="begin there (default: at its start)")
    create.add_argument(
        "--paused", action="store_true", default=None, help="wait for `replay play` to begin"
    )
    parser.add_argument("--by", default=login_name(), help="who asks (default: your login name)")
    parser.add_argument(
        "--json", action="store_true", help="list: for programs, times in ns since 1970"
    )


def speed(text: str) -> float:
    """`0.5`, `20`, or `max`, which is `AS_FAST_AS_IT_GOES`."""
    if text == "max":
        return AS_FAST_AS_IT_GOES
    with suppress(ValueError):
        if MIN_SPEED <= (number := float(text)) <= MAX_SPEED:
            return number
    raise argparse.ArgumentTypeError(
        f"{text!r} is no speed: write {MIN_SPEED:g} to {MAX_SPEED:g}, or max"
    )
