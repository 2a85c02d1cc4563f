"""Colours of the lines of Trends, and how faint what lies under them is. Pure."""

from typing import Final

from dashboard import theme

#: In order; none is the colour of a severity. Light: the same on a light ground.
# fmt: off
COLOURS: Final = (
    "#9fc3dd", "#7ed6a5", "#e6a777", "#b9a3f5", "#56c8c9", "#c3cc74", "#e2a9cd", "#d5dbe1",
)
LIGHT_COLOURS: Final = (
    "#1f5f8b", "#1f7a46", "#9c4f14", "#6440b8", "#0b7276", "#626a10", "#99397a", "#46525e",
)
# fmt: on


def colour(place: int, palette: theme.Palette) -> str:
    colours = LIGHT_COLOURS if palette.name == "light" else COLOURS
    return colours[place % len(colours)]


def faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(0, most - 1)]}…"
