"""Tables of pages that are read and printed. Pure: values in, components out."""

from collections.abc import Sequence
from typing import Any

from dash import html

from telemetry.clock import utc


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], nothing: str) -> html.Div:
    """A table, or in words that there is nothing to put into it."""
    if not rows:
        return html.Div(nothing, className="nothing")
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(head) for head in heads])),
                html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
            ]
        )
    )


def section(title: str, *content: Any) -> html.Section:
    return html.Section([html.H2(title), *content])


def moment(time_ns: int) -> str:
    """`2021-10-15 09:12:18`, UTC; empty for no time."""
    return utc(time_ns)[:19].replace("T", " ") if time_ns > 0 else ""


def clock_time(time_ns: int) -> str:
    """`09:12:18`, UTC."""
    return utc(time_ns)[11:19] if time_ns > 0 else ""


def when(time_ns: int) -> html.Time:
    """A moment as a cell."""
    return html.Time(moment(time_ns))
