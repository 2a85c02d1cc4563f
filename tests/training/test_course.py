import pytest

from simulators.scenarios import read
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.errors import UsageError
from telemetry.training import (
    MAX_FAULTS,
    FaultState,
    Training,
    TrainingSpec,
    TrainingState,
    WantedFault,
)
from tests.training.journal import DATABASE, FIRING_NS, event, s
from training.course import IDLE_NS, LASTS_NS, Course

SCENARIO = read("ms18", database=DATABASE)
NOW_NS = 1_800_000_000 * SECOND_NS
LEAK = {"do": "leak", "volume": "station", "hole_mm": 4.0}


def course(at: str = "09:12", *faults: WantedFault, speed: float = 2.0) -> Course:
    training = Training(
        id="a1",
        root="train-a1",
        by="Ina",
        spec=TrainingSpec(scenario="ms18", at=at, speed=speed, faults=faults),
        state=TrainingState.STARTING,
        title="",
        created_ns=NOW_NS,
    )
    return Course(training, SCENARIO, DATABASE)


def flying(*faults: WantedFault) -> Course:
    """From 09:12 on, at double speed, since NOW_NS."""
    made = course("09:12", *faults)
    made.began("http://127.0.0.1:1", NOW_NS)
    made.take_clock(
        StreamClock(kind=StreamKind.SIMULATED, epoch_ns=s(-18), wall_ns=NOW_NS, rate=2.0)
    )
    return made


def after(seconds: float) -> int:
    return NOW_NS + round(seconds * SECOND_NS)


def test_the_scenario_s_own_fault_is_told_of_and_done_by_itself() -> None:
    made = flying()
    [own] = made.training.faults
    assert (own.state, own.time_ns, own.by) == (FaultState.PLANNED, FIRING_NS, "")
    assert made.due(after(8.9)) == []
    assert made.training.faults[0].state is FaultState.PLANNED
    assert made.due(after(9.1)) == []
    assert made.training.faults[0].state is FaultState.DONE


def test_what_went_wrong_before_it_is_joined_tests_nobody() -> None:
    assert course("09:13").training.faults == ()


def test_a_fault_is_due_at_its_moment_and_dated_when_the_simulators_were_told() -> None:
    made = flying(WantedFault(action=LEAK, at="09:12:30"))
    assert made.due(after(14.9)) == []
    [due] = made.due(after(15.1))
    assert due.title == "leak station hole 4 mm"
    made.told(due, after(15.2))
    told = next(one for one in made.training.faults if one.id == due.id)
    assert (told.state, told.time_ns) == (FaultState.DONE, s(12.4))
    assert made.due(after(16)) == []


def test_a_fault_without_a_time_is_now() -> None:
    made = flying()
    fault = made.want(WantedFault(action=LEAK), by="Ina", now_ns=after(1))
    assert (fault.time_ns, fault.by) == (s(-16), "Ina")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (WantedFault(action={"do": "leek"}), "no action 'leek' .did you mean 'leak'"),
        (WantedFault(action=LEAK | {"hole_mm": 500.0}), "at most 200"),
        (WantedFault(action=LEAK, at="09:12:01"), "is over"),
        (WantedFault(action=LEAK, at="soon"), "must be a time"),
        (
            WantedFault(action={"do": "fire", "vehicle": "soyuz", "jets": ["DPO-99"]}),
            "there is no 'DPO-99'",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(wanted: WantedFault, words: str) -> None:
    made = flying()
    with pytest.raises(UsageError, match=words):
        made.want(wanted, by="Ina", now_ns=after(5))
    assert len(made.training.faults) == 1


def test_a_scenario_cannot_be_joined_after_its_end() -> None:
    with pytest.raises(UsageError, match="ms18 ends"):
        course("10:30")


def test_faults_are_bounded() -> None:
    made = flying()
    for _ in range(MAX_FAULTS - 1):
        made.want(WantedFault(action=LEAK), by="Ina", now_ns=after(1))
    with pytest.raises(UsageError, match="as many as may be"):
        made.want(WantedFault(action=LEAK), by="Ina", now_ns=after(1))


def test_a_refusal_by_the_simulators_is_told_with_its_reason() -> None:
    made = flying()
    for seconds in (1, 2):
        fault = made.want(WantedFault(action=LEAK), by="Ina", now_ns=after(seconds))
        made.told(fault, after(seconds))
    made.refused("leak", "there is no hull")
    made.refused("undock", "of what nobody asked")
    states = [(one.state, one.reason) for one in made.training.faults if one.by]
    assert states == [(FaultState.DONE, ""), (FaultState.REFUSED, "there is no hull")]


def test_alarms_show_in_what_is_published_until_it_is_closed() -> None:
    made = flying()
    made.due(after(9.1))
    made.changed = False
    made.take(event(1))
    assert made.changed
    made.close()
    made.take(event(2, "USLAB000010"))
    [reaction] = made.training.reactions
    assert reaction.fault == made.training.faults[0].id
    assert made.training.faults[0].detected_after_s == 1.0


def test_a_journal_that_was_missed_is_made_up_for() -> None:
    made = flying()
    made.due(after(9.1))
    made.rebuild([event(1), event(2, "USLAB000010")])
    assert len(made.training.reactions) == 2


def test_it_ends_by_itself_when_nobody_does_anything_or_it_lasts_too_long() -> None:
    made = flying()
    assert made.over(NOW_NS + IDLE_NS - 1) == ""
    assert "nobody did anything" in made.over(NOW_NS + IDLE_NS)
    made.acted(NOW_NS + LASTS_NS)
    assert made.over(NOW_NS + LASTS_NS) == "a training ends after 2 h"


def test_its_end_drops_what_has_not_come() -> None:
    made = flying(WantedFault(action=LEAK, at="09:30"))
    made.due(after(9.1))
    made.end("ended by Ina", after(20))
    training = made.training
    assert (training.state, training.reason) == (TrainingState.ENDED, "ended by Ina")
    assert (training.ended_ns, training.ingest) == (after(20), "")
    assert [one.state for one in training.faults] == [FaultState.DONE, FaultState.DROPPED]


def test_what_does_not_change_is_not_said_anew() -> None:
    made = flying()
    made.changed = False
    made.take_clock(made.training.clock)  # type: ignore[arg-type] # it flies
    made.due(after(1))
    assert not made.changed
