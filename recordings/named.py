"""Recordings by name: how people name them; found and made in a store."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from telemetry.errors import UsageError
from telemetry.missiondb.table import hint
from telemetry.recording import MAX_NAME, Recording
from telemetry.store.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a person says of a recording; see `Recording`."""

    name: str
    by: str
    created_ns: int
    notes: str = ""
    tags: Sequence[str] = ()

    def recording(
        self, start_ns: int, stop_ns: int, *, heartbeat: bool = True, source: str = ""
    ) -> Recording:
        """:raises UsageError: if something said is too long, or no name, or the range is none."""
        if not self.by.strip():
            raise UsageError("--by must say who names it")
        given = Recording(
            name=self.name,
            start_ns=start_ns,
            stop_ns=stop_ns,
            by=self.by.strip(),
            created_ns=self.created_ns,
            notes=self.notes.strip(),
            tags=tuple(dict.fromkeys(tag.strip() for tag in self.tags)),
            heartbeat=heartbeat,
            source=source,
        )
        try:  # the bounds are checked where it is decoded, and then it is too late to say so
            return msgspec.convert(msgspec.to_builtins(given), Recording)
        except msgspec.ValidationError as error:
            raise UsageError(f"recording {self.name}: {error}") from None


async def find(store: Store, name: str) -> Recording:
    """:raises UsageError: if the store has no recording of the name."""
    there = {each.name: each for each in await store.recordings()}
    if name not in there:
        raise UsageError(
            f"no recording {name!r} in the store{hint(name, there)}: "
            "`stationwatch recording list` has them all"
        )
    return there[name]


async def create(store: Store, recording: Recording) -> None:
    """:raises UsageError: if there is one of the name; to replace it would give up its range."""
    if any(each.name == recording.name for each in await store.recordings()):
        raise UsageError(
            f"there is a recording {recording.name!r} already: "
            "take another name, or delete it first"
        )
    await store.put_recording(recording)


def name_of(text: str) -> str:
    """A name for a recording from that of a file or folder."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).lstrip("_.-")[:MAX_NAME]
    return name or "import"
