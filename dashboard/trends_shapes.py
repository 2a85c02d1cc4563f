"""What lies under and over the lines of a chart: activities, alarms, contact gaps, limits. Pure.

Each is a shape of Plotly's, with its word and symbol where there is room for them.
"""

from collections.abc import Sequence
from typing import Any, Final

from dashboard import theme
from dashboard.trends_ask import TrendAsk
from dashboard.trends_box import CHARACTER, Axis, Box
from dashboard.trends_limits import LimitLine
from dashboard.trends_look import cut, faint
from dashboard.trends_marks import Mark, MarkKind, worst

#: Of words beside a limit, in pixels.
_WORDS_HIGH: Final = 14


def mark_shapes(
    ask: TrendAsk, box: Box, marks: Sequence[Mark], palette: theme.Palette
) -> list[dict[str, Any]]:
    """Activities and alarms as bars in rows, and shaded down the chart; contact gaps shaded."""
    los = palette.colour(theme.FRESHNESS_LOOKS[theme.Freshness.LOS])
    live = palette.colour(theme.FRESHNESS_LOOKS[theme.Freshness.LIVE])
    shapes: list[dict[str, Any]] = []
    for mark in (one for one in marks if one.kind is MarkKind.LOS):
        label = _label("⊘ LOS announced", box.pixels(mark, ask), los)
        shapes.append(_shade(mark, faint(los, 0.16), label | {"textposition": "bottom left"}))
    for nth, row in enumerate(box.activities):
        for mark in row:
            label = _label(mark.title, box.pixels(mark, ask), palette.text)
            shapes.append(_shade(mark, faint(live, 0.05)))
            shapes.append(_bar(mark, box.row(nth), faint(live, 0.28), live, label))
    for mark in worst(marks):
        look = theme.SEVERITY_LOOKS[mark.severity]
        own = palette.colour(look)
        numbers = [str(n) for n, one in enumerate(ask.entries, 1) if one.key in mark.keys]
        words = f"{look.label} {','.join(numbers)}"
        label = _label(words, box.pixels(mark, ask), palette.ink)
        shapes.append(_shade(mark, faint(own, 0.06)))
        shapes.append(_bar(mark, box.row(len(box.activities)), own, own, label))
    return shapes


def _shade(mark: Mark, fill: str, label: dict[str, Any] | None = None) -> dict[str, Any]:
    """Over the whole height of the chart, under its lines."""
    return _rectangle(mark, (0, 1)) | {
        "layer": "below",
        "fillcolor": fill,
        "line": {"width": 0},
        "label": label or {},
    }


def _bar(
    mark: Mark, row: tuple[float, float], fill: str, edge: str, label: dict[str, Any]
) -> dict[str, Any]:
    """In a row over the chart."""
    return _rectangle(mark, row) | {
        "fillcolor": fill,
        "line": {"width": 1, "color": edge},
        "label": label,
    }


def _rectangle(mark: Mark, high: tuple[float, float]) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": mark.start_ns / 1e6,
        "x1": mark.stop_ns / 1e6,
        "y0": high[0],
        "y1": high[1],
    }


def _label(text: str, room_px: float, own: str) -> dict[str, Any]:
    """As much of it as there is room for; none where not even a symbol has it."""
    most = int((room_px - 4) / CHARACTER)
    shown = cut(text, most) if most >= 1 else ""
    return {
        "text": shown,
        "textposition": "middle left",
        "padding": 2,
        "font": {"size": 10, "color": own},
    }


def limit_shapes(
    limits: Sequence[LimitLine],
    axis: Axis,
    box: Box,
    palette: theme.Palette,
    taken: list[float],
) -> list[dict[str, Any]]:
    """Of one axis, the most severe first; the words of none lie on those of another.

    taken: where words stand on the chart, in pixels from its bottom; what is put there is added.
    """
    shapes = []
    bottom, top = box.edges(axis)
    for limit in sorted(limits, key=lambda one: -one.severity):
        at_px = box.height_of(axis, limit.value)
        if at_px is None:
            continue
        # beyond the limit, unless there is no room for words
        over = at_px < top - _WORDS_HIGH and (limit.side == "high" or at_px < bottom + _WORDS_HIGH)
        words_px = at_px + (_WORDS_HIGH if over else -_WORDS_HIGH) / 2
        worded = all(abs(words_px - other) >= _WORDS_HIGH for other in taken)
        if worded:
            taken.append(words_px)
        shape = _limit_shape(limit, axis, palette, worded=worded)
        shape["label"]["yanchor"] = "bottom" if over else "top"
        shapes.append(shape)
    return shapes


def _limit_shape(
    limit: LimitLine, axis: Axis, palette: theme.Palette, *, worded: bool
) -> dict[str, Any]:
    look = theme.SEVERITY_LOOKS[limit.severity]
    own = palette.colour(look)
    # the numbers of the parameters it is a limit of, where others share the axis
    of = "" if len(axis.places) == 1 else f"({','.join(str(one + 1) for one in limit.places)})"
    text = " ".join((look.label, limit.side, f"{limit.value:g}", axis.unit, of)).rstrip()
    return {
        "type": "line",
        "xref": "x domain",
        "yref": axis.name,
        "x0": 0,
        "x1": 1,
        "y0": limit.value,
        "y1": limit.value,
        # under the grid a limit of a round value would not be seen
        "layer": "above",
        "opacity": 0.85,
        "line": {"color": own, "width": 1, "dash": limit.dash},
        "label": {
            "text": text if worded else look.symbol,
            "textposition": "end" if worded else "start",
            "padding": 1,
            "font": {"size": 10, "color": own},
        },
    }


def now_shapes(ask: TrendAsk, palette: theme.Palette) -> list[dict[str, Any]]:
    """Where the stream is, in a range that goes beyond."""
    if not ask.start_ns < ask.now_ns < ask.stop_ns:
        return []
    at = ask.now_ns / 1e6
    line_ = {"color": palette.strong, "width": 1, "dash": "dot"}
    label = {"text": "now", "textposition": "start", "font": {"size": 10, "color": palette.strong}}
    where = {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1}
    return [where | {"line": line_, "label": label | {"textangle": 0}}]


def row_names(box: Box, palette: theme.Palette) -> list[dict[str, Any]]:
    names = ["Activity"] * bool(box.activities) + [""] * (len(box.activities) - 1)
    names += ["Alarms"] * box.alarms
    return [
        {
            "xref": "paper",
            "yref": "paper",
            "x": 0,
            "y": sum(box.row(nth)) / 2,
            "xanchor": "right",
            "yanchor": "middle",
            "xshift": -4,
            "showarrow": False,
            "text": name,
            "font": {"size": 10, "color": palette.dim},
        }
        for nth, name in enumerate(names)
        if name
    ]
