"""A session in words."""

import pytest
from msgspec.structs import replace

from dashboard import replay_rows
from telemetry.replay import (
    ReplayChange,
    ReplayGaps,
    ReplayLimits,
    ReplayOrder,
    ReplaySpec,
    ReplayVerb,
)
from tests.dashboard.replays import NOW_NS, SESSION


def test_a_session_says_what_is_replayed_and_how_it_is_judged() -> None:
    row = replay_rows.row(SESSION)
    assert (row["state"], row["speed"], row["by"]) == ("PLAYING", 10.0, "Ann")
    assert (row["start"], row["position"]) == (NOW_NS / 1e6, NOW_NS / 1e6 + 1000)
    assert (row["order"], row["limits"], row["gaps"]) == (
        "as received",
        "limits of then",
        "gaps kept",
    )
    assert row["source"] == ""


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        (ReplaySpec(recording="ms18"), "recording ms18"),
        (ReplaySpec(bundle="ms18-0123"), "bundle ms18-0123"),
    ],
)
def test_what_was_named_is_named(spec: ReplaySpec, source: str) -> None:
    assert replay_rows.row(replace(SESSION, spec=spec))["source"] == source


def test_every_order_and_way_of_judging_has_its_words() -> None:
    for order in ReplayOrder:
        for limits in ReplayLimits:
            spec = ReplaySpec(order=order, limits=limits, gaps=ReplayGaps.SKIP)
            row = replay_rows.row(replace(SESSION, spec=spec))
            assert row["order"].startswith("as ")
            assert limits.value in row["limits"]
            assert row["gaps"] == "gaps skipped"


def test_a_refusal_needs_no_session() -> None:
    change = ReplayChange(command="c1", verb=ReplayVerb.CREATE, by="Ann", refused="no such range")
    told = replay_rows.answer(change)
    assert (told["command"], told["refused"], told["row"]) == ("c1", "no such range", None)


def test_an_answer_brings_the_session_as_it_is_then() -> None:
    change = ReplayChange(command="c1", verb=ReplayVerb.PLAY, by="Ann", replay=SESSION)
    assert replay_rows.answer(change)["row"]["id"] == "k3f9"
