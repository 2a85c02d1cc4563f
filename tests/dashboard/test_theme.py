import re
from pathlib import Path

import pytest

import dashboard
from dashboard import theme
from telemetry.clock import StreamKind
from telemetry.limit import Severity

ASSETS = Path(dashboard.__file__).parent / "assets"
CSS = "".join(path.read_text() for path in ASSETS.rglob("*.css"))
SCRIPTS = "".join(path.read_text() for path in ASSETS.rglob("*.js"))


def test_every_severity_and_freshness_has_word_symbol_and_colour() -> None:
    assert theme.SEVERITY_LOOKS.keys() == set(Severity)
    assert theme.FRESHNESS_LOOKS.keys() == set(theme.Freshness)
    for look in (*theme.SEVERITY_LOOKS.values(), *theme.FRESHNESS_LOOKS.values()):
        assert look.word
        assert look.symbol
        assert re.fullmatch(r"#[0-9a-f]{6}", look.colour)
        assert re.fullmatch(r"#[0-9a-f]{6}", look.light)


def test_no_two_severities_share_a_word_symbol_or_colour() -> None:
    looks = theme.SEVERITY_LOOKS.values()
    for attribute in ("word", "symbol", "colour"):
        assert len({getattr(look, attribute) for look in looks}) == len(looks)


def test_every_kind_of_stream_has_a_mode_and_only_live_has_no_banner() -> None:
    assert theme.MODES.keys() == set(StreamKind)
    assert [kind for kind, mode in theme.MODES.items() if not mode.banner] == [StreamKind.LIVE]
    assert theme.REPLAY_MODE.banner


@pytest.mark.parametrize("palette", [theme.DARK, theme.LIGHT], ids=lambda one: one.name)
def test_words_can_be_read_on_every_ground(palette: theme.Palette) -> None:
    looks = (*theme.SEVERITY_LOOKS.values(), *theme.FRESHNESS_LOOKS.values())
    words = [palette.colour(look) for look in looks] + [palette.text, palette.dim, palette.strong]
    for ground in (palette.paper, palette.panel):
        for word in words:
            assert _contrast(word, ground) >= 4.5, (word, ground)
    for look in looks:
        assert _contrast(palette.ink, palette.colour(look)) >= 4.5, look.word


def test_a_theme_nobody_knows_is_the_dark_one() -> None:
    assert theme.palette("light") is theme.LIGHT
    assert theme.palette("dark") is theme.palette("sepia") is theme.DARK


def test_every_variable_of_the_style_sheet_is_defined() -> None:
    own = set(re.findall(r"(--[a-z-]+):", CSS)) | set(
        re.findall(r"(--[a-z-]+):", theme.css_variables())
    )
    given = set(re.findall(r"[\"'`](--[a-z-]+)[\"'`:]", SCRIPTS))
    assert set(re.findall(r"var\((--[a-z-]+)[,)]", CSS)) <= own | given


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
