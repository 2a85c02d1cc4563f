"""`stationwatch import`: a recording straight into a store, without broker or detection."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from rich.console import Console

from ingest.rollup import joined, roll_up
from recordings.memory import bound_memory
from recordings.named import Naming, name_of
from recordings.progress import Tell, progress_bar, quiet
from recordings.source import Source, open_source
from telemetry.clock import SystemClock, utc
from telemetry.errors import RecordingError, UsageError
from telemetry.frame import Frame
from telemetry.missiondb import load
from telemetry.moments import exact_utc
from telemetry.recording import Recording
from telemetry.settings import Settings
from telemetry.store.base import Rejected, Store
from telemetry.store.open import open_store

#: As much of a file's name as a recording keeps.
MAX_SOURCE: Final = 200
#: Written at once, whichever is reached first: a transaction costs a DuckDB file of a day some
#: tens of milliseconds, and a frame can have one sample or two hundred.
BATCH_FRAMES: Final = 20_000
BATCH_SAMPLES: Final = 60_000
#: Rejections kept to be shown; the others are only counted.
_SHOWN: Final = 20
#: A silence that does not divide what is to be rolled up: many short stretches cost more.
_SILENCE_NS: Final = 3_600_000_000_000
#: While the range of a recording is not known, it is kept this much larger than what was read.
_AHEAD_NS: Final = 86_400_000_000_000


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What became of a recording so far.

    frames, samples: read and found sound. stored: samples that the store says are durable.
    """

    frames: int = 0
    samples: int = 0
    stored: int = 0
    rejected: int = 0
    rejections: list[Rejected] = field(default_factory=list)
    _runs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def spans(self) -> dict[str, list[tuple[int, int]]]:
        """By spacecraft, the ranges of generation time that were written."""
        return {
            craft: [(start, stop - _SILENCE_NS) for start, stop in runs]
            for craft, runs in self._runs.items()
        }

    def written(self, frames: Sequence[Frame], stored: int, rejected: Sequence[Rejected]) -> None:
        self.frames += len(frames)
        self.samples += sum(len(frame.values) + len(frame.invalid) for frame in frames)
        self.stored += stored
        self.rejected += len(rejected)
        self.rejections.extend(rejected[: _SHOWN - len(self.rejections)])
        times: dict[str, list[int]] = {}
        for frame in frames:
            times.setdefault(frame.spacecraft, []).append(frame.time_ns)
        for craft, some in times.items():
            run = (min(some), max(some) + 1 + _SILENCE_NS)
            self._runs[craft] = joined([*self._runs.get(craft, []), run])


async def run_import(arguments: argparse.Namespace, settings: Settings) -> None:
    """Import with a progress bar; then what was found and stored.

    :raises UsageError: for a name that another recording has, or what contradicts the path.
    """
    bound_memory()
    path: Path = arguments.path
    database = load(settings.missiondb)
    naming, origin = _naming(arguments, path)
    # opened first a store would leave an empty one behind where there is nothing to import
    source = await asyncio.to_thread(
        open_source, path, database, year=arguments.year, spacecraft=arguments.spacecraft
    )
    console = Console(stderr=True)
    try:
        async with open_store(settings.store, database) as store:
            with progress_bar(origin, console) as tell:
                keeping = Keeping(store, naming, source, origin)
                report = await import_source(source, store, keeping, tell)
            with console.status("rolling up"):
                await roll_up(store, database, report.spans)
    finally:
        source.close()
    for line in _said(source, report, keeping.recording):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _naming(arguments: argparse.Namespace, path: Path) -> tuple[Naming, str]:
    """What the recording is to be called, and what it says it was imported from.

    :raises UsageError: for what cannot be said, before anything is read.
    """
    whole = path.resolve()  # `.` has a name too
    naming = Naming(
        name=arguments.name or name_of(whole.name if whole.is_dir() else whole.stem),
        by=arguments.by,
        created_ns=SystemClock().now_ns(),
        notes=arguments.notes,
        tags=arguments.tags,
    )
    naming.recording(0, 1)
    return naming, whole.name[:MAX_SOURCE]


def _said(source: Source, report: ImportReport, recording: Recording) -> list[str]:
    return [
        *source.findings(),
        f"{report.stored:,} samples stored, {report.rejected:,} rejected",
        *(f"  {r.parameter} at {utc(r.time_ns)}: {r.reason}" for r in report.rejections),
        f"recording {recording.name}: {exact_utc(recording.start_ns)} to "
        f"{exact_utc(recording.stop_ns)}",
    ]


class Keeping:
    """The recording that a source becomes, kept in the store from before its first sample is.

    Retention runs while an import does, and an old day must not be thinned before it is whole.
    So the recording grows ahead of what is written, and is cut to what there is at the end.
    """

    def __init__(self, store: Store, naming: Naming, source: Source, origin: str) -> None:
        self._store = store
        self._naming = naming
        self._source = source
        self.origin = origin
        self._kept: Recording | None = None
        self._before: Recording | None = None
        self._range: tuple[int, int] | None = None

    @property
    def recording(self) -> Recording:
        assert self._kept is not None  # noqa: S101
        return self._kept

    async def begin(self) -> None:
        """:raises UsageError: if the name is that of something else."""
        there = {each.name: each for each in await self._store.recordings()}
        before = there.get(self._naming.name)
        if before is not None and before.source != self.origin:
            what = f"imported from {before.source}" if before.source else "of what was received"
            raise UsageError(
                f"there is a recording {before.name!r} already, {what}: say another --name"
            )
        self._before = before

    async def cover(self, start_ns: int, stop_ns: int) -> None:
        """These are about to be written."""
        if self._range is not None:
            start_ns, stop_ns = min(start_ns, self._range[0]), max(stop_ns, self._range[1])
        self._range = start_ns, stop_ns
        kept = self._kept
        if kept is None or start_ns < kept.start_ns or stop_ns > kept.stop_ns:
            await self._put(max(start_ns - _AHEAD_NS, 0), stop_ns + _AHEAD_NS)

    async def end(self) -> None:
        if self._range is not None:
            await self._put(*self._range)

    async def _put(self, start_ns: int, stop_ns: int) -> None:
        if (before := self._before) is not None:
            # imported again: what was said of it the first time stands
            start_ns, stop_ns = min(start_ns, before.start_ns), max(stop_ns, before.stop_ns)
            kept = replace(
                before,
                start_ns=start_ns,
                stop_ns=stop_ns,
                notes=self._naming.notes or before.notes,
                tags=tuple(self._naming.tags) or before.tags,
            )
        else:
            kept = self._naming.recording(
                start_ns, stop_ns, heartbeat=self._source.heartbeat, source=self.origin
            )
            if not kept.notes:
                kept = replace(kept, notes=self._source.label)
        await self._store.put_recording(kept)
        self._kept = kept


async def import_source(
    source: Source, store: Store, keeping: Keeping, tell: Tell = quiet
) -> ImportReport:
    """Write all of a source in bounded batches.

    Importing again, whole or after a failure, is safe: samples are idempotent.
    :raises RecordingError: where the source is damaged, or if there is nothing in it.
    :raises StoreUnavailable: if the store is away; import again.
    :raises StoreError: if it refused for good.
    """
    await keeping.begin()
    report = ImportReport()
    frames = source.frames()
    while batch := await asyncio.to_thread(_batch, frames):
        times = [frame.time_ns for frame in batch]
        await keeping.cover(min(times), max(times) + 1)
        written = await store.write(batch)
        report.written(batch, written.stored, written.rejected)
        tell(source.done, report.samples)
    await keeping.end()
    if not report.frames:
        why = "; ".join(source.findings())
        raise RecordingError(f"{keeping.origin}: there is nothing in it{why and f': {why}'}")
    return report


def _batch(frames: Iterator[Frame]) -> list[Frame]:
    batch: list[Frame] = []
    samples = 0
    while len(batch) < BATCH_FRAMES and samples < BATCH_SAMPLES:
        some = list(islice(frames, min(BATCH_FRAMES, 256)))
        if not some:
            break
        batch += some
        samples += sum(len(frame.values) + len(frame.invalid) for frame in some)
    return batch
