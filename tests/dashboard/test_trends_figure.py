"""The figure of a chart: Plotly takes it, axes by unit, lanes of states, what else happened."""

import base64
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import theme
from dashboard.trends_box import axes_of
from dashboard.trends_figure import chart
from dashboard.trends_limits import limit_lines, value_range
from dashboard.trends_look import COLOURS, LIGHT_COLOURS
from dashboard.trends_marks import Mark, MarkKind
from dashboard.trends_series import line
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from tests.dashboard.trending import ask, buckets, samples

ERR = samples("iss/ERR", {0: 0.0, 50: 1.8, 90: 0.5})
VOLT = samples("iss/VOLT", {0: 160.0, 50: 161.0})
OTHER_VOLT = samples("soyuz/VOLT", {0: 159.0, 50: 158.0})
MODE = samples("iss/MODE", {0: 1, 50: 0})
BAND = buckets("iss/RATE", 10, {0: (1, 9, 2, 10), 10: (1, 2, 1.5, 10)})


def figure(*series: Any, marks: Any = (), **more: Any) -> dict[str, Any]:
    keys = ",".join(one.entry.key for one in series)
    made = chart(ask(keys, 0, 100, **more), series, marks)
    go.Figure(made)  # it takes only what Plotly has
    return made


def values(packed: dict[str, str]) -> list[float]:
    return np.frombuffer(base64.b64decode(packed["bdata"]), np.float64).tolist()  # type: ignore[no-any-return]


def test_numbers_share_an_axis_by_unit_and_states_have_lanes() -> None:
    axes = axes_of([ERR, MODE, VOLT, OTHER_VOLT], lanes=False)
    assert [(axis.name, axis.unit, axis.places, axis.stated) for axis in axes] == [
        ("y", "deg", (0,), False),
        ("y2", "V", (2, 3), False),
        ("y3", "", (1,), True),
    ]
    assert [axis.shares for axis in axes] == [False, True, False]


def test_in_lanes_nothing_shares() -> None:
    axes = axes_of([ERR, VOLT, OTHER_VOLT], lanes=True)
    assert [axis.places for axis in axes] == [(0,), (1,), (2,)]
    assert not any(axis.shares for axis in axes)


def test_lanes_do_not_overlap_and_fill_the_chart() -> None:
    layout = figure(ERR, VOLT, MODE, lanes=True)["layout"]
    domains = sorted(layout[name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3"))
    assert domains[0][0] == 0
    assert domains[-1][1] == pytest.approx(1)
    assert all(low[1] < high[0] for low, high in pairwise(domains))


def test_states_are_steps_with_their_names() -> None:
    made = figure(MODE)
    [trace] = made["data"]
    assert trace["line"]["shape"] == "hv"
    assert made["layout"]["yaxis"]["ticktext"] == ["HOLD", "DRIFT"]
    assert values(trace["y"])[:2] == [1, 0]


def test_buckets_are_a_band_with_their_mean() -> None:
    high, low, mean = figure(BAND)["data"]
    assert [trace["meta"]["part"] for trace in (high, low, mean)] == ["high", "low", "mean"]
    assert low["fill"] == "tonexty"
    assert max(values(high["y"])[:2]) == 9


def test_every_colour_of_a_line_can_be_seen_and_is_none_of_a_severity() -> None:
    looks = theme.SEVERITY_LOOKS.values()
    assert not set(COLOURS) & {look.colour for look in looks}
    assert not set(LIGHT_COLOURS) & {look.light for look in looks}
    for colours, palette in ((COLOURS, theme.DARK), (LIGHT_COLOURS, theme.LIGHT)):
        assert len(set(colours)) == len(colours)
        assert min(contrast(one, palette.paper) for one in colours) >= 4.5


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_limits_are_drawn_once_with_word_symbol_and_whose_they_are() -> None:
    lines = limit_lines({0: VOLT, 1: OTHER_VOLT})
    assert [(one.value, one.side, one.places) for one in lines] == [
        (150, "low", (0, 1)),
        (165, "high", (0, 1)),
    ]
    shown = figure(ERR, VOLT)["layout"]["shapes"]
    words = [shape["label"]["text"] for shape in shown if shape["type"] == "line"]
    assert "▲ CAUTION high 2 deg" in words
    assert "● ADVISORY high 1 deg" in words


def test_a_limit_near_the_values_is_shown_and_a_far_one_does_not_flatten_them() -> None:
    limits = limit_lines({0: ERR})
    low, high = value_range([line(ERR, 0, 100 * SECOND_NS)], limits)
    assert 2 < high < 3  # CAUTION above 2; WARNING above 3 is far
    assert -1 < low < 0


def test_values_that_stand_still_are_in_the_middle() -> None:
    still = samples("iss/RATE", {0: 5.0, 1: 5.0})
    low, high = value_range([line(still, 0, 2 * SECOND_NS)], [])
    assert low < 5 < high


def mark(kind: MarkKind, start_s: int, stop_s: int, title: str) -> Mark:
    return Mark(
        kind=kind,
        start_ns=start_s * SECOND_NS,
        stop_ns=stop_s * SECOND_NS,
        title=title,
        severity=Severity.WARNING if kind is MarkKind.ALARM else Severity.NOMINAL,
        keys=frozenset({"iss/ERR"}),
    )


def test_activities_at_once_are_in_rows_and_alarms_below_them() -> None:
    marks = [
        mark(MarkKind.ACTIVITY, 0, 60, "SOYUZ test, STARTED"),
        mark(MarkKind.ACTIVITY, 30, 90, "ISS drift, STARTED"),
        mark(MarkKind.ALARM, 40, 80, "Attitude error"),
        mark(MarkKind.LOS, 85, 95, "ISS no contact announced"),
    ]
    layout = figure(ERR, marks=marks)["layout"]
    rows = {
        shape["label"]["text"]: shape["y0"] for shape in layout["shapes"] if shape["y0"] > 1.0001
    }
    assert rows["SOYUZ test, STARTED"] > rows["ISS drift, STARTED"] > rows["◆ WARNING 1"]
    assert "⊘ LOS" in str(layout["shapes"])
    assert [note["text"] for note in layout["annotations"]] == ["Activity", "Alarms"]


def test_a_range_beyond_now_says_where_now_is() -> None:
    beyond = figure(ERR, now_ns=50 * SECOND_NS)["layout"]["shapes"]
    assert "now" in {shape["label"]["text"] for shape in beyond}
    assert "now" not in str(figure(ERR)["layout"]["shapes"])


def test_themes_differ() -> None:
    assert figure(ERR)["layout"]["paper_bgcolor"] == theme.DARK.panel
    assert figure(ERR, theme="light")["layout"]["paper_bgcolor"] == theme.LIGHT.panel
