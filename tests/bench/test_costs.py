"""Whether what was sampled of processes is put together right."""

from bench.costs import core, most

SAMPLES = {
    ("ingest", "CPU, %"): [10.0, 20.0],
    ("broker", "CPU, %"): [1.0],
    ("ingest", "RSS, MB"): [100.0, 140.0, 120.0],
    ("ingest", "USS, MB"): [90.0],
}


def test_core_is_the_average_by_kind() -> None:
    assert core(SAMPLES) == {"ingest": 15.0, "broker": 1.0}


def test_most_is_the_largest_of_one_measure() -> None:
    assert most(SAMPLES, "RSS, MB") == {"ingest": 140.0}
