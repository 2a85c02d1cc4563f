"""What `telemetry.store.base` promises, of every store."""

import asyncio
import math
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from telemetry.frame import Sample
from telemetry.parameter import ParameterType
from telemetry.store.base import Store
from tests.contract.mission import (
    DAY,
    MOTION,
    SECOND,
    T0,
    WIDE,
    event,
    frame,
    of,
)
from tests.contract.stores import blocks, contents, contents_of

END = T0 + 10**18


async def test_read_is_in_time_order_whatever_the_order_written(store: Store) -> None:
    await store.write([frame(n * SECOND, RATE=float(n)) for n in (5, 1, 3)])
    await store.write([frame(n * SECOND, RATE=float(n)) for n in (4, 0, 2)])
    (block,) = await blocks(store, "iss", "adcs", 0, END)
    assert (block.time_ns - T0).tolist() == [n * SECOND for n in range(6)]
    assert block.columns["RATE"].values.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


async def test_block_has_reception_time_sequence_and_the_types_declared(store: Store) -> None:
    await store.write(
        [frame(7, RATE=1, COUNT=2, MODE=3, READY=True, NOTE="x", invalid={"ANGLE": 9})]
    )
    (block,) = await blocks(store, "iss", "adcs", 0, END)
    assert (block.spacecraft, block.subsystem) == ("iss", "adcs")
    assert block.received_ns.tolist() == [T0 + 7 + 250_000_000]
    assert block.sequence.tolist() == [7]
    assert {p: column.values.dtype.name for p, column in block.columns.items()} == {
        "RATE": "float64",
        "ANGLE": "float64",
        "COUNT": "int64",
        "MODE": "int64",
        "READY": "bool",
        "NOTE": "object",
    }
    for array in (block.time_ns, block.received_ns, block.sequence):
        assert array.dtype == np.int64
    for column in block.columns.values():
        assert column.valid.dtype == np.bool_
        assert column.quality.dtype == np.uint8


async def test_ranges_are_half_open_and_times_exact_to_the_nanosecond(store: Store) -> None:
    await store.write([frame(n, RATE=float(n)) for n in range(4)])
    assert await contents(store, 1, 3) == {(1, "RATE"): 1.0, (2, "RATE"): 2.0}
    assert (await store.buckets("iss", "adcs", "RATE", T0 + 1, T0 + 3, SECOND)).count.sum() == 2
    assert (await store.last("iss", "adcs", T0 + 3))["RATE"] == Sample(T0 + 2, 2.0)


async def test_empty_ranges_give_nothing(store: Store) -> None:
    assert await contents(store) == {}
    assert await store.last("iss", "adcs") == {}
    await store.write([frame(0, RATE=1.0)])
    for start, stop in ((1, 10), (0, 0), (5, -5), (-10, 0)):
        assert await contents(store, start, stop) == {}
        buckets = await store.buckets("iss", "adcs", "RATE", T0 + start, T0 + stop, SECOND)
        assert len(buckets.time_ns) == 0
        assert buckets.last.dtype == np.float64
        assert [e async for e in store.read_events(T0 + start, T0 + stop)] == []
    nothing = await store.buckets("iss", "adcs", "NOTE", 0, END, SECOND)
    assert len(nothing.last) == 0
    assert (await store.write([])).stored == 0


async def test_a_heartbeat_is_kept_and_given_to_who_asks_for_it(store: Store) -> None:
    beats = [frame(0), frame(1, RATE=1.0), frame(2), frame(3, ANGLE=1.0)]
    assert (await store.write([*beats, frame(3)])).stored == 2

    async def times(*parameters: str, heartbeats: bool) -> list[int]:
        read = store.read("iss", "adcs", T0, END, parameters or None, heartbeats=heartbeats)
        return [int(time) - T0 async for block in read for time in block.time_ns]

    assert await times(heartbeats=True) == [0, 1, 2, 3]
    assert await times(heartbeats=False) == [1, 3]
    assert await times("RATE", heartbeats=True) == [0, 1, 2, 3]
    assert await times("RATE", heartbeats=False) == [1]
    assert (await contents(store)) == {(1, "RATE"): 1.0, (3, "ANGLE"): 1.0}
    assert set(await store.last("iss", "adcs")) == {"RATE", "ANGLE"}


async def test_a_frame_written_twice_is_stored_once(store: Store) -> None:
    frames = [frame(n, RATE=float(n), invalid={"ANGLE": 2}) for n in range(3)]
    assert (await store.write(frames)).stored == 6
    before = await contents(store)
    await store.write(frames)
    await store.write(frames + frames)
    assert await contents(store) == before
    assert len(before) == 6
    assert (await store.buckets("iss", "adcs", "RATE", 0, END, DAY)).count.tolist() == [3]


async def test_partial_frames_of_one_time_merge(store: Store) -> None:
    await store.write([frame(0, RATE=1.0, NOTE="first")])
    await store.write([replace(frame(0, COUNT=5), received_ns=T0 + 99, sequence=77)])
    await store.write([frame(9, RATE=9.0), frame(9, ANGLE=8.0)])
    (block,) = await blocks(store, "iss", "adcs", 0, END)
    assert contents_of([block]) == {
        (0, "RATE"): 1.0,
        (0, "NOTE"): "first",
        (0, "COUNT"): 5,
        (9, "RATE"): 9.0,
        (9, "ANGLE"): 8.0,
    }
    assert block.received_ns[0] == T0 + 99
    assert block.sequence[0] == 77


async def test_of_two_values_the_one_written_last_stands(store: Store) -> None:
    await store.write([frame(0, RATE=1.0), frame(0, RATE=2.0)])
    assert await contents(store) == {(0, "RATE"): 2.0}
    await store.write([frame(0, RATE=3.0)])
    assert await contents(store) == {(0, "RATE"): 3.0}


async def test_late_data_finds_its_place(store: Store) -> None:
    await store.write([frame(DAY + n, RATE=1.0) for n in (0, 10, 20)])
    await store.write([frame(DAY + 10, ANGLE=2.0), frame(DAY + 5, RATE=5.0), frame(0, RATE=0.5)])
    times = np.concatenate([block.time_ns for block in await blocks(store, "iss", "adcs", 0, END)])
    assert (times - T0).tolist() == [0, DAY, DAY + 5, DAY + 10, DAY + 20]
    assert await contents(store) == {
        (0, "RATE"): 0.5,
        (DAY, "RATE"): 1.0,
        (DAY + 5, "RATE"): 5.0,
        (DAY + 10, "RATE"): 1.0,
        (DAY + 10, "ANGLE"): 2.0,
        (DAY + 20, "RATE"): 1.0,
    }


async def test_invalid_and_absent_are_kept_apart(store: Store) -> None:
    await store.write([frame(0, RATE=1.0, invalid={"ANGLE": 3, "NOTE": 255}), frame(1, COUNT=1)])
    (block,) = await blocks(store, "iss", "adcs", 0, END)
    angle = block.columns["ANGLE"]
    assert angle.present.tolist() == [True, False]
    assert angle.valid.tolist() == [False, False]
    assert angle.quality.tolist() == [3, 0]
    assert block.columns["NOTE"].quality.tolist() == [255, 0]


async def test_a_valid_sample_stands_over_an_invalid_one(store: Store) -> None:
    await store.write([frame(0, RATE=1.0), frame(1, invalid={"RATE": 4})])
    await store.write([frame(0, invalid={"RATE": 4}), frame(1, RATE=2.0)])
    await store.write([frame(2, RATE=3.0), frame(2, invalid={"RATE": 4})])
    await store.write([frame(3, NOTE=""), frame(4, invalid={"NOTE": 4})])
    await store.write([frame(3, invalid={"NOTE": 4}), frame(4, NOTE="")])
    assert await contents(store) == {
        (0, "RATE"): 1.0,
        (1, "RATE"): 2.0,
        (2, "RATE"): 3.0,
        (3, "NOTE"): "",
        (4, "NOTE"): "",
    }
    assert (await store.last("iss", "adcs"))["NOTE"] == Sample(T0 + 4, "")


async def test_rows_are_those_with_a_parameter_asked_for(store: Store) -> None:
    await store.write([frame(n, **({"RATE": 1.0} if n % 2 else {"COUNT": n})) for n in range(6)])
    (block,) = await blocks(store, "iss", "adcs", 0, END, ["COUNT"])
    assert (block.time_ns - T0).tolist() == [0, 2, 4]
    assert list(block.columns) == ["COUNT"]
    assert await blocks(store, "iss", "adcs", 0, END, ["ANGLE"]) == []


async def test_unknown_names_are_key_errors(store: Store) -> None:
    for spacecraft, subsystem, parameter in (
        ("mir", "adcs", "RATE"),
        ("iss", "none", "RATE"),
        ("iss", "adcs", "NONE"),
    ):
        with pytest.raises(KeyError):
            await blocks(store, spacecraft, subsystem, 0, END, [parameter])
        with pytest.raises(KeyError):
            await store.buckets(spacecraft, subsystem, parameter, 0, END, SECOND)
    with pytest.raises(KeyError):
        await store.last("iss", "none")


async def test_an_integer_written_first_to_a_float_leaves_it_a_float(store: Store) -> None:
    await store.write([frame(0, RATE=0)])
    await store.write([frame(1, RATE=0.5), frame(2, RATE=2**60)])
    (block,) = await blocks(store, "iss", "adcs", 0, END, ["RATE"])
    assert block.columns["RATE"].values.dtype == np.float64
    assert block.columns["RATE"].values.tolist() == [0.0, 0.5, float(2**60)]
    assert isinstance((await store.last("iss", "adcs"))["RATE"].value, float)
    sample = (await store.last("iss", "adcs", T0 + 1))["RATE"]
    assert isinstance(sample.value, float)


INTEGERS = [0, -1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]


async def test_integers_are_exact(store: Store) -> None:
    await store.write([frame(n, COUNT=value, MODE=value) for n, value in enumerate(INTEGERS)])
    (block,) = await blocks(store, "iss", "adcs", 0, END)
    assert block.columns["COUNT"].values.tolist() == INTEGERS
    assert block.columns["MODE"].values.tolist() == INTEGERS
    assert (await store.last("iss", "adcs"))["COUNT"].value == INTEGERS[-1]
    buckets = await store.buckets("iss", "adcs", "COUNT", T0, T0 + 3, SECOND)
    assert buckets.last.tolist() == [2**53 + 1]


FLOATS = [0.1, -0.0, 1e300, 5e-324, 1.7976931348623157e308, 1 / 3, -123456789.123456789]


async def test_floats_are_exact(store: Store) -> None:
    await store.write([frame(n, RATE=value) for n, value in enumerate(FLOATS)])
    (block,) = await blocks(store, "iss", "adcs", 0, END, ["RATE"])
    assert block.columns["RATE"].values.tolist() == FLOATS


STRINGS = [
    *("", " ", "plain", 'a "quoted" one', "a,b", "a b ", "back\\slash", "ends in \\", '\\"', '"'),
    *("two\nlines", "\n", "cr\r\nlf", "tab\t", "é世🚀", "nul\0", "1", "1.5", "true", "null", "#="),
    "x" * 30_000,
]


async def test_strings_are_exact(store: Store) -> None:
    await store.write([frame(n, NOTE=value) for n, value in enumerate(STRINGS)])
    (block,) = await blocks(store, "iss", "adcs", 0, END)
    assert block.columns["NOTE"].values.tolist() == STRINGS
    buckets = await store.buckets("iss", "adcs", "NOTE", T0, T0 + 1, SECOND)
    assert buckets.last.tolist() == [""]
    for number, value in enumerate(STRINGS):
        assert (await store.last("iss", "adcs", T0 + number + 1))["NOTE"].value == value


async def test_buckets_are_aligned_to_the_epoch_and_keep_a_spike(store: Store) -> None:
    base = (T0 // DAY + 1) * DAY
    # one tenth of a second around the end of a day, with one sample out of the ordinary
    times = [base - SECOND + n * 100_000_000 for n in range(20)]
    values = [50.0 if n == 13 else float(n) for n in range(20)]
    await store.write(
        [
            frame(t - T0, RATE=v, COUNT=int(v), MODE=n % 3, READY=n % 2 == 0, NOTE=str(n))
            for n, (t, v) in enumerate(zip(times, values, strict=True))
        ]
    )
    await store.write([frame(base - T0 + 1, invalid={"RATE": 1})])
    for parameter in ("RATE", "COUNT"):
        buckets = await store.buckets("iss", "adcs", parameter, times[2], times[19], SECOND)
        assert buckets.width_ns == SECOND
        assert buckets.time_ns.tolist() == [base - SECOND, base]
        assert buckets.minimum.tolist() == [2.0, 10.0]
        assert buckets.maximum.tolist() == [9.0, 50.0]
        assert buckets.mean.tolist() == pytest.approx([5.5, (sum(values[10:19])) / 9])
        assert buckets.count.tolist() == [8, 9]
        assert buckets.last.tolist() == [9.0, 18.0]
    for parameter, last in (("MODE", [0, 1]), ("READY", [False, False]), ("NOTE", ["9", "19"])):
        buckets = await store.buckets("iss", "adcs", parameter, 0, END, SECOND)
        assert buckets.count.tolist() == [10, 10]
        assert buckets.last.tolist() == last
        assert np.isnan([buckets.minimum, buckets.maximum, buckets.mean]).all()
    # a bucket wider than a day, across its end; aligned to the epoch, not to the first sample
    buckets = await store.buckets("iss", "adcs", "RATE", 0, END, 7 * DAY)
    assert buckets.time_ns.tolist() == [base // (7 * DAY) * 7 * DAY]
    assert buckets.count.tolist() == [20]
    assert buckets.maximum.tolist() == [50.0]
    assert buckets.mean.tolist() == pytest.approx([sum(values) / 20])
    assert buckets.last.tolist() == [19.0]


async def test_last_is_the_latest_of_each_parameter(store: Store) -> None:
    await store.write([frame(0, RATE=1.0, COUNT=1, NOTE="a", READY=False)])
    await store.write([frame(2 * DAY, RATE=2.0), frame(2 * DAY + 1, invalid={"COUNT": 7})])
    assert await store.last("iss", "adcs") == {
        "RATE": Sample(T0 + 2 * DAY, 2.0),
        "COUNT": Sample(T0 + 2 * DAY + 1, None, 7),
        "NOTE": Sample(T0, "a"),
        "READY": Sample(T0, False),
    }
    before = await store.last("iss", "adcs", T0 + 2 * DAY)
    assert before["RATE"] == Sample(T0, 1.0)
    assert before["COUNT"] == Sample(T0, 1)
    assert await store.last("iss", "adcs", T0) == {}


async def test_last_finds_what_has_been_silent_for_hours(store: Store) -> None:
    hour = 3600 * SECOND
    await store.write([frame(0, COUNT=1), frame(1, invalid={"ANGLE": 3}), frame(2, COUNT=2)])
    await store.write([frame(hour, RATE=1.0), frame(2 * hour, NOTE="a")])
    assert await store.last("iss", "adcs") == {
        "COUNT": Sample(T0 + 2, 2),
        "ANGLE": Sample(T0 + 1, None, 3),
        "RATE": Sample(T0 + hour, 1.0),
        "NOTE": Sample(T0 + 2 * hour, "a"),
    }


async def test_two_spacecraft_with_a_subsystem_of_one_name_are_apart(store: Store) -> None:
    await store.write([frame(0, RATE=1.0), of("soyuz", "adcs", frame(0, RATE=2.0))])
    assert await contents(store) == {(0, "RATE"): 1.0}
    assert await contents(store, spacecraft="soyuz") == {(0, "RATE"): 2.0}


POISON: dict[str, tuple[str, Any]] = {
    "unknown": ("NONE", 1.0),
    "text for a float": ("RATE", "fast"),
    "bool for a float": ("RATE", True),
    "nan": ("RATE", math.nan),
    "infinity": ("RATE", math.inf),
    "float for an integer": ("COUNT", 1.5),
    "bool for an integer": ("COUNT", False),
    "65 bits": ("COUNT", 2**63),
    "int for a bool": ("READY", 1),
    "number for a string": ("NOTE", 5),
    "surrogate": ("NOTE", "\ud800"),
    "huge": ("NOTE", "x" * 70_000),
    "none": ("MODE", None),
}


async def test_bad_samples_are_reported_and_cost_no_other(store: Store) -> None:
    frames = [
        frame(n, **{"ANGLE": float(n), parameter: value})
        for n, (parameter, value) in enumerate(POISON.values())
    ]
    frames += [
        of("mir", "adcs", frame(90, RATE=1.0)),
        replace(frame(91, RATE=1.0), time_ns=-1),
        replace(frame(92, RATE=1.0), time_ns=2**63),
        frame(93, RATE=1.0, invalid={"NONE": 1, "COUNT": 0, "MODE": 256}),
    ]
    report = await store.write(frames)
    wanted = [(T0 + n, parameter) for n, (parameter, _) in enumerate(POISON.values())]
    assert [(r.time_ns, r.parameter) for r in report.rejected] == [
        *wanted,
        (T0 + 90, ""),
        (-1, ""),
        (2**63, ""),
        (T0 + 93, "NONE"),
        (T0 + 93, "COUNT"),
        (T0 + 93, "MODE"),
    ]
    assert all(r.reason for r in report.rejected)
    assert report.stored == len(POISON) + 1
    stored = {(n, "ANGLE"): float(n) for n in range(len(POISON))}
    assert await contents(store) == {**stored, (93, "RATE"): 1.0}


async def test_blocks_are_bounded_and_follow_each_other(store: Store) -> None:
    await store.write([frame(n * SECOND, RATE=float(n)) for n in range(25)])
    some = await blocks(store, "iss", "adcs", 0, END, ["RATE"], block_rows=10)
    assert [len(block) for block in some] == [10, 10, 5]
    assert np.concatenate([b.columns["RATE"].values for b in some]).tolist() == list(range(25))
    assert len(await blocks(store, "iss", "adcs", 0, END, block_rows=25)) == 1
    await store.write([frame(100 * SECOND + n, COUNT=n) for n in range(25)])
    close = (T0 + 100 * SECOND, T0 + 100 * SECOND + 25)
    some = await blocks(store, "iss", "adcs", *close, ["COUNT"], block_rows=10)
    assert [len(block) for block in some] == [10, 10, 5]
    assert np.concatenate([b.columns["COUNT"].values for b in some]).tolist() == list(range(25))
    with pytest.raises(ValueError, match="block_rows"):
        await blocks(store, "iss", "adcs", 0, END, block_rows=0)


def wide_values(seed: int) -> dict[str, Any]:
    make = {
        ParameterType.FLOAT: lambda n: n / 7,
        ParameterType.INTEGER: lambda n: n,
        ParameterType.ENUMERATION: lambda n: n % 5,
        ParameterType.BOOLEAN: lambda n: n % 2 == 0,
        ParameterType.STRING: lambda n: f"text {n}",
    }
    return {p: make[kind](seed + n) for n, (p, kind) in enumerate(WIDE.items())}


async def test_a_subsystem_of_150_parameters(store: Store) -> None:
    frames = [of("iss", "wide", frame(n, **wide_values(n))) for n in range(20)]
    all_invalid = of("iss", "wide", frame(20, invalid=dict.fromkeys(WIDE, 8)))
    assert (await store.write([*frames, all_invalid])).stored == 21 * 150
    (block,) = await blocks(store, "iss", "wide", 0, END)
    expected = {(n, p): v for n in range(20) for p, v in wide_values(n).items()}
    expected |= {(20, p): ("invalid", 8) for p in WIDE}
    assert contents_of([block]) == expected
    last = await store.last("iss", "wide", T0 + 20)
    assert {p: sample.value for p, sample in last.items()} == wide_values(19)


async def test_a_row_of_megabytes(store: Store) -> None:
    texts = {p: '"' * 30_000 for p, kind in WIDE.items() if kind is ParameterType.STRING}
    await store.write([of("iss", "wide", frame(n, **texts)) for n in range(2)])
    (block,) = await blocks(store, "iss", "wide", 0, END)
    assert contents_of([block]) == {(n, p): v for n in range(2) for p, v in texts.items()}


async def test_reading_goes_on_while_writing(store: Store) -> None:
    await store.write([frame(n, RATE=float(n)) for n in range(200)])

    async def write() -> None:
        for n in range(20):
            await store.write([frame(1000 + n, RATE=0.0), frame(n, ANGLE=1.0)])

    async def read() -> None:
        for _ in range(5):
            some = await blocks(store, "iss", "adcs", T0, T0 + 200, ["RATE"], block_rows=40)
            times = np.concatenate([block.time_ns for block in some])
            assert (times - T0).tolist() == list(range(200))

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        group.create_task(read())
        group.create_task(read())
    assert len(await contents(store, 1000, 2000)) == 20


async def test_a_reader_may_leave_early(store: Store) -> None:
    await store.write([frame(n, RATE=float(n)) for n in range(100)])
    reading: Any = store.read("iss", "adcs", 0, END, block_rows=10)
    assert len(await anext(reading)) == 10
    await reading.aclose()
    assert len(await contents(store)) == 100


async def test_drop_gives_up_a_range_to_a_day(store: Store) -> None:
    await store.write([frame(n * DAY, RATE=float(n)) for n in range(6)])
    await store.append_events([event(n, at=n * DAY) for n in range(6)])
    await store.drop(T0 + DAY, T0 + 4 * DAY + 1)
    left = await contents(store)
    assert set(left) >= {(n * DAY, "RATE") for n in (0, 5)}
    assert set(left) <= {(n * DAY, "RATE") for n in (0, 1, 4, 5)}
    # the alarm journal is small, and is given up with the roll-ups
    assert [e.alarm.events async for e in store.read_events(0, END)] == list(range(6))
    await store.drop(T0 + DAY, T0 + 4 * DAY + 1, rollups=True)
    assert [e.alarm.events async for e in store.read_events(0, END)] == [0, 5]
    await store.write([frame(2 * DAY, RATE=9.0)])
    assert (await contents(store, 2 * DAY, 3 * DAY)) == {(2 * DAY, "RATE"): 9.0}
    await store.drop(0, END)
    assert await contents(store) == {}
    await store.drop(5, 5)
    await store.drop(5, -5)


async def test_events_are_stored_once_and_read_in_order(store: Store) -> None:
    events = [event(n, at=n // 3, comment='"said, \\ and\nwent') for n in range(9)]
    await store.append_events(events[4:])
    await store.append_events([])
    await store.append_events(events[:6] + events[:6])
    assert [e async for e in store.read_events(0, END)] == events
    assert [e async for e in store.read_events(T0 + 1, T0 + 2)] == events[3:6]
    other = event(99, at=1, spacecraft="soyuz")
    await store.append_events([other])
    assert [e async for e in store.read_events(0, END, "soyuz")] == [other]
    assert [e async for e in store.read_events(0, END, "iss")] == events
    assert [e async for e in store.read_events(0, END, "nobody's")] == []


async def test_many_events_of_one_time_are_all_read(store: Store) -> None:
    events = [event(n, at=0 if n < 2500 else 1) for n in range(3000)]
    await store.append_events(events)
    found = [e async for e in store.read_events(0, END)]
    assert found == events


async def test_schema_says_the_types(store: Store) -> None:
    schema = await store.schema()
    assert schema["iss", "adcs"] == MOTION
    assert schema["soyuz", "adcs"] == {"RATE": ParameterType.FLOAT}
    assert schema["iss", "wide"] == WIDE
