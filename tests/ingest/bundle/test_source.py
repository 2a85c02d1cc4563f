"""A bundle as what a replay plays: the archive's records and snapshots, the store's samples."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.bundle.container import opened
from ingest.bundle.form import BundleError
from ingest.bundle.shelf import Shelf, name_of
from ingest.bundle.source import Bundle, open_bundle
from ingest.processor import Processor
from recordings.history import chosen, frames_of
from telemetry.clock import LAST_NS
from telemetry.errors import UsageError
from telemetry.missiondb import load
from tests.bundles import TOPICS, at, frames, living, small_missiondb


@pytest.fixture
def state(good: Path, tmp_path: Path) -> Path:
    """Ingest's folder, with the bundle in it."""
    shelf = Shelf(tmp_path)
    shelf.make_ready()
    received = tmp_path / "received"
    received.write_bytes(good.read_bytes())
    shelf.put(received, "good-" + "0" * 12)
    return tmp_path


@pytest.fixture
def bundle(state: Path) -> Iterator[Bundle]:
    with open_bundle(state, "good-" + "0" * 12) as bundle:
        yield bundle


def test_it_has_the_records_of_the_range_and_what_a_replay_needs_before(
    bundle: Bundle, tmp_path: Path
) -> None:
    async def archived() -> None:
        async with living(tmp_path / "again") as lived:
            span = lived.archive.find(at(20), at(50))
            assert span is not None
            assert bundle.find(at(20), at(50)) == span
            records = list(lived.archive.timed(span.first_n, span.last_n))
            assert list(bundle.timed(span.first_n, span.last_n)) == records
            before = lived.archive.checkpoint(span.first_n - 1)
            assert before is not None
            assert bundle.checkpoint(span.first_n - 1) == before
            assert before.n > 0  # nearer than the beginning
            inside = lived.archive.checkpoint(span.last_n)
            assert bundle.checkpoint(span.last_n) == inside != before

    asyncio.run(archived())


def test_its_replay_says_what_live_said(bundle: Bundle, tmp_path: Path) -> None:
    async def live() -> None:
        async with living(tmp_path / "again") as lived:
            span = bundle.find(at(20), at(50))
            assert span is not None
            checkpoint = bundle.checkpoint(span.first_n - 1)
            assert checkpoint is not None
            processor = Processor(bundle.missiondb(checkpoint.missiondb), TOPICS)
            processor.restore(checkpoint.state)
            said = []
            for timed in bundle.timed(checkpoint.n + 1, span.last_n):
                outcome = processor.process(timed.record)
                if timed.record.n >= span.first_n:
                    said += outcome.events
            assert said == [event for event in lived.events if at(20) <= event.time_ns]
            assert len(said) == 4

    asyncio.run(live())


def test_what_judged_is_known_from_its_beginning(bundle: Bundle) -> None:
    span = bundle.find(at(20), at(50))
    assert span is not None
    (_, version), *_ = bundle.restarts(0, span.first_n)
    assert version == bundle.container.manifest.missiondb
    assert bundle.missiondb(version).version == version


def test_what_it_says_of_itself(bundle: Bundle) -> None:
    assert (bundle.start_ns, bundle.stop_ns) == (at(20), at(50))
    assert (bundle.root, bundle.heartbeat) == ("tlm", True)


async def test_its_samples_are_those_of_the_store(bundle: Bundle, tmp_path: Path) -> None:
    database = load(small_missiondb(tmp_path / "missiondb"))
    async with bundle.store(database) as store:
        got = [
            frame
            async for batch in frames_of(store, chosen(database), 0, LAST_NS)
            for frame in batch
        ]
    assert got == [frame for frame in frames() if at(20) <= frame.time_ns < at(50)]


def test_one_that_was_changed_since_is_refused(state: Path) -> None:
    path = Shelf(state).find("good-" + "0" * 12)
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match="checksum"), open_bundle(state, "good-" + "0" * 12):
        pass


def test_one_that_there_is_not_is_told(state: Path) -> None:
    with (
        pytest.raises(UsageError, match="no bundle 'x'; ingest keeps: good"),
        open_bundle(state, "x"),
    ):
        pass


def test_nothing_is_left_behind(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = state / "tmp"
    apart.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(apart))
    with open_bundle(state, "good-" + "0" * 12):
        assert list(apart.iterdir()) != []
    assert list(apart.iterdir()) == []


def test_the_name_on_the_shelf_is_that_of_its_seal(good: Path) -> None:
    with opened(good) as container:
        assert name_of("good", container.seal) == f"good-{container.seal[:12]}"
