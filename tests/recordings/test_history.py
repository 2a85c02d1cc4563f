from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings import history
from recordings.history import Part, chosen, frames_of
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.store.base import Store
from telemetry.store.memory import MemoryStore
from tests.contract.mission import MISSION, T0, frame, of


async def collected(
    store: Store, parts: Sequence[Part], start: int = 0, stop: int = 10**6
) -> list[list[Frame]]:
    return [batch async for batch in frames_of(store, parts, T0 + start, T0 + stop)]


def flat(batches: list[list[Frame]]) -> list[Frame]:
    return [one for batch in batches for one in batch]


subsystems = st.sampled_from([("iss", "adcs"), ("iss", "wide"), ("soyuz", "adcs")])


@given(st.sets(st.tuples(st.integers(0, 60), subsystems)), st.integers(1, 5), st.integers(1, 9))
@settings(max_examples=100)
async def test_frames_of_all_subsystems_come_in_order_whatever_is_read_at_a_time(
    places: set[tuple[int, tuple[str, str]]], stride: int, rows: int
) -> None:
    parts = chosen(MISSION)
    keys = [(part.spacecraft, part.subsystem) for part in parts]
    frames = [of(*key, frame(at)) for at, key in places]
    in_order = sorted(
        frames, key=lambda one: (one.time_ns, keys.index((one.spacecraft, one.subsystem)))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "_STRIDE", stride)
        patch.setattr(history, "_BLOCK_ROWS", rows)
        async with MemoryStore(MISSION) as store:
            await store.write(frames)
            batches = await collected(store, parts)
    assert flat(batches) == in_order
    assert all(0 < len(batch) <= stride * len(parts) for batch in batches)


async def test_frames_are_what_was_stored() -> None:
    stored = [
        frame(1, invalid={"ANGLE": 7}, RATE=-0.0, COUNT=2**62 + 1, MODE=3, READY=True, NOTE=""),
        frame(2, invalid={"RATE": 1, "NOTE": 255}, READY=False),
        frame(3),
    ]
    async with MemoryStore(MISSION) as store:
        await store.write(stored)
        found = flat(await collected(store, chosen(MISSION)))
    assert found == stored
    assert [(type(v), str(v)) for v in found[0].values.values()] == [
        (float, "-0.0"),
        (int, str(2**62 + 1)),
        (int, "3"),
        (bool, "True"),
        (str, ""),
    ]


async def test_of_chosen_parameters_only_frames_that_have_one_come() -> None:
    async with MemoryStore(MISSION) as store:
        await store.write(
            [
                frame(1, RATE=1.0, COUNT=1),
                frame(2, COUNT=2),
                frame(3),
                frame(4, invalid={"RATE": 2}),
            ]
        )
        found = flat(await collected(store, chosen(MISSION, "iss", ["RATE"])))
        assert [(one.time_ns - T0, one.values, one.invalid) for one in found] == [
            (1, {"RATE": 1.0}, {}),
            (4, {}, {"RATE": 2}),
        ]
        ends = flat(await collected(store, chosen(MISSION), 2, 4))
        assert [one.time_ns - T0 for one in ends] == [2, 3]


def test_parameters_are_found_where_they_are() -> None:
    (part,) = chosen(MISSION, None, ["NOTE", "MODE"])
    assert part == Part(spacecraft="iss", subsystem="adcs", parameters=("MODE", "NOTE"))
    assert [one.subsystem for one in chosen(MISSION, "iss")] == ["adcs", "wide"]
    assert len(chosen(MISSION, None, ["NOTE", "P001"])) == 2


@pytest.mark.parametrize(
    ("spacecraft", "parameters", "said"),
    [
        (None, ["NOTES"], "no parameter 'NOTES' in the mission database (did you mean 'NOTE'?)"),
        ("soyuz", ["NOTE"], "no parameter 'NOTE' of soyuz in the mission database"),
        (None, ["RATE"], "parameter 'RATE' is one of iss and of soyuz: say which"),
        ("soyus", [], "no spacecraft 'soyus' (did you mean 'soyuz'?)"),
    ],
)
def test_what_nobody_knows_or_two_have_is_refused(
    spacecraft: str | None, parameters: list[str], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(MISSION, spacecraft, parameters)
    assert said in str(caught.value)
