from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.notify.delivery import Watch, Why
from ingest.notify.routes import Route
from ingest.notify.schedule import (
    GIVE_UP_NS,
    MAX_GROUP,
    Backlog,
    Lot,
    Owed,
    Ruling,
    WatchKey,
    after_failure,
    lot,
    next_overdue_ns,
    overdue,
    rule,
    take,
)
from telemetry.alarm import Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from tests.ingest.notify.samples import LIVE, Life, route, s


class Desk:
    """Takes events and time, as the notifier does, and remembers who was told what."""

    def __init__(self, *routes: Route, subsystem: str = "adcs") -> None:
        self.routes = {one.name: one for one in routes}
        self.watches: dict[WatchKey, Watch] = {}
        self.subsystem = subsystem
        self.told: list[tuple[str, Why, float]] = []

    def take(self, event: Event, at: float) -> list[tuple[str, Why]]:
        return self._keep(
            take(event, LIVE, self.subsystem, self.routes.values(), self.watches, s(at)), at
        )

    def look(self, at: float) -> list[tuple[str, Why]]:
        return self._keep(overdue(self.watches, self.routes, s(at)), at)

    def next(self) -> float | None:
        next_ns = next_overdue_ns(self.watches.values(), self.routes)
        return None if next_ns is None else (next_ns - s(0)) / SECOND_NS

    def _keep(self, owed: Owed, at: float) -> list[tuple[str, Why]]:
        for key, watch in owed.watches.items():
            if watch is None:
                self.watches.pop(key, None)
            else:
                self.watches[key] = watch
        self.told += [(d.route, d.why, at) for d in owed.deliveries]
        return [(d.route, d.why) for d in owed.deliveries]


@pytest.mark.parametrize(
    ("settings", "ruling"),
    [
        ({}, Ruling.FOR_IT),
        ({"severity": Severity.WARNING}, Ruling.BELOW),
        ({"spacecraft": ["soyuz"]}, Ruling.OTHER_SPACECRAFT),
        ({"spacecraft": ["iss"], "subsystem": ["eps"]}, Ruling.OTHER_SUBSYSTEM),
        ({"spacecraft": ["iss"], "subsystem": ["adcs"]}, Ruling.FOR_IT),
        ({"only_escalations": True}, Ruling.ESCALATIONS_ONLY),
    ],
)
def test_an_event_is_for_a_route_or_it_is_said_why_not(
    settings: dict[str, object], ruling: Ruling
) -> None:
    assert rule(Life().violate(), route(**settings), "adcs") is ruling


def test_what_is_not_annunciated_tells_nobody() -> None:
    desk, life = Desk(route(resolved=True)), Life()
    event = msgspec.structs.replace(life.violate(), annunciate=False)
    assert rule(event, route(), "adcs") is Ruling.SILENT
    assert desk.take(event, 0) == []
    assert desk.take(life.back(1), 1) == []
    assert desk.take(life.acknowledge(2), 2) == []
    assert desk.next() is None


def test_a_refused_command_changes_nothing() -> None:
    desk, life = Desk(route(repeat_s=60)), Life()
    event = life.violate()
    desk.take(event, 0)
    before = dict(desk.watches)
    refused = msgspec.structs.replace(event, kind=EventKind.REFUSED, id="refused/1")
    assert desk.take(refused, 1) == []
    assert desk.watches == before


def test_every_target_of_a_route_is_owed() -> None:
    two = route("ops", "json://a", "json://b")
    owed = take(Life().violate(), LIVE, "adcs", [two], {}, s(0))
    assert [(d.route, d.target, d.taken_ns) for d in owed.deliveries] == [
        ("ops", 0, s(0)),
        ("ops", 1, s(0)),
    ]


def test_an_escalated_alarm_is_told_again_and_may_reach_more_routes() -> None:
    desk, life = Desk(route("all"), route("red", severity=Severity.WARNING)), Life()
    assert desk.take(life.violate(0), 0) == [("all", Why.RAISED)]
    assert desk.take(life.escalate(5), 5) == [("all", Why.RAISED), ("red", Why.RAISED)]


def test_it_is_repeated_until_somebody_acknowledges() -> None:
    desk, life = Desk(route(repeat_s=60)), Life()
    desk.take(life.violate(0), 0)
    assert desk.next() == 60
    assert desk.look(59.9) == []
    assert desk.look(60) == [("ops", Why.REPEATED)]
    assert desk.look(60) == []
    desk.take(life.back(70), 70)  # back in limits, but nobody has seen it
    assert desk.look(120) == [("ops", Why.REPEATED)]
    desk.take(life.acknowledge(130), 130)
    assert desk.next() is None
    assert desk.look(1e6) == []
    assert desk.watches == {}


def test_each_repetition_has_a_number_of_its_own() -> None:
    routes = {"ops": route(repeat_s=1)}
    watches = dict(take(Life().violate(), LIVE, "adcs", routes.values(), {}, s(0)).watches)
    turns = []
    for second in (1, 2, 3):
        owed = overdue({k: w for k, w in watches.items() if w}, routes, s(second))
        watches.update(owed.watches)
        turns += [d.turn for d in owed.deliveries]
    assert turns == [1, 2, 3]


def test_it_is_escalated_once_and_on_when_nobody_answers_there() -> None:
    first = route("first", escalate_to="second", escalate_after_s=100)
    second = route(
        "second", only_escalations=True, escalate_to="third", escalate_after_s=50, repeat_s=30
    )
    desk, life = Desk(first, second, route("third", only_escalations=True)), Life()
    assert desk.take(life.violate(0), 0) == [("first", Why.RAISED)]
    assert desk.next() == 100
    assert desk.look(100) == [("second", Why.ESCALATED)]
    assert desk.look(129) == []
    assert desk.look(130) == [("second", Why.REPEATED)]
    assert desk.look(150) == [("third", Why.ESCALATED)]
    desk.take(life.acknowledge(155), 155)
    assert desk.look(10_000) == []


def test_a_route_that_hears_it_anyway_has_waited_since_then() -> None:
    first = route("first", escalate_to="second", escalate_after_s=100)
    second = route("second", escalate_to="third", escalate_after_s=150)
    desk = Desk(first, second, route("third", only_escalations=True))
    desk.take(Life().violate(0), 0)
    assert desk.look(100) == [("second", Why.ESCALATED)]
    assert desk.look(150) == [("third", Why.ESCALATED)]


def test_what_is_shelved_or_a_known_consequence_is_not_spoken_of() -> None:
    desk, life = Desk(route(repeat_s=60, resolved=True)), Life()
    desk.take(life.violate(0), 0)
    desk.take(life.shelve(1, until=500), 1)
    assert desk.take(life.acknowledge(2), 2) == []
    desk, life = Desk(route(repeat_s=60, resolved=True)), Life()
    event = life.violate(0)
    desk.take(event, 0)
    life.alarm = msgspec.structs.replace(life.alarm, inhibited_by="firing-1")
    held = msgspec.structs.replace(
        event, id="x", kind=EventKind.INHIBITED, alarm=life.alarm, annunciate=False
    )
    assert desk.take(held, 1) == []
    assert desk.next() is None
    assert desk.take(life.back(2), 2) == []


def test_acknowledged_in_time_it_is_not_escalated() -> None:
    other = route("other", only_escalations=True)
    desk = Desk(route("ops", escalate_to="other", escalate_after_s=100), other)
    life = Life()
    desk.take(life.violate(0), 0)
    desk.take(life.acknowledge(99), 99)
    assert desk.look(101) == []
    # Worse after it was acknowledged: it waits anew, from then on.
    desk.take(life.escalate(200), 200)
    assert desk.next() == 300
    assert desk.look(300) == [("other", Why.ESCALATED)]


def test_worse_while_it_waits_it_has_waited_since_it_came() -> None:
    desk = Desk(
        route("ops", escalate_to="other", escalate_after_s=100),
        route("other", only_escalations=True),
    )
    life = Life()
    desk.take(life.violate(0), 0)
    desk.take(life.escalate(90), 90)
    assert desk.next() == 100


def test_shelved_it_waits_for_nobody_and_unshelved_it_waits_from_then_on() -> None:
    desk, life = Desk(route(repeat_s=60)), Life()
    desk.take(life.violate(0), 0)
    desk.take(life.shelve(10, until=500), 10)
    assert desk.next() is None
    assert desk.look(400) == []
    desk.take(life.unshelve(500), 500)
    assert desk.next() == 560


def test_who_wants_to_know_is_told_when_it_is_over() -> None:
    desk, life = Desk(route("told", resolved=True), route("not")), Life()
    desk.take(life.violate(0), 0)
    assert desk.take(life.acknowledge(5), 5) == [("told", Why.FOLLOW_UP)]
    assert desk.take(life.back(9), 9) == [("told", Why.FOLLOW_UP)]
    assert desk.watches == {}


def test_a_new_occurrence_begins_anew() -> None:
    desk, life = Desk(route(repeat_s=60)), Life()
    desk.take(life.violate(0), 0)
    desk.look(60)
    desk.take(life.acknowledge(61), 61)
    desk.take(life.back(62), 62)
    assert desk.take(life.violate(100), 100) == [("ops", Why.RAISED)]
    (watch,) = desk.watches.values()
    assert (watch.turns, watch.since_ns) == (0, s(100))


def test_a_clock_set_back_silences_nobody() -> None:
    desk = Desk(route(repeat_s=60))
    desk.take(Life().violate(0), 0)
    assert desk.look(-3600) == [("ops", Why.REPEATED)]
    assert desk.next() == -3540


ACTS = st.sampled_from(["violate", "escalate", "back", "acknowledge", "shelve", "unshelve", "wait"])


@given(st.lists(st.tuples(ACTS, st.floats(0.1, 200)), max_size=40))
def test_nobody_is_reminded_of_what_was_seen_or_silenced(acts: Sequence[tuple[str, float]]) -> None:
    desk = Desk(
        route("ops", repeat_s=70, escalate_to="other", escalate_after_s=100, resolved=True),
        route("other", only_escalations=True, repeat_s=30),
    )
    life, now = Life(), 0.0
    for act, seconds in acts:
        # Look whenever there is something to look at: exactly then there is something to say.
        end = now + seconds
        while (next_ := desk.next()) is not None and next_ <= end:
            assert desk.look(next_ - 0.001) == []
            assert desk.look(next_)
            assert life.alarm.state.unacknowledged
            assert not life.alarm.silenced
        now = end
        assert desk.look(now) == []
        state = life.alarm.state
        if act == "violate" and not state.violated and not life.alarm.silenced:
            event = life.violate(now)
        elif act == "escalate" and state.violated and life.alarm.severity is Severity.CAUTION:
            event = life.escalate(now)
        elif act == "back" and state.violated:
            event = life.back(now)
        elif act == "acknowledge" and state.unacknowledged:
            event = life.acknowledge(now)
        elif act == "shelve" and state is not State.NORMAL:
            event = life.shelve(now, now + 1e5)
        elif act == "unshelve" and life.alarm.silenced and state is not State.NORMAL:
            event = life.unshelve(now)
        else:
            continue
        told = desk.take(event, now)
        assert (("ops", Why.RAISED) in told) is event.annunciate
        assert len(desk.watches) <= 2
        if life.alarm.state is State.NORMAL:
            assert desk.watches == {}


def test_what_comes_together_waits_for_more() -> None:
    one = Backlog(fresh=1, first_taken_ns=s(0))
    assert lot(one, 10, s(9.9)) == (Lot.GROUPING, s(10))
    assert lot(one, 10, s(10)) == (Lot.FRESH, s(10))
    assert lot(one, 0, s(0)) == (Lot.FRESH, s(0))


def test_a_full_message_does_not_wait() -> None:
    assert lot(Backlog(fresh=MAX_GROUP, first_taken_ns=s(0)), 10, s(1))[0] is Lot.FRESH
    assert lot(Backlog(fresh=MAX_GROUP - 1, first_taken_ns=s(0)), 10, s(1))[0] is Lot.GROUPING


def test_what_was_tried_before_waits_its_time_and_holds_up_nothing_new() -> None:
    again = Backlog(again=3, next_ns=s(60))
    assert lot(again, 0, s(59)) == (Lot.BACKING_OFF, s(60))
    assert lot(again, 0, s(60)) == (Lot.AGAIN, s(60))
    both = Backlog(fresh=1, first_taken_ns=s(50), again=3, next_ns=s(60))
    assert lot(both, 0, s(50))[0] is Lot.FRESH
    assert lot(both, 20, s(55)) == (Lot.GROUPING, s(60))
    assert lot(Backlog(), 0, s(0)) == (Lot.NOTHING, None)


def test_a_clock_set_back_stops_no_message() -> None:
    assert lot(Backlog(fresh=1, first_taken_ns=s(3600)), 10, s(0))[0] is Lot.FRESH
    assert lot(Backlog(again=1, next_ns=s(3600)), 10, s(0))[0] is Lot.AGAIN


def test_each_failure_doubles_the_wait_up_to_five_minutes() -> None:
    waits = [after_failure(n, s(0), s(0), waits=True) for n in range(1, 12)]
    assert waits == [s(n) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300)]
    assert after_failure(10_000, s(0), s(0), waits=True) == s(300)


def test_a_day_is_tried_and_for_ever_what_nobody_has_acknowledged() -> None:
    late = s(0) + GIVE_UP_NS
    assert after_failure(5, s(0), late, waits=False) is None
    assert after_failure(5, s(0), late - 1, waits=False) is not None
    assert after_failure(5, s(0), 10 * late, waits=True) is not None


def test_silence_of_a_subsystem_is_that_subsystem() -> None:
    event = Life("eps", condition=Condition.STALE).violate()
    assert rule(event, route(subsystem=["eps"]), "eps") is Ruling.FOR_IT
