"""As received: from wherever it is begun, a replay says what live said, and shows what live saw."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.processor import Processor
from ingest.record import Outgoing
from ingest.replay.received import SILENCE_NS, Received
from ingest.replay.source import NothingToReplay, Step
from telemetry import wire
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS, StreamKind
from telemetry.missiondb import MissionDatabase
from telemetry.replay import ReplayLimits
from telemetry.topics import Topics, parse
from tests.ingest.replay.flown import (
    LASTS_S,
    LIVE,
    NEW,
    OLD,
    RESTART_S,
    SILENCE,
    START_NS,
    WALL_NS,
    Flown,
    Kept,
    at,
    flown,
)

OWN = Topics("replay-x")


def received(
    archive: Kept,
    start: float = 0,
    stop: float = LASTS_S,
    *,
    limits: ReplayLimits = ReplayLimits.THEN,
    today: MissionDatabase = OLD,
    keep_gaps: bool = True,
) -> Received:
    return Received(archive, LIVE, OWN, today, limits, at(start), at(stop), keep_gaps=keep_gaps)


@contextmanager
def archived(flight: Flown) -> Iterator[Kept]:
    with TemporaryDirectory() as folder, flight.archive(Path(folder)) as archive:
        yield archive


async def played(source: Received, to_ns: int) -> tuple[list[Outgoing], list[Step]]:
    """What a page sees at once, and what follows to the end."""
    shown, steps = await source.seek(to_ns), []
    while await source.next_ns() is not None:
        steps.append(await source.step())
    return shown, steps


def journal(steps: Sequence[Step]) -> list[Event]:
    topics = {OWN.event("iss"), OWN.event("soyuz")}
    return [
        wire.decode_event(one.payload)
        for step in steps
        for one in step.messages
        if one.topic in topics
    ]


@settings(max_examples=40)
@given(begin=st.floats(0, LASTS_S - 1), change=st.booleans())
def test_from_any_point_the_journal_is_that_of_live(begin: float, change: bool) -> None:
    flight = flown(limits_change=change)
    with archived(flight) as archive:
        _, steps = asyncio.run(played(received(archive), at(begin)))
        span = archive.find(at(begin), at(LASTS_S))
        assert span is not None
        assert journal(steps) == flight.of(span.first_n, span.last_n)


def test_the_flight_has_everything_in_it() -> None:
    kinds = {event.kind for events in flown().said.values() for event in events}
    assert kinds >= {EventKind.VIOLATED, EventKind.ACKNOWLEDGED, EventKind.RETURNED}
    names = {event.alarm.id for events in flown().said.values() for event in events}
    assert names >= {"ERR.limit", "VOLT.limit", "adcs.stale"}
    assert flown().said != flown(limits_change=True).said


async def test_it_goes_back_and_forth_and_says_the_same(tmp_path: Path) -> None:
    with flown().archive(tmp_path) as archive:
        source = received(archive)
        _, once = await played(source, at(35))
        await source.seek(at(80))
        await source.step()
        _, again = await played(source, at(35))
        assert again == once


async def test_what_is_published_is_under_its_own_root_and_asks_for_nothing(
    tmp_path: Path,
) -> None:
    with flown().archive(tmp_path) as archive:
        shown, steps = await played(received(archive), START_NS)
    messages = [*shown, *(one for step in steps for one in step.messages)]
    addresses = [parse(one.topic) for one in messages]
    assert {address and address.root for address in addresses} == {OWN.root}
    assert not any(one.topic == OWN.clock("iss") for one in messages), "the clock is the session's"
    frames = [one for step in steps for one in step.messages if "/iss/frame/adcs" in one.topic]
    assert len(frames) == LASTS_S - len(SILENCE)
    assert sum(step.frame for step in steps) == 2 * len(frames) + sum(
        second % 2 == 0 for second in range(LASTS_S) if second not in SILENCE
    )


async def test_the_newest_of_every_subsystem_is_shown_at_once(tmp_path: Path) -> None:
    with flown().archive(tmp_path) as archive:
        # right after a checkpoint: nothing is worked through that could show them
        shown = await received(archive).seek(at(31))
    values = {one.topic: wire.decode_frame(one.payload).body for one in shown if not one.retain}
    assert {topic: body.t for topic, body in values.items()} == {
        OWN.frame("iss", "adcs"): at(30),
        OWN.frame("iss", "eps"): at(30),
        OWN.frame("soyuz", "eps"): at(30),
    }
    assert values[OWN.frame("iss", "adcs")].values == {"ERR": 3.5, "MODE": 0}
    assert OWN.contacts("iss") in {one.topic for one in shown if one.retain}


async def test_without_a_usable_snapshot_it_begins_further_back_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.processor.SNAPSHOT_VERSION", 999)
    with flown().archive(tmp_path) as archive:
        source = received(archive)
        _, steps = await played(source, at(45))
        span = archive.find(at(45), at(LASTS_S))
        assert span is not None
        assert journal(steps) == flown().of(span.first_n, span.last_n)
    assert "warmed up from the beginning instead" in source.note


async def test_limits_that_changed_change_again_and_those_of_now_hold_throughout(
    tmp_path: Path,
) -> None:
    def errors(steps: Sequence[Step]) -> list[int]:
        return [
            (event.time_ns - START_NS) // SECOND_NS
            for event in journal(steps)
            if event.alarm.id == "ERR.limit" and event.kind is EventKind.VIOLATED
        ]

    with flown(limits_change=True).archive(tmp_path) as archive:
        _, then = await played(received(archive, today=NEW), START_NS)
        now = received(archive, today=NEW, limits=ReplayLimits.NOW)
        _, by_new = await played(now, START_NS)
        _, by_old = await played(received(archive, limits=ReplayLimits.NOW), START_NS)
    assert (errors(then), errors(by_new), errors(by_old)) == ([30], [], [30, 95])
    assert now.note.startswith("judged by mission database new, warmed up from ")
    assert RESTART_S < 95


async def test_while_nothing_was_heard_time_goes_on_with_the_ticks(tmp_path: Path) -> None:
    with flown().archive(tmp_path) as archive:
        _, steps = await played(received(archive), at(60))
        _, hasty = await played(received(archive, keep_gaps=False), at(60))
    stale = {
        (event.alarm.id, event.alarm.spacecraft): step.time_ns
        for step in steps
        for event in journal([step])
        if event.alarm.id.endswith(".stale") and event.kind is EventKind.VIOLATED
    }
    silent_ns, back_ns = at(SILENCE.start - 1), at(SILENCE.stop)
    assert stale
    for time_ns in stale.values():
        assert silent_ns < time_ns < back_ns
    times = [step.time_ns for step in steps]
    assert times == sorted(times)
    assert max(b - a for a, b in pairwise(times)) <= SECOND_NS + SILENCE_NS
    # where gaps are skipped, the ticks do not fill them
    late = [step.time_ns for step in hasty if silent_ns < step.time_ns < back_ns]
    assert late == []
    assert journal(hasty) == journal(steps)


async def test_each_spacecraft_is_where_its_clock_was(tmp_path: Path) -> None:
    with flown().archive(tmp_path) as archive:
        source = received(archive)
        await source.seek(at(50))
        paces = source.paces(at(50))
    assert set(paces) == {"iss", "soyuz"}
    for pace in paces.values():
        assert at(50) <= pace.time_ns <= at(50.2)
        assert (pace.rate, pace.heartbeat) == (1.0, True)
    assert all(clock.kind is StreamKind.SIMULATED for clock in source.processor.clocks.values())


def test_where_nothing_was_received_it_says_what_there_is(tmp_path: Path) -> None:
    with flown().archive(tmp_path) as archive:
        with pytest.raises(NothingToReplay) as refused:
            received(archive, 1_000, 2_000)
        assert str(refused.value).endswith(
            "the newest stretch there is goes from 2021-10-15T09:10:00.000Z to "
            "2021-10-15T09:11:49.000Z"
        )
    with Kept.open(tmp_path / "empty") as empty, pytest.raises(NothingToReplay) as nothing:
        received(empty)
    assert str(nothing.value).endswith("the record archive is empty")


async def test_a_record_that_breaks_the_processor_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Processor.process

    def breaks(self: Processor, record: object) -> object:
        if getattr(record, "received_ns", 0) == WALL_NS + 20 * SECOND_NS + SECOND_NS // 2:
            raise ZeroDivisionError
        return process(self, record)  # type: ignore[arg-type]

    with flown().archive(tmp_path) as archive:
        whole = (await played(received(archive), START_NS))[1]
        monkeypatch.setattr(Processor, "process", breaks)
        _, steps = await played(received(archive), START_NS)
    assert len(steps) == len(whole)
    assert [event.id for event in journal(steps)] == [event.id for event in journal(whole)]
