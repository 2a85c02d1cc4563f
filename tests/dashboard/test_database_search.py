import pytest

from dashboard.database_search import entries, search
from telemetry import missiondb

KNOWN = entries(missiondb.load())


def found(words: str) -> list[str]:
    return [one.key for one in search(KNOWN, words)]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("USLAB000010", "iss/USLAB000010"),
        ("iss/uslab000010", "iss/USLAB000010"),
        ("CMG momentum, share of capacity", "iss/USLAB000010"),
        ("share momentum", "iss/USLAB000010"),
        ("GND_DEAD_TOTAL", "ground/GND_DEAD_TOTAL"),
    ],
)
def test_what_is_meant_comes_first(words: str, first: str) -> None:
    assert found(words)[0] == first


def test_every_word_must_be_there_wherever_it_is() -> None:
    assert {key.split("/")[0] for key in found("ms-18 thruster")} == {"soyuz"}
    assert "iss/USLAB000012" in found("cmg attitude control")  # the name of a state
    assert found("cmg zebra") == []


@pytest.mark.parametrize("words", ["", "   "])
def test_no_word_finds_nothing(words: str) -> None:
    assert found(words) == []


def test_all_can_be_found_by_id() -> None:
    for entry in KNOWN:
        assert found(entry.key)[0] == entry.key
