"""The system's clock as the product reads it."""

import time

import pytest

from telemetry.clock import SECOND_NS, SystemClock

HOUR_NS = 3_600 * SECOND_NS


class Machine:
    """A wall clock that can be set, and time that passes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall_ns, self.monotonic_ns = 2_000_000 * SECOND_NS, 5 * SECOND_NS
        monkeypatch.setattr(time, "time_ns", lambda: self.wall_ns)
        monkeypatch.setattr(time, "monotonic_ns", lambda: self.monotonic_ns)

    def passes(self, ns: int) -> None:
        self.wall_ns += ns
        self.monotonic_ns += ns


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_wall_clock_set_back_is_not_followed(machine: Machine) -> None:
    clock = SystemClock()
    before_ns = clock.now_ns()
    machine.wall_ns -= HOUR_NS
    assert clock.now_ns() == before_ns
    machine.passes(4 * SECOND_NS)
    assert clock.now_ns() == before_ns + 2 * SECOND_NS
    machine.passes(2 * HOUR_NS)
    assert clock.now_ns() == machine.wall_ns
    machine.passes(SECOND_NS)
    assert clock.now_ns() == machine.wall_ns


def test_one_set_forward_is_and_so_is_one_put_right_by_a_little(machine: Machine) -> None:
    clock = SystemClock()
    machine.wall_ns += HOUR_NS
    assert clock.now_ns() == machine.wall_ns
    machine.wall_ns -= SECOND_NS // 10
    assert clock.now_ns() == machine.wall_ns
