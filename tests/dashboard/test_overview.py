"""What the overview strip draws, and what it says where something is missing."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from dashboard import overview
from telemetry.alarm import Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.incident import Incident
from telemetry.limit import Severity
from telemetry.missiondb import load
from telemetry.plan import PlanState
from telemetry.store.memory import MemoryStore
from tests.dashboard import scene
from tests.dashboard.desk import Desk
from tests.dashboard.scene import FIRING_NS, NOW_NS

DATABASE = load()
START_NS, STOP_NS = NOW_NS - 1800 * SECOND_NS, NOW_NS + 600 * SECOND_NS


def event(
    time_ns: int = FIRING_NS,
    *,
    kind: EventKind = EventKind.VIOLATED,
    run: str = "",
    received_ns: int = 0,
    craft: str = "iss",
    **alarm: Any,
) -> Event:
    parameter = "USLAB000022" if craft == "iss" else "SIM_SOYUZ_DPO07_ONTIME"
    occurrence = f"{craft}/{parameter}.limit/{time_ns}" + (f"/{run}" if run else "")
    return Event(
        id=f"{craft}/{time_ns}/{kind}/{run}",
        kind=kind,
        time_ns=time_ns,
        received_ns=received_ns or time_ns,
        previous=State.NORMAL,
        alarm=scene.alarm(parameter, craft, occurrence=occurrence, **alarm),
    )


def test_a_mark_says_what_began_when_and_how_bad() -> None:
    [mark] = overview.alarm_marks([event()], DATABASE)
    assert mark == {
        "t": FIRING_NS / 1e6,
        "subject": "iss/USLAB000022",
        "severity": 3,
        "name": "ISS Attitude error, roll",
        "said": "5.2 deg, above 5 deg",
        "held": False,
    }


def test_only_beginnings_are_marked_in_order_of_time() -> None:
    later = FIRING_NS + SECOND_NS
    events = [
        event(later, kind=EventKind.ESCALATED),
        event(kind=EventKind.ACKNOWLEDGED),
        event(kind=EventKind.RETURNED),
        event(),
    ]
    times = [mark["t"] for mark in overview.alarm_marks(events, DATABASE)]
    assert times == [FIRING_NS / 1e6, later / 1e6]


def test_what_was_over_when_it_was_found_keeps_the_class_it_had() -> None:
    found = event(kind=EventKind.OCCURRED, severity=Severity.NOMINAL, highest=Severity.CAUTION)
    [mark] = overview.alarm_marks([found], DATABASE)
    assert mark["severity"] == Severity.CAUTION


def test_of_too_many_the_most_severe_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MAX_MARKS", 2)
    mild = [event(FIRING_NS + n, severity=Severity.ADVISORY) for n in range(5)]
    severe = [event(FIRING_NS + n, severity=Severity.WARNING) for n in (10, 20)]
    marks = list(overview.alarm_marks([*mild, *severe], DATABASE))
    assert [mark["severity"] for mark in marks] == [3, 3]


def test_a_day_flown_again_shows_the_later_flight() -> None:
    second = FIRING_NS + 3600 * SECOND_NS
    first = [event(FIRING_NS + n * SECOND_NS, run="a", received_ns=n + 1) for n in (-5, 0, 5)]
    other = event(FIRING_NS, run="c", received_ns=2, craft="soyuz")
    again = event(FIRING_NS, run="b", received_ns=second)
    kept = list(overview.last_flight([again, *first, other]))
    # what came before the second flight began is of the first alone; another craft is untouched
    assert {one.id for one in kept} == {first[0].id, again.id, other.id}


def test_an_open_incident_has_no_end_and_a_part_of_another_is_none() -> None:
    incident = scene.incident()
    span = (START_NS, STOP_NS)
    mark = overview.incident_mark(incident, span)
    assert mark is not None
    assert (mark["first"], mark["end"], mark["severity"]) == (FIRING_NS / 1e6, None, 3)
    over = replace(incident, closed_ns=NOW_NS)
    closed = overview.incident_mark(over, span)
    assert closed is not None
    assert closed["end"] == NOW_NS / 1e6
    assert overview.incident_mark(over, (NOW_NS + 1, STOP_NS)) is None
    assert overview.incident_mark(replace(incident, merged_into="other"), span) is None


def test_an_activity_says_when_it_was_to_end_and_when_it_did() -> None:
    plan = scene.thruster_test()
    span = (START_NS, STOP_NS)
    mark = overview.activity_mark(plan, span)
    assert mark is not None
    assert (mark["end"], mark["over"]) == (plan.activity.end_ns / 1e6, None)
    ended = replace(plan, ended_ns=NOW_NS, state=PlanState.ABORTED)
    mark = overview.activity_mark(ended, span)
    assert mark is not None
    assert (mark["over"], mark["state"]) == (NOW_NS / 1e6, "ABORTED")
    assert overview.activity_mark(plan, (0, plan.activity.start_ns)) is None


async def stocked() -> MemoryStore:
    store = MemoryStore(DATABASE)
    frames = [
        Frame(
            spacecraft="iss",
            subsystem="adcs",
            time_ns=FIRING_NS + n * SECOND_NS,
            received_ns=NOW_NS,
            sequence=n,
            values={"USLAB000010": 10.0 + n},
        )
        for n in range(10)
    ]
    await store.write(frames)
    await store.append_events([event(), event(NOW_NS + 3600 * SECOND_NS)])
    return store


def log(*states: Incident | Any) -> list[Any]:
    decoded: list[Any] = msgspec.json.decode(msgspec.json.encode(states))
    return decoded


async def test_all_of_a_range_at_once() -> None:
    store = await stocked()
    closed = replace(scene.incident(), closed_ns=NOW_NS)
    change = {"plan": scene.thruster_test()}
    ingest = {"/log/incident": log(closed, scene.incident()), "/log/plan": log(change)}
    desk = Desk(database=DATABASE, store=lambda: store, ingest=ingest)
    async with desk.means.history:
        found = await overview.overview(desk.means, START_NS, STOP_NS, "")
    assert [mark["t"] for mark in found["alarms"]] == [FIRING_NS / 1e6]  # not that of an hour later
    [incident] = found["incidents"]
    assert incident["end"] == NOW_NS / 1e6  # the newest of what the log has of it
    assert [mark["title"] for mark in found["activities"]] == [
        "Soyuz MS-18 thruster test before undocking"
    ]
    band = found["envelope"]
    assert (band["key"], band["unit"]) == ("iss/USLAB000010", "%")
    assert (min(band["low"]), max(band["high"])) == (10.0, 19.0)
    assert found["notes"] == []


async def test_what_cannot_be_had_is_said_and_costs_nothing_else() -> None:
    desk = Desk(database=DATABASE)
    desk.view.board.take_incident(scene.INCIDENT, scene.incident())
    found = await overview.overview(desk.means, START_NS, STOP_NS, "")
    assert found["alarms"] == []
    assert found["envelope"] is None
    assert [mark["id"] for mark in found["incidents"]] == [scene.INCIDENT]
    said = " ".join(found["notes"])
    assert "the store is away" in said
    assert "of incidents only what stands now" in said


async def test_a_log_of_another_version_is_no_log() -> None:
    ingest = {"/log/incident": [{"id": 1}], "/log/plan": "?"}
    notes: list[str] = []
    desk = Desk(database=DATABASE, ingest=ingest)
    assert await overview.known_incidents(desk.means, notes) == []
    assert await overview.known_plans(desk.means, notes) == []
    assert len(notes) == 2


@pytest.mark.parametrize("key", ["iss/NONE", "mir/USLAB000010", "iss/USLAB000012", "nonsense"])
async def test_what_has_no_least_and_most_has_no_envelope(key: str) -> None:
    desk = Desk(database=DATABASE)
    assert await overview.envelope(desk.means, START_NS, STOP_NS, key) is None


def test_a_value_stands_as_long_as_its_sender_may_leave_it_out() -> None:
    momentum = DATABASE.parameter("iss", "USLAB000010")
    short = overview.holds_s(momentum, SECOND_NS)
    assert short is not None
    assert short >= overview.REPEATED_S
    assert overview.holds_s(momentum, 3600 * SECOND_NS) > 3600  # type: ignore[operator]
