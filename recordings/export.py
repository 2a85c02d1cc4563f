"""`stationwatch export`: stored telemetry into one file, in order of generation time."""

import argparse
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ingest.scorecard_command import require_file
from recordings.history import Part, chosen, frames_of
from recordings.named import find
from recordings.progress import Tell, progress_bar, quiet
from telemetry.clock import LAST_NS
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase, load
from telemetry.moments import exact_utc, parse_time
from telemetry.sample_file import writing
from telemetry.settings import Settings
from telemetry.store.base import Store
from telemetry.store.open import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    frames: int
    samples: int


async def run_export(arguments: argparse.Namespace, settings: Settings) -> None:
    """Write the file, and say what is in it.

    :raises UsageError: for a range, recording, parameter or file that is none.
    """
    database = load(settings.missiondb)
    given = [word.strip() for word in arguments.parameters.split(",") if word.strip()]
    if arguments.parameters and not given:
        raise UsageError("--parameters names none")
    parts = chosen(database, arguments.spacecraft, given)
    start_ns = parse_time(arguments.start) if arguments.start else None
    stop_ns = parse_time(arguments.stop) if arguments.stop else None
    if arguments.recording is None and (start_ns is None or stop_ns is None):
        raise UsageError("export: say which range, by --from and --to or by --recording")
    require_file(settings.store)
    console = Console(stderr=True)
    async with open_store(settings.store, database) as store:
        if arguments.recording is not None:
            recording = await find(store, arguments.recording)
            start_ns = recording.start_ns if start_ns is None else start_ns
            stop_ns = recording.stop_ns if stop_ns is None else stop_ns
        start_ns, stop_ns = start_ns or 0, LAST_NS if stop_ns is None else stop_ns
        with progress_bar(arguments.out.name, console) as tell:
            done = await export(store, database, parts, start_ns, stop_ns, arguments.out, tell)
    console.print(
        f"{arguments.out}: {done.samples:,} samples in {done.frames:,} frames "
        f"from {exact_utc(start_ns)} to {exact_utc(stop_ns)}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


async def export(
    store: Store,
    database: MissionDatabase,
    parts: Sequence[Part],
    start_ns: int,
    stop_ns: int,
    path: Path,
    tell: Tell = quiet,
) -> Exported:
    """Write what is stored of [start, stop), memory bounded. Without error the file is whole.

    :raises UsageError: if the range is none or nothing is in it, or the file cannot be written.
    :raises StoreError: if the store is away or refuses.
    """
    if stop_ns <= start_ns:
        raise UsageError(
            f"the range ends at {exact_utc(stop_ns)}, not after its start {exact_utc(start_ns)}"
        )
    overlapping = [
        each
        for each in await store.recordings()
        if each.start_ns < stop_ns and each.stop_ns > start_ns
    ]
    heartbeat = all(each.heartbeat for each in overlapping) and all(
        part.parameters is None for part in parts
    )
    frames = 0
    with writing(path, database, heartbeat=heartbeat) as file:
        async with aclosing(frames_of(store, parts, start_ns, stop_ns)) as batches:  # type: ignore[type-var]
            async for batch in batches:
                file.extend(batch)
                frames += len(batch)
                tell((batch[-1].time_ns - start_ns) / (stop_ns - start_ns), file.count)
        if not frames:
            raise UsageError(await _nothing(store, parts, start_ns, stop_ns))
    return Exported(frames=frames, samples=file.count)


async def _nothing(store: Store, parts: Sequence[Part], start_ns: int, stop_ns: int) -> str:
    """That a range is empty, and where the nearest is that is not."""
    text = f"nothing is stored from {exact_utc(start_ns)} to {exact_utc(stop_ns)}"
    before, newest = await _newest(store, parts, start_ns), await _newest(store, parts, None)
    if newest is None:
        return f"{text}, nor at any other time"
    if before is not None:
        text += f"; the last before it is at {exact_utc(before)}"
    return text if newest == before else f"{text}; the newest of all is at {exact_utc(newest)}"


async def _newest(store: Store, parts: Sequence[Part], before_ns: int | None) -> int | None:
    times: list[int] = []
    for part in parts:
        last = await store.last(part.spacecraft, part.subsystem, before_ns)
        times += [
            sample.time_ns
            for id_, sample in last.items()
            if part.parameters is None or id_ in part.parameters
        ]
    return max(times, default=None)
