"""Takes a recording straight into a store, without broker or detection."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from telemetry.clock import utc
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.isslive import Defect, Finding, Recording, frames, read_recording
from telemetry.missiondb import MissionDatabase, load
from telemetry.settings import Settings
from telemetry.store.base import Rejected, Store
from telemetry.store.open import open_store

#: Frames written at once; about two samples each in a recording sent on change.
BATCH_FRAMES = 5_000
#: Rejections kept to be shown; the others are only counted.
_SHOWN = 20

#: Told (samples done, samples in all) after each batch.
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a recording.

    samples: lines read as samples; stored: durable in the store. The difference are duplicates
    and contradictions, which the later line of settles, and what the store rejected.
    """

    samples: int
    stored: int
    duplicates: int
    backward: int
    unreadable: int
    rejected: int
    start_ns: int
    end_ns: int
    findings: tuple[Finding, ...]
    rejections: tuple[Rejected, ...]


async def import_recording(
    path: Path,
    year: int | None,
    store: Store,
    database: MissionDatabase,
    progress: Tell = lambda done, total: None,
    *,
    spacecraft: str = "iss",
) -> ImportReport:
    """Read a recording and write all of it in bounded batches.

    Importing again, whole or after a failure, is safe: samples are idempotent.
    :raises RecordingError: if there is nothing to read.
    :raises StoreUnavailable: if the store is away; import again.
    :raises StoreError: if it refused for good.
    """
    recording = await asyncio.to_thread(read_recording, path, year, database, spacecraft)
    return await store_recording(recording, store, progress)


async def store_recording(recording: Recording, store: Store, progress: Tell) -> ImportReport:
    """Write all of a recording that has been read; raises as `import_recording` does."""
    stored = done = rejected = 0
    rejections: list[Rejected] = []
    for batch in _batches(recording):
        report = await store.write(batch)
        stored += report.stored
        rejected += len(report.rejected)
        rejections.extend(report.rejected[: _SHOWN - len(rejections)])
        done += sum(len(frame.values) for frame in batch)
        progress(done, recording.samples)
    progress(recording.samples, recording.samples)
    counts = recording.counts
    return ImportReport(
        samples=recording.samples,
        stored=stored,
        duplicates=counts[Defect.DUPLICATE],
        backward=counts[Defect.BACKWARD],
        unreadable=counts[Defect.UNREADABLE],
        rejected=rejected,
        start_ns=recording.start_ns,
        end_ns=recording.end_ns,
        findings=recording.findings,
        rejections=tuple(rejections),
    )


async def run_import(settings: Settings, path: Path, year: int | None, spacecraft: str) -> None:
    """`stationwatch import`: with a progress bar, and at the end what was found and stored.

    :raises UsageError: for a spacecraft the mission database does not know.
    """
    database = load(settings.missiondb)
    if spacecraft not in database.spacecraft:
        known = ", ".join(database.spacecraft)
        raise UsageError(f"no spacecraft {spacecraft!r} in the mission database; it has {known}")
    # Opened first it would leave an empty store behind where there is nothing to import.
    recording = await asyncio.to_thread(read_recording, path, year, database, spacecraft)
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(path.name),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    async with open_store(settings.store, database) as store:
        with bar:
            task = bar.add_task("import", total=recording.samples)
            report = await store_recording(
                recording, store, lambda done, total: bar.update(task, completed=done, total=total)
            )
    lines = recording.summary()
    lines.append(f"{report.stored} samples stored, {report.rejected} rejected")
    lines += [f"  {r.parameter} at {utc(r.time_ns)}: {r.reason}" for r in report.rejections]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _batches(recording: Recording) -> Iterator[list[Frame]]:
    every = frames(recording)
    while batch := list(islice(every, BATCH_FRAMES)):
        yield batch
