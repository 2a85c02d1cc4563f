"""The expected configuration of planned tests, as the processor finds it in telemetry."""

import pytest

from ingest.processor import Processor
from ingest.record import TICK, Record
from simulators.publishing.plan import announcements
from simulators.scenarios import read
from simulators.simulation import Simulation
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.plan import ConfigurationCheck
from telemetry.topics import Topics
from telemetry.wire import decode_plan_change, encode, encode_frame
from tests.flights.flight import BOTH, shipped

TOPICS = Topics()


def checks(name: str, *sets: str, activity: str, until: str) -> list[ConfigurationCheck]:
    """Those told of an activity from the scenario's start up to a time."""
    scenario = read(name, sets, database=shipped())
    simulation = Simulation(scenario, shipped(), spacecraft=BOTH)
    processor, start_ns = Processor(shipped(), TOPICS), scenario.start_ns
    told: list[ConfigurationCheck] = []

    def process(time_ns: int, topic: str, payload: bytes) -> None:
        for message in processor.process(Record(1, time_ns, topic, payload)).messages:
            if message.topic.endswith("/event/plan"):
                change = decode_plan_change(message.payload)
                assert not change.refused
                assert change.plan is not None
                if change.plan.activity.id == activity and change.check is not None:
                    told.append(change.check)

    clock = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=start_ns, wall_ns=start_ns)
    for craft in BOTH:
        process(start_ns, TOPICS.clock(craft), encode(clock))
        for said in announcements(simulation, TOPICS, craft):
            process(start_ns, said.topic, said.payload)
    for time_ns in range(start_ns, scenario.instant_ns(until), SECOND_NS):
        for frame in simulation.step(time_ns):
            topic = TOPICS.frame(frame.spacecraft, frame.subsystem)
            process(frame.received_ns, topic, encode_frame(frame))
        process(time_ns, TICK, b"")
    return told


@pytest.mark.parametrize(
    ("scenario", "activity", "until"),
    [
        ("soyuz-test", "sud-test", "09:02:05"),
        ("ms18", "sud-test", "09:02:05"),
        ("ms18", "cmg-only", "09:00:05"),
    ],
)
def test_a_planned_test_is_go_when_its_window_opens(
    scenario: str, activity: str, until: str
) -> None:
    told = checks(scenario, activity=activity, until=until)
    assert told
    assert [item for check in told for item in check.items if not item.go] == []


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ("desat=enabled", {"Desaturation"}),
        ("initial_momentum_pct=60", {"CMG momentum"}),
        (  # on the line and silent, which is a warning nobody has acknowledged
            "soyuz_telemetry=false",
            {
                "Telemetry soyuz/propulsion",
                "Link russian",
                "Propellant",
                "Unacknowledged warnings",
            },
        ),
    ],
)
def test_what_is_not_as_planned_is_no_go_before_the_window_opens(
    change: str, items: set[str]
) -> None:
    told = checks("ms18", change, activity="sud-test", until="09:02:05")
    assert told[0].time_ns < told[-1].time_ns
    assert not told[0].go, "ahead of the window"
    assert {item.name for item in told[-1].items if not item.go} == items
