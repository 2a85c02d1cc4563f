"""A bundle to be replayed: its records as an archive, its samples as a store. I/O."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ingest.archive import Archive
from ingest.bundle import contents
from ingest.bundle.container import Container, opened
from ingest.bundle.shelf import Shelf
from ingest.segment import Announcement, Packed
from ingest.stream_time import StreamState
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Store
from telemetry.store.open import open_store

_BATCH_FRAMES: Final = 5_000


class Bundle(Archive):
    """The part of the record archive that is in a bundle, and what else a replay asks for.

    root: of the topics its records came by. heartbeat: whether silence in it means something.
    """

    container: Container

    @property
    def start_ns(self) -> int:
        return self.container.manifest.start_ns

    @property
    def stop_ns(self) -> int:
        return self.container.manifest.stop_ns

    @property
    def root(self) -> str:
        return self.container.manifest.root

    @property
    def heartbeat(self) -> bool:
        return self.container.manifest.heartbeat

    def fill(self, container: Container) -> None:
        """Take the records of a bundle."""
        self.container = container
        for version, files in contents.missiondbs(container).items():
            self.put_missiondb(version, files)
        for segment in contents.segments(container):
            self.append(Packed(StreamState(), [segment]))
        span = container.manifest.span
        if span is not None:
            told = [Announcement(span.lap, timed) for timed in contents.announcements(container)]
            self.append(Packed(StreamState(), announcements=told))
        oldest = None
        for oldest in contents.checkpoints(container):
            self.put_checkpoint(oldest)
        if oldest is not None:
            # for this excerpt ingest began there: so it is known what judged from then on
            self.put_checkpoint(replace(oldest, restart=True))

    @asynccontextmanager
    async def store(self, database: MissionDatabase) -> AsyncIterator[Store]:
        """Its samples; those the mission database does not know are left out."""
        with tempfile.TemporaryDirectory(prefix="stationwatch-bundle-") as folder:
            url = f"duckdb://{folder}/telemetry.duckdb"
            async with open_store(url, database) as store:
                frames = contents.frames(self.container, database)
                while batch := await asyncio.to_thread(lambda: list(islice(frames, _BATCH_FRAMES))):
                    await store.write(batch)
                yield store


@contextmanager
def open_bundle(state: Path, name: str) -> Iterator[Bundle]:
    """A bundle that ingest keeps in its state folder; it was looked at when it came.

    :raises UsageError: if there is none of the name.
    :raises BundleError: if it was changed since.
    """
    with (
        opened(Shelf(state).find(name)) as container,
        tempfile.TemporaryDirectory(prefix="stationwatch-bundle-") as folder,
        Bundle.open(Path(folder)) as bundle,
    ):
        bundle.fill(container)
        yield bundle
