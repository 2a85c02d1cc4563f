import pytest

from dashboard.pages.link import AFTER_MS, read
from tests.small import small_database

DATABASE = small_database()
#: 15 October 2021, 09:12 UTC.
AT_MS = 1_634_289_120_000


def test_link_chooses_the_parameter_at_its_minute() -> None:
    linked = read("?at=2021-10-15T09%3A12Z&craft=iss&parameter=ERR", DATABASE)
    assert linked.chosen == {
        "spacecraft": "iss",
        "subsystem": "adcs",
        "parameter": "ERR",
        "now": AT_MS + AFTER_MS,
        "at": AT_MS,
    }
    assert "nothing was acknowledged" in linked.note


def test_a_time_without_zone_is_utc() -> None:
    linked = read("?at=2021-10-15T09:12&craft=iss&parameter=ERR", DATABASE)
    assert linked.chosen is not None
    assert linked.chosen["at"] == AT_MS


@pytest.mark.parametrize("search", ["", "?", "?utm=1"])
def test_an_address_that_is_no_link_chooses_nothing_and_says_nothing(search: str) -> None:
    linked = read(search, DATABASE)
    assert linked.chosen is None
    assert linked.note == ""


@pytest.mark.parametrize(
    "search",
    [
        "?at=yesterday&craft=iss&parameter=ERR",
        "?at=1066-10-14T09:00Z&craft=iss&parameter=ERR",
        "?at=2021-10-15T09:12Z&craft=mir&parameter=ERR",
        "?at=2021-10-15T09:12Z&craft=iss&parameter=NOSUCH",
        "?at=2021-10-15T09:12Z&craft=iss",
        "?craft=iss&parameter=ERR",
    ],
)
def test_a_link_to_no_known_parameter_chooses_nothing_and_says_why(search: str) -> None:
    linked = read(search, DATABASE)
    assert linked.chosen is None
    assert linked.note


def test_a_time_no_clock_can_say_is_no_minute() -> None:
    linked = read("?at=9999-12-31T00%3A00Z&craft=iss&parameter=ERR", DATABASE)
    assert "no spacecraft and minute" in linked.note
