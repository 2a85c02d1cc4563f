"""Whatever is rolled up, came late or was given up: `buckets` says what the samples said."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.frame import Buckets, Frame
from telemetry.parameter import ParameterType
from telemetry.store.base import Store, Stretch
from telemetry.store.memory import MemoryStore
from telemetry.store.rollups import LEVELS_NS, MINUTE_NS
from tests.contract.mission import DAY, MISSION, MOTION, SECOND, T0, frame
from tests.contract.stores import Opener

#: The start of a day, ahead of T0 by some hours.
BASE = (T0 // DAY + 1) * DAY
HOUR = 3600 * SECOND
WIDTHS = (SECOND, 10 * SECOND, 30 * SECOND, MINUTE_NS, HOUR, 7 * DAY)


def at(seconds: float, **values: Any) -> Frame:
    return frame(BASE - T0 + round(seconds * SECOND), **values)


def stretch(start_s: float, stop_s: float) -> Stretch:
    edges = (BASE + round(s * SECOND) for s in (start_s, stop_s))
    return Stretch("iss", "adcs", *edges)


async def asked(store: Store, parameter: str, start_s: float, stop_s: float, width: int) -> Buckets:
    ends = (BASE + round(s * SECOND) for s in (start_s, stop_s))
    return await store.buckets("iss", "adcs", parameter, *ends, width)


def assert_equal(found: Buckets, expected: Buckets) -> None:
    assert found.width_ns == expected.width_ns
    for name in ("time_ns", "count", "minimum", "maximum", "last"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12, atol=1e-9)


async def assert_as_samples(
    store: Store, frames: Sequence[Frame], start_s: float, stop_s: float
) -> None:
    """As one that never rolled up anything answers."""
    raw = MemoryStore(MISSION)
    await raw.write(frames)
    for parameter in MOTION:
        for width in WIDTHS:
            found = await asked(store, parameter, start_s, stop_s, width)
            assert_equal(found, await asked(raw, parameter, start_s, stop_s, width))


def flight(seconds: float = 300.0) -> list[Frame]:
    """All types at 2 Hz, some absent, some invalid, with a spike."""
    frames = []
    for n in range(round(seconds * 2)):
        values: dict[str, Any] = {"RATE": n / 7, "COUNT": 2**50 + n}
        if n % 3 == 0:
            values |= {"MODE": n % 5, "READY": n % 2 == 0, "NOTE": "" if n % 2 else f"n{n}"}
        if n == 77:
            values["RATE"] = -1e300
        frames.append(at(n / 2 + 0.1, invalid={"ANGLE": 3}, **values))
    return frames


async def drop_samples(store: Store) -> None:
    """All of the three days around BASE."""
    await store.drop(BASE - DAY, BASE + 2 * DAY)
    found = [b async for b in store.read("iss", "adcs", BASE - DAY, BASE + 2 * DAY)]
    assert not found


@pytest.mark.parametrize("span", [(0, 300), (60, 240), (61, 121), (0, 0.5), (-600, 6000)])
async def test_buckets_from_rollups_are_those_of_samples(
    store: Store, span: tuple[float, float]
) -> None:
    frames = flight()
    await store.write(frames)
    await store.roll_up([stretch(*span)])
    for start_s, stop_s in ((-3600, 3600), (0, 300), (13.3, 271.8), (65, 66), (59, 61)):
        await assert_as_samples(store, frames, start_s, stop_s)
    await store.roll_up([stretch(*span), stretch(*span)])
    await assert_as_samples(store, frames, 0, 300)


async def test_rollups_answer_after_the_samples_were_given_up(store: Store) -> None:
    frames = flight()
    await store.write(frames)
    await store.roll_up([stretch(0, 300)])
    await drop_samples(store)
    raw = MemoryStore(MISSION)
    await raw.write(frames)
    for parameter in MOTION:
        for width in (10 * SECOND, 30 * SECOND, MINUTE_NS, HOUR, 7 * DAY):
            expected = await asked(raw, parameter, -3600, 3600, width)
            assert_equal(await asked(store, parameter, -3600, 3600, width), expected)
    assert len((await asked(store, "RATE", 0, 300, SECOND)).time_ns) == 0


async def test_what_was_not_rolled_up_is_before_it_is_given_up(store: Store) -> None:
    frames = flight()
    await store.write(frames)
    await store.roll_up([stretch(60, 120)])
    await store.write([at(75.25, RATE=1e6)])
    await drop_samples(store)
    raw = MemoryStore(MISSION)
    await raw.write([*frames, at(75.25, RATE=1e6)])
    for parameter in MOTION:
        expected = await asked(raw, parameter, -3600, 3600, 10 * SECOND)
        assert_equal(await asked(store, parameter, -3600, 3600, 10 * SECOND), expected)


async def test_a_late_spike_is_never_hidden(store: Store) -> None:
    frames = flight()
    await store.write(frames)
    await store.roll_up([stretch(0, 300)])
    frames += [at(95.25, RATE=5e6), at(100.1, ANGLE=0.5), at(-30, RATE=1.0), at(400, RATE=2.0)]
    await store.write(frames[-4:])
    await assert_as_samples(store, frames, -100, 500)
    await store.roll_up([stretch(60, 120)])
    await assert_as_samples(store, frames, -100, 500)
    await drop_samples(store)
    assert (await asked(store, "RATE", 0, 300, MINUTE_NS)).maximum[1] == 5e6


async def test_a_late_sample_of_a_minute_whose_samples_are_gone_changes_no_rollup(
    store: Store,
) -> None:
    await store.write(flight())
    await store.roll_up([stretch(0, 300)])
    await drop_samples(store)
    before = await asked(store, "RATE", 0, 300, MINUTE_NS)
    await store.write([at(95.25, RATE=5e6)])
    assert_equal(await asked(store, "RATE", 0, 300, MINUTE_NS), before)
    await store.roll_up([stretch(0, 300)])
    assert_equal(await asked(store, "RATE", 0, 300, MINUTE_NS), before)
    # it is there itself until it is given up like the others
    assert (await asked(store, "RATE", 0, 300, SECOND)).maximum.tolist() == [5e6]
    await drop_samples(store)
    assert_equal(await asked(store, "RATE", 0, 300, MINUTE_NS), before)


async def test_a_late_sample_where_nothing_was_is_rolled_up_even_then(store: Store) -> None:
    await store.write([at(0, RATE=1.0), at(600, RATE=2.0)])
    await store.roll_up([stretch(0, 660)])
    await drop_samples(store)
    await store.write([at(300, RATE=3.0)])
    assert (await asked(store, "RATE", 0, 900, MINUTE_NS)).last.tolist() == [1.0, 3.0, 2.0]
    await store.roll_up([stretch(0, 660)])
    await drop_samples(store)
    assert (await asked(store, "RATE", 0, 900, MINUTE_NS)).last.tolist() == [1.0, 3.0, 2.0]


async def test_a_sample_written_while_its_minute_is_rolled_up_is_not_hidden(store: Store) -> None:
    frames = flight(600)
    await store.write(frames)
    late = [at(n * 30 + 0.7, RATE=1e6 + n) for n in range(20)]

    async def write_late() -> None:
        for each in late:
            await store.write([each])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store.roll_up([stretch(0, 600)]))
        tasks.create_task(write_late())
        tasks.create_task(store.roll_up([stretch(0, 600)]))
    await assert_as_samples(store, [*frames, *late], 0, 600)


async def test_many_holes_cost_no_answer_its_samples(store: Store) -> None:
    """More stretches without roll-ups than are asked for one by one."""
    frames = [at(n * 120, RATE=float(n), MODE=n % 3) for n in range(60)]
    await store.write(frames)
    await store.roll_up([stretch(n * 120, n * 120 + 1) for n in range(0, 60, 3)])
    await assert_as_samples(store, frames, -1, 3 * 3600)


async def test_long_silence_leaves_no_rows_and_hides_nothing(store: Store) -> None:
    frames = [at(0, RATE=1.0), at(40 * 86_400, RATE=2.0)]
    await store.write(frames)
    await store.roll_up([stretch(-86_400, 41 * 86_400)])
    late = at(20 * 86_400, RATE=3.0)
    await store.write([late])
    found = await asked(store, "RATE", -86_400, 41 * 86_400, DAY)
    assert found.last.tolist() == [1.0, 3.0, 2.0]


async def test_large_values_have_a_mean(store: Store) -> None:
    big = 1.7976931348623157e308
    await store.write([at(n, RATE=big) for n in range(3)])
    await store.roll_up([stretch(0, 60)])
    found = await asked(store, "RATE", 0, 60, MINUTE_NS)
    assert found.mean.tolist() == pytest.approx([big])
    assert found.maximum.tolist() == [big]


async def test_rollups_are_given_up_apart_from_samples(store: Store) -> None:
    frames = flight()
    await store.write(frames)
    await store.roll_up([stretch(0, 300)])
    await store.drop(BASE - 60 * DAY, BASE + 60 * DAY, rollups=True)
    await assert_as_samples(store, frames, 0, 300)
    await drop_samples(store)
    await store.drop(BASE - 60 * DAY, BASE + 60 * DAY, rollups=True)
    assert len((await asked(store, "RATE", 0, 300, MINUTE_NS)).time_ns) == 0


async def test_rollups_are_no_subsystems(store: Store) -> None:
    await store.write(flight())
    await store.roll_up([stretch(0, 300)])
    assert set(await store.schema()) == {("iss", "adcs"), ("iss", "wide"), ("soyuz", "adcs")}
    for name in ("adcs__10s_seen", "rollups__done"):
        with pytest.raises(KeyError):
            [b async for b in store.read("iss", name, 0, BASE)]
    with pytest.raises(KeyError):
        await store.roll_up([Stretch("iss", "none", 0, 1)])
    await store.roll_up([])


async def test_wide_subsystems_fit_and_all_types_come_back(store: Store) -> None:
    wide = MISSION.subsystem("iss", "wide").parameters
    value = {
        ParameterType.FLOAT: 1 / 3,
        ParameterType.INTEGER: -(2**63),
        ParameterType.ENUMERATION: 2**53 + 1,
        ParameterType.BOOLEAN: False,
        ParameterType.STRING: 'a "b", c\\\n',
    }
    whole = Frame(
        spacecraft="iss",
        subsystem="wide",
        time_ns=BASE,
        received_ns=BASE,
        sequence=1,
        values={p: value[each.type] for p, each in wide.items()},
    )
    await store.write([whole])
    await store.roll_up([Stretch("iss", "wide", BASE, BASE + 1)])
    await store.drop(0, BASE + 2 * DAY)
    for p, each in wide.items():
        found = await store.buckets("iss", "wide", p, BASE, BASE + MINUTE_NS, LEVELS_NS[-1])
        assert found.last.tolist() == [value[each.type]]
        assert found.count.tolist() == [1]


async def test_rollups_and_marks_survive_a_restart(lasting: Opener) -> None:
    frames = flight()
    async with lasting() as store:
        await store.write(frames)
        await store.roll_up([stretch(0, 300)])
    frames.append(at(95.25, RATE=5e6))
    async with lasting() as store:
        await store.write(frames[-1:])
        await assert_as_samples(store, frames, 0, 300)
    async with lasting() as store:
        await drop_samples(store)
    async with lasting() as store:
        assert (await asked(store, "RATE", 0, 300, MINUTE_NS)).maximum[1] == 5e6


# --- any sequence of writes, roll-ups and drops ---

#: Each example has a stretch of time of its own in the one store.
_stretch = count(1)
SPAN_S = 5 * 60

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "RATE": st.floats(-1e9, 1e9),
    "COUNT": st.integers(-1000, 1000),
    "MODE": st.integers(0, 3),
    "READY": st.booleans(),
    "NOTE": st.sampled_from(["", "a", 'q"']),
}
SECONDS = st.integers(0, SPAN_S - 1)
STEPS = st.lists(
    st.one_of(
        st.lists(st.tuples(SECONDS, st.fixed_dictionaries({}, optional=VALUES)), max_size=6),
        st.tuples(SECONDS, st.integers(1, SPAN_S)),
    ),
    max_size=8,
)
ASKED = st.lists(
    st.tuples(
        st.sampled_from(list(VALUES)),
        SECONDS,
        st.integers(1, SPAN_S),
        st.sampled_from([10 * SECOND, 20 * SECOND, MINUTE_NS, 2 * MINUTE_NS, HOUR]),
    ),
    min_size=2,
    max_size=5,
)
PROPERTY = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


async def check_against_samples(store: Store, steps: list[Any], questions: list[Any]) -> None:
    offset = next(_stretch) * 2 * SPAN_S
    raw = MemoryStore(MISSION)
    for step in steps:
        if isinstance(step, list):
            frames = [at(offset + s, **values) for s, values in step]
            await store.write(frames)
            await raw.write(frames)
        else:
            start, length = step
            await store.roll_up([stretch(offset + start, offset + start + length)])
    for parameter, start, length, width in questions:
        span = (offset + start, offset + start + length)
        expected = await asked(raw, parameter, *span, width)
        assert_equal(await asked(store, parameter, *span, width), expected)


async def check_dropped(store: Store, steps: list[Any]) -> None:
    """What came before the samples were given up is in whole minutes as it was."""
    offset = next(_stretch) * 2 * SPAN_S
    await check_against_samples(store, steps, [])
    raw = MemoryStore(MISSION)
    for step in steps:
        if isinstance(step, list):
            frames = [at(offset + s, **values) for s, values in step]
            await store.write(frames)
            await raw.write(frames)
    start_ns, stop_ns = BASE + offset * SECOND, BASE + (offset + SPAN_S) * SECOND
    await store.drop(start_ns, stop_ns)
    for parameter in VALUES:
        span = (offset, offset + SPAN_S)
        expected = await asked(raw, parameter, *span, 10 * SECOND)
        assert_equal(await asked(store, parameter, *span, 10 * SECOND), expected)


@settings(PROPERTY, max_examples=150)
@given(steps=STEPS, questions=ASKED)
async def test_memory_says_what_samples_say(
    memory_store: Store, steps: list[Any], questions: list[Any]
) -> None:
    await check_against_samples(memory_store, steps, questions)


@settings(PROPERTY, max_examples=100)
@given(steps=STEPS)
async def test_memory_says_what_samples_said(memory_store: Store, steps: list[Any]) -> None:
    await check_dropped(memory_store, steps)


@settings(PROPERTY, max_examples=30)
@given(steps=STEPS, questions=ASKED)
async def test_duck_says_what_samples_say(
    duck_store: Store, steps: list[Any], questions: list[Any]
) -> None:
    await check_against_samples(duck_store, steps, questions)


@settings(PROPERTY, max_examples=20)
@given(steps=STEPS, questions=ASKED)
async def test_influx_says_what_samples_say(
    influx_store: Store, steps: list[Any], questions: list[Any]
) -> None:
    await check_against_samples(influx_store, steps, questions)


@settings(PROPERTY, max_examples=15)
@given(steps=STEPS)
async def test_influx_says_what_samples_said(influx_store: Store, steps: list[Any]) -> None:
    await check_dropped(influx_store, steps)
