"""Silences against the contact schedule, whoever notices them."""

from dataclasses import replace

import pytest

from ingest.contacts import CONTACT_MARGIN_NS, ContactBook
from ingest.late_finding import FindingKind
from ingest.reception import Change, GapFilled, Reception, Shown, ShownLate, SignalChange
from telemetry.activity import LinkName, PlannedState
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.contact import Contact, ContactSchedule
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from tests.small import small_database

CLOCK = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=0, wall_ns=0, run="1")
MARGIN_S = CONTACT_MARGIN_NS / SECOND_NS
STALE_S = 1.9


def ns(seconds: float) -> int:
    return round(seconds * SECOND_NS)


def frame(second: float, sequence: int | None = None, **values: Value) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=ns(second),
        received_ns=ns(second),
        sequence=round(second) if sequence is None else sequence,
        values=values,
    )


def by_s_band(database: MissionDatabase) -> MissionDatabase:
    iss = database.spacecraft["iss"]
    adcs = replace(iss.subsystems["adcs"], links=(LinkName.S_BAND,))
    iss = replace(iss, subsystems={"adcs": adcs})
    return MissionDatabase(spacecraft={"iss": iss}, version="1")


def nothing_planned(_: int) -> frozenset[PlannedState]:
    return frozenset()


@pytest.fixture
def contacts() -> ContactBook:
    """Contact but for 100 to 200 s."""
    book = ContactBook()
    spans = ((0, 100), (200, 10_000))
    contacts = (
        Contact(link=LinkName.S_BAND, start_ns=ns(start), end_ns=ns(end)) for start, end in spans
    )
    schedule = ContactSchedule(
        from_ns=0, to_ns=ns(10_000), links=(LinkName.S_BAND,), contacts=tuple(contacts)
    )
    book.announce("iss", schedule)
    return book


@pytest.fixture
def reception(contacts: ContactBook) -> Reception:
    return Reception(by_s_band(small_database()), contacts, nothing_planned)


def words(changes: list[Change]) -> list[tuple[str, float]]:
    told = []
    for change in changes:
        match change:
            case Shown(_, detection):
                what = "stale" if detection.severity else "heard again"
                told.append((what, detection.time_ns / SECOND_NS))
            case SignalChange(lost=lost, announced=announced, time_ns=time_ns):
                what = ("announced" if announced else "unannounced") if lost else "back"
                told.append((what, time_ns / SECOND_NS))
    return told


def silence(reception: Reception, last_s: float, ticks: list[float], back_s: float) -> list[Change]:
    reception.frame(frame(last_s), CLOCK)
    changes: list[Change] = []
    for tick_s in ticks:
        changes += reception.tick("iss", ns(tick_s), 0)
    return changes + reception.frame(frame(back_s), CLOCK).changes


@pytest.mark.parametrize("ticks", [[], [102.0, 150.0, 199.0], list(range(102, 200))])
def test_an_announced_silence_is_no_alarm(reception: Reception, ticks: list[float]) -> None:
    told = words(silence(reception, 100, ticks, 201))
    assert told == [("announced", 100 + STALE_S), ("back", 201)]


@pytest.mark.parametrize("ticks", [[], [20.0], [12.0, 13.0, 30.0]])
def test_any_other_silence_is(reception: Reception, ticks: list[float]) -> None:
    told = words(silence(reception, 10, ticks, 40))
    due_s = 10 + STALE_S
    assert told == [("unannounced", due_s), ("stale", due_s), ("back", 40), ("heard again", 40)]


@pytest.mark.parametrize("ticks", [[], [150.0, 250.0], [300.0], list(range(102, 400))])
def test_one_that_outlasts_its_announcement_is_from_then_on(
    reception: Reception, ticks: list[float]
) -> None:
    told = words(silence(reception, 100, ticks, 400))
    overdue_s = 200 + STALE_S
    assert told == [
        ("announced", 100 + STALE_S),
        ("unannounced", overdue_s),
        ("stale", overdue_s),
        ("back", 400),
        ("heard again", 400),
    ]


def test_contact_may_come_some_seconds_late(reception: Reception) -> None:
    told = words(silence(reception, 100, [200 + STALE_S + MARGIN_S], 211))
    assert [what for what, _ in told] == ["announced", "back"]


def test_the_announced_return_is_told(reception: Reception) -> None:
    (lost, _) = silence(reception, 100, [], 201)
    assert isinstance(lost, SignalChange)
    assert (lost.last_ns, lost.back_ns) == (ns(100), ns(200))


@pytest.mark.parametrize("ticks", [[], [3.0], [3.0, 60.0]])
def test_frames_that_all_came_only_slowly_are_judged_as_if_they_had_not(
    reception: Reception, ticks: list[float]
) -> None:
    """A link stood still; nothing is missing, and what is pending has gone on all the while."""
    changes: list[Change] = []
    for second in range(6):
        if second == 2:
            changes += [one for tick_s in ticks for one in reception.tick("iss", ns(tick_s), 0)]
        changes += reception.frame(frame(second, SLOW=1.5 if second < 5 else 0.0), CLOCK).changes
    found = [one.detection for one in changes if isinstance(one, Shown)]
    limits = [(one.time_ns, one.severity) for one in found if one.condition is Condition.LIMIT]
    assert limits == [(ns(3), Severity.CAUTION), (ns(5), Severity.NOMINAL)]


def test_what_comes_late_ends_no_silence_and_begins_none(reception: Reception) -> None:
    silence(reception, 100, [], 300)
    for second in range(101, 110):
        late = reception.frame(frame(second), CLOCK)
        assert late.changes == []
        assert reception.tick("iss", ns(301), 0) == []


def test_a_dump_shows_what_came_and_went_once_and_fills_the_gap(reception: Reception) -> None:
    silence(reception, 100, [], 300)
    changes: list[Change] = []
    for second in range(101, 300):
        value = 5.0 if 150 <= second < 160 else 0.0
        changes += reception.frame(frame(second, ERR=value), CLOCK).changes
    for second in range(301, 900):
        changes += reception.frame(frame(second, ERR=0.0), CLOCK).changes
    (over,) = (change.finding for change in changes if isinstance(change, ShownLate))
    assert over.kind is FindingKind.OVER
    assert (over.detection.time_ns, over.returned_ns) == (ns(150), ns(160))
    assert [c.end_ns for c in changes if isinstance(c, GapFilled)] == [ns(300)]
    assert not any(isinstance(change, Shown) for change in changes)


def test_a_recording_promises_no_heartbeat(reception: Reception) -> None:
    clock = StreamClock(kind=StreamKind.PLAYED, epoch_ns=0, wall_ns=0, heartbeat=False)
    reception.frame(frame(1), clock)
    assert reception.frame(frame(90), clock).changes == []


def test_a_clock_put_right_is_heard_again(reception: Reception) -> None:
    reception.frame(frame(50, sequence=1, ERR=0.0), CLOCK)
    heard = reception.frame(frame(2, sequence=2, ERR=9.0), CLOCK)
    assert [c.detection.severity for c in heard.changes if isinstance(c, Shown)] == [
        Severity.WARNING
    ]


def test_frames_without_contact_are_no_gap_in_the_sequence(reception: Reception) -> None:
    reception.frame(frame(100), CLOCK)
    assert reception.frame(frame(201), CLOCK).missing == 0
    assert reception.frame(frame(202.5, sequence=205), CLOCK).missing == 3
