"""ms18 from a store: as it happened, frame by frame, and as a block: the same journal."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from backtest.compare import Marks, compare
from backtest.run import run
from ingest.happened import History
from ingest.processor import Outcome, Processor
from ingest.record import Record
from ingest.segment import Timed
from simulators.publishing.plan import announcements
from simulators.scenarios import read
from simulators.simulation import Simulation
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.limit import Limits
from telemetry.missiondb import MissionDatabase
from telemetry.store.memory import MemoryStore
from telemetry.topics import Topics, parse
from telemetry.wire import decode_frame, encode_frame

TOPICS = Topics()
#: The firing begins at 09:12:18, control is lost at 09:12:58.
FIRING, UNTIL = "09:12:18", "09:14:30"
CRAFT = ("iss", "soyuz")
DATABASE = missiondb.load()
SCENARIO = read("ms18", database=DATABASE)


@pytest.fixture(scope="module")
def flown() -> tuple[list[Frame], tuple[Timed, ...]]:
    """What is stored of the flight, with what was derived then, and what was announced."""
    simulation = Simulation(SCENARIO, DATABASE, spacecraft=CRAFT)
    start_ns = SCENARIO.start_ns
    said = [one for craft in CRAFT for one in announcements(simulation, TOPICS, craft)]
    processor = Processor(DATABASE, TOPICS)
    for n, one in enumerate(said):
        processor.process(Record(n, start_ns, one.topic, one.payload))
    frames: list[Frame] = []
    while simulation.next_ns <= SCENARIO.instant_ns(UNTIL):
        for frame in simulation.step(simulation.next_ns):
            topic = TOPICS.frame(frame.spacecraft, frame.subsystem)
            outcome = processor.process(Record(1, frame.received_ns, topic, encode_frame(frame)))
            frames += [frame, *derived(outcome, frame.received_ns)]
    records = enumerate(said, 1)
    return frames, tuple(
        Timed(start_ns, Record(n, start_ns, one.topic, one.payload)) for n, one in records
    )


def derived(outcome: Outcome, received_ns: int) -> list[Frame]:
    found = []
    for message in outcome.messages:
        address = parse(message.topic)
        if address is not None and address.kind == "frame":
            body = decode_frame(message.payload).body
            known = DATABASE.subsystem(address.spacecraft, address.leaf).parameters
            values = {id_: known[id_].typed(v) for id_, v in body.values.items() if v is not None}
            found.append(
                Frame(
                    spacecraft=address.spacecraft,
                    subsystem=address.leaf,
                    time_ns=body.t,
                    received_ns=received_ns,
                    sequence=body.seq,
                    values={id_: value for id_, value in values.items() if value is not None},
                )
            )
    return found


@pytest.fixture
async def history(flown: tuple[list[Frame], tuple[Timed, ...]]) -> AsyncIterator[History]:
    frames, announced = flown
    async with MemoryStore(DATABASE) as store:
        assert not (await store.write(frames)).rejected
        yield History(
            store=store,
            database=DATABASE,
            start_ns=SCENARIO.start_ns,
            stop_ns=SCENARIO.instant_ns(UNTIL) + SECOND_NS,
            announcements=announced,
        )


async def frame_by_frame(history: History) -> list[Outcome]:
    processor = Processor(history.database, history.topics, derive=history.derive)
    return [
        processor.judge(item.what) if isinstance(item.what, Frame) else processor.process(item.what)
        async for item in history.items()
    ]


async def test_back_test_is_as_it_happened_event_for_event(history: History) -> None:
    outcomes = await frame_by_frame(history)
    (journal,) = await run(history, [DATABASE])
    assert not any(one.rejects for one in outcomes)
    events = [event for one in outcomes for event in one.events]
    assert [*journal.early, *journal.events] == events
    assert len(events) > 20
    assert journal.judged < 0.5 * journal.frames


async def test_firing_is_told_with_the_lead_that_the_limits_give(history: History) -> None:
    journals = await run(history, [DATABASE, without_firing_rule(DATABASE)])
    marks = Marks(times_ns=(SCENARIO.instant_ns("09:12:58"),), before_s=45, after_s=60)
    named = dict(zip(("today", "edited"), journals, strict=True))
    found = compare(named, history.start_ns, history.stop_ns, marks)
    today, edited = (side.marked[0] for side in found.sides)
    assert today.lead_s is not None
    assert edited.lead_s is not None
    # the rule that knows the plan tells it within 2 s; what was measured tells it later
    assert 38 <= today.lead_s <= 40
    assert edited.lead_s < today.lead_s - 1
    assert found.differs


def without_firing_rule(database: MissionDatabase) -> MissionDatabase:
    """What is derived says nothing: only what was measured is judged."""
    craft = {}
    for one in database.spacecraft.values():
        subsystems = dict(one.subsystems)
        if silent := subsystems.get("derived"):
            parameters = {
                id_: replace(parameter, limits=Limits())
                for id_, parameter in silent.parameters.items()
            }
            subsystems["derived"] = replace(silent, parameters=parameters)
        craft[one.id] = replace(one, subsystems=subsystems)
    return replace(database, spacecraft=craft, version="without")
