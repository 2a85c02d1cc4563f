"""Options of `export`, `import` and `recording`; apart, since the command line has them all."""

import argparse
import getpass
from contextlib import suppress
from pathlib import Path
from typing import Final

LIST: Final = "list"
CREATE: Final = "create"
DELETE: Final = "delete"


def export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="start",
        metavar="TIME",
        help="UTC, such as 2021-10-15T09:12:00, or by day of year, 2021-288T09:12",
    )
    parser.add_argument("--to", dest="stop", metavar="TIME", help="where it ends, not included")
    parser.add_argument(
        "--recording", metavar="NAME", help="the range of a recording; --from and --to narrow it"
    )
    parser.add_argument("--spacecraft", metavar="ID", help="of this one only (default: all)")
    parser.add_argument(
        "--parameters",
        default="",
        metavar="A,B,...",
        help="of these only (default: all, and when subsystems were heard without any)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="FILE.parquet or FILE.csv, one row a sample",
    )


def import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        type=Path,
        help="FILE.parquet or FILE.csv of `export` or `simulate --out`; or a folder with one "
        "<parameter>.txt each, or of YYYY/MM/DD folders of them, as ISSLIVE recorders write",
    )
    parser.add_argument(
        "--year", type=int, help="of a folder: the year it was recorded in, if it does not say"
    )
    parser.add_argument(
        "--spacecraft", metavar="ID", help="of a folder: whose recording it is (default: iss)"
    )
    parser.add_argument("--name", help="of the recording (default: the name of the file or folder)")
    _naming_options(parser)


def recording_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=(LIST, CREATE, DELETE),
        metavar=f"{LIST}|{CREATE}|{DELETE}",
        help="list: those there are; create: name a range, past or to come; delete: forget a "
        "name, its samples are then kept as long as any others",
    )
    parser.add_argument("name", nargs="?", help="letters, digits, dots, hyphens and underscores")
    parser.add_argument(
        "--from",
        dest="start",
        metavar="TIME",
        help="create: UTC, such as 2021-10-15T09:12:00, or by day of year, 2021-288T09:12",
    )
    parser.add_argument(
        "--to", dest="stop", metavar="TIME", help="create: where it ends, not included"
    )
    _naming_options(parser)
    parser.add_argument(
        "--json", action="store_true", help="list: for programs, times in ns since 1970"
    )


def _naming_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--notes", default="", metavar="TEXT", help="what it shows")
    parser.add_argument(
        "--tag", action="append", default=[], dest="tags", metavar="WORD", help="as often as needed"
    )
    parser.add_argument("--by", default=_user(), help="who names it (default: your login name)")


def _user() -> str:
    with suppress(Exception):  # in a container there may be none
        return getpass.getuser()
    return "operator"
