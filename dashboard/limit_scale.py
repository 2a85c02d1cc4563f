"""The range limits of a parameter as a picture: a scale with the class of each part. Pure."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from dash import html

from dashboard import components, theme
from telemetry.limit import Band, Severity

#: Of the width between the outermost limits, on either side of them.
_MARGIN: Final = 0.25


def severity_at(bands: Mapping[Severity, Band], value: float) -> Severity:
    """The most severe class whose band a value is outside of."""
    broken = [severity for severity, band in bands.items() if _outside(band, value)]
    return max(broken, default=Severity.NOMINAL)


def _outside(band: Band, value: float) -> bool:
    below = band.low is not None and value < band.low
    return below or (band.high is not None and value > band.high)


def span(bands: Mapping[Severity, Band]) -> tuple[float, float, list[float]]:
    """Where the scale begins and ends, and the limits between, ascending.

    :raises ValueError: if there is none.
    """
    sides = (side for band in bands.values() for side in (band.low, band.high))
    limits = sorted({side for side in sides if side is not None})
    if not limits:
        raise ValueError("no limit to draw")
    width = limits[-1] - limits[0] or abs(limits[0]) or 1.0
    return limits[0] - _MARGIN * width, limits[-1] + _MARGIN * width, limits


def scale(key: str, bands: Mapping[Severity, Band]) -> html.Div | None:
    """The scale, or None without a limit. `assets/pages/database.js` puts the value on it."""
    try:
        low, high, limits = span(bands)
    except ValueError:
        return None

    def place(value: float) -> str:
        return f"{(value - low) / (high - low) * 100:.3f}%"

    edges = [low, *limits, high]
    parts = []
    for start, stop in pairwise(edges):
        look = theme.SEVERITY_LOOKS[severity_at(bands, (start + stop) / 2)]
        parts.append(
            html.Div(
                html.Span(look.label),
                className=f"part severity-{theme.css_name(look.word)}",
                style={"left": place(start), "width": f"{(stop - start) / (high - low):.5%}"},
                title=look.word,
            )
        )
    marks = [html.Span(f"{one:g}", className="limit", style={"left": place(one)}) for one in limits]
    pointer = html.Div(className="pointer", hidden=True)
    fields = components.data(scale=key, low=repr(low), high=repr(high))
    words: Any = components.labelled("Limits on a scale")
    return html.Div(
        [*parts, *marks, pointer], className="limit-scale", role="img", **fields, **words
    )
