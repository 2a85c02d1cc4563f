"""The bundles ingest keeps to be replayed: the newest, in `bundles` of its state folder. I/O.

The name of a bundle ends in the first digits of its seal: sent again it is the same, and another
cannot take its place. A replay that has one open goes on with it when it is given up.
"""

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from telemetry.errors import UsageError
from telemetry.missiondb.table import hint

FOLDER: Final = "bundles"
#: In it are files on their way in.
COMING: Final = ".coming-"
MAX_KEPT: Final = 20
MAX_KEPT_BYTES: Final = 4 << 30
#: Of the seal that a name ends in.
_DIGITS: Final = 12
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,49}}-[0-9a-f]{{{_DIGITS}}}")


def name_of(stem: str, seal: str) -> str:
    """The name under which ingest keeps a bundle, from that of its file."""
    word = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).lstrip("_.-")[:50] or "bundle"
    return f"{word}-{seal[:_DIGITS]}"


class Shelf:
    """state: ingest's folder."""

    def __init__(self, state: Path) -> None:
        self.folder = state / FOLDER

    def names(self) -> list[str]:
        """The newest first."""
        return [path.stem for path in self._kept()]

    def find(self, name: str) -> Path:
        """:raises UsageError: if there is none of the name."""
        path = self._path(name)
        if not _NAME.fullmatch(name) or not path.is_file():
            there = self.names()
            raise UsageError(
                f"no bundle {name!r}{hint(name, there)}; ingest keeps: {', '.join(there) or 'none'}"
            )
        return path

    def make_ready(self) -> None:
        """Have the folder, without what an ingest left that was cut short."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{COMING}*"):
            shutil.rmtree(left, ignore_errors=True)

    def put(self, received: Path, name: str) -> None:
        """Move a bundle in, and give up the oldest as far as bounds are passed."""
        received.replace(self._path(name))
        size = 0
        for n, path in enumerate(self._kept(), 1):
            size += path.stat().st_size
            if n > 1 and (n > MAX_KEPT or size > MAX_KEPT_BYTES):
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.zip"

    def _kept(self) -> list[Path]:
        found = []
        for path in self.folder.glob("[!.]*.zip"):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(found, reverse=True)]


def is_name(name: str, seal: str | None = None) -> bool:
    """Whether a bundle, or the one with this seal, may be called that."""
    digits = seal[:_DIGITS] if seal is not None else ""
    return _NAME.fullmatch(name) is not None and name.endswith(digits)
