"""Changes of limits: who asked for which, why, what it would have meant, and who approved it.

Each has a folder of the mission database, `changes/<n>`, counted from 1:

    limits.toml   the edited limits (`telemetry.missiondb.edits`), as they were proposed
    change.toml   who, why, when, on which version, and what was decided
    report.html   the back-test it was proposed with

What is approved is in force, in order, whenever the mission database is loaded. I/O: the files.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.errors import Problem, UsageError

CHANGES: Final = "changes"
EDITED: Final = "limits.toml"
ABOUT: Final = "change.toml"
REPORT: Final = "report.html"

#: Of who asks, in characters.
MAX_NAME: Final = 64
MAX_TEXT: Final = 4_000

_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
_Text = Annotated[str, Meta(max_length=MAX_TEXT)]


class ChangeState(StrEnum):
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What `change.toml` says.

    at, decided_at: UTC, ISO 8601. before, after: versions of the mission database. judged_on: what
    the back-test was made on. changes: what differs, one line a parameter.
    """

    by: _Name
    why: _Text
    at: str
    before: str
    after: str
    judged_on: _Text
    changes: tuple[str, ...]
    state: ChangeState = ChangeState.PROPOSED
    decided_by: str = ""
    decided_at: str = ""
    comment: _Text = ""


class ChangeFolder:
    """The changes of the mission database in a folder.

    :raises UsageError: what each method raises where the files are not as they must be.
    """

    def __init__(self, missiondb: Path) -> None:
        self._folder = missiondb / CHANGES

    def path(self, number: int) -> Path:
        return self._folder / str(number)

    def all(self) -> Iterator[tuple[int, Change]]:
        for number in _numbers(self._folder):
            yield number, self.read(number)

    def read(self, number: int) -> Change:
        path = self.path(number) / ABOUT
        if number not in _numbers(self._folder):
            raise UsageError(f"there is no change {number}: `limits list` has those there are")
        try:
            return msgspec.toml.decode(path.read_bytes(), type=Change)
        except (OSError, msgspec.DecodeError, ValueError) as error:
            raise UsageError(f"{path}: {error}") from error

    def propose(self, change: Change, edited: bytes, report: str) -> int:
        """Keep a proposal; its number. Whoever is cut short leaves no half of one."""
        number = max(_numbers(self._folder), default=0) + 1
        making = self._folder / f".{number}"
        try:
            making.mkdir(parents=True, exist_ok=True)
            (making / EDITED).write_bytes(edited)
            (making / REPORT).write_text(report, encoding="utf-8")
            (making / ABOUT).write_text(_toml(change), encoding="utf-8")
            making.rename(self.path(number))
        except OSError as error:
            raise UsageError(f"{self._folder} cannot be written: {error.strerror}") from error
        return number

    def decide(self, number: int, change: Change) -> None:
        """Write down what was decided, in one stroke."""
        path = self.path(number) / ABOUT
        making = path.with_suffix(".new")
        try:
            making.write_text(_toml(change), encoding="utf-8")
            making.replace(path)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def approved(missiondb: Path, problems: list[Problem]) -> list[Path]:
    """The files of edits that are in force, in order."""
    files = []
    for number in _numbers(missiondb / CHANGES):
        folder = missiondb / CHANGES / str(number)
        name = f"{CHANGES}/{number}/{ABOUT}"
        try:
            change = msgspec.toml.decode((folder / ABOUT).read_bytes(), type=Change)
        except OSError as error:
            problems.append(Problem(name, "", "", f"cannot be read: {error.strerror}"))
        except (msgspec.DecodeError, ValueError) as error:
            problems.append(Problem(name, "", "", str(error)))
        else:
            if change.state is ChangeState.APPROVED:
                files.append(folder / EDITED)
    return files


def _numbers(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(one.name) for one in folder.iterdir() if one.name.isdecimal())


def _toml(change: Change) -> str:
    lines = []
    for key, value in msgspec.to_builtins(change).items():
        if isinstance(value, list):
            items = "".join(f"  {_quoted(item)},\n" for item in value)
            lines.append(f"{key} = [\n{items}]\n")
        else:
            lines.append(f"{key} = {_quoted(value)}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    """A TOML string is a JSON string, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
