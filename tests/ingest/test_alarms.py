"""What operators ask of alarms, and what they are told."""

import pytest

from ingest.alarms import MAX_DONE, MAX_SHELF_NS, AlarmBook, Explain
from ingest.decode import Asked
from ingest.detect import Detection
from ingest.late_finding import Finding, FindingKind
from telemetry.alarm import Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Verb
from telemetry.wire import Command

CAUTION, WARNING = Severity.CAUTION, Severity.WARNING


class Console:
    """An alarm book, and somebody in front of it."""

    def __init__(self, database: MissionDatabase) -> None:
        self.book = AlarmBook(database)
        self.now_ns = 1000 * SECOND_NS
        self._ids = 0

    def violate(self, severity: Severity = Severity.CAUTION, subject: str = "ERR") -> Event:
        self.now_ns += SECOND_NS
        found = Detection(subject, Condition.LIMIT, severity, self.now_ns, 2.5, "above 2 deg")
        (event,) = self.book.detect("iss", found, self.now_ns)
        return event

    def ask(
        self,
        verb: str,
        alarm: str = "ERR.limit",
        occurrence: str = "",
        comment: str = "why",
        until_ns: int = 0,
    ) -> list[Event]:
        self.now_ns += SECOND_NS
        self._ids += 1
        command = Command(
            id=str(self._ids),
            alarm=alarm,
            by="Ann",
            occurrence=occurrence,
            comment=comment,
            until_ns=until_ns,
        )
        return list(self.book.command(Asked("iss", verb, command), self.now_ns, self.now_ns))


@pytest.fixture
def console(database: MissionDatabase) -> Console:
    return Console(database)


def test_an_acknowledgement_says_who_and_why(console: Console) -> None:
    raised = console.violate()
    (event,) = console.ask(Verb.ACKNOWLEDGE, occurrence=raised.alarm.occurrence)
    assert (event.kind, event.by, event.comment) == (EventKind.ACKNOWLEDGED, "Ann", "why")
    assert (event.alarm.state, event.alarm.acknowledged_by) == (State.ACKED, "Ann")
    assert not event.annunciate


@pytest.mark.parametrize(
    ("verb", "alarm", "occurrence", "comment", "told"),
    [
        (Verb.ACKNOWLEDGE, "ERR.limit", "", "c", "must name the occurrence"),
        (Verb.ACKNOWLEDGE, "ERR.limit", "iss/ERR.limit/1", "c", "that occurrence is over"),
        (Verb.ACKNOWLEDGE, "NOPE.limit", "", "c", "no such alarm"),
        (Verb.ACKNOWLEDGE, "nonsense", "", "c", "no such alarm"),
        (Verb.RESET, "ERR.limit", "", "c", "RESET is not possible while the alarm is UNACK"),
        (Verb.SHELVE, "ERR.limit", "", "c", "must end within the next 24 hours"),
        (Verb.OUT_OF_SERVICE, "ERR.limit", "", "", "needs a reason"),
        ("explode", "ERR.limit", "", "c", "cannot be asked to explode"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    console: Console, verb: str, alarm: str, occurrence: str, comment: str, told: str
) -> None:
    raised = console.violate()
    (event,) = console.ask(verb, alarm, occurrence, comment)
    assert event.kind is EventKind.REFUSED
    assert told in event.reason
    assert event.by == "Ann"
    assert console.book.alarms["iss", "ERR.limit"] == raised.alarm


def test_a_shelved_alarm_is_silent_until_its_time_and_then_heard_once(console: Console) -> None:
    until_ns = console.now_ns + 100 * SECOND_NS
    (shelved,) = console.ask(Verb.SHELVE, until_ns=until_ns)
    assert (shelved.kind, shelved.alarm.shelf_reason) == (EventKind.SHELVED, "why")
    assert not console.violate().annunciate
    assert console.book.next_deadline_ns() == until_ns
    assert console.book.tick("iss", until_ns - 1, until_ns - 1) == ()
    (ended,) = console.book.tick("iss", until_ns, until_ns)
    assert (ended.kind, ended.annunciate) == (EventKind.UNSHELVED, True)
    assert console.book.next_deadline_ns() is None


def test_a_shelf_has_an_end_and_a_reason(console: Console) -> None:
    console.violate()
    far_ns = console.now_ns + 2 * MAX_SHELF_NS
    assert console.ask(Verb.SHELVE, until_ns=far_ns)[0].kind is EventKind.REFUSED
    soon_ns = console.now_ns + 60 * SECOND_NS
    assert console.ask(Verb.SHELVE, until_ns=soon_ns, comment="")[0].kind is EventKind.REFUSED


def test_out_of_service_lasts_until_it_is_taken_back(console: Console) -> None:
    (out,) = console.ask(Verb.OUT_OF_SERVICE)
    assert out.alarm.standing
    assert not console.violate().annunciate
    (back,) = console.ask(Verb.IN_SERVICE)
    assert back.annunciate
    assert console.ask(Verb.IN_SERVICE) == []


def test_a_latching_alarm_stays_until_it_is_reset(console: Console) -> None:
    raised = console.violate(Severity.WARNING, subject="MODE")
    over = Detection("MODE", Condition.LIMIT, Severity.NOMINAL, console.now_ns, 0, "")
    (returned,) = console.book.detect("iss", over, console.now_ns)
    assert returned.alarm.state is State.LATCHED_UNACK
    occurrence = raised.alarm.occurrence
    console.ask(Verb.ACKNOWLEDGE, "MODE.limit", occurrence)
    (reset,) = console.ask(Verb.RESET, "MODE.limit", occurrence)
    assert reset.alarm.state is State.NORMAL
    assert ("iss", "MODE.limit") not in console.book.alarms


def test_getting_worse_is_heard_again_and_getting_better_is_not(console: Console) -> None:
    first = console.violate(Severity.ADVISORY)
    console.ask(Verb.ACKNOWLEDGE, occurrence=first.alarm.occurrence)
    worse = console.violate(Severity.WARNING)
    better = console.violate(Severity.CAUTION)
    assert (worse.kind, worse.annunciate) == (EventKind.ESCALATED, True)
    assert (better.kind, better.annunciate) == (EventKind.DEESCALATED, False)
    assert better.alarm.highest is Severity.WARNING
    assert better.alarm.occurrence == first.alarm.occurrence


def test_a_repeated_command_is_done_once(console: Console) -> None:
    raised = console.violate()
    command = Command(id="x", alarm="ERR.limit", by="Ann", occurrence=raised.alarm.occurrence)
    asked = Asked("iss", Verb.ACKNOWLEDGE, command)
    assert len(console.book.command(asked, console.now_ns, console.now_ns)) == 1
    assert console.book.command(asked, console.now_ns, console.now_ns) == ()


# --- what is held back, out of sight, or late ---


def held_by(incident: str) -> Explain:
    return lambda alarm, time_ns: incident


def test_a_consequence_is_listed_and_not_annunciated(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    (event,) = book.detect("iss", violation(CAUTION), 0, held_by("fire-1"))
    assert (event.kind, event.annunciate) == (EventKind.VIOLATED, False)
    assert event.alarm.inhibited_by == "fire-1"
    assert book.alarms["iss", "ERR.limit"].state is State.UNACK


def test_what_got_worse_than_its_incident_explains_is_heard(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION), 0, held_by("fire-1"))
    (event,) = book.detect("iss", violation(WARNING, time_ns=2), 0)
    assert (event.kind, event.annunciate) == (EventKind.ESCALATED, True)
    assert event.alarm.inhibited_by == ""


def test_an_incident_that_is_over_releases_what_nobody_has_seen(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION), 0, held_by("fire-1"))
    (event,) = book.release("iss", "ERR.limit", 9, 9)
    assert (event.kind, event.annunciate) == (EventKind.UNINHIBITED, True)
    assert book.release("iss", "ERR.limit", 9, 9) == ()


def test_what_returned_while_held_back_is_released_in_silence(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION), 0, held_by("fire-1"))
    book.detect("iss", violation(Severity.NOMINAL, time_ns=2), 0)
    (event,) = book.release("iss", "ERR.limit", 9, 9)
    assert not event.annunciate


def test_at_loss_of_signal_what_stands_becomes_unknown(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION), 0)
    (lost,) = book.lose_signal("iss", {"ERR"}, 50, 60)
    assert (lost.kind, lost.annunciate) == (EventKind.SIGNAL_LOST, False)
    assert lost.alarm.unknown_since_ns == 50
    assert book.lose_signal("iss", {"ERR"}, 51, 61) == ()
    (back,) = book.regain_signal("iss", {"ERR"}, 90, 95)
    assert (back.kind, back.alarm.unknown_since_ns) == (EventKind.SIGNAL_BACK, 0)


def test_late_data_that_came_and_went_are_one_old_occurrence(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    over = late(FindingKind.OVER, CAUTION, 100, returned_ns=200)
    raised, returned = book.detect_late("iss", over, 900)
    assert (raised.kind, raised.time_ns, raised.received_ns) == (EventKind.VIOLATED, 100, 900)
    assert raised.annunciate
    assert raised.alarm.late
    assert (returned.kind, returned.annunciate) == (EventKind.RETURNED, False)
    assert book.alarms["iss", "ERR.limit"].state is State.RTN_UNACK


def test_late_data_never_return_what_live_data_have_violated(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION, time_ns=500), 500)
    (event,) = book.detect_late("iss", late(FindingKind.OVER, CAUTION, 100, returned_ns=200), 900)
    assert (event.kind, event.annunciate) == (EventKind.OCCURRED, False)
    assert book.alarms["iss", "ERR.limit"].state is State.UNACK
    assert book.alarms["iss", "ERR.limit"].since_ns == 500


def test_late_data_tell_when_a_standing_violation_began(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION, time_ns=500), 500)
    (event,) = book.detect_late("iss", late(FindingKind.BEGAN, CAUTION, 100, live_ns=500), 900)
    assert (event.kind, event.annunciate) == (EventKind.DATED, False)
    assert book.alarms["iss", "ERR.limit"].since_ns == 100


def test_what_was_worse_than_anybody_knew_is_heard_late(database: MissionDatabase) -> None:
    book = AlarmBook(database)
    book.detect("iss", violation(CAUTION, time_ns=500), 500)
    (event,) = book.detect_late("iss", late(FindingKind.WORSE, WARNING, 100), 900)
    assert (event.kind, event.annunciate) == (EventKind.OCCURRED, True)
    assert event.alarm.highest is WARNING


def late(
    kind: FindingKind, severity: Severity, time_ns: int, *, returned_ns: int = 0, live_ns: int = 0
) -> Finding:
    detection = violation(severity, time_ns=time_ns)
    return Finding(kind=kind, detection=detection, returned_ns=returned_ns, live_ns=live_ns)


def violation(severity: Severity, time_ns: int = 1) -> Detection:
    return Detection("ERR", Condition.LIMIT, severity, time_ns, 2.5, "above 2 deg")


def test_a_command_that_comes_again_does_nothing(console: Console) -> None:
    console.ask(Verb.OUT_OF_SERVICE)
    command = Command(id="1", alarm="ERR.limit", by="Ann", comment="why")
    console.ask(Verb.IN_SERVICE)
    again = Asked("iss", Verb.OUT_OF_SERVICE, command)
    assert console.book.command(again, console.now_ns, console.now_ns) == ()
    assert not console.book.alarms


def test_what_was_denied_is_told_again_and_uses_up_nobodys_id(console: Console) -> None:
    raised = console.violate()
    command = Command(
        id="1", alarm="ERR.limit", by="Ann", occurrence=raised.alarm.occurrence, denied="not you"
    )
    asked = Asked("iss", Verb.ACKNOWLEDGE, command)
    for _ in range(2):
        (event,) = console.book.command(asked, console.now_ns, console.now_ns)
        assert (event.kind, event.reason) == (EventKind.REFUSED, "not you")
    (event,) = console.ask(Verb.ACKNOWLEDGE, occurrence=raised.alarm.occurrence)
    assert event.kind is EventKind.ACKNOWLEDGED


def test_the_ids_that_are_remembered_are_the_newest_and_so_many(console: Console) -> None:
    for _ in range(MAX_DONE + 5):
        console.ask("explode")
    assert len(console.book.done) == MAX_DONE
    assert list(console.book.done)[:: MAX_DONE - 1] == ["6", str(MAX_DONE + 5)]
