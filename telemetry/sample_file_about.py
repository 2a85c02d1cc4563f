"""What a file of samples says of itself, as Parquet and as CSV have it; see `sample_file`."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from telemetry.errors import RecordingError

#: Of what is written; another number than this one is refused.
FORMAT: Final = 1
_NAMESPACE: Final = "stationwatch"
#: Of Parquet's metadata: the `digest` of each row group.
DIGESTS: Final = f"{_NAMESPACE}.digests"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file says of itself.

    missiondb: the version of the mission database it was written with.
    heartbeat: whether it has every frame, so that silence means something.
    """

    missiondb: str
    heartbeat: bool = True

    def words(self) -> dict[str, str]:
        return {
            "format": str(FORMAT),
            "missiondb": self.missiondb,
            "heartbeat": "yes" if self.heartbeat else "no",
        }

    def metadata(self) -> dict[str, str]:
        """As Parquet has it."""
        return {f"{_NAMESPACE}.{key}": word for key, word in self.words().items()}

    def column(self) -> str:
        """As CSV has it."""
        return " ".join([_NAMESPACE, *("=".join(pair) for pair in self.words().items())])

    @classmethod
    def of_metadata(cls, metadata: Mapping[bytes, bytes], where: str) -> "About":
        """:raises RecordingError: as `of_column` does."""
        pairs = ((k.decode(errors="replace"), v) for k, v in metadata.items())
        return cls._of(
            {
                key.removeprefix(f"{_NAMESPACE}."): word.decode(errors="replace")
                for key, word in pairs
                if key.startswith(f"{_NAMESPACE}.")
            },
            where,
        )

    @classmethod
    def of_column(cls, columns: Iterable[str], where: str) -> "About":
        """:raises RecordingError: if the file is not one of stationwatch, or of another format."""
        ours = next((name for name in columns if name.startswith(f"{_NAMESPACE} ")), "")
        pairs = (word.partition("=") for word in ours.split())
        return cls._of({key: word for key, _, word in pairs}, where)

    @classmethod
    def _of(cls, words: Mapping[str, str], where: str) -> "About":
        if "format" not in words:
            raise RecordingError(
                f"{where} does not say that stationwatch wrote it; import reads what "
                "`stationwatch export` and `simulate --out` write"
            )
        if words["format"] != str(FORMAT):
            raise RecordingError(
                f"{where} is of format {words['format'][:20]} and this version of stationwatch "
                f"reads {FORMAT}: use the version that wrote it, or a newer one"
            )
        return cls(
            missiondb=words.get("missiondb", "")[:64], heartbeat=words.get("heartbeat") != "no"
        )


def digest(table: pa.Table) -> str:
    """Of what the rows say, however they are stored.

    Parquet's own checksums are of pages: with a bit wrong in what says where a page is, and how
    long, other rows come out of sound pages.
    """
    found = hashlib.sha256()
    for column in table.columns:
        array = column.combine_chunks()
        if pa.types.is_dictionary(array.type):
            array = array.cast(pa.string())
        elif pa.types.is_timestamp(array.type):
            array = array.cast(pa.int64())
        found.update(array.is_valid().to_numpy(zero_copy_only=False).tobytes())
        if pa.types.is_string(array.type):
            _, ends, letters = array.fill_null("").buffers()
            offsets = np.frombuffer(ends, np.int32, len(array) + 1)
            found.update(np.diff(offsets).tobytes())
            found.update(memoryview(letters or b"")[offsets[0] : offsets[-1]])
        else:
            found.update(array.fill_null(0).to_numpy().tobytes())
    return found.hexdigest()[:32]
