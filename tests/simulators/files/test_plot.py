"""The page of a simulation: bounded, self-contained, and true to what was received."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators import scenarios
from simulators.files.chart import LANES, MOST_CHANGES, PANELS, Chart
from simulators.files.curve import MOST_BREAKS, WIDTHS, Curve
from simulators.files.plot import figure, write
from simulators.scenarios.scenario import RECONSTRUCTION
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import Frame

DATABASE = missiondb.load()
MS18 = scenarios.read("ms18", database=DATABASE)
START_NS = MS18.start_ns


def frame(second: float, spacecraft: str = "iss", subsystem: str = "adcs", **values: Any) -> Frame:
    time_ns = START_NS + round(second * SECOND_NS)
    return Frame(
        spacecraft=spacecraft,
        subsystem=subsystem,
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=0,
        values=values,
    )


def chart_of(*frames: Frame) -> Any:
    chart = Chart(MS18, DATABASE, START_NS, MS18.end_ns)
    chart.take(frames)
    return figure(chart)


def trace(page: Any, name: str) -> Any:
    (found,) = (each for each in page.data if each.name == name)
    return found


# --- curves ---

samples = st.lists(
    st.tuples(st.integers(0, 10_000), st.floats(-1e9, 1e9)), min_size=1, max_size=300
)


@given(samples, st.integers(1, 3_000))
def test_a_curve_keeps_its_extremes_and_its_end(
    points: list[tuple[int, float]], width_ns: int
) -> None:
    curve = Curve(0, max(width_ns, 10))
    for time_ns, value in points:
        curve.add(time_ns, value)
    times, values = curve.points()
    inside = [(t, v) for t, v in points if t // max(width_ns, 10) <= WIDTHS]
    assert set(zip(times, values, strict=True)) <= set(inside)
    assert times == sorted(times)
    assert min(v for v in values if v is not None) == min(v for _, v in inside)
    assert max(v for v in values if v is not None) == max(v for _, v in inside)
    assert max(times) == max(t for t, _ in inside)


def test_a_curve_is_bounded_whatever_comes() -> None:
    curve = Curve(0, 1_000)
    for n in range(200_000):
        curve.add(n * 7, (n * 7919) % 1_000)
        curve.end_line(n * 7)
    times, _ = curve.points()
    assert len(times) <= 3 * (WIDTHS + 1) + MOST_BREAKS


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_left_out(value: float) -> None:
    curve = Curve(0, 10)
    curve.add(5, value)
    assert not curve


# --- the page ---


def test_every_parameter_shown_is_one_there_is() -> None:
    shown = [key for panel in PANELS for key in panel.parameters]
    for spacecraft, parameter in [*shown, *(key for _, keys in LANES for key in keys)]:
        assert DATABASE.parameter(spacecraft, parameter)


def test_a_spike_between_quiet_samples_is_seen() -> None:
    page = chart_of(*(frame(s, USLAB000023=57.0 if s == 1_009 else 0.1) for s in range(3_000)))
    pitch = trace(page, "Attitude error: pitch")
    assert max(pitch.y) == 57.0
    assert len(pitch.y) < 3_000


def test_no_line_is_drawn_through_a_silence() -> None:
    seconds = [*range(10), *range(600, 610)]
    pitch = trace(chart_of(*(frame(s, USLAB000023=0.1) for s in seconds)), "Attitude error: pitch")
    assert list(pitch.y).count(None) == 1
    assert pitch.y[0] is not None


def test_the_thrusters_that_were_on_longest_are_shown() -> None:
    on_time_s = {f"SIM_SOYUZ_DPO{n:02}_ONTIME": 130.0 if n in (7, 8) else 0.4 for n in range(1, 29)}
    page = chart_of(frame(1, "soyuz", "propulsion", **on_time_s))
    shown = [t.name for t in page.data if t.name and t.name.startswith("Thruster on-time")]
    assert len(shown) == 4
    assert {"Thruster on-time since reset: DPO-07", "Thruster on-time since reset: DPO-08"} < set(
        shown
    )


def test_thrusters_that_were_never_on_are_not_shown() -> None:
    page = chart_of(frame(1, "soyuz", "propulsion", SIM_SOYUZ_DPO01_ONTIME=0.0))
    assert not [t.name for t in page.data if t.name and t.name.startswith("Thruster on-time")]
    assert "no thruster was on" in [note.text for note in page.layout.annotations]


def test_a_state_is_a_bar_until_the_next_and_no_repetition_is_kept() -> None:
    codes = [4, 4, 7, 7, 3]
    page = chart_of(*(frame(60 * n, USLAB000012=code) for n, code in enumerate(codes)))
    bars = {each.text: each for each in page.data if each.type == "bar"}
    name = DATABASE.parameter("iss", "USLAB000012").display
    drift = bars[name(7)]
    assert list(drift.x) == [120_000.0]  # milliseconds
    assert drift.base[0].isoformat() == "2021-10-15T09:02:00"
    assert bars[name(3)].x[0] == (3_600 - 240) * 1_000


def test_a_flickering_state_is_bounded() -> None:
    page = chart_of(*(frame(n * 0.1, USLAB000041=n % 2) for n in range(3 * MOST_CHANGES)))
    bars = [each for each in page.data if each.type == "bar"]
    assert sum(len(each.x) for each in bars) == MOST_CHANGES


def test_the_page_is_complete_says_what_it_is_and_is_the_same_each_time(tmp_path: Path) -> None:
    chart = Chart(MS18, DATABASE, START_NS, MS18.end_ns)
    chart.take([frame(1, USLAB000023=0.1, USLAB000012=4)])
    pages = [tmp_path / name for name in ("one.html", "two.html")]
    for page in pages:
        write(chart, page)
    text = pages[0].read_text()
    assert RECONSTRUCTION.upper() in text
    assert all(event.says in text for event in MS18.events)
    assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="http', text)
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.html", "two.html"]


def test_a_page_of_nothing_received_says_so(tmp_path: Path) -> None:
    notes = [note.text for note in chart_of().layout.annotations]
    assert notes.count("nothing was received") == len(PANELS)
    with pytest.raises(UsageError, match="cannot be written"):
        write(Chart(MS18, DATABASE, START_NS, MS18.end_ns), tmp_path / "no" / "page.html")
