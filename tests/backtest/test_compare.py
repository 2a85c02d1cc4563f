"""The figures of a back-test: alarms, leads, false alarms, and what only one side says."""

from dataclasses import replace

from backtest.compare import Comparison, Marks, compare, raised
from backtest.run import Journal
from telemetry.limit import Severity
from tests.backtest.said import START_NS, Said, at, events, journal

CAUTION, WARNING, NOMINAL = Severity.CAUTION, Severity.WARNING, Severity.NOMINAL
STOP_NS = at(7_200)


def of(*sides: Journal, marks: Marks | None = None) -> Comparison:
    named = dict(zip(("today", "edited"), sides, strict=False))
    return compare(named, START_NS, STOP_NS, marks or Marks())


def test_alarm_is_a_violation_until_it_returns_by_its_highest_severity() -> None:
    said: list[Said] = [
        (10, "ERR", CAUTION),
        (12, "ERR", WARNING),
        (15, "ERR", CAUTION),
        (20, "ERR", NOMINAL),
        (99, "ERR", CAUTION),
    ]
    first, second = raised(events(said))
    assert (first.start_ns, first.stop_ns, first.severity) == (at(10), at(20), WARNING)
    assert (second.start_ns, second.stop_ns, second.severity) == (at(99), 0, CAUTION)


def test_lead_is_how_long_before_the_event_the_first_alarm_that_counts_was_heard() -> None:
    said: list[Said] = [
        (100, "SLOW", Severity.ADVISORY),
        (130, "ERR", CAUTION),
        (140, "MODE", WARNING),
        (900, "ERR", NOMINAL),
    ]
    marks = Marks(times_ns=(at(150), at(4_000)), before_s=60, after_s=10)
    (side,) = of(journal(said), marks=marks).sides
    heard, missed = side.marked
    assert heard.lead_s == 20
    assert heard.first is not None
    assert heard.first.name == "iss/ERR.limit"
    assert [one.name for one in heard.alarms] == [
        "iss/SLOW.limit",
        "iss/ERR.limit",
        "iss/MODE.limit",
    ]
    assert (missed.first, missed.lead_s, missed.alarms) == (None, None, ())


def test_alarm_counts_from_when_it_is_heard_as_a_caution() -> None:
    said: list[Said] = [(100, "ERR", Severity.ADVISORY), (130, "ERR", CAUTION)]
    (side,) = of(journal(said), marks=Marks(times_ns=(at(150),), before_s=60)).sides
    assert side.marked[0].lead_s == 20
    sooner: list[Said] = [(100, "ERR", Severity.ADVISORY), (110, "ERR", CAUTION)]
    assert of(journal(said), journal(sooner)).differs == ("iss/ERR.limit",)


def test_alarm_after_the_event_has_a_negative_lead() -> None:
    (side,) = of(journal([(155, "ERR", CAUTION)]), marks=Marks(times_ns=(at(150),))).sides
    assert side.marked[0].lead_s == -5


def test_false_alarm_counts_is_heard_and_is_near_no_event() -> None:
    said: list[Said] = [
        (50, "SLOW", Severity.ADVISORY),
        (100, "ERR", CAUTION),
        (3_000, "MODE", WARNING),
        (6_000, "FLAG", CAUTION),
    ]
    marks = Marks(times_ns=(at(110),), before_s=60, after_s=60)
    (side,) = of(journal(said), marks=marks).sides
    assert side.false_alarms == 2
    assert side.false_per_hour == 1.0
    (unmarked,) = of(journal(said)).sides
    assert unmarked.false_alarms == 3


def test_what_stood_at_the_start_is_no_new_alarm() -> None:
    early: list[Said] = [(-50, "ERR", CAUTION), (-40, "MODE", WARNING), (-30, "MODE", NOMINAL)]
    (side,) = of(journal([(10, "ERR", NOMINAL)], early)).sides
    assert side.standing == ("iss/ERR.limit",)
    assert side.alarms == ()


def test_alarms_that_the_sides_say_alike_do_not_differ() -> None:
    both: list[Said] = [(10, "ERR", CAUTION), (20, "ERR", NOMINAL)]
    today = journal([*both, (30, "MODE", WARNING)])
    edited = journal([*both, (40, "FLAG", CAUTION)])
    found = of(today, edited)
    assert set(found.differs) == {"iss/MODE.limit", "iss/FLAG.limit"}
    assert of(today, today).differs == ()
    later = journal([(11, "ERR", CAUTION), (20, "ERR", NOMINAL)])
    assert of(journal(both), later).differs == ("iss/ERR.limit",)


def test_chatter_is_that_of_the_scorecard() -> None:
    said: list[Said] = []
    for n in range(10):
        said += [(100 + 4 * n, "ERR", CAUTION), (102 + 4 * n, "ERR", NOMINAL)]
    (side,) = of(journal(said)).sides
    assert dict(side.chattering) == {"iss/ERR.limit": 1}


def test_changes_of_limits_are_told() -> None:
    today = journal([])
    iss = today.database.spacecraft["iss"]
    adcs = iss.subsystems["adcs"]
    err = adcs.parameters["ERR"]
    wider = replace(err, limits=replace(err.limits, persistence_s=4.0))
    adcs = replace(adcs, parameters={**adcs.parameters, "ERR": wider})
    iss = replace(iss, subsystems={**iss.subsystems, "adcs": adcs})
    other = replace(today.database, spacecraft={**today.database.spacecraft, "iss": iss})
    edited = Journal(other)
    assert of(today, edited).changes == ("iss/ERR: persistence_s none -> 4",)
