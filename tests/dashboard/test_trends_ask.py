"""What people type and what addresses carry, as ranges and parameters."""

import pytest

from dashboard.trends_ask import MAX_PARAMETERS, TrendAsk, length, moment, parameters, span
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.missiondb import load
from tests.dashboard.scene import NOW_NS

HOUR_NS = 3600 * SECOND_NS
#: 2021-10-15T09:12:00Z.
TEST_NS = NOW_NS - 60 * SECOND_NS


@pytest.mark.parametrize(
    "text",
    [
        "2021-10-15T09:12:00Z",
        "2021-10-15 09:12",
        "2021-288T09:12",
        "2021/288 09:12",
        "2021:288:09:12",
        "2021/288/09:12:00",
        "288/09:12",
        "09:12",
        "9:12",
        "09:12:00Z",
        "now-1m",
        "now - 60 s",
        "-1min",
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str) -> None:
    assert moment(text, NOW_NS) == TEST_NS


def test_now_is_where_the_stream_is() -> None:
    assert moment("now", NOW_NS) == NOW_NS
    assert moment("now+1h", NOW_NS) == NOW_NS + HOUR_NS
    assert moment("now-60d", 5 * SECOND_NS) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "is no time: write UTC as"),
        ("2021-13-01", "is no time"),
        ("2021/400 09:12", "is no time"),
        ("25:00", "is no time"),
        ("now-2 fortnights", "no length of time"),
    ],
)
def test_what_is_no_moment_is_refused_with_the_forms(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        moment(text, NOW_NS)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2 h", 7200), ("1.5d", 129_600)]
)
def test_length(text: str, seconds: float) -> None:
    assert length(text) == seconds * SECOND_NS


def test_without_a_range_the_last_minutes_follow_the_stream() -> None:
    assert span({}, NOW_NS) == (NOW_NS - 900 * SECOND_NS, NOW_NS, True)
    assert span({"range": "2h"}, NOW_NS) == (NOW_NS - 2 * HOUR_NS, NOW_NS, True)


def test_a_range_without_end_ends_now_and_stays() -> None:
    assert span({"from": "now-2h"}, NOW_NS) == (NOW_NS - 2 * HOUR_NS, NOW_NS, False)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"to": "now"}, "say from when"),
        ({"from": "09:12", "to": "09:11"}, "ends at 2021-10-15 09:11:00, not after its start"),
        ({"from": "1990-01-01", "to": "2021-01-01"}, "more than 400 days"),
        ({"from": "09:12:00.000", "to": "09:12:00.001"}, "less than 0.1 s"),
        ({"range": "0s"}, "0.1 s to 400 days"),
    ],
)
def test_what_is_no_range_is_said_in_one_line(query: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        span(query, NOW_NS)


def test_unknown_parameters_cost_no_other() -> None:
    database = load(None)
    found, missing = parameters("iss/USLAB000010, iss/NONE,,iss/USLAB000010,soyuz/NO", database)
    assert [one.key for one in found] == ["iss/USLAB000010"]
    assert missing == (
        "iss/NONE is not in the mission database",
        "soyuz/NO is not in the mission database",
    )


def test_too_many_parameters_are_told() -> None:
    database = load(None)
    keys = [f"iss/{id_}" for id_ in database.subsystem("iss", "adcs").parameters][:10]
    found, missing = parameters(",".join(keys), database)
    assert len(found) == MAX_PARAMETERS
    assert missing == tuple(f"{key} is not shown: at most 8 at once" for key in keys[8:])


def test_a_size_that_is_none_does_not_cost_the_chart() -> None:
    query = {"p": "iss/USLAB000010", "wide": "inf", "high": "9999999", "lanes": "1"}
    ask = TrendAsk.read(query, load(None), NOW_NS)
    assert (ask.wide, ask.high, ask.lanes) == (1000, 4000, True)
