"""What can be imported: files of samples, and folders of ISSLIVE recorders. I/O: reads them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from telemetry import isslive
from telemetry.errors import RecordingError, UsageError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint
from telemetry.sample_file import KINDS
from telemetry.sample_file_read import open_samples

#: Whose telemetry the ISSLIVE feed is.
_FED: Final = "iss"


class Source(ABC):
    """A recording to read once.

    heartbeat: whether every frame is in it, so that silence means something.
    """

    heartbeat: bool

    @abstractmethod
    def frames(self) -> Iterator[Frame]:
        """:raises RecordingError: where it is damaged; what came before is sound."""

    @property
    @abstractmethod
    def done(self) -> float:
        """How much of it has been read, 0 to 1."""

    @property
    def label(self) -> str:
        """What it must not be taken for, once something was read."""
        return ""

    @abstractmethod
    def findings(self) -> list[str]:
        """What was found wrong, for people; nothing of it stopped the reading."""

    def close(self) -> None:
        return None


def open_source(
    path: Path, database: MissionDatabase, *, year: int | None = None, spacecraft: str | None = None
) -> Source:
    """year, spacecraft: of a folder, whose files do not say them.

    :raises RecordingError: if there is nothing to read.
    :raises UsageError: for what is said of a file that says it itself, or an unknown spacecraft.
    """
    if not path.exists():
        raise RecordingError(f"{path} does not exist")
    if path.suffix not in KINDS or path.is_dir():
        if path.is_file():
            raise RecordingError(
                f"{path}: import reads {' and '.join(KINDS)} files of `stationwatch export`, "
                "and folders of <parameter>.txt files"
            )
        craft = _FED if spacecraft is None else spacecraft
        if craft not in database.spacecraft:
            near = hint(craft, database.spacecraft)
            known = ", ".join(database.spacecraft)
            raise UsageError(
                f"no spacecraft {craft!r} in the mission database{near}; it has {known}"
            )
        return _Folder(isslive.read_recording(path, year, database, craft))
    if year is not None or spacecraft is not None:
        raise UsageError(f"{path} says itself what it is: no --year and no --spacecraft")
    return _File(path, database)


class _Folder(Source):
    heartbeat = False  # recorders write what changed

    def __init__(self, recording: isslive.Recording) -> None:
        self._recording = recording
        self._read = 0

    def frames(self) -> Iterator[Frame]:
        for frame in isslive.frames(self._recording):
            self._read += len(frame.values)
            yield frame

    @property
    def done(self) -> float:
        return self._read / self._recording.samples

    def findings(self) -> list[str]:
        return self._recording.summary()


class _File(Source):
    def __init__(self, path: Path, database: MissionDatabase) -> None:
        self._reader = open_samples(path, database)
        self._version = database.version
        self.heartbeat = self._reader.about.heartbeat

    def frames(self) -> Iterator[Frame]:
        return self._reader.frames()

    @property
    def done(self) -> float:
        return self._reader.done / max(self._reader.total, 1)

    @property
    def label(self) -> str:
        return self._reader.label

    def findings(self) -> list[str]:
        lines = self._reader.flaws.summary()
        if (written := self._reader.about.missiondb) != self._version:
            lines.insert(0, f"written with mission database {written}, read with {self._version}")
        return lines

    def close(self) -> None:
        self._reader.close()
