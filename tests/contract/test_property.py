"""Any sequence of writes leaves in a store what it leaves in a dictionary."""

from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from telemetry.frame import Frame, Sample
from telemetry.parameter import ParameterType
from telemetry.store.base import Store
from tests.contract.mission import MISSION, T0, frame
from tests.contract.stores import blocks, contents_of

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "RATE": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    "COUNT": st.integers(-(2**63), 2**63 - 1),
    "MODE": st.integers(0, 3),
    "READY": st.booleans(),
    "NOTE": st.text(st.characters(codec="utf-8"), max_size=6),
}
FRAMES = st.builds(
    lambda at, values, invalid: frame(at, invalid=invalid, **values),
    st.integers(0, 4),
    st.fixed_dictionaries({}, optional=VALUES),
    st.dictionaries(st.sampled_from(list(VALUES)), st.integers(1, 255), max_size=2),
)
WRITES = st.lists(st.lists(FRAMES, max_size=4), max_size=5)

#: Each example has a stretch of time of its own in the one store.
_stretch = count(1)


def model_of(writes: list[list[Frame]]) -> dict[tuple[int, str], Any]:
    """What a store must hold after these writes, by the plainest means."""
    model: dict[tuple[int, str], Any] = {}
    for each in (each for batch in writes for each in batch):
        for parameter, value in each.values.items():
            kind = MISSION.parameter("iss", parameter).type
            model[each.time_ns - T0, parameter] = (
                float(value) if kind is ParameterType.FLOAT else value
            )
        for parameter, quality in each.invalid.items():
            place = (each.time_ns - T0, parameter)
            if place not in model or isinstance(model[place], tuple):
                model[place] = ("invalid", quality)
    return model


async def check_against_model(store: Store, writes: list[list[Frame]]) -> None:
    offset = next(_stretch) * 10
    for batch in writes:
        report = await store.write([replace(each, time_ns=each.time_ns + offset) for each in batch])
        assert not report.rejected
    model = model_of(writes)
    start, stop = T0 + offset, T0 + offset + 10
    some = await blocks(store, "iss", "adcs", start, stop, block_rows=3)
    assert contents_of(some, start) == model
    last = await store.last("iss", "adcs", stop)
    for parameter in {parameter for _, parameter in model}:
        time, value = max((t, v) for (t, p), v in model.items() if p == parameter)
        quality = value[1] if isinstance(value, tuple) else 0
        expected = Sample(start + time, None if quality else value, quality)
        assert last[parameter] == expected


PROPERTY = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@settings(PROPERTY, max_examples=150)
@given(writes=WRITES)
async def test_memory_equals_a_dictionary(memory_store: Store, writes: list[list[Frame]]) -> None:
    await check_against_model(memory_store, writes)


@settings(PROPERTY, max_examples=40)
@given(writes=WRITES)
async def test_duck_equals_a_dictionary(duck_store: Store, writes: list[list[Frame]]) -> None:
    await check_against_model(duck_store, writes)


@settings(PROPERTY, max_examples=10)
@given(writes=WRITES)
async def test_remote_equals_a_dictionary(remote_store: Store, writes: list[list[Frame]]) -> None:
    await check_against_model(remote_store, writes)


@settings(PROPERTY, max_examples=25)
@given(writes=WRITES)
async def test_influx_equals_a_dictionary(influx_store: Store, writes: list[list[Frame]]) -> None:
    await check_against_model(influx_store, writes)
