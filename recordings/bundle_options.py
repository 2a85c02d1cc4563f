"""Options of `bundle`; apart, since the command line has them all."""

import argparse
from pathlib import Path
from typing import Final

from replaying.options import speed
from telemetry.question import login_name
from telemetry.replay import MAX_SPEED, MIN_SPEED, ReplayLimits, ReplayOrder

CREATE: Final = "create"
SHOW: Final = "show"
REPLAY: Final = "replay"
#: By attribute: the action it belongs to.
OF_ACTION: Final = {
    "start": CREATE,
    "stop": CREATE,
    "incident": CREATE,
    "at": CREATE,
    "before": CREATE,
    "after": CREATE,
    "out": CREATE,
    "notes": CREATE,
    "json": SHOW,
    "order": REPLAY,
    "limits": REPLAY,
    "speed": REPLAY,
    "paused": REPLAY,
}


def bundle_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=(CREATE, SHOW, REPLAY),
        metavar=f"{CREATE}|{SHOW}|{REPLAY}",
        help="create: make one of what ingest has; show: check one and say what is in it; replay: "
        "have ingest play one again",
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="show, replay: which")
    create = parser.add_argument_group("create")
    create.add_argument(
        "--from",
        dest="start",
        metavar="TIME",
        help="UTC, such as 2021-10-15T09:12:00, or by day of year, 2021-288T09:12",
    )
    create.add_argument("--to", dest="stop", metavar="TIME", help="where it ends, not included")
    create.add_argument("--at", metavar="TIME", help="instead: around this time")
    create.add_argument(
        "--incident", metavar="ID", help="instead: around an incident, as the console names it"
    )
    create.add_argument(
        "--before", metavar="SPAN", help="how much before, such as 90s, 10m, 2h (default: 10m)"
    )
    create.add_argument("--after", metavar="SPAN", help="how much after (default: 30m)")
    create.add_argument("--out", type=Path, metavar="FILE.zip", help="the file to write")
    create.add_argument("--notes", metavar="TEXT", help="what it shows, and why it is kept")
    show = parser.add_argument_group("show")
    show.add_argument(
        "--json",
        action="store_true",
        default=None,
        help="for programs, times in ns since 1970",
    )
    replay = parser.add_argument_group("replay")
    replay.add_argument(
        "--order",
        choices=list(ReplayOrder),
        type=ReplayOrder,
        help="as-received: what live saw and did, event for event; as-happened: its samples by "
        "the time they were taken (default: as-received)",
    )
    replay.add_argument(
        "--limits",
        choices=list(ReplayLimits),
        type=ReplayLimits,
        help="judged by those of then or of now (default: then)",
    )
    replay.add_argument(
        "--speed",
        type=speed,
        metavar="N",
        help=f"{MIN_SPEED:g} to {MAX_SPEED:g} times as fast as it happened, or max for as fast as "
        "it goes (default: 1)",
    )
    replay.add_argument(
        "--paused",
        action="store_true",
        default=None,
        help="wait for `stationwatch replay play` to begin",
    )
    parser.add_argument(
        "--by", default=login_name(), help="who makes or replays it (default: your login name)"
    )
