"""What else happened in a range: alarms by severity from the journal, activities, contact gaps."""

from msgspec.structs import replace

from dashboard.trends_alarms import alarm_marks
from dashboard.trends_ask import TrendAsk, parameters
from dashboard.trends_marks import (
    Mark,
    MarkKind,
    activity_marks,
    outage_marks,
    violated_s,
    worst,
)
from telemetry.activity import LinkName
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.contact import Contact, ContactSchedule
from telemetry.limit import Severity
from telemetry.missiondb import load
from telemetry.plan import PlanState
from tests.dashboard import scene
from tests.dashboard.trending import ask

RANGE = ask("iss/ERR,iss/MODE", 100, 200)


def alarm(subject: str, severity: Severity, **more: object) -> Alarm:
    condition = Condition.STALE if subject == "adcs" else Condition.LIMIT
    given = {"state": State.UNACK, "highest": severity, "limit": "above 1 deg"} | more
    return Alarm(
        spacecraft="iss",
        id=f"{subject}.{condition}",
        subject=subject,
        condition=condition,
        severity=severity,
        **given,  # type: ignore[arg-type]
    )


def event(kind: EventKind, at_s: float, subject: str, severity: Severity, **more: object) -> Event:
    at_ns = round(at_s * SECOND_NS)
    return Event(
        id=f"{subject}{at_s}",
        kind=kind,
        time_ns=at_ns,
        received_ns=at_ns,
        previous=State.NORMAL,
        alarm=alarm(subject, severity, **more),
    )


def spans(marks: list[Mark]) -> list[tuple[float, float, Severity]]:
    return [
        (mark.start_ns / SECOND_NS, mark.stop_ns / SECOND_NS, mark.severity)
        for mark in sorted(marks, key=lambda one: one.start_ns)
    ]


def test_an_alarm_is_a_stretch_for_each_severity_it_had() -> None:
    events = [
        event(EventKind.VIOLATED, 110, "ERR", Severity.CAUTION),
        event(EventKind.ESCALATED, 120, "ERR", Severity.WARNING),
        event(EventKind.DEESCALATED, 130, "ERR", Severity.CAUTION),
        event(EventKind.RETURNED, 140, "ERR", Severity.NOMINAL, highest=Severity.WARNING),
        event(EventKind.VIOLATED, 150, "OTHER", Severity.WARNING),
    ]
    marks = alarm_marks(events, (), RANGE)
    assert spans(marks) == [
        (110, 120, Severity.CAUTION),
        (120, 130, Severity.WARNING),
        (130, 140, Severity.CAUTION),
    ]
    assert {mark.keys for mark in marks} == {frozenset({"iss/ERR"})}
    by_start = sorted(marks, key=lambda one: one.start_ns)
    # eased: the limit it broke was that of the worst
    assert [mark.title for mark in by_start] == [
        "Attitude error, above 1 deg",
        "Attitude error, above 1 deg",
        "Attitude error",
    ]
    assert violated_s(marks, "iss/ERR") == (30.0, Severity.WARNING)
    assert violated_s(marks, "iss/MODE") == (0.0, Severity.NOMINAL)


def test_what_began_before_and_what_goes_on_reach_the_edges() -> None:
    ended = event(
        EventKind.RETURNED, 120, "ERR", Severity.NOMINAL, since_ns=5, highest=Severity.CAUTION
    )
    begun = event(EventKind.VIOLATED, 180, "MODE", Severity.WARNING)
    marks = alarm_marks([ended, begun], (), RANGE)
    assert spans(marks) == [(100, 120, Severity.CAUTION), (180, 200, Severity.WARNING)]
    assert [mark.open for mark in marks] == [False, True]


def test_what_stands_and_is_in_no_journal_is_shown() -> None:
    standing = alarm("ERR", Severity.CAUTION, since_ns=150 * SECOND_NS)
    returned = alarm("MODE", Severity.CAUTION, since_ns=1, state=State.RTN_UNACK)
    assert spans(alarm_marks((), (standing, returned), RANGE)) == [(150, 200, Severity.CAUTION)]


def test_a_silence_is_of_all_that_is_shown_of_its_subsystem() -> None:
    [mark] = alarm_marks([event(EventKind.VIOLATED, 150, "adcs", Severity.CAUTION)], (), RANGE)
    assert mark.keys == {"iss/ERR", "iss/MODE"}
    assert mark.title.startswith("adcs: silent")


def test_at_each_time_the_worst_stands_on_top() -> None:
    events = [
        event(EventKind.VIOLATED, 110, "ERR", Severity.CAUTION),
        event(EventKind.VIOLATED, 120, "MODE", Severity.WARNING),
        event(EventKind.RETURNED, 130, "MODE", Severity.NOMINAL),
        event(EventKind.RETURNED, 140, "ERR", Severity.NOMINAL),
    ]
    row = worst(alarm_marks(events, (), RANGE))
    assert spans(row) == [
        (110, 120, Severity.CAUTION),
        (120, 130, Severity.WARNING),
        (130, 140, Severity.CAUTION),
    ]


def of(start_ns: int, stop_ns: int, keys: str = "iss/USLAB000010") -> TrendAsk:
    entries, _ = parameters(keys, load(None))
    return TrendAsk(entries=entries, start_ns=start_ns, stop_ns=stop_ns, now_ns=stop_ns)


def test_activities_end_when_they_were_ended_and_what_was_only_proposed_is_none() -> None:
    test = scene.thruster_test()
    minute = 60 * SECOND_NS
    shown = of(test.activity.start_ns + minute, test.activity.end_ns + minute)
    aborted = replace(test, state=PlanState.ABORTED, ended_ns=test.activity.start_ns + 2 * minute)
    proposed = scene.thruster_test(PlanState.PROPOSED)
    [whole] = activity_marks([test, proposed], shown)
    assert (whole.start_ns, whole.stop_ns) == (shown.start_ns, test.activity.end_ns)
    assert whole.title == "Soyuz MS-18 thruster test before undocking, STARTED"
    [cut] = activity_marks([aborted], shown)
    assert cut.stop_ns == aborted.ended_ns
    assert activity_marks([replace(aborted, ended_ns=1)], shown) == []


def test_contact_gaps_are_of_what_comes_by_that_link() -> None:
    schedule = ContactSchedule(
        from_ns=0,
        to_ns=1000,
        links=(LinkName.RUSSIAN,),
        contacts=(Contact(link=LinkName.RUSSIAN, start_ns=0, end_ns=400),),
    )
    motion = next(iter(load(None).subsystem("soyuz", "motion").parameters))
    shown = of(100, 900, f"iss/USLAB000010,soyuz/{motion}")
    [gap] = outage_marks({"soyuz": schedule, "iss": schedule}, shown.entries, 100, 900)
    assert (gap.kind, gap.start_ns, gap.stop_ns) == (MarkKind.LOS, 400, 900)
    assert gap.keys == {f"soyuz/{motion}"}
