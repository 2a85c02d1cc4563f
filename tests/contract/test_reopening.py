"""What a store holds, and refuses, when it is opened again."""

import pytest

from telemetry.errors import StoreSchemaError
from telemetry.parameter import ParameterType
from telemetry.store import duck_files, influx, schema
from tests.contract.mission import DAY, MOTION, T0, database, event, frame
from tests.contract.stores import Contents, Opener, contents

END = T0 + 10**18


async def test_a_store_opened_again_holds_the_same(lasting: Opener) -> None:
    async with lasting() as store:
        await store.write([frame(n * DAY, RATE=float(n), NOTE="", COUNT=2**60) for n in range(3)])
        await store.append_events([event(1)])
        before = await contents(store)
    async with lasting() as store:
        assert await contents(store) == before
        assert [e async for e in store.read_events(0, END)] == [event(1)]
        # late data after a restart still merges
        await store.write([frame(DAY, ANGLE=5.0), frame(2 * DAY, RATE=7.0)])
        expected = before | {(DAY, "ANGLE"): 5.0, (2 * DAY, "RATE"): 7.0}
        assert await contents(store) == expected


async def test_a_changed_type_is_refused_at_opening(lasting: Opener) -> None:
    async with lasting() as store:
        await store.write([frame(0, RATE=1.0)])
    with pytest.raises(StoreSchemaError, match=r"RATE is stored as float .* says string"):
        async with lasting(database(MOTION | {"RATE": ParameterType.STRING})):
            pass
    async with lasting() as store:
        assert await contents(store) == {(0, "RATE"): 1.0}


async def test_a_store_of_another_schema_is_refused_at_opening_and_stays(
    lasting: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def as_the_newer_one(*, write: bool) -> Contents:
        with monkeypatch.context() as newer:
            for module in (duck_files, influx, schema):
                newer.setattr(module, "SCHEMA_NUMBER", 99)
            async with lasting() as store:
                if write:
                    await store.write([frame(0, RATE=1.0)])
                return await contents(store)

    before = await as_the_newer_one(write=True)
    with pytest.raises(StoreSchemaError, match=r"has schema 99 and this version .* writes 1: use"):
        async with lasting():
            pass
    assert await as_the_newer_one(write=False) == before == {(0, "RATE"): 1.0}


async def test_a_parameter_may_come_and_go_but_keeps_its_type(lasting: Opener) -> None:
    async with lasting() as store:
        await store.write([frame(0, RATE=1.0, COUNT=1)])
    fewer = {p: kind for p, kind in MOTION.items() if p != "COUNT"}
    async with lasting(database({**fewer, "NEW": ParameterType.INTEGER})) as store:
        await store.write([frame(0, NEW=5), frame(1, NEW=6, RATE=2.0), frame(DAY, NEW=7)])
        assert await contents(store) == {
            (0, "RATE"): 1.0,
            (1, "RATE"): 2.0,
            (0, "NEW"): 5,
            (1, "NEW"): 6,
            (DAY, "NEW"): 7,
        }
        assert (await store.schema())["iss", "adcs"]["COUNT"] is ParameterType.INTEGER
        buckets = await store.buckets("iss", "adcs", "NEW", 0, END, 7 * DAY)
        assert buckets.count.sum() == 3
    with pytest.raises(StoreSchemaError, match="COUNT"):
        async with lasting(database({**fewer, "COUNT": ParameterType.FLOAT})):
            pass
    async with lasting() as store:
        assert (await contents(store))[0, "COUNT"] == 1
