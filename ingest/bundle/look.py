"""Looks at everything in a bundle, so that what is played or shown is known to be sound. Reads."""

from collections.abc import Iterable, Iterator

from ingest.bundle import contents
from ingest.bundle.container import Container
from ingest.bundle.form import (
    MAX_EVENTS,
    MAX_RECORDS_BYTES,
    MAX_WHOLE_BYTES,
    README,
    SEGMENTS,
    BundleError,
    Counts,
    FirstOut,
    Looked,
    Manifest,
)
from ingest.processor import Processor, SnapshotDamaged
from telemetry.alarm import Event, EventKind
from telemetry.errors import SpoolError, StationwatchError
from telemetry.incident import Incident
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics


def look(container: Container) -> Looked:
    """:raises BundleError: with the first thing that is wrong with it."""
    try:
        return _look(container)
    except BundleError as error:
        raise BundleError(f"{container.name} is refused: {error}") from None
    except StationwatchError as error:
        raise BundleError(f"{container.name} is refused: {error}") from None


def _look(container: Container) -> Looked:
    manifest = container.manifest
    container.read(README, MAX_WHOLE_BYTES)
    files = contents.missiondbs(container)
    databases = {version: contents.load_missiondb(version, files[version]) for version in files}
    if manifest.missiondb not in databases:
        raise BundleError(f"it lacks mission database {manifest.missiondb}, which it speaks of")
    samples = frames = 0
    for frame in contents.sound_frames(container, databases[manifest.missiondb]):
        frames += 1
        samples += len(frame.values) + len(frame.invalid)
    journal = Journal()
    journal.take(contents.events(container))
    incidents = contents.incidents(container)
    notes = [*_snapshots(container, databases)]
    records = _records(container, notes)
    found = Counts(
        samples=samples,
        frames=frames,
        events=journal.count,
        commands=sum(1 for _ in contents.said(container)),
        activities=len(contents.activities(container)),
        incidents=len(incidents),
        records=records,
    )
    for name in Counts.__struct_fields__:
        if (there := getattr(found, name)) != (said := getattr(manifest.counts, name)):
            raise BundleError(f"it has {there:,} {name}, its manifest says {said:,}")
    return Looked(
        manifest=manifest,
        seal=container.seal,
        missiondbs={version: len(each) for version, each in files.items()},
        first_out=first_out(manifest, incidents, journal.first),
        notes=tuple(notes),
    )


class Journal:
    """Counts events. first: the earliest violation that was heard."""

    def __init__(self) -> None:
        self.count = 0
        self.first: Event | None = None

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            self.count += 1
            if self.count > MAX_EVENTS:
                raise BundleError(f"it has over {MAX_EVENTS:,} alarm events")
            heard = event.kind is EventKind.VIOLATED and event.annunciate
            if heard and (self.first is None or event.time_ns < self.first.time_ns):
                self.first = event


def first_out(
    manifest: Manifest, incidents: list[Incident], first: Event | None
) -> FirstOut | None:
    """Of the incident it is about; of the first there is; or the first alarm that was heard."""
    for incident in sorted(incidents, key=lambda one: (one.id != manifest.incident, one.opened_ns)):
        member = incident.first_out
        return FirstOut(
            spacecraft=member.spacecraft,
            alarm=member.alarm,
            time_ns=member.time_ns,
            severity=member.severity.name,
            limit=member.limit,
            title=incident.title,
        )
    if first is None:
        return None
    return FirstOut(
        spacecraft=first.alarm.spacecraft,
        alarm=first.alarm.id,
        time_ns=first.time_ns,
        severity=first.alarm.severity.name,
        limit=first.alarm.limit,
    )


def _records(container: Container, notes: list[str]) -> int:
    """How many there are, all sound; gaps are noted."""
    span = container.manifest.span
    count = size = missing = first_n = last_n = 0
    for segment in contents.segments(container):
        size += segment.size
        if size > MAX_RECORDS_BYTES:
            raise BundleError(f"{SEGMENTS} expands to over {MAX_RECORDS_BYTES:,} bytes")
        try:
            count += sum(1 for _ in segment.timed())
        except ValueError as error:  # text that is none
            raise BundleError(f"segment {segment.first_n} is damaged: {error}") from None
        if span is not None and segment.lap != span.lap and segment.last_n >= span.first_n:
            raise BundleError(f"{SEGMENTS} has records of another flight")
        missing += segment.first_n - last_n - 1 if last_n else 0
        first_n, last_n = first_n or segment.first_n, segment.last_n
    if span is not None and not first_n <= span.first_n <= span.last_n <= last_n:
        raise BundleError(f"{SEGMENTS} lacks records of the range")
    if span is None and count:
        raise BundleError(f"{SEGMENTS} has records that its manifest knows nothing of")
    for _ in contents.announcements(container):
        pass
    if missing:
        notes.append(f"{missing:,} records were no longer kept when it was made")
    return count


def _snapshots(container: Container, databases: dict[str, MissionDatabase]) -> Iterator[str]:
    """Try each on a processor; says which were made by another version of stationwatch."""
    topics = Topics(container.manifest.root)
    strange = 0
    for checkpoint in contents.checkpoints(container):
        if checkpoint.missiondb not in databases:
            raise BundleError(
                f"it lacks mission database {checkpoint.missiondb!a}, which judged after record "
                f"{checkpoint.n}"
            )
        try:
            Processor(databases[checkpoint.missiondb], topics).restore(checkpoint.state)
        except SnapshotDamaged as error:
            raise BundleError(
                f"its snapshot after record {checkpoint.n} is not as it must be: {error}"
            ) from None
        except SpoolError:
            strange += 1
    if strange:
        yield (
            f"{strange} snapshots are of another version of stationwatch: a replay warms up "
            "with what there is before the range instead"
        )
