import random

import pytest

from telemetry.alarm import EventKind
from telemetry.training import MAX_REACTIONS
from tests.training.journal import DATABASE, event, fault, wall
from training.attribution import where_in
from training.reactions import Reactions, rebuilt

WHERE = where_in(DATABASE)
FIRE = fault("fire", 0)
JOURNAL = (
    event(2, held="firing-1", subject="USLAB000010"),
    event(3),
    event(9, kind=EventKind.ACKNOWLEDGED, by="Ann"),
    event(12, kind=EventKind.ESCALATED, since_s=3),
    event(14, "USLAB000058"),
)


def test_a_reaction_is_timed_from_being_heard_to_being_answered() -> None:
    first, again, other = rebuilt(JOURNAL, (FIRE,), WHERE).told()
    assert (first.asked_ns, first.answered_ns) == (wall(4), wall(10))
    assert (first.took_s, first.by, first.fault) == (6.0, "Ann", "fire")
    assert (again.occurrence, again.took_s, again.by) == (first.occurrence, None, "")
    assert (other.subject, other.fault) == ("USLAB000058", "")


def test_a_fault_is_seen_by_its_first_alarm_even_one_held_back() -> None:
    [seen] = rebuilt(JOURNAL, (FIRE,), WHERE).detected((FIRE,))
    assert (seen.detected_by, seen.detected_held) == ("iss/USLAB000010.limit", True)
    assert seen.detected_after_s == 2.0
    [unseen] = rebuilt(JOURNAL, (FIRE,), WHERE).detected((fault("leak", 0, "leak"),))
    assert unseen.detected_after_s is None


def test_what_comes_twice_counts_once() -> None:
    reactions = Reactions(WHERE)
    assert [reactions.take(one, (FIRE,)) for one in JOURNAL[1:3] * 2] == [True, True, False, False]
    assert len(reactions.told()) == 1


def test_the_order_in_which_a_journal_is_read_does_not_matter() -> None:
    shuffled = list(JOURNAL)
    random.Random(1).shuffle(shuffled)
    assert rebuilt(shuffled, (FIRE,), WHERE).told() == rebuilt(JOURNAL, (FIRE,), WHERE).told()


def test_an_alarm_heard_again_before_it_is_answered_is_one_question() -> None:
    journal = (event(3), event(5, kind=EventKind.ESCALATED, since_s=3), event(9))
    assert len(rebuilt(journal, (), WHERE).told()) == 1


def test_an_acknowledgement_of_nothing_that_was_heard_changes_nothing() -> None:
    assert not Reactions(WHERE).take(event(3, kind=EventKind.ACKNOWLEDGED, by="Ann"), ())


def test_a_flood_is_counted_but_not_listed_without_end() -> None:
    journal = [event(n, occurrence=str(n)) for n in range(MAX_REACTIONS + 3)]
    reactions = rebuilt(journal, (), WHERE)
    assert (len(reactions.told()), reactions.unlisted) == (MAX_REACTIONS, 3)


@pytest.mark.parametrize("kind", [EventKind.RETURNED, EventKind.SHELVED, EventKind.REFUSED])
def test_only_what_is_heard_asks_for_an_answer(kind: EventKind) -> None:
    assert not Reactions(WHERE).take(event(3, kind=kind), ())
