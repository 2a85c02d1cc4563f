"""Options of `stationwatch backtest` and `stationwatch limits`; what they do is loaded later."""

import argparse
from pathlib import Path
from typing import Final

from telemetry.question import login_name

ACTIONS: Final = ("propose", "approve", "reject", "list", "show", "fork")


def backtest_options(parser: argparse.ArgumentParser) -> None:
    _range_options(parser)
    parser.add_argument(
        "--limits", type=Path, metavar="FILE", help="edited limits, judged beside today's"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a report with traces")


def limits_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="what is asked")
    parser.add_argument(
        "what",
        nargs="?",
        default="",
        metavar="FILE|N|FOLDER",
        help="propose: a file of edited limits; approve, reject, show: the number of a change; "
        "fork: the folder to copy the mission database to, to be changed there",
    )
    parser.add_argument("--by", default=login_name(), help="who asks (default: your login name)")
    parser.add_argument("--why", default="", help="propose, reject: the reason, for the record")
    _range_options(parser.add_argument_group("propose: what to judge it on"))


def _range_options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--recording", default="", metavar="NAME", help="a recording of the store")
    parser.add_argument(
        "--from", dest="start", metavar="TIME", help="UTC, as 2021-10-15T09:00 or 2021-288T09:00"
    )
    parser.add_argument("--to", dest="stop", metavar="TIME", help="up to then")
    parser.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="TIME",
        help="something an alarm must be heard of; may be repeated",
    )
    parser.add_argument(
        "--before",
        type=_seconds,
        default=600.0,
        metavar="S",
        help="seconds before an event in which an alarm belongs to it (default: 600)",
    )
    parser.add_argument(
        "--after", type=_seconds, default=600.0, metavar="S", help="and after it (default: 600)"
    )
    parser.add_argument(
        "--changes-only",
        action="store_true",
        help="only what changed was recorded: silence means nothing (a recording knows by itself)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 86400")
    return seconds
