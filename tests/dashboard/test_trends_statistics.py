import pytest

from dashboard.trends_statistics import statistics
from tests.dashboard.trending import buckets, samples


def test_samples_say_all() -> None:
    found = statistics(samples("iss/RATE", {0: 4.0, 1: 1.0, 2: None, 3: 1.0, 4: 2.0}))
    assert (found["count"], found["min"], found["max"], found["mean"]) == (4, 1, 4, 2)
    assert (found["first"], found["last"], found["p50"]) == (4, 2, 1.5)
    assert found["std"] == pytest.approx(1.5**0.5)
    assert not found["std_least"]


def test_buckets_are_weighted_and_do_not_pretend() -> None:
    found = statistics(buckets("iss/RATE", 10, {0: (0, 4, 1, 3), 10: (-9, 9, 5, 1)}))
    assert (found["count"], found["min"], found["max"], found["mean"]) == (4, -9, 9, 2)
    assert found["std"] == pytest.approx(3**0.5)
    assert found["std_least"]
    assert [found[name] for name in ("first", "last", "p5", "p50", "p95")] == [None] * 5


def test_states_are_counted_not_averaged() -> None:
    found = statistics(samples("iss/MODE", {0: 1, 1: 1, 2: 0, 3: 1}))
    assert (found["count"], found["changes"]) == (4, 2)
    assert (found["first"], found["last"], found["mean"]) == ("DRIFT", "DRIFT", None)


def test_nothing_is_nothing() -> None:
    found = statistics(samples("iss/RATE", {0: None}))
    assert found["count"] == 0
    assert {found[name] for name in ("min", "max", "mean", "std", "last")} == {None}
