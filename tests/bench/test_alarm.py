"""Whether the probes among the load turn over, and what is missing counts."""

import pytest

from bench.alarm import Packets, percentile_ms, told
from bench.latency import PATIENCE_S, Measured
from bench.load import Shape

SHAPE = Shape(parameters=3, a_frame=3, subsystems=2)


def test_packets_go_round_with_all_parameters_within_limits() -> None:
    packets = Packets(SHAPE)
    frames = [packets.next(at) for at in range(4)]
    assert [one.subsystem for one in frames] == ["sub00", "sub01", "sub00", "sub01"]
    assert [one.sequence for one in frames] == [1, 1, 2, 2]
    assert set(frames[0].values) == {"SUB00_000", "SUB00_001", "SUB00_002"}
    assert all(abs(float(value)) < 10 for one in frames for value in one.values.values())


def test_a_probe_violates_until_it_is_turned_back() -> None:
    packets = Packets(SHAPE)
    frame, alarm = packets.probe(5)
    assert alarm == "SUB00_000.limit"
    assert frame.time_ns == 5
    assert frame.values["SUB00_000"] == 12.0
    assert packets.next(6).values["SUB00_000"] == 12.0
    assert packets.probe(7)[1] == "SUB01_000.limit"
    back, alarm = packets.probe(8)
    assert alarm == "SUB00_000.limit"
    assert back.values["SUB00_000"] == 0.0


def test_percentile_counts_what_was_never_heard() -> None:
    assert percentile_ms([0.001, 0.003], 2, 50) == pytest.approx(2.0)
    assert percentile_ms([0.001], 2, 100) == PATIENCE_S * 1e3


def test_told_holds_the_slower_of_alarm_and_line_to_the_bound() -> None:
    pair = told(Measured(event=[0.004], retained=[0.007], hop=[0.001], probes=1, took_s=1.0))
    assert pair.ours == pytest.approx(7.0)
    assert pair.other == pytest.approx(1.0)
