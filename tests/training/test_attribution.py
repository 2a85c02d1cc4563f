import pytest

from telemetry.alarm import Condition
from tests.training.journal import DATABASE, event, fault
from training.attribution import attributed, where_in

WHERE = where_in(DATABASE)
FIRE = fault("fire", 0)
LEAK = fault("leak", 10, "leak")
STUCK = fault("stuck", 20, "sensor-fault", spacecraft="iss", parameter="USLAB000022")
LOST = fault("lost", 30, "gap", link="ku")
ALL = (FIRE, LEAK, STUCK, LOST)


@pytest.mark.parametrize(
    ("subject", "condition", "at_s", "expected"),
    [
        ("USLAB000022", Condition.LIMIT, 5, "fire"),
        ("USLAB000058", Condition.RATE, 15, "leak"),  # cabin pressure
        ("USLAB000058", Condition.RATE, 5, ""),  # a firing makes no hole
        ("USLAB000010", Condition.LIMIT, 15, "fire"),  # nor does a hole fill CMGs
        ("USLAB000022", Condition.LIMIT, 25, "stuck"),  # of this very parameter
        ("USLAB000023", Condition.LIMIT, 25, "fire"),
        ("adcs", Condition.STALE, 35, "lost"),
        ("adcs", Condition.STALE, 25, ""),
        ("USLAB000022", Condition.LIMIT, -1, ""),  # before anything went wrong
        ("NOBODY", Condition.LIMIT, 5, "fire"),
    ],
)
def test_an_alarm_is_the_doing_of_what_shows_there(
    subject: str, condition: Condition, at_s: float, expected: str
) -> None:
    assert attributed(event(at_s, subject, condition=condition).alarm, ALL, WHERE) == expected


def test_the_newest_that_fits_did_it() -> None:
    faults = (FIRE, fault("again", 40))
    assert attributed(event(45).alarm, faults, WHERE) == "again"
    assert attributed(event(45, since_s=35).alarm, faults, WHERE) == "fire"


def test_ingest_s_own_alarms_are_nobody_s_doing() -> None:
    assert attributed(event(5, "GND_PROCESSOR_LAG", craft="ground").alarm, ALL, WHERE) == ""


def test_what_simulators_were_not_told_did_nothing_but_the_scenario_needs_no_telling() -> None:
    alarm = event(5).alarm
    assert attributed(alarm, (fault("f", 0, done=False),), WHERE) == ""
    assert attributed(alarm, (fault("s", 0, done=False, by=""),), WHERE) == "s"


def test_a_fault_of_a_whole_subsystem_shows_in_its_silence() -> None:
    silent = fault("silent", 0, "sensor-fault", spacecraft="iss", parameter="adcs")
    assert attributed(event(5, "adcs", condition=Condition.STALE).alarm, (silent,), WHERE)
    assert not attributed(event(5, "eps", condition=Condition.STALE).alarm, (silent,), WHERE)
