"""What a chart asks of the store, when the store has given up the samples."""

from msgspec.structs import replace

from dashboard.history import FINEST_ROLL_UP_NS, History
from telemetry.clock import SECOND_NS
from telemetry.store.base import Stretch
from telemetry.store.memory import MemoryStore
from tests.contract.mission import T0, frame
from tests.contract.mission import database as mission

MINUTE_NS = 60 * SECOND_NS
FIRST_NS = -(-T0 // MINUTE_NS) * MINUTE_NS


async def test_where_samples_are_given_up_a_narrow_chart_shows_roll_ups() -> None:
    store = MemoryStore(mission())
    frames = [
        replace(frame(0, RATE=float(second)), time_ns=FIRST_NS + second * SECOND_NS)
        for second in range(60)
    ]
    await store.write(frames)
    await store.roll_up([Stretch("iss", "adcs", FIRST_NS, FIRST_NS + MINUTE_NS)])
    async with History(lambda: store) as history:
        asked = ("iss", "adcs", "RATE", FIRST_NS, FIRST_NS + MINUTE_NS, SECOND_NS)
        assert len((await history.buckets(*asked)).time_ns) == 60
        await store.drop(FIRST_NS, FIRST_NS + MINUTE_NS)
        buckets = await history.buckets(*asked)
        assert buckets.width_ns == FINEST_ROLL_UP_NS
        assert buckets.count.tolist() == [10] * 6
        assert buckets.maximum.tolist() == [9.0, 19.0, 29.0, 39.0, 49.0, 59.0]
        nothing = await history.buckets("iss", "adcs", "RATE", 0, SECOND_NS, SECOND_NS)
        assert len(nothing.time_ns) == 0
