"""What is kept of trainings on this disk: the record of each, and the folder of one that runs. I/O.

A service that was killed leaves folders and programs behind; the next removes them.
"""

import logging
import shutil
from pathlib import Path
from typing import Final

import msgspec
import psutil

from telemetry.errors import UsageError
from telemetry.topics import Topics
from telemetry.training import Training, TrainingState

#: Of a record; one of another is left as it is, and not shown.
FORMAT: Final = 1
#: Records kept; older ones are given up.
MAX_RECORDS: Final = 20
#: A record is refused beyond this.
MAX_BYTES: Final = 1 << 20
#: A program that was left behind has so long to end.
_END_S: Final = 5.0
_LOST: Final = "it was lost with its service"

logger = logging.getLogger(__name__)


class _Numbered(msgspec.Struct):
    """format: those of before it was written are of the first."""

    format: int = FORMAT


class Records:
    """folder: of trainings alone. Sessions run in `sessions/<id>`, records are `records/<id>`."""

    def __init__(self, folder: Path) -> None:
        self._sessions = folder / "sessions"
        self._records = folder / "records"
        self._sessions.mkdir(parents=True, exist_ok=True)
        self._records.mkdir(parents=True, exist_ok=True)

    def open(self, session: str) -> Path:
        """A folder for a session; `close` removes it."""
        folder = self._sessions / session
        folder.mkdir()
        return folder

    def close(self, session: str) -> None:
        shutil.rmtree(self._sessions / session, ignore_errors=True)

    def save(self, training: Training) -> list[str]:
        """Keep it as it is now; the sessions whose records are given up for that."""
        target = self._records / f"{training.id}.json"
        part = target.with_suffix(".part")
        said = {"format": FORMAT, **msgspec.to_builtins(training)}
        part.write_bytes(msgspec.json.encode(said))
        part.replace(target)
        oldest = sorted(self.read(), key=lambda one: one.created_ns)[:-MAX_RECORDS]
        for one in oldest:
            (self._records / f"{one.id}.json").unlink(missing_ok=True)
        return [one.id for one in oldest]

    def has(self, session: str) -> bool:
        return (self._records / f"{session}.json").exists()

    def read(self) -> list[Training]:
        """Every record, oldest first; one that cannot be read is left out."""
        found = []
        for path in self._records.glob("*.json"):
            try:
                if path.stat().st_size <= MAX_BYTES:
                    found.append(_decoded(path.read_bytes()))
            except (OSError, ValueError, RecursionError, UsageError) as error:
                logger.warning("the record %s cannot be read: %s", path, error)
        return sorted(found, key=lambda one: one.created_ns)

    def lost(self, now_ns: int) -> list[Training]:
        """End what a service before us left open: its programs, folders and records."""
        for folder in self._sessions.iterdir():
            _end_programs(Topics().training_root(folder.name))
            self.close(folder.name)
        lost = [
            msgspec.structs.replace(
                one, state=TrainingState.ENDED, ended_ns=now_ns, ingest="", reason=_LOST
            )
            for one in self.read()
            if one.state is not TrainingState.ENDED
        ]
        for one in lost:
            self.save(one)
        return lost


def _decoded(content: bytes) -> Training:
    """:raises ValueError: if it is of another format, too."""
    number = msgspec.json.decode(content, type=_Numbered).format
    if number != FORMAT:
        raise ValueError(
            f"it is of format {number}, this program knows {FORMAT}: use the stationwatch that "
            "wrote it"
        )
    return msgspec.json.decode(content, type=Training)


def _end_programs(root: str) -> None:
    """Programs of ours that still run under a session's root, which nobody else has."""
    left = [one for one in psutil.process_iter(["cmdline"]) if _is_of(one, root)]
    for process in left:
        logger.warning("ending %s, left behind under %s", process.pid, root)
        _signal(process)
    _, alive = psutil.wait_procs(left, timeout=_END_S)
    for process in alive:
        _signal(process, hard=True)


def _is_of(process: psutil.Process, root: str) -> bool:
    words = process.info["cmdline"] or ()
    return "stationwatch" in words and f"--root={root}" in words


def _signal(process: psutil.Process, *, hard: bool = False) -> None:
    try:
        if hard:
            process.kill()
        else:
            process.terminate()
    except psutil.Error as error:
        logger.warning("%s cannot be ended: %s", process.pid, error)
