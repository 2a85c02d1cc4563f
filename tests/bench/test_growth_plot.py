"""Whether the plot of how it grows is one that a browser takes, and says what it shows."""

from xml.etree import ElementTree

from bench.growth_plot import drawn, expected
from bench.growth_series import Better, Expect, Series

SVG = "{http://www.w3.org/2000/svg}"


def series(expect: Expect, better: Better = Better.LESS) -> Series:
    return Series(
        what="a < b",
        unit="ms",
        over="sizes",
        expect=expect,
        better=better,
        points=((1, 10.0), (50, 20.0), (200, 40.0)),
    )


def test_drawn_has_a_panel_a_series_with_a_mark_a_point_and_escapes_its_title() -> None:
    tree = ElementTree.fromstring(drawn([series(Expect.FLAT), series(Expect.LINEAR)]))
    assert [one.text for one in tree.iter(f"{SVG}text")].count("a < b") == 2
    assert len([*tree.iter(f"{SVG}circle")]) == 6


def test_drawn_of_zeros_is_drawn() -> None:
    zeros = Series(
        what="a",
        unit="ms",
        over="sizes",
        expect=Expect.FLAT,
        better=Better.LESS,
        points=((0, 0.0), (1_000, 0.0)),
    )
    assert [*ElementTree.fromstring(drawn([zeros])).iter(f"{SVG}circle")]


def test_expected_is_level_or_a_line_through_nothing() -> None:
    assert expected(series(Expect.FLAT)) == ((1, 10.0), (200, 10.0))
    assert expected(series(Expect.LINEAR)) == ((1, 10.0), (200, 2_000.0))
    assert expected(series(Expect.LINEAR, Better.MORE)) == ()
