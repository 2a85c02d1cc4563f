"""Journals small enough to count by hand."""

from pathlib import Path

import pytest

from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.scorecard import Axis, BadActor, Figure, Scorecard, Verdict, quantile, score
from telemetry.tally import FloodSpan

HOUR_S, DAY_S = 3600, 86_400
#: The wall is this far from generation time, so that one cannot be taken for the other.
WALL_S = 1_000_000
START_S = 10 * DAY_S


def s(seconds: float) -> int:
    """Nanoseconds of a time since the span began, generation time."""
    return round((START_S + seconds) * SECOND_NS)


def wall(seconds: float) -> int:
    return s(seconds + WALL_S)


def event(
    at_s: float,
    name: str = "A",
    kind: EventKind = EventKind.VIOLATED,
    severity: Severity = Severity.ADVISORY,
    occurrence: str = "1",
    inhibited_by: str = "",
) -> Event:
    alarm = Alarm(
        spacecraft="iss",
        id=f"{name}.limit",
        subject=name,
        condition=Condition.LIMIT,
        severity=severity,
        occurrence=f"iss/{name}.limit/{occurrence}",
        inhibited_by=inhibited_by,
    )
    return Event(
        id=f"{name}/{occurrence}/{at_s}/{kind}",
        kind=kind,
        time_ns=s(at_s),
        received_ns=wall(at_s),
        previous=State.NORMAL,
        alarm=alarm,
        annunciate=kind in (EventKind.VIOLATED, EventKind.ESCALATED) and not inhibited_by,
    )


def judge(events: list[Event], hours: float = 10, operators: int = 1) -> Scorecard:
    stop_ns = wall(hours * HOUR_S)
    return score(events, wall(0), stop_ns, operators=operators)


def figure(card: Scorecard, name: str) -> Figure:
    (found,) = [one for one in card.figures if one.name == name]
    return found


def told(card: Scorecard, name: str) -> tuple[float | None, Verdict]:
    found = figure(card, name)
    return None if found.value is None else round(found.value, 6), found.verdict


def test_load_is_per_operator_and_ten_minutes() -> None:
    events = [event(1800 * i, occurrence=str(i)) for i in range(20)]  # 20 in 10 h
    card = judge(events)
    assert card.annunciations == 20
    assert told(card, "annunciations in 10 min, mean") == (0.333333, Verdict.MET)
    assert told(card, "annunciations in 10 min, most") == (1, Verdict.MET)
    assert told(card, "annunciations a day") == (48, Verdict.MET)
    assert told(judge(events, operators=2), "annunciations a day") == (24, Verdict.MET)


def test_load_above_the_target_is_missed() -> None:
    events = [event(300 * i, occurrence=str(i)) for i in range(120)]  # 120 in 10 h
    card = judge(events)
    assert told(card, "annunciations in 10 min, mean") == (2, Verdict.MISSED)
    assert told(card, "annunciations in 10 min, most") == (2, Verdict.MET)
    assert told(card, "annunciations a day") == (288, Verdict.MISSED)


def test_a_mean_over_minutes_has_no_verdict() -> None:
    card = judge([event(0)], hours=0.5)
    assert figure(card, "annunciations in 10 min, mean").verdict is Verdict.NONE
    assert figure(card, "annunciations a day").verdict is Verdict.NONE


def test_floods_are_timed() -> None:
    events = [event(60 + i, occurrence=str(i)) for i in range(12)]
    card = judge(events)
    # begins with the 11th, at 70 s; ends when the 8th is ten minutes old and 4 are left
    assert card.floods == (FloodSpan(start_ns=wall(70), stop_ns=wall(667)),)
    assert told(card, "floods") == (1, Verdict.NONE)
    assert told(card, "time in flood") == (round(100 * 597 / 36_000, 6), Verdict.MISSED)
    assert told(card, "annunciations in 10 min, most") == (12, Verdict.MISSED)


def test_a_flood_is_cut_at_both_ends_of_the_span() -> None:
    events = [event(i - 30, occurrence=str(i)) for i in range(12)]
    card = judge(events, hours=0.1)
    assert card.floods == (FloodSpan(start_ns=wall(0), stop_ns=wall(360)),)
    assert told(card, "time in flood")[0] == 100


def test_events_before_the_span_count_for_nothing_but_what_they_began() -> None:
    card = judge([event(-60), event(5, "B")])
    assert card.annunciations == 1
    assert [one.alarm for one in card.bad_actors] == ["B.limit"]
    assert told(card, "not acknowledged") == (2, Verdict.NONE)


def test_events_after_the_span_do_not_count() -> None:
    card = judge([event(10 * HOUR_S), event(10 * HOUR_S - 1, "B")])
    assert card.annunciations == 1


def test_chatter_is_counted_by_alarm() -> None:
    events = []
    for start_s in (0, 1000):
        for i in range(4):
            events += [
                event(start_s + 10 * i, occurrence=str(start_s)),
                event(start_s + 10 * i + 5, kind=EventKind.RETURNED, occurrence=str(start_s)),
            ]
    card = judge(events)
    assert card.chattering == (("iss/A.limit", 2),)
    assert told(card, "alarms that chattered") == (1, Verdict.MISSED)


def test_what_is_active_for_over_a_day_stands() -> None:
    events = [
        event(-DAY_S, "OLD"),  # active for a day and 10 h
        event(-DAY_S, "DONE"),
        event(-HOUR_S, "DONE", EventKind.RETURNED),
        event(-DAY_S - 1, "LATE"),
        event(100, "LATE", EventKind.RETURNED),
        event(0, "NEW"),
    ]
    card = judge(events)
    assert card.standing == (
        ("iss/LATE.limit", wall(-DAY_S - 1)),
        ("iss/OLD.limit", wall(-DAY_S)),
    )
    assert told(card, "alarms active for over 24 h") == (2, Verdict.MET)


def test_bad_actors_are_ranked_with_their_share() -> None:
    counts = {f"P{i:02d}": 1 for i in range(12)} | {"WORST": 6, "BAD": 2}
    events = [
        event(3600 + 60 * i, name, occurrence=str(i))
        for name, times in counts.items()
        for i in range(times)
    ]
    card = judge(events)
    assert len(card.bad_actors) == 10
    assert card.bad_actors[0] == BadActor(
        spacecraft="iss", alarm="WORST.limit", annunciations=6, share=30.0
    )
    assert [one.alarm for one in card.bad_actors[1:3]] == ["BAD.limit", "P00.limit"]
    # 6 + 2 + 8 of the single ones, of 20
    assert told(card, "share of the ten most frequent") == (80, Verdict.MISSED)


def test_classes_are_compared_with_80_15_5() -> None:
    severities = [Severity.ADVISORY] * 16 + [Severity.CAUTION] * 3 + [Severity.WARNING]
    events = [
        event(600 * i, severity=severity, occurrence=str(i))
        for i, severity in enumerate(severities)
    ]
    card = judge(events)
    assert card.priorities == {
        Severity.ADVISORY: 80,
        Severity.CAUTION: 15,
        Severity.WARNING: 5,
        Severity.EMERGENCY: 0,
    }
    assert told(card, "share of cautions") == (15, Verdict.MET)
    assert told(card, "share of warnings, emergencies") == (5, Verdict.MET)
    assert told(judge(events[1:]), "share of cautions")[1] is Verdict.NONE  # 19 say nothing


def test_emergencies_count_as_high() -> None:
    events = [event(600 * i, severity=Severity.EMERGENCY, occurrence=str(i)) for i in range(20)]
    assert told(judge(events), "share of warnings, emergencies") == (100, Verdict.MISSED)


def test_answers_are_timed_from_when_it_was_heard() -> None:
    events = [event(100 * i, occurrence=str(i)) for i in range(5)]
    after_s = (10, 20, 30, 400)  # the fifth is not answered
    events += [
        event(100 * i + after, kind=EventKind.ACKNOWLEDGED, occurrence=str(i))
        for i, after in enumerate(after_s)
    ]
    card = judge(events)
    assert told(card, "time to acknowledge, median") == (25, Verdict.NONE)
    assert told(card, "time to acknowledge, 95 %") == (400, Verdict.NONE)
    assert told(card, "not acknowledged") == (1, Verdict.NONE)


def test_an_escalation_after_the_answer_asks_again() -> None:
    events = [
        event(0),
        event(10, kind=EventKind.ACKNOWLEDGED),
        event(100, kind=EventKind.ESCALATED),
        event(150, kind=EventKind.ACKNOWLEDGED),
    ]
    card = judge(events)
    assert told(card, "time to acknowledge, median") == (30, Verdict.NONE)  # of 10 and 50
    assert card.annunciations == 2


def test_what_was_held_back_is_told_and_not_counted() -> None:
    card = judge([event(0), event(1, "B", inhibited_by="firing-1")])
    assert (card.annunciations, card.held_back) == (1, 1)


def test_a_quiet_span_has_its_figures() -> None:
    card = judge([])
    assert told(card, "annunciations a day") == (0, Verdict.MET)
    assert told(card, "share of the ten most frequent") == (None, Verdict.NONE)
    assert told(card, "time to acknowledge, median") == (None, Verdict.NONE)
    assert card.priorities == {}


def test_generation_time_can_be_counted_instead() -> None:
    card = score([event(5)], s(0), s(HOUR_S), axis=Axis.GENERATION)
    assert card.annunciations == 1
    assert score([event(5)], s(0), s(HOUR_S)).annunciations == 0


def test_every_verdict_has_a_target_and_its_source() -> None:
    for one in judge([event(0)]).figures:
        assert bool(one.target) == bool(one.source)
        assert one.target or one.verdict is Verdict.NONE


@pytest.mark.parametrize(("stop_ns", "operators"), [(0, 1), (1, 0)])
def test_nothing_to_judge_is_an_error(stop_ns: int, operators: int) -> None:
    with pytest.raises(ValueError, match="needs a span and an operator"):
        score([], 0, stop_ns, operators=operators)


def test_quantile_is_the_nearest_rank() -> None:
    ordered = [float(i) for i in range(1, 21)]
    assert (quantile(ordered, 0.95), quantile(ordered, 0.5)) == (19, 10)
    assert quantile([7.0], 0.95) == 7


def test_the_documentation_has_every_target() -> None:
    page = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")]
    documented = {(row[0], row[-1]) for row in rows}
    judged = [one for one in judge([event(0)]).figures if one.target]
    assert {(one.name, one.source) for one in judged} <= documented
