"""What belongs to an incident, what it holds back, and when it lets go."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.incident_end import LONGEST_NS, QUIET_NS
from ingest.incident_members import MAX_MEMBERS
from ingest.incidents import IncidentBook
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS
from telemetry.incident import Consequence, IncidentRule, Role
from telemetry.limit import Severity
from tests.ingest.incident_watch import DISTURBANCE, FIRING, LOST, RULES, Watch, ns

ADVISORY, CAUTION, WARNING = Severity.ADVISORY, Severity.CAUTION, Severity.WARNING
EMERGENCY = Severity.EMERGENCY
QUIET_S, LONGEST_S = QUIET_NS / SECOND_NS, LONGEST_NS / SECOND_NS


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def firing(watch: Watch) -> Watch:
    """A firing that began at 0 s."""
    watch.violate("soyuz/FIRING.limit", 0)
    return watch


# --- opening, and what is heard ---


def test_a_root_opens_an_incident_and_is_heard(watch: Watch) -> None:
    event = watch.violate("soyuz/FIRING.limit", 0)
    assert event.annunciate
    assert watch.one.id == f"firing-{ns(0)}"
    assert (watch.one.title, watch.one.opened_ns) == ("Thrusters fire", ns(0))
    assert watch.changes.incidents == (watch.one,)
    assert watch.one.first_out.alarm == "FIRING.limit"


def test_a_consequence_is_listed_and_not_heard(firing: Watch) -> None:
    event = firing.violate("soyuz/DPO07.limit", 4, ADVISORY)
    assert not event.annunciate
    assert event.alarm.inhibited_by == firing.one.id
    assert firing.one.members[1].inhibited
    assert firing.changes.incidents == (firing.one,)


def test_what_is_worse_than_explained_is_heard(firing: Watch) -> None:
    assert firing.violate("soyuz/DPO07.limit", 4, EMERGENCY).annunciate


def test_a_cascade_is_held_back_below_and_heard_above(firing: Watch) -> None:
    assert not firing.violate("iss/SATURATION.limit", 22, ADVISORY).annunciate
    assert not firing.violate("iss/SATURATION.limit", 26, CAUTION).annunciate
    assert firing.violate("iss/SATURATION.limit", 30, WARNING).annunciate
    (_, member) = firing.one.members
    assert (member.time_ns, member.worst_ns) == (ns(22), ns(30))
    assert (member.severity, member.role, member.inhibited) == (WARNING, Role.CASCADE, False)


def test_what_is_on_no_list_is_heard_and_not_listed(firing: Watch) -> None:
    assert firing.violate("iss/CABIN.rate", 120, ADVISORY).annunciate
    assert firing.members() == ["soyuz/FIRING.limit"]
    assert firing.changes.incidents == ()


def test_another_condition_of_a_listed_parameter_is_heard(firing: Watch) -> None:
    assert firing.violate("iss/ERROR.invalid", 20, ADVISORY).annunciate


def test_without_an_incident_consequences_are_heard(watch: Watch) -> None:
    assert watch.violate("soyuz/DPO07.limit", 0, ADVISORY).annunciate
    assert not watch.book.open


def test_a_second_root_is_heard_and_joins(firing: Watch) -> None:
    assert firing.violate("soyuz/OVERLONG.limit", 9).annunciate
    assert firing.members() == ["soyuz/FIRING.limit", "soyuz/OVERLONG.limit"]


def test_what_came_shortly_after_the_root_is_heard_whichever_arrived_first(watch: Watch) -> None:
    assert watch.violate("iss/ERROR.limit", 1.9, CAUTION).annunciate
    watch.violate("soyuz/FIRING.limit", 0)
    assert watch.violate("iss/TORQUE.limit", 2.0, CAUTION).annunciate
    assert not watch.violate("soyuz/DPO07.limit", 2.1, CAUTION).annunciate
    assert len(watch.one.members) == 4


# --- first-out, order, evidence ---


def test_what_came_up_to_half_a_minute_before_joins(watch: Watch) -> None:
    watch.violate("iss/ERROR.limit", 0.0, CAUTION)
    watch.violate("iss/SATURATION.limit", 12, WARNING)
    watch.violate("soyuz/FIRING.limit", 31)
    assert watch.members() == ["iss/SATURATION.limit", "soyuz/FIRING.limit"]
    assert watch.one.first_out.alarm == "SATURATION.limit"


def test_an_early_consequence_is_not_first_out(watch: Watch) -> None:
    watch.violate("iss/ERROR.limit", 5, CAUTION)
    watch.violate("soyuz/FIRING.limit", 10)
    assert watch.members() == ["iss/ERROR.limit", "soyuz/FIRING.limit"]
    assert watch.one.first_out.alarm == "FIRING.limit"


def test_members_are_in_order_of_what_happened(firing: Watch) -> None:
    firing.violate("iss/LOST.limit", 40)
    firing.violate("soyuz/DPO07.limit", 3.9)
    assert firing.members() == ["soyuz/FIRING.limit", "soyuz/DPO07.limit", "iss/LOST.limit"]


def test_a_repeated_alarm_is_one_member(firing: Watch) -> None:
    firing.violate("iss/ERROR.limit", 20, CAUTION)
    firing.back("iss/ERROR.limit", 25)
    firing.violate("iss/ERROR.limit", 30, ADVISORY)
    member = firing.one.members[1]
    assert (member.violations, member.severity, member.time_ns) == (2, CAUTION, ns(20))


def test_evidence_keeps_the_last_that_was_said(watch: Watch) -> None:
    watch.values = {("soyuz", "JETS"): "DPO-07", ("iss", "MOMENTUM"): 41.25}
    watch.violate("soyuz/FIRING.limit", 0)
    assert watch.one.evidence == {"soyuz/JETS": "DPO-07", "iss/MOMENTUM": "41.25"}
    watch.values = {("soyuz", "JETS"): "", ("iss", "MOMENTUM"): 80}
    watch.violate("iss/SATURATION.limit", 30, WARNING)
    assert watch.one.evidence == {"soyuz/JETS": "DPO-07", "iss/MOMENTUM": "80"}


# --- several rules ---


def test_a_root_that_an_open_incident_explains_is_part_of_it(firing: Watch) -> None:
    assert not firing.violate("iss/TORQUE.limit", 3, CAUTION).annunciate
    assert firing.changes.incidents == (firing.one,)
    assert firing.members() == ["soyuz/FIRING.limit", "iss/TORQUE.limit"]


def test_an_incident_takes_in_the_one_it_explains(watch: Watch) -> None:
    watch.violate("iss/TORQUE.limit", 0, CAUTION)
    watch.violate("iss/ERROR.limit", 5, CAUTION)
    torque = watch.one
    watch.violate("soyuz/FIRING.limit", 10)
    assert watch.members() == ["iss/TORQUE.limit", "iss/ERROR.limit", "soyuz/FIRING.limit"]
    (closed, opened) = watch.changes.incidents
    assert opened == watch.one == watch.book.shown(torque.id) == watch.book.shown(opened.id)
    assert (closed.id, closed.closed_ns, closed.merged_into) == (torque.id, ns(10), opened.id)
    assert [member.violations for member in watch.one.members] == [1, 1, 1]


def test_what_is_taken_in_still_holds_back(watch: Watch) -> None:
    watch.violate("iss/TORQUE.limit", 0, CAUTION)
    watch.violate("soyuz/FIRING.limit", 10)
    assert not watch.violate("iss/itcs.stale", 20, ADVISORY).annunciate


def test_the_incident_that_explains_the_other_is_named(watch: Watch) -> None:
    watch.violate("iss/TORQUE.limit", 0, CAUTION)
    watch.violate("soyuz/FIRING.limit", 10)
    event = watch.violate("iss/ERROR.limit", 20, CAUTION)
    assert event.alarm.inhibited_by == watch.one.id == f"firing-{ns(10)}"


def test_what_was_taken_in_is_shown_when_the_other_ends_first(watch: Watch) -> None:
    watch.violate("soyuz/FIRING.limit", 0)
    watch.violate("iss/TORQUE.limit", 3, CAUTION)
    watch.acknowledge("soyuz/FIRING.limit", 4)
    watch.back("soyuz/FIRING.limit", 5)
    closed, shown = watch.tick(5 + QUIET_S).incidents
    assert (closed.rule, closed.open) == ("firing", False)
    assert (shown.rule, shown.open, shown.merged_into) == ("disturbance", True, "")
    assert watch.one == shown
    assert watch.book.shown(closed.id) is None


def test_an_older_incident_is_not_taken_in(watch: Watch) -> None:
    watch.violate("iss/TORQUE.limit", 0, CAUTION)
    watch.violate("soyuz/FIRING.limit", 31)
    assert {one.rule for one in watch.book.open.values()} == {"disturbance", "firing"}


def test_one_incident_having_it_in_its_cascade_is_enough_to_be_heard(watch: Watch) -> None:
    both = (
        IncidentRule(
            name="a",
            title="A",
            roots=("iss/A.limit",),
            consequences=(Consequence(alarm="iss/X.limit"),),
        ),
        IncidentRule(name="b", title="B", roots=("iss/B.limit",), cascade=("iss/X.limit",)),
    )
    watch = Watch(both)
    watch.violate("iss/A.limit", 0)
    assert not watch.violate("iss/X.limit", 5, ADVISORY).annunciate
    watch.violate("iss/B.limit", 6)
    assert watch.violate("iss/X.limit", 9, CAUTION).annunciate


# --- closing ---


def test_it_lasts_while_a_root_is_violated_or_unseen(firing: Watch) -> None:
    assert firing.tick(QUIET_S + 1).incidents == ()
    firing.back("soyuz/FIRING.limit", 130)
    assert firing.tick(130 + QUIET_S + 1).incidents == ()
    firing.acknowledge("soyuz/FIRING.limit", 900)
    assert firing.tick(900 + QUIET_S - 1).incidents == ()
    (closed,) = firing.tick(900 + QUIET_S + 500).incidents
    assert closed.closed_ns == ns(900 + QUIET_S)
    assert not firing.book.open


def test_a_cascade_that_is_heard_keeps_it_open_and_a_held_one_does_not(firing: Watch) -> None:
    firing.violate("iss/SATURATION.limit", 30, WARNING)
    firing.acknowledge("soyuz/FIRING.limit", 31)
    firing.back("soyuz/FIRING.limit", 32)
    firing.acknowledge("iss/SATURATION.limit", 33)
    assert firing.tick(33 + 2 * QUIET_S).incidents == ()
    firing.back("iss/SATURATION.limit", 3000)
    firing.violate("iss/SATURATION.limit", 3100, ADVISORY)
    assert firing.tick(3100 + QUIET_S).incidents != ()


def test_consequences_do_not_keep_it_open(firing: Watch) -> None:
    firing.violate("iss/ERROR.limit", 20, CAUTION)
    firing.acknowledge("soyuz/FIRING.limit", 21)
    firing.back("soyuz/FIRING.limit", 22)
    assert firing.tick(22 + QUIET_S).incidents != ()


def test_closing_releases_what_still_stands_unseen(firing: Watch) -> None:
    for name in ("iss/ERROR.limit", "iss/TORQUE.limit", "soyuz/DPO07.limit"):
        firing.violate(name, 20, CAUTION)
    firing.back("iss/TORQUE.limit", 30)
    firing.acknowledge("soyuz/DPO07.limit", 31)
    firing.acknowledge("soyuz/FIRING.limit", 32)
    firing.back("soyuz/FIRING.limit", 33)
    assert firing.tick(33 + QUIET_S).release == (("iss", "ERROR.limit"),)


def test_closing_does_not_release_what_another_incident_holds_back(watch: Watch) -> None:
    watch.violate("iss/TORQUE.limit", 0, CAUTION)
    watch.violate("iss/ERROR.limit", 10, CAUTION)
    watch.violate("soyuz/FIRING.limit", 40)
    watch.violate("iss/ERROR.limit", 50, WARNING)
    watch.acknowledge("iss/TORQUE.limit", 51)
    watch.back("iss/TORQUE.limit", 52)
    changes = watch.tick(60 + QUIET_S)
    assert [one.rule for one in changes.incidents] == ["disturbance"]
    assert changes.release == ()


def test_nothing_is_held_back_for_more_than_a_day(firing: Watch) -> None:
    firing.violate("iss/ERROR.limit", 20, CAUTION)
    assert firing.tick(LONGEST_S - 1).incidents == ()
    changes = firing.tick(LONGEST_S + 5)
    assert changes.incidents[0].closed_ns == ns(LONGEST_S)
    assert changes.release == (("iss", "ERROR.limit"),)


def test_a_stream_that_begins_anew_at_an_earlier_time_ends_it(firing: Watch) -> None:
    assert firing.tick(-20).incidents == ()
    assert firing.tick(-500).incidents != ()


def test_a_rule_that_is_gone_lets_go(firing: Watch) -> None:
    firing.violate("iss/ERROR.limit", 20, CAUTION)
    firing.rules = {}
    firing.restart()
    changes = firing.tick(30)
    assert [one.rule for one in changes.incidents] == ["firing"]
    assert changes.release == (("iss", "ERROR.limit"),)


def test_a_new_violation_after_the_end_opens_a_new_one(firing: Watch) -> None:
    firing.acknowledge("soyuz/FIRING.limit", 1)
    firing.back("soyuz/FIRING.limit", 2)
    firing.tick(2 + QUIET_S)
    firing.violate("soyuz/FIRING.limit", 5000)
    assert firing.one.id == f"firing-{ns(5000)}"


# --- bounds ---


def test_what_cannot_be_listed_is_heard() -> None:
    watch = Watch()
    watch.violate("soyuz/FIRING.limit", 0)
    held = [watch.violate(f"soyuz/DPO{i}.limit", 5, ADVISORY) for i in range(MAX_MEMBERS)]
    assert [event.annunciate for event in held] == [False] * (MAX_MEMBERS - 1) + [True]
    assert (len(watch.one.members), watch.one.unlisted) == (MAX_MEMBERS, 1)
    assert not watch.violate("soyuz/DPO0.limit", 9, CAUTION).annunciate  # is listed already


def test_what_may_join_later_is_bounded(watch: Watch) -> None:
    for i in range(10_000):
        watch.violate(f"soyuz/DPO{i}.limit", i / 1000, ADVISORY)
    assert len(msgspec.msgpack.encode(watch.book.snapshot())) < 100_000


# --- data that come late ---


def test_a_late_root_opens_an_incident_that_holds_back_no_live_alarm(watch: Watch) -> None:
    watch.violate("soyuz/FIRING.limit", 0, late=True)
    assert watch.violate("iss/ERROR.limit", 50, CAUTION).annunciate
    assert watch.one.holding_from_ns == 0
    assert watch.members() == ["soyuz/FIRING.limit", "iss/ERROR.limit"]


def test_a_late_consequence_of_a_late_root_is_held_back(watch: Watch) -> None:
    watch.violate("soyuz/FIRING.limit", 0, late=True)
    assert not watch.violate("soyuz/DPO07.limit", 5, CAUTION, late=True).annunciate
    assert watch.one.members[1].late


def test_a_live_root_makes_a_late_incident_hold_back_from_then_on(watch: Watch) -> None:
    watch.violate("soyuz/FIRING.limit", 0, late=True)
    watch.violate("soyuz/OVERLONG.limit", 60)
    assert not watch.violate("iss/ERROR.limit", 63, CAUTION).annunciate
    assert (watch.one.opened_ns, watch.one.holding_from_ns) == (ns(0), ns(60))


def test_a_late_root_dates_the_incident_back(firing: Watch) -> None:
    firing.violate("soyuz/OVERLONG.limit", -300, late=True)
    assert firing.one.first_out.alarm == "OVERLONG.limit"
    assert firing.one.opened_ns == ns(-300)
    assert firing.one.id == f"firing-{ns(0)}"


def test_a_late_root_from_long_before_is_none_of_its_business(firing: Watch) -> None:
    event = firing.violate("soyuz/OVERLONG.limit", -2 * QUIET_S, late=True)
    assert event.annunciate
    assert firing.members() == ["soyuz/FIRING.limit"]


def test_a_live_root_beside_a_late_incident_of_another_rule_holds_back(watch: Watch) -> None:
    watch.violate("soyuz/FIRING.limit", 0, late=True)
    watch.violate("iss/TORQUE.limit", 50, CAUTION)
    assert watch.one.rule == "firing"
    held = watch.violate("iss/ERROR.limit", 60, CAUTION)
    assert held.alarm.inhibited_by == f"disturbance-{ns(50)}"
    assert watch.book.shown(held.alarm.inhibited_by) == watch.one


def test_data_that_date_a_root_back_date_the_incident_back(firing: Watch) -> None:
    firing.note("soyuz/FIRING.limit", -240, EventKind.DATED)
    assert (firing.one.opened_ns, firing.one.first_out.time_ns) == (ns(-240), ns(-240))
    assert firing.one.holding_from_ns == ns(0)
    assert firing.changes.incidents == (firing.one,)


def test_what_is_released_is_shown_as_heard(firing: Watch) -> None:
    firing.violate("iss/ERROR.limit", 20, CAUTION)
    firing.note("iss/ERROR.limit", 30, EventKind.UNINHIBITED, annunciate=True)
    assert not firing.one.members[1].inhibited
    assert firing.changes.incidents == (firing.one,)


# --- whatever happens ---

NAMES = [
    "soyuz/FIRING.limit",
    "soyuz/OVERLONG.limit",
    "soyuz/DPO07.limit",
    "iss/TORQUE.limit",
    "iss/SATURATION.limit",
    "iss/LOST.limit",
    "iss/ERROR.limit",
    "iss/CABIN.rate",
    "iss/itcs.stale",
]
ACT = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["violate", "violate", "violate", "back", "acknowledge", "tick"]),
    st.sampled_from([ADVISORY, CAUTION, WARNING, EMERGENCY]),
    st.sampled_from([0.0, 0.5, 1.0, 3.0, 20.0, 40.0, 700.0]),
)


def play(watch: Watch, acts: list[tuple[str, str, Severity, float]], restart_at: int = -1) -> None:
    now_s = 0.0
    for i, (name, act, severity, after_s) in enumerate(acts):
        now_s += after_s
        if i == restart_at:
            watch.restart()
        alarm = watch._alarm(name)
        if act == "tick":
            watch.tick(now_s)
        elif act == "violate" and not (alarm.state.violated and severity <= alarm.severity):
            watch.violate(name, now_s, severity)
        elif act == "back" and alarm.state.violated:
            watch.back(name, now_s)
        elif act == "acknowledge" and alarm.state.unacknowledged:
            watch.acknowledge(name, now_s)


def listed(name: str, severity: Severity, rule: IncidentRule) -> bool:
    """An oracle of its own: whether a rule lets an alarm be held back."""
    return any(
        re.fullmatch(one.alarm.replace(".", r"\.").replace("*", ".*"), name)
        and severity <= one.up_to
        for one in rule.consequences
    )


@given(st.lists(ACT, max_size=40))
def test_whatever_is_on_no_list_is_never_held_back(
    acts: list[tuple[str, str, Severity, float]],
) -> None:
    watch = Watch()
    play(watch, acts)
    for event in watch.events:
        if event.alarm.inhibited_by and event.kind in ("VIOLATED", "ESCALATED"):
            rule = RULES[event.alarm.inhibited_by.rpartition("-")[0]]
            name = f"{event.alarm.spacecraft}/{event.alarm.id}"
            assert listed(name, event.alarm.severity, rule)
            assert name not in rule.roots


@given(st.lists(ACT, max_size=40), st.integers(0, 39))
def test_a_restart_anywhere_cannot_be_told(
    acts: list[tuple[str, str, Severity, float]], restart_at: int
) -> None:
    through, restarted = Watch(), Watch()
    play(through, acts)
    play(restarted, acts, restart_at)
    assert restarted.events == through.events
    assert restarted.book.snapshot() == through.book.snapshot()


SUBSYSTEMS = {
    "soyuz": ["soyuz/FIRING.limit", "soyuz/OVERLONG.limit"],
    "propulsion": ["soyuz/DPO07.limit", "soyuz/DPO08.limit"],
    "derived": ["iss/TORQUE.limit"],
    "adcs": ["iss/SATURATION.limit", "iss/LOST.limit", "iss/ERROR.limit"],
    "eclss": ["iss/CABIN.rate"],
}
#: Tenths of a second of generation time, and of two journeys here.
WORD = st.tuples(
    st.sampled_from([name for names in SUBSYSTEMS.values() for name in names]),
    st.integers(0, 60) | st.integers(0, 600),
    st.sampled_from([ADVISORY, CAUTION, WARNING]),
    st.integers(0, 19),
    st.integers(0, 19),
)


def heard(watch: Watch) -> list[tuple[str, int, bool, str]]:
    def line(event: Event) -> tuple[str, int, bool, str]:
        return event.id, event.time_ns, event.annunciate, event.alarm.inhibited_by

    return sorted(map(line, watch.events))


@settings(max_examples=400, deadline=None)
@given(st.lists(WORD, min_size=6, max_size=25))
def test_the_order_in_which_subsystems_arrive_changes_nothing(
    words: list[tuple[str, int, Severity, int, int]],
) -> None:
    journals = []
    for journey in (3, 4):
        watch = Watch()
        arrivals = []
        for subsystem, names in SUBSYSTEMS.items():
            reached = 0  # frames of one subsystem do not overtake each other
            own = sorted((word for word in words if word[0] in names), key=lambda w: (w[1], w[0]))
            for i, word in enumerate(own):
                reached = max(reached, word[1] + word[journey])
                arrivals.append((reached, subsystem, i, word))
        for _, _, _, (name, tenths, severity, *_) in sorted(arrivals):
            alarm = watch._alarm(name)
            if not (alarm.state.violated and severity <= alarm.severity):
                watch.violate(name, tenths / 10, severity)
        state = {one.id: (one.members, one.opened_ns) for one in watch.book.open.values()}
        journals.append((heard(watch), state))
    assert journals[0] == journals[1]


def test_the_book_takes_incidents_that_are_open(firing: Watch) -> None:
    book = IncidentBook(RULES, [firing.one, msgspec.structs.replace(firing.one, closed_ns=1)])
    assert list(book.open) == [firing.one.id]
    assert {rule.name for rule in (FIRING, DISTURBANCE, LOST)} == set(RULES)
