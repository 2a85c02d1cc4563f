"""One activity: who may ask what of it, and when."""

from dataclasses import replace

import pytest

from telemetry.plan import PlanState, PlanVerb
from tests.ingest.planning import END_NS, MINUTE_NS, NO_GO, START_NS, Room, activity, saying


@pytest.mark.parametrize("by", ["Ann", " ann ", "ANN"])
def test_who_proposes_cannot_approve_however_they_write_their_name(by: str) -> None:
    room = Room()
    room.propose("Ann")
    refused = room.ask(PlanVerb.APPROVE, by)
    assert "another person must approve" in refused.refused
    assert refused.id == f"refused/{refused.command}"
    assert room.plan.state is PlanState.PROPOSED


def test_a_second_person_puts_it_in_force() -> None:
    room = Room()
    room.propose("Ann")
    assert not room.plan.in_force(START_NS)
    room.ask(PlanVerb.APPROVE, "Bob")
    assert (room.plan.proposed_by, room.plan.approved_by) == ("Ann", "Bob")
    assert room.plan.in_force(START_NS)
    assert not room.plan.in_force(END_NS)


def test_what_was_aborted_before_anybody_approved_it_never_was_in_force() -> None:
    room = Room(START_NS + MINUTE_NS)
    room.propose()
    room.ask(PlanVerb.ABORT, "Bob")
    assert room.plan.state is PlanState.ABORTED
    assert not room.plan.in_force(START_NS)


@pytest.mark.parametrize("verb", [PlanVerb.ABORT, PlanVerb.CLOSE])
def test_the_end_of_an_activity_ends_what_it_permits_at_once(verb: PlanVerb) -> None:
    room = Room().approved()
    room.now_ns = START_NS + MINUTE_NS
    room.ask(verb)
    assert room.plan.in_force(START_NS + MINUTE_NS - 1)
    assert not room.plan.in_force(START_NS + MINUTE_NS)


def test_a_start_is_for_the_window_or_shortly_before() -> None:
    room = Room().approved()
    for outside_ns in (START_NS - 11 * MINUTE_NS, END_NS):
        room.now_ns = outside_ns
        assert "its window is" in room.ask(PlanVerb.START).refused
    room.now_ns = START_NS - 9 * MINUTE_NS
    assert not room.ask(PlanVerb.START).refused
    assert room.plan.state is PlanState.STARTED


def test_a_no_go_stops_a_start_and_says_why() -> None:
    room = Room(START_NS).approved()
    room.check = NO_GO
    change = room.ask(PlanVerb.START)
    assert "no-go: Desaturation: is ENABLED" in change.refused
    assert change.check is not None
    assert not change.check.go
    assert room.plan.state is PlanState.APPROVED
    assert room.ask(PlanVerb.START, override=True, comment=" ").refused, "an override says why"


def test_an_override_starts_and_is_on_record() -> None:
    room = Room(START_NS).approved()
    room.check = NO_GO
    change = room.ask(PlanVerb.START, override=True, comment="flight director's word")
    assert room.plan.state is PlanState.STARTED
    assert room.plan.comment == "override: flight director's word"
    assert change.check is room.plan.check
    assert change.check is not None
    assert not change.check.go


def test_what_is_not_hazardous_starts_unchecked() -> None:
    room = Room(START_NS)
    room.propose(of=replace(activity(), may_fire=()))
    room.ask(PlanVerb.APPROVE, "Bob")
    room.check = NO_GO
    assert not room.ask(PlanVerb.START).refused
    assert room.plan.check is None


def test_an_extension_counts_once_another_person_has_approved_it() -> None:
    room = Room(START_NS).approved()
    later_ns = END_NS + 2 * MINUTE_NS
    room.ask(PlanVerb.EXTEND, "Bob", until_ns=later_ns)
    assert not room.plan.in_force(END_NS)
    assert "another person" in room.ask(PlanVerb.APPROVE, "bob").refused
    assert not room.ask(PlanVerb.APPROVE, "Ann").refused
    assert room.plan.in_force(END_NS)
    assert not room.plan.in_force(later_ns)
    # Ann may approve Bob's extension of her own activity; its approval stays Bob's
    assert (room.plan.proposed_by, room.plan.approved_by) == ("Ann", "Bob")
    assert room.plan.extension_ns == 0


@pytest.mark.parametrize("until_ns", [0, END_NS, END_NS + 1441 * MINUTE_NS, 2**62])
def test_an_extension_is_later_than_the_end_and_bounded(until_ns: int) -> None:
    room = Room(START_NS).approved()
    assert "the new end must be after" in room.ask(PlanVerb.EXTEND, until_ns=until_ns).refused


def test_a_window_that_is_over_is_not_made_longer() -> None:
    room = Room(START_NS).approved()
    room.ask(PlanVerb.EXTEND, until_ns=END_NS + MINUTE_NS)
    room.now_ns = END_NS
    for verb, by in ((PlanVerb.APPROVE, "Bob"), (PlanVerb.EXTEND, "Bob")):
        change = room.ask(verb, by, until_ns=END_NS + 2 * MINUTE_NS)
        assert "propose a new activity" in change.refused
    assert not room.plan.in_force(END_NS)


def test_anybody_may_have_it_checked() -> None:
    room = Room()
    room.propose()
    room.check = NO_GO
    change = room.ask(PlanVerb.CHECK, "Eve")
    assert change.check is not None
    assert not change.check.go
    assert room.plan.state is PlanState.PROPOSED


def test_the_configuration_is_checked_ahead_and_when_the_window_opens() -> None:
    room = Room(START_NS - 11 * MINUTE_NS).approved()
    assert room.tick() == []
    told = {}
    for minute in range(-10, 10):
        room.now_ns = START_NS + minute * MINUTE_NS
        for change in room.tick():
            assert change.verb is PlanVerb.CHECK
            told[minute] = change.check
    assert list(told) == [-10, 0]


def test_a_change_ahead_of_the_window_is_told_within_a_minute() -> None:
    room = Room(START_NS - 10 * MINUTE_NS).approved()
    room.check = NO_GO
    (before,) = room.tick()
    assert before.plan is not None
    assert before.plan.comment.startswith("NO-GO")
    room.check = saying(go=True)
    room.now_ns += MINUTE_NS - 1
    assert room.tick() == []
    room.now_ns += 1
    (after,) = room.tick()
    assert after.check is not None
    assert after.check.go


def test_nothing_is_checked_that_nobody_approved() -> None:
    room = Room(START_NS - MINUTE_NS)
    room.propose()
    assert room.tick() == []


def test_time_closes_what_nobody_closed() -> None:
    room = Room(START_NS).approved()
    room.ask(PlanVerb.START)
    room.now_ns = END_NS + 10 * MINUTE_NS - 1
    assert room.tick() == []
    room.now_ns += 1
    (change,) = room.tick()
    assert (change.verb, change.by) == (PlanVerb.CLOSE, "stationwatch")
    assert (room.plan.state, room.plan.ended_ns) == (PlanState.CLOSED, END_NS)
    assert room.plan.in_force(END_NS - 1), "late data of its window are still explained"


def test_time_aborts_what_nobody_approved() -> None:
    room = Room(START_NS)
    room.propose()
    room.now_ns = END_NS + 10 * MINUTE_NS
    (change,) = room.tick()
    assert change.verb is PlanVerb.ABORT
    assert room.plan.state is PlanState.ABORTED
    assert not room.plan.in_force(START_NS)
