"""Small words of messages: durations, and what came from outside made safe to say. Pure."""

from typing import Final

#: Of anything that comes from outside, such as a comment or the value of a text parameter.
MAX_WORDS: Final = 300


def spell(seconds: float) -> str:
    """`40 s`, `6 min`, `2 h 5 min`."""
    if seconds < 120:
        return f"{max(seconds, 0):.0f} s"
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def clean(text: str, most: int = MAX_WORDS) -> str:
    """What came from outside, as one line of bounded length."""
    return cut(" ".join("".join(c if c.isprintable() else " " for c in text).split()), most)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
