"""The real recording through the processor: what docs/recording-alarms.md says of it.

The cut of tests/data has 24 of its 840 minutes, and all of the enumerations; STATIONWATCH_RECORDING
names the whole of it.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.recorded_alarms import (
    DOCUMENT,
    RULES,
    YEAR,
    explanations,
    journal,
    limits,
    of_cmgs,
    raised,
)
from telemetry.clock import SECOND_NS, utc
from telemetry.isslive import Recording, read_recording
from telemetry.limit import Severity
from tests.flights.flight import shipped

CUT = Path(__file__).parents[1] / "data" / "iss-2022-05-20"
#: The whole of it, if it is there.
GIVEN = Path(os.environ.get("STATIONWATCH_RECORDING") or CUT)


@pytest.fixture(scope="module")
def cut() -> Recording:
    return read_recording(CUT, YEAR, shipped(), "iss")


def shifted(recording: Recording, identity: str, by: float) -> Recording:
    """With one channel measured so much more."""
    one = recording.series[identity]
    more = replace(one, values=np.asarray(one.values) + by)
    return replace(recording, series={**recording.series, identity: more})


def later(recording: Recording, hours: int) -> Recording:
    by_ns = hours * 3_600 * SECOND_NS
    return replace(
        recording,
        series={
            identity: replace(one, time_ns=one.time_ns + by_ns)
            for identity, one in recording.series.items()
        },
    )


def test_every_alarm_is_explained_and_on_the_page() -> None:
    events = raised(list(journal(read_recording(GIVEN, YEAR, shipped(), "iss"), shipped())))
    assert {event.alarm.id for event in events} == set(explanations())
    text = DOCUMENT.read_text(encoding="utf-8")
    for event in events:
        when = utc(event.time_ns)[:19].replace("T", " ")
        row = f"| {event.alarm.severity.name} | {event.alarm.id} | {when} | {event.value} |"
        assert row in text
    assert text.count("| ADVISORY | S0") == len(events)
    assert all(why in text for why in explanations().values())


def test_cmgs_are_silent_after_the_hours_their_limits_were_set_on() -> None:
    recording = read_recording(GIVEN, YEAR, shipped(), "iss")
    assert of_cmgs(list(journal(recording, shipped()))) == []


def test_what_is_beyond_its_limit_is_raised(cut: Recording) -> None:
    events = list(journal(shifted(cut, "Z1000003", 0.06), shipped()))
    assert next(event.alarm.id for event in raised(events)) == "Z1000003.limit"
    assert of_cmgs(events) == []
    # the same in the hours that must be silent
    worn = shifted(later(cut, 8), "Z1000003", 0.06)
    assert {e.alarm.subject for e in of_cmgs(list(journal(worn, shipped())))} == {"Z1000003"}


def test_a_limit_follows_from_what_was_measured(cut: Recording) -> None:
    usual = {(one.rule.what, one.severity, one.side): one for one in limits(cut, shipped())}
    assert len(usual) == 6
    vibration = ("vibration", Severity.CAUTION, "high")
    values = [cut.series[identity].values for identity in RULES[0].ids]
    assert usual[vibration].gives == pytest.approx(3 * max(v.mean() for v in values), abs=0.005)
    moved = {
        (one.rule.what, one.severity, one.side): one
        for one in limits(shifted(cut, "Z1000004", 0.1), shipped())
    }
    assert moved[vibration].gives > usual[vibration].gives + 0.2
    assert not moved[vibration].follows
