"""What a soak sampled, as small multiples in one SVG. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Final

#: Of one panel, in px; and of the margins within it, which hold its words.
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 300, 150, 46, 10, 26, 20
_COLUMNS: Final = 3

Points = Sequence[tuple[float, float]]


def drawn(panels: Mapping[str, Points]) -> str:
    """panels: by title, (seconds since the start, value). Every y axis begins at 0."""
    rows = -(-len(panels) // _COLUMNS)
    end_s = max((points[-1][0] for points in panels.values() if points), default=1.0) or 1.0
    body = "\n".join(
        _panel(title, points, end_s, at % _COLUMNS * _WIDTH, at // _COLUMNS * _HEIGHT)
        for at, (title, points) in enumerate(panels.items())
    )
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="#333">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _panel(title: str, points: Points, end_s: float, left: float, top: float) -> str:
    most = max((value for _, value in points), default=0.0)
    whole = most * 1.1 or 1.0
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    x0, y0 = left + _LEFT, top + _TOP + high

    def place(point: tuple[float, float]) -> str:
        return f"{x0 + point[0] / end_s * wide:.1f},{y0 - point[1] / whole * high:.1f}"

    # a pause of the sampling is a gap, not a line
    paths = "".join(
        ("L" if before is not None and point[0] - before[0] < 90 else "M") + place(point)
        for before, point in pairwise([None, *points])
        if point is not None
    )
    mark = y0 - most / whole * high
    return "\n".join(
        (
            f'<text x="{x0}" y="{top + 16}" font-weight="bold">{escape(title)}</text>',
            f'<path d="M{x0},{y0}h{wide}M{x0},{mark:.1f}h{wide}" stroke="#ddd" fill="none"/>',
            f'<text x="{x0 - 4}" y="{y0}" text-anchor="end">0</text>',
            f'<text x="{x0 - 4}" y="{mark + 4:.1f}" text-anchor="end">{most:,.4g}</text>',
            f'<text x="{x0 + wide}" y="{y0 + 14}" text-anchor="end">{end_s / 60:.0f} min</text>',
            f'<path d="{paths}" stroke="#1663b0" stroke-width="1.3" fill="none"/>',
        )
    )
