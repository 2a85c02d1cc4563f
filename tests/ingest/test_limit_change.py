"""The mission database is changed over a restart: what is known is judged by the new limits."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ingest.processor import Processor
from ingest.record import Record
from telemetry.limit import Limits, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from tests.ingest.test_processor_whole import DATABASE, TOPICS, Message, clock, frame, tick
from tests.small import RESPONSE, band


def with_limits(parameter: str, limits: Limits) -> MissionDatabase:
    iss = DATABASE.spacecraft["iss"]
    adcs = iss.subsystems["adcs"]
    changed = {**adcs.parameters}
    changed[parameter] = replace(changed[parameter], limits=limits)
    subsystems = {**iss.subsystems, "adcs": replace(adcs, parameters=changed)}
    craft = {**DATABASE.spacecraft, "iss": replace(iss, subsystems=subsystems)}
    return replace(DATABASE, spacecraft=craft, version="2")


def events(processor: Processor, messages: Sequence[Message]) -> list[tuple[str, str, str]]:
    """(alarm, kind, severity) of the events of iss."""
    return [
        (event.alarm.id, event.kind.value, event.alarm.severity.name)
        for n, message in enumerate(messages, 1)
        for event in processor.process(Record(n, *message)).events
        if event.alarm.spacecraft == "iss" and event.alarm.subject != "eps"
    ]


def restarted(before: Processor, database: MissionDatabase) -> Processor:
    after = Processor(database, TOPICS)
    after.restore(before.snapshot())
    return after


def flown(values: dict[str, list[Value]]) -> Processor:
    processor = Processor(DATABASE, TOPICS)
    count = max(map(len, values.values()))
    frames = [frame(s, **{name: v[s] for name, v in values.items()}) for s in range(count)]
    events(processor, [clock(), *frames])
    return processor


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        (2.5, []),
        (0.5, [("ERR.limit", "VIOLATED", "CAUTION")]),
        (0.99, [("ERR.limit", "VIOLATED", "CAUTION")]),
        (1.0, []),
    ],
)
def test_a_limit_that_is_tightened_is_judged_at_once(limit: float, found: list[object]) -> None:
    before = flown({"ERR": [1.0, 1.0, 1.0]})
    limits = Limits(range={Severity.CAUTION: band(limit)}, response=RESPONSE)
    after = restarted(before, with_limits("ERR", limits))
    assert events(after, [tick(2.5)]) == found
    assert events(after, [tick(2.6), frame(3, ERR=1.0)]) == []


def test_an_alarm_ends_when_its_limit_is_loosened() -> None:
    before = flown({"ERR": [2.5, 2.5]})
    limits = Limits(range={Severity.CAUTION: band(5)}, response=RESPONSE)
    after = restarted(before, with_limits("ERR", limits))
    assert events(after, [tick(1.5)]) == [("ERR.limit", "RETURNED", "NOMINAL")]


def test_an_alarm_ends_when_its_rule_is_gone() -> None:
    before = flown({"RATE": [0.0, 0.0, 50.0, 100.0]})
    assert ("iss", "RATE.rate") in before.alarms
    after = restarted(before, with_limits("RATE", Limits()))
    assert events(after, [tick(3.5)]) == [("RATE.rate", "RETURNED", "NOMINAL")]


def test_persistence_begins_when_the_limit_does() -> None:
    before = flown({"SLOW": [0.9] * 10})
    limits = Limits(range={Severity.CAUTION: band(0.5)}, persistence_s=3, response=RESPONSE)
    after = restarted(before, with_limits("SLOW", limits))
    assert events(after, [tick(9.5)]) == []
    raised = events(after, [frame(10 + i, SLOW=0.9) for i in range(4)])
    assert raised == [("SLOW.limit", "VIOLATED", "CAUTION")]


def test_nothing_is_judged_anew_by_the_same_limits() -> None:
    before = flown({"ERR": [2.5, 2.5], "RATE": [0.0, 50.0]})
    after = restarted(before, DATABASE)
    assert events(after, [tick(1.5)]) == []


def test_a_second_restart_before_the_first_tick_forgets_nothing() -> None:
    changed = with_limits("ERR", Limits(range={Severity.CAUTION: band(0.5)}, response=RESPONSE))
    after = restarted(restarted(flown({"ERR": [1.0, 1.0]}), changed), changed)
    assert events(after, [tick(1.5)]) == [("ERR.limit", "VIOLATED", "CAUTION")]
