"""One tick from several subsystems: complete, in order, and the same however they interleave."""

import math
from collections.abc import Iterable, Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ingest.derive.aligned import KEEP_NS, SKEW_NS, WAIT_NS, Aligned, View
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame

A, B = "iss/adcs", "iss/sim"
WANTED = {("iss", "adcs"): frozenset({"a"}), ("iss", "sim"): frozenset({"b"})}
#: What is seen at a tick: its time in s, and the samples of either.
Seen = tuple[float, list[tuple[int, float]], list[tuple[int, float]], bool]


def frame(
    name: str,
    second: float,
    sequence: int,
    value: float | None = None,
    *,
    bad: bool = False,
) -> Frame:
    craft, _, subsystem = name.partition("/")
    key = "a" if name == A else "b"
    return Frame(
        spacecraft=craft,
        subsystem=subsystem,
        time_ns=round(second * SECOND_NS),
        received_ns=round(second * SECOND_NS),
        sequence=sequence,
        values={} if value is None or bad else {key: value},
        invalid={key: 1} if bad else {},
    )


def steady(name: str, seconds: Iterable[float]) -> list[Frame]:
    return [frame(name, second, n, float(second)) for n, second in enumerate(seconds)]


def seen(aligned: Aligned, frames: Iterable[Frame]) -> list[Seen]:
    return [look(view) for each in frames for view in aligned.take(each, WANTED)]


def look(view: View) -> Seen:
    after_ns = view.tick_ns - 8 * SECOND_NS
    samples = view.samples(A, "a", after_ns), view.samples(B, "b", after_ns)
    return view.tick_ns / SECOND_NS, *samples, view.speaks(B, view.tick_ns - 4 * SECOND_NS)


def by_time(*streams: Sequence[Frame]) -> list[Frame]:
    return sorted((one for stream in streams for one in stream), key=lambda one: one.time_ns)


def ticks(found: Iterable[Seen]) -> list[float]:
    return [one[0] for one in found]


def test_a_tick_comes_once_every_input_has_come_so_far() -> None:
    aligned = Aligned(primary=A)
    seen(aligned, by_time(steady(A, range(10)), steady(B, range(10))))
    assert ticks(seen(aligned, [frame(A, 10, 10)])) == []
    assert ticks(seen(aligned, [frame(B, 10, 10)])) == [10.0]


def test_an_input_never_heard_is_not_waited_for() -> None:
    found = seen(Aligned(primary=A), steady(A, range(6)))
    assert ticks(found) == [2.0, 3.0, 4.0, 5.0]


def test_a_silent_input_is_waited_for_five_seconds_at_most() -> None:
    aligned = Aligned(primary=A)
    seen(aligned, by_time(steady(A, range(10)), steady(B, range(10))))
    rest = [frame(A, second, second) for second in range(10, 20)]
    found = [(each.time_ns // SECOND_NS, ticks(seen(aligned, [each]))) for each in rest]
    first = next(at for at, due in found if due)
    assert first == 9 + WAIT_NS // SECOND_NS
    assert [tick for _, due in found for tick in due] == [float(n) for n in range(10, 20)]


def test_what_came_back_is_heard_when_its_first_frame_cannot_be_late_any_more() -> None:
    b = steady(B, [*range(10), *range(30, 40)])
    found = seen(Aligned(primary=A), by_time(steady(A, range(40)), b))
    first = next(tick for tick, _, samples, _ in found if any(t >= 30e9 for t, _ in samples))
    assert first == 30 + SKEW_NS / SECOND_NS


def test_a_gap_of_the_primary_has_no_ticks() -> None:
    found = seen(Aligned(primary=A), steady(A, [*range(10), *range(30, 35)]))
    assert ticks(found) == [float(n) for n in (*range(2, 10), 32, 33, 34)]


def test_a_value_stands_until_it_changes_unless_a_frame_was_lost() -> None:
    aligned = Aligned(primary=A)
    frames = [frame(A, 0, 0, 7.0), *(frame(A, n, n) for n in range(1, 5)), frame(A, 6, 6)]
    stands = [
        view.at(A, "a", view.tick_ns) for each in frames for view in aligned.take(each, WANTED)
    ]
    assert stands == [(0, 7.0)] * 4 + [None]


def test_an_invalid_sample_is_none() -> None:
    aligned = Aligned(primary=A)
    frames = [*steady(A, range(4)), frame(A, 4, 4, bad=True)]
    views = [
        (view.at(A, "a", view.tick_ns), view.last(A, "a"), view.invalid(A, ["a"]))
        for each in frames
        for view in aligned.take(each, WANTED)
    ]
    assert views[-2] == ((3 * SECOND_NS, 3.0), (3 * SECOND_NS, 3.0), False)
    assert views[-1] == (None, None, True)


def test_late_and_repeated_frames_change_nothing() -> None:
    frames = steady(A, range(10))
    aligned = Aligned(primary=A)
    found = seen(aligned, frames)
    kept = msgspec.to_builtins(aligned)
    assert seen(aligned, [frames[4], frames[9]]) == []
    assert msgspec.to_builtins(aligned) == kept
    assert len(found) == 8


def test_a_second_frame_of_one_time_is_seen_at_the_next_tick_whoever_came_first() -> None:
    before = by_time(steady(A, range(5)), steady(B, range(5)))
    a, b = frame(A, 5, 5, 5.0), [frame(B, 5, 5, 5.0), frame(B, 5, 6, 50.0)]
    after = [frame(A, 6, 6, 6.0), frame(B, 6, 7, 6.0)]
    one = seen(Aligned(primary=A), [*before, a, *b, *after])
    assert one == seen(Aligned(primary=A), [*before, *b, a, *after])
    assert {tick for tick, _, samples, _ in one if 50.0 in dict(samples).values()} == {6.0}


def test_a_clock_put_back_begins_anew() -> None:
    aligned = Aligned(primary=A)
    seen(aligned, steady(A, range(100, 110)))
    found = seen(aligned, [frame(A, n, 100 + n, 1.0) for n in range(10, 15)])
    assert ticks(found) == [12.0, 13.0, 14.0]


def test_what_is_kept_is_bounded() -> None:
    aligned = Aligned(primary=A)
    seen(aligned, (frame(A, n / 10, n, float(n)) for n in range(20_000)))
    kept = aligned.inputs[A]
    assert kept.times["a"][0] >= kept.time_ns - KEEP_NS
    assert len(kept.times["a"]) == len(kept.values["a"]) <= KEEP_NS / SECOND_NS * 10 + 1
    assert len(kept.heard) <= 2 * KEEP_NS / SECOND_NS + 2


def test_a_year_without_frames_is_no_year_of_ticks() -> None:
    found = seen(Aligned(primary=A), steady(A, [0, 1, 2, 3e7, 3e7 + 1, 3e7 + 2]))
    assert ticks(found) == [2.0, 3e7 + 2]


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Frame], list[Frame]]:
    """Of both inputs: heartbeats, silences, lost frames, two frames of one time."""
    found = []
    for name in (A, B):
        second, sequence, frames = 0.0, 0, []
        for _ in range(draw(st.integers(1, 25))):
            second += draw(st.sampled_from([0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 2.5, 4.0, 9.0]))
            sequence += draw(st.sampled_from([1, 1, 1, 1, 2]))
            value = draw(st.sampled_from([None, second, float("nan")]))
            bad = value is not None and math.isnan(value)
            frames.append(frame(name, second, sequence, value, bad=bad))
        found.append(frames)
    return found[0], found[1]


@st.composite
def interleaved(draw: st.DrawFn) -> tuple[list[Frame], list[Frame], int]:
    """Two orders of the same frames, neither input more than the skew behind; where to cut."""
    a, b = draw(streams())
    orders = []
    for _ in range(2):
        late = {A: 0.0, B: 0.0}
        arriving: list[tuple[float, int, Frame]] = []
        for name, stream in ((A, a), (B, b)):
            for n, each in enumerate(stream):
                delay = draw(st.sampled_from([0.0, 0.3, 1.0, 1.9]))
                late[name] = max(late[name], each.time_ns / SECOND_NS + delay)
                arriving.append((late[name], n, each))
        orders.append([each for _, _, each in sorted(arriving, key=lambda one: one[:2])])
    return orders[0], orders[1], draw(st.integers(0, len(a) + len(b)))


@given(interleaved())
def test_interleaving_changes_nothing(case: tuple[list[Frame], list[Frame], int]) -> None:
    one, other, _ = case
    ones, others = seen(Aligned(primary=A), one), seen(Aligned(primary=A), other)
    # the order decides when a tick is given out, so the last may still wait in one of them
    shared = min(len(ones), len(others))
    assert ones[:shared] == others[:shared]
    assert abs(len(ones) - len(others)) <= WAIT_NS // SECOND_NS + 1


@given(interleaved())
def test_a_restart_changes_nothing(case: tuple[list[Frame], list[Frame], int]) -> None:
    frames, _, cut = case
    aligned = Aligned(primary=A)
    found = seen(aligned, frames[:cut])
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(msgspec.to_builtins(aligned)))
    found += seen(msgspec.convert(saved, Aligned), frames[cut:])
    assert found == seen(Aligned(primary=A), frames)
