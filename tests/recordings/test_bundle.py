"""A bundle is made of what store and ingest have: all of the range, and what a replay needs."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ingest.bundle import contents
from ingest.bundle.container import opened
from ingest.bundle.form import README
from ingest.bundle.look import look
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.incident import Incident, Member
from telemetry.limit import Severity
from telemetry.plan import Plan, PlanState
from tests.bundles import ALARM_S, RECEIVED_NS, at, frames, living
from tests.ingest.planning import activity


async def test_a_bundle_has_the_range_to_the_sample(tmp_path: Path) -> None:
    async with living(tmp_path) as lived:
        await lived.bundle(tmp_path / "x.zip", 20, 50)
        with opened(tmp_path / "x.zip") as container:
            got = list(contents.frames(container, lived.database))
            look(container)
    assert got == [frame for frame in frames() if at(20) <= frame.time_ns < at(50)]


async def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    async with living(tmp_path) as lived:
        for name in ("a.zip", "b.zip"):
            await lived.bundle(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "b.zip", "missiondb", "state"}


async def test_what_ground_said_meanwhile_is_in_the_journal(tmp_path: Path) -> None:
    """Its clock is that on the wall, five years after the stream's."""
    async with living(tmp_path) as lived:
        event = lived.events[0]
        alarm = replace(event.alarm, spacecraft="ground")
        for second in (5, 35):
            wall_ns = RECEIVED_NS + second * SECOND_NS
            said = {"id": f"ground/{second}", "time_ns": wall_ns, "received_ns": wall_ns}
            await lived.store.append_events([replace(event, alarm=alarm, **said)])
        await lived.bundle(tmp_path / "x.zip", 20, 50)
        with opened(tmp_path / "x.zip") as container:
            ids = [event.id for event in contents.events(container)]
    assert "ground/35" in ids
    assert "ground/5" not in ids
    assert len(ids) == 5


async def test_what_was_never_received_makes_a_bundle_without_records(tmp_path: Path) -> None:
    async with living(tmp_path) as lived:
        long_ago = [
            replace(frame, time_ns=frame.time_ns - 10_000 * SECOND_NS) for frame in frames()
        ]
        await lived.store.write(long_ago)
        manifest = await lived.bundle(tmp_path / "x.zip", -10_000, -9_940)
        assert manifest.span is None
        assert (manifest.counts.frames, manifest.counts.records) == (60, 0)
        with opened(tmp_path / "x.zip") as container:
            look(container)


@pytest.mark.parametrize(("start_s", "stop_s"), [(5_000, 6_000), (50, 20), (20, 20)])
async def test_an_empty_range_is_refused_and_nothing_is_left(
    tmp_path: Path, start_s: int, stop_s: int
) -> None:
    async with living(tmp_path) as lived:
        with pytest.raises(UsageError, match=r"nothing is stored|not after its start"):
            await lived.bundle(tmp_path / "x.zip", start_s, stop_s)
    assert {path.name for path in tmp_path.iterdir()} == {"missiondb", "state"}


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with living(tmp_path) as lived:
        with pytest.raises(UsageError, match="cannot be written: No such file"):
            await lived.bundle(tmp_path / "missing" / "x.zip")


async def test_plans_and_incidents_of_then_are_in_it(tmp_path: Path) -> None:
    plan = Plan(
        activity=activity(),
        state=PlanState.APPROVED,
        version=2,
        proposed_by="Ann",
        changed_by="Bob",
        changed_ns=at(3),
    )
    member = Member(
        spacecraft="iss",
        alarm="ERR.limit",
        occurrence="o",
        severity=Severity.CAUTION,
        time_ns=at(ALARM_S),
        inhibited=False,
    )
    incident = Incident(
        id="turn-1",
        rule="turn",
        title="The station turns",
        opened_ns=at(ALARM_S),
        changed_ns=at(ALARM_S),
        members=(member,),
    )
    async with living(tmp_path) as lived:
        await lived.bundle(tmp_path / "x.zip", plans=[plan], incidents=[incident])
    with opened(tmp_path / "x.zip") as container:
        looked = look(container)
        assert contents.activities(container) == [plan]
        assert contents.incidents(container) == [incident]
        readme = container.read(README, 10_000).decode()
    assert "The station turns" in readme
    assert "not signed" in " ".join(readme.split())
    assert looked.first_out is not None
    assert (looked.first_out.title, looked.first_out.time_ns) == ("The station turns", at(ALARM_S))
