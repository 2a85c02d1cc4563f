"""Series of `bench.growth` as small multiples in one SVG, each beside what is expected. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Final

from bench.growth_series import Better, Expect, Series
from bench.row import number

#: Of one panel, in px; and of the margins within it, which hold its words.
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 300, 190, 58, 14, 42, 36
_COLUMNS: Final = 3

Points = Sequence[tuple[float, float]]


def drawn(series: Sequence[Series]) -> str:
    """Both axes begin at 0. Dashed: what is expected, from the first size on."""
    rows = -(-len(series) // _COLUMNS)
    body = "\n".join(
        _panel(one, at % _COLUMNS * _WIDTH, at // _COLUMNS * _HEIGHT)
        for at, one in enumerate(series)
    )
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="#333">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def expected(series: Series) -> Points:
    """The line that bounds it: above it for a rate, below it for a cost. None is drawn for a rate
    that may fall, since that is no line."""
    (x0, y0), (x1, _) = series.points[0], series.points[-1]
    if series.expect is Expect.FLAT:
        return (x0, y0), (x1, y0)
    if series.better is Better.LESS:
        return (x0, y0), (x1, y0 * x1 / x0)
    return ()


def _panel(series: Series, left: float, top: float) -> str:
    points = series.points
    most_x = max(x for x, _ in points) or 1.0
    most_y = max(y for _, y in points)
    whole = most_y * 1.15 or 1.0
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    x0, y0 = left + _LEFT, top + _TOP + high

    def place(x: float, y: float) -> tuple[float, float]:
        return x0 + x / most_x * wide, y0 - y / whole * high

    def path(some: Points) -> str:
        return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in (place(*one) for one in some))

    mark = place(0.0, most_y)[1]
    clip = f"clip{left:.0f}-{top:.0f}"
    bound = expected(series)
    return "\n".join(
        (
            f'<text x="{left + 8}" y="{top + 16}" font-weight="bold">{escape(series.what)}</text>',
            f'<text x="{left + 8}" y="{top + 30}">{escape(series.unit)}</text>',
            f'<path d="M{x0},{y0}h{wide}M{x0},{mark:.1f}h{wide}" stroke="#ddd" fill="none"/>',
            f'<text x="{x0 - 4}" y="{y0}" text-anchor="end">0</text>',
            f'<text x="{x0 - 4}" y="{mark + 4:.1f}" text-anchor="end">{number(most_y)}</text>',
            f'<text x="{x0 + wide}" y="{y0 + 14}" text-anchor="end">{most_x:g}</text>',
            f'<text x="{x0}" y="{y0 + 28}">{escape(series.over)}</text>',
            # what is expected may be far above what was measured
            f'<clipPath id="{clip}"><path d="M{x0},{y0}h{wide}v{-high}h{-wide}z"/></clipPath>',
            f'<path d="{path(bound)}" stroke="#999" stroke-dasharray="4 3" fill="none" '
            f'clip-path="url(#{clip})"/>'
            if bound
            else "",
            f'<path d="{path(points)}" stroke="#1663b0" stroke-width="1.3" fill="none"/>',
            *(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="#1663b0"/>'
                for x, y in (place(*one) for one in points)
            ),
        )
    )
