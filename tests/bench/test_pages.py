"""Whether a page's tables are written anew, and nothing else of it."""

from pathlib import Path

import pytest

from bench.pages import DOCS, NOT_MEASURED, compared, filled, limits
from bench.row import Bench, How, Pair, Reach, Row, RowSpec

SPEC = RowSpec("this", "samples/s", "that", Reach(How.SHARE, 0.5))
PAGE = (
    "before\n<!-- measured: a -->\nold\n<!-- end -->\nbetween\n<!-- measured: b -->\n<!-- end -->\n"
)


def never(_: Path) -> dict[str, Pair]:
    raise AssertionError("nothing is measured here")


def test_filled_changes_its_part_alone_and_again_the_same() -> None:
    once = filled(PAGE, {"a": r"new \1"})
    assert "old" not in once
    assert r"new \1" in once
    assert once.startswith("before\n")
    assert once.endswith("between\n<!-- measured: b -->\n<!-- end -->\n")
    assert filled(once, {"a": r"new \1"}) == once


def test_filled_does_not_lose_what_it_has_no_place_for() -> None:
    with pytest.raises(KeyError):
        filled(PAGE, {"c": "new"})


def test_compared_says_what_was_not_measured() -> None:
    benches = [Bench("one", {"rate": SPEC}, never), Bench("two", {"rate": SPEC}, never)]
    text = compared(benches, {"one.rate": Row("one.rate", SPEC, (Pair(3.0, 4.0),))})
    assert text.count("75%") == 1
    assert text.count(NOT_MEASURED) == 1


def test_limits_are_ours_or_what_stands_beside() -> None:
    text = limits({"detect.rate": Row("detect.rate", SPEC, (Pair(300.0, 400.0),))})
    assert "(mosquitto_sub) | 400 | samples |" in text
    assert "| ingest without a store, 150 a frame | 300 | samples |" in text
    assert NOT_MEASURED in text


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("performance.md", "bench"),
        ("performance.md", "growth"),
        ("scaling.md", "limits"),
        ("scaling.md", "two"),
    ],
)
def test_the_pages_have_the_parts_that_are_written(page: str, part: str) -> None:
    assert "new" in filled((DOCS / page).read_text(), {part: "new"})
