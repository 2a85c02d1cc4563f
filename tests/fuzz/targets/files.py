"""Files that people bring: recordings, samples, bundles, plans, mission databases, edits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from ingest.bundle.container import opened
from ingest.bundle.form import BundleError
from ingest.bundle.look import look
from ingest.processor import SNAPSHOT_VERSION, Processor
from ingest.segment import ArchiveError, Segment, pack
from ingest.stream_time import StreamState
from telemetry import isslive
from telemetry.errors import RecordingError, SpoolError, UsageError
from telemetry.missiondb import SHIPPED, load
from telemetry.missiondb.read import read_directory
from telemetry.plan_file import read_activities, read_contacts
from telemetry.sample_file import write
from telemetry.sample_file_read import open_samples
from telemetry.topics import Topics
from telemetry.training import Training
from tests.bundles import bake, baked_anew, records, small_missiondb
from tests.contract.mission import MISSION, frame
from tests.dashboard.trainings import TRAINING
from tests.fuzz import mutate
from tests.fuzz.target import Subject, Target, answered
from training.records import Records


def _of_file(name: str, take: Callable[[Path], object], *designed: type[Exception]) -> Subject:
    """The input is a file of that name, alone in its folder."""

    @contextmanager
    def subject(folder: Path) -> Iterator[Callable[[bytes], None]]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)

        def one(data: bytes) -> None:
            path.write_bytes(data)
            answered(lambda: take(path), *designed)

        yield one

    return subject


# --- recordings and files of samples ---


_shipped: Final = cache(load)


def _isslive(path: Path) -> None:
    recording = isslive.read_recording(path.parent, 2022, _shipped())
    assert list(isslive.frames(recording))
    assert recording.summary()


_ISSLIVE: Final = (
    b"2522.0005 1.5\r\n2522.0006 -1e3\n24.0 0.25\n24.0 0.5\n\n23.9 x\n8000.1 nan\n1.0 2"
)


def _samples(path: Path) -> None:
    with open_samples(path, MISSION) as file:
        for _ in file.frames():
            pass
        file.flaws.summary()


def _sample_seeds(suffix: str) -> Iterator[bytes]:
    frames = [frame(n, RATE=n / 8, COUNT=n, NOTE=f"note {n}") for n in range(6)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{suffix}"
        write(([one] for one in frames), path, MISSION, label="not flight data")
        yield path.read_bytes()


# --- bundles ---


@cache
def _good() -> bytes:
    with TemporaryDirectory() as folder:
        return bake(Path(folder)).read_bytes()


def _bundle(path: Path) -> None:
    with opened(path) as container:
        look(container)


@contextmanager
def _bundle_inside(folder: Path) -> Iterator[Callable[[bytes], None]]:
    """An input is msgpack {file: content}, put in place of what a good bundle has and sealed."""
    good = folder / "good.zip"
    good.write_bytes(_good())

    def take(data: bytes) -> None:
        try:
            changed = msgspec.msgpack.decode(data, type=dict[str, bytes])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return

        def edit(files: dict[str, bytes]) -> None:
            files.update({name: new for name, new in changed.items() if name in files})

        out = baked_anew(good, folder / "new.zip", edit)
        answered(lambda: _bundle(out), BundleError)

    yield take


def _inside_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "good.zip"
        path.write_bytes(_good())
        with opened(path) as container:
            for name in container.names:
                content = container.read(name, 1 << 20)
                if name != "manifest.json" and len(content) < 12_000:
                    yield msgspec.msgpack.encode({name: content})


# --- segments and snapshots of the archive and the spool ---


def _segment(data: bytes) -> None:
    try:
        segment = msgspec.msgpack.decode(data, type=Segment)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return
    list(segment.timed())
    segment.state_after()


@contextmanager
def _segments(_: Path) -> Iterator[Callable[[bytes], None]]:
    yield lambda data: answered(lambda: _segment(data), ArchiveError)


def _segment_seeds() -> Iterator[bytes]:
    for one in pack(records("")[:30], StreamState()).segments:
        yield msgspec.msgpack.encode(one)


@contextmanager
def _snapshot(folder: Path) -> Iterator[Callable[[bytes], None]]:
    database = load(small_missiondb(folder / "missiondb"))

    def restore(data: bytes) -> None:
        Processor(database, Topics()).restore(data)

    yield lambda data: answered(lambda: restore(data), SpoolError)


def _snapshot_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        processor = Processor(load(small_missiondb(Path(folder))), Topics())
        for record in records(""):
            processor.process(record)
        yield processor.snapshot()
    yield msgspec.msgpack.encode({"version": SNAPSHOT_VERSION})


# --- what people write ---


def _plan(path: Path) -> None:
    read_activities(path)


def _contacts(path: Path) -> None:
    read_contacts(path)


_PLAN: Final = b"""[[activity]]
id = "sud-test"
title = "Motion control test"
kind = "thruster-test"
spacecraft = "soyuz"
start = 2021-10-15T09:02:00Z
end = 2021-10-15T09:12:00Z
may_fire = ["soyuz"]
longest_pulse_s = 0.5
on_time_s = 5.0
propellant_kg = 3.0
planned_states = ["desaturation-inhibited"]
links = ["russian"]
"""
_CONTACTS: Final = b"""spacecraft = "soyuz"
from = 2021-10-15T06:00:00Z
to = 2021-10-15T12:00:00Z
links = ["russian"]
[[contact]]
link = "russian"
start = 2021-10-15T09:10:00Z
end = 2021-10-15T09:19:30Z
"""
_EDITS: Final = b"""[iss.parameter.ERR]
range.caution = { high = 55 }
remove = ["range.warning"]
persistence_s = 7
hysteresis = 0.5
"""


@contextmanager
def _missiondb(folder: Path) -> Iterator[Callable[[bytes], None]]:
    """An input is one file of the mission database, its first line says which."""
    base = small_missiondb(folder / "missiondb")
    names = sorted(path.relative_to(base).as_posix() for path in base.rglob("*.toml"))
    originals = {name: (base / name).read_bytes() for name in names}

    def take(data: bytes) -> None:
        head, _, content = data.partition(b"\n")
        name = head.decode(errors="replace").removeprefix("# ")
        edited = folder / "edited.toml"
        path = base / name if name in (*names, "incidents.toml") else edited
        path.write_bytes(content)
        try:
            found = read_directory(base, edited if path == edited else None)
            assert all("\n" not in str(one) for one in found.problems), found.problems
        finally:
            if name in originals:
                path.write_bytes(originals[name])
            else:
                path.unlink()

    yield take


def _missiondb_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as folder:
        base = small_missiondb(Path(folder))
        for path in sorted(base.rglob("*.toml")):
            yield f"# {path.relative_to(base).as_posix()}\n".encode() + path.read_bytes()
    for name in ("iss/adcs.toml", "soyuz/propulsion.toml", "iss/spacecraft.toml"):
        shipped = SHIPPED / name
        if shipped.exists():
            yield b"# iss/adcs.toml\n" + shipped.read_bytes()[:6_000]
    yield b"# edited.toml\n" + _EDITS
    yield b"# incidents.toml\n" + (
        b'[group.g]\nup_to = "warning"\nalarms = ["iss/ERR.*"]\n[rule.r]\ntitle = "T"\n'
        b'roots = ["iss/ERR.limit"]\ncascade = []\nconsequences = ["g"]\nevidence = ["iss/ERR"]\n'
    )


@contextmanager
def _training_records(folder: Path) -> Iterator[Callable[[bytes], None]]:
    kept = Records(folder)
    path = folder / "records" / "t1.json"

    def take(data: bytes) -> None:
        path.write_bytes(data)
        for one in kept.read():
            assert isinstance(one, Training)

    yield take


def _training_seeds() -> Iterator[bytes]:
    yield msgspec.json.encode(TRAINING)
    yield msgspec.json.encode({"format": 1, **msgspec.to_builtins(TRAINING)})


TARGETS: Final = (
    Target(
        name="isslive",
        subject=_of_file("USLAB000022.txt", _isslive, RecordingError),
        seeds=lambda: [_ISSLIVE],
        mutate=mutate.text,
    ),
    Target(
        name="csv",
        subject=_of_file("a.csv", _samples, RecordingError),
        seeds=lambda: _sample_seeds("csv"),
        mutate=mutate.text,
    ),
    Target(
        name="parquet",
        subject=_of_file("a.parquet", _samples, RecordingError),
        seeds=lambda: _sample_seeds("parquet"),
        mutate=mutate.plain,
    ),
    Target(
        name="bundle",
        subject=_of_file("a.zip", _bundle, BundleError),
        seeds=lambda: [_good()],
        mutate=mutate.plain,
        most_bytes=200_000,
    ),
    Target(
        name="bundle-inside",
        subject=_bundle_inside,
        seeds=_inside_seeds,
        mutate=mutate.as_msgpack,
    ),
    Target(name="segment", subject=_segments, seeds=_segment_seeds, mutate=mutate.as_msgpack),
    Target(name="snapshot", subject=_snapshot, seeds=_snapshot_seeds, mutate=mutate.as_msgpack),
    Target(
        name="plan",
        subject=_of_file("plan.toml", _plan, UsageError),
        seeds=lambda: [_PLAN],
        mutate=mutate.text,
    ),
    Target(
        name="contacts",
        subject=_of_file("contacts.toml", _contacts, UsageError),
        seeds=lambda: [_CONTACTS],
        mutate=mutate.text,
    ),
    Target(name="missiondb", subject=_missiondb, seeds=_missiondb_seeds, mutate=mutate.text),
    Target(
        name="training-record",
        subject=_training_records,
        seeds=_training_seeds,
        mutate=mutate.as_json,
    ),
)
