"""A replay's pace: what is due when, whatever is done to it meanwhile."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.replay.transport import GAP_NS, REST_NS, Transport
from telemetry.clock import SECOND_NS
from telemetry.replay import AS_FAST_AS_IT_GOES, MAX_SPEED, MIN_SPEED

START_NS = 1_634_289_110 * SECOND_NS
speeds = st.floats(MIN_SPEED, MAX_SPEED)
#: Between two items; a third of them so long that they are gaps.
steps = st.lists(st.integers(0, 15 * SECOND_NS), min_size=1, max_size=60)


def playing(speed: float, *, skip_gaps: bool = False, wall_s: float = 0.0) -> Transport:
    transport = Transport(START_NS, speed, skip_gaps=skip_gaps)
    transport.play(wall_s)
    return transport


def wait(transport: Transport, next_ns: int, wall_s: float) -> float:
    wait_s = transport.wait_s(next_ns, wall_s)
    assert wait_s is not None
    return wait_s


@given(speed=speeds, steps=steps, late_s=st.lists(st.floats(0, 0.05), min_size=60, max_size=60))
def test_items_are_due_when_their_time_says_however_late_each_was_played(
    speed: float, steps: list[int], late_s: list[float]
) -> None:
    transport, wall_s, time_ns = playing(speed), 0.0, START_NS
    for step_ns, late in zip(steps, late_s, strict=False):
        time_ns += step_ns
        due_s = (time_ns - START_NS) / SECOND_NS / speed
        asked_s, wall_s = wall_s, wall_s + wait(transport, time_ns, wall_s)
        assert wall_s == pytest.approx(max(due_s, asked_s), abs=1e-6)
        wall_s += late
        transport.played(time_ns)
    # an item that lies ahead is due as if none had ever been late
    ahead_ns = START_NS + round((wall_s + 1.0) * speed * SECOND_NS)
    assert wait(transport, ahead_ns, wall_s) == pytest.approx(1.0, abs=1e-6)


@dataclass
class Machine:
    """Plays items a second apart, but for a gap of a minute after the tenth; never late."""

    transport: Transport
    wall_s: float = 0.0
    time_ns: int = START_NS
    count: int = 0

    @property
    def next_ns(self) -> int:
        return self.time_ns + (60 if self.count == 10 else 1) * SECOND_NS

    def run(self, for_s: float) -> None:
        until_s = self.wall_s + for_s
        while True:
            wait_s = self.transport.wait_s(self.next_ns, self.wall_s)
            if wait_s is None or self.wall_s + wait_s > until_s:
                self.wall_s = until_s
                return
            self.wall_s += wait_s
            self.time_ns, self.count = self.next_ns, self.count + 1
            self.transport.played(self.time_ns)


changes = st.lists(
    st.tuples(st.floats(0, 20), st.sampled_from(["pause", "play", "speed"]), st.floats(0.1, 10)),
    max_size=20,
)


@given(changes=changes)
def test_whatever_is_done_stream_time_is_what_the_speeds_make_of_the_time_it_played(
    changes: list[tuple[float, str, float]],
) -> None:
    machine, played_ns, speed, running = Machine(playing(1.0)), 0.0, 1.0, True
    for for_s, what, new in [*changes, (5.0, "pause", 1.0)]:
        machine.run(for_s)
        played_ns += for_s * speed * SECOND_NS * running
        assert machine.transport.reached_ns(machine.wall_s) == pytest.approx(
            START_NS + played_ns, abs=1e4
        )
        match what:
            case "pause":
                machine.transport.pause(machine.wall_s)
                running = False
            case "play":
                machine.transport.play(machine.wall_s)
                running = True
            case "speed":
                machine.transport.set_speed(new, machine.wall_s)
                speed = new
        assert machine.transport.reached_ns(machine.wall_s) == pytest.approx(
            START_NS + played_ns, abs=1e4
        )


@given(speed=speeds, slow_s=st.floats(1, 100), new=speeds)
def test_what_was_not_kept_up_with_is_not_caught_up_at_another_speed(
    speed: float, slow_s: float, new: float
) -> None:
    transport = playing(speed)
    due_ns = START_NS + round(speed * SECOND_NS / 2)
    assert wait(transport, due_ns, slow_s) == 0.0
    assert transport.behind_s(slow_s) == pytest.approx(slow_s - 0.5, abs=1e-6)
    transport.set_speed(new, slow_s)
    assert transport.reached_ns(slow_s) == due_ns
    later_ns = due_ns + 10 * SECOND_NS
    assert wait(transport, later_ns, slow_s) == pytest.approx(10 / new, rel=1e-6)


@given(speed=speeds, gap_ns=st.integers(GAP_NS + 1, 100_000 * SECOND_NS))
def test_a_gap_is_skipped_but_for_a_rest(speed: float, gap_ns: int) -> None:
    transport = playing(speed, skip_gaps=True)
    assert wait(transport, START_NS + gap_ns, 0.0) == pytest.approx(REST_NS / SECOND_NS / speed)
    assert transport.skipped == 1
    half_s = REST_NS / SECOND_NS / speed / 2
    assert wait(transport, START_NS + gap_ns, half_s) == pytest.approx(half_s)
    assert transport.skipped == 1
    kept = playing(speed)
    assert wait(kept, START_NS + gap_ns, 0.0) == pytest.approx(gap_ns / SECOND_NS / speed)
    assert kept.skipped == 0


def test_silence_that_is_no_gap_keeps_its_time() -> None:
    transport = playing(2.0, skip_gaps=True)
    assert wait(transport, START_NS + GAP_NS, 0.0) == pytest.approx(5.0)
    assert transport.skipped == 0


def test_a_late_item_is_due_at_once_and_turns_nothing_back() -> None:
    transport = playing(1.0)
    transport.played(START_NS + 5 * SECOND_NS)
    assert wait(transport, START_NS + 3 * SECOND_NS, 5.0) == 0.0
    transport.played(START_NS + 3 * SECOND_NS)
    assert transport.position_ns == START_NS + 5 * SECOND_NS


def test_as_fast_as_it_goes_waits_for_nothing_and_slows_down_from_where_it_is() -> None:
    transport = playing(AS_FAST_AS_IT_GOES, skip_gaps=True)
    for second in range(0, 1_000, 100):
        assert wait(transport, START_NS + second * SECOND_NS, 1.0) == 0.0
        transport.played(START_NS + second * SECOND_NS)
    assert transport.skipped == 0
    assert transport.behind_s(50.0) == 0.0
    transport.set_speed(1.0, 50.0)
    assert transport.reached_ns(50.0) == START_NS + 900 * SECOND_NS
    assert wait(transport, START_NS + 903 * SECOND_NS, 51.0) == pytest.approx(2.0)


def test_a_seek_begins_there_and_paused_it_waits() -> None:
    transport = playing(10.0)
    transport.seek(START_NS + 100 * SECOND_NS, 7.0)
    assert wait(transport, START_NS + 110 * SECOND_NS, 7.0) == pytest.approx(1.0)
    transport.pause(7.5)
    assert transport.wait_s(START_NS + 110 * SECOND_NS, 9.0) is None
    assert transport.reached_ns(9.0) == START_NS + 105 * SECOND_NS
    transport.seek(START_NS, 9.0)
    assert transport.reached_ns(100.0) == START_NS
