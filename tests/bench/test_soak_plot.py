"""Whether the plot of a soak is one that a browser takes, and says what it shows."""

from xml.etree import ElementTree

from bench.soak_plot import drawn

SVG = "{http://www.w3.org/2000/svg}"


def curves(svg: str) -> list[str]:
    return [one.get("d", "") for one in ElementTree.fromstring(svg).iter(f"{SVG}path")][1::2]


def test_drawn_has_a_curve_a_panel_and_escapes_its_title() -> None:
    svg = drawn({"a < b": [(0.0, 1.0), (5.0, 2.0)], "c": [(0.0, 1.0)]})
    texts = [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "a < b" in texts
    assert len(curves(svg)) == 2


def test_drawn_breaks_the_curve_where_nothing_was_sampled() -> None:
    (curve,) = curves(drawn({"a": [(0.0, 1.0), (5.0, 1.0), (500.0, 1.0), (505.0, 1.0)]}))
    assert curve.count("M") == 2


def test_drawn_of_zeros_and_of_nothing_is_drawn() -> None:
    assert len(curves(drawn({"zeros": [(0.0, 0.0), (5.0, 0.0)], "nothing": []}))) == 2
