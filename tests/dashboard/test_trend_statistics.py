import numpy as np
import pytest

from dashboard.trend_statistics import statistics
from telemetry.clock import SECOND_NS
from telemetry.frame import Buckets
from telemetry.limit import Severity
from tests.small import small_database

ERROR = small_database().parameter("iss", "ERR")


def buckets(*values: tuple[float, float, float, int]) -> Buckets:
    """(least, mean, most, count) a second."""
    low, mean, high, count = (np.array(column, dtype=float) for column in zip(*values, strict=True))
    return Buckets(
        time_ns=np.arange(len(values), dtype=np.int64) * SECOND_NS,
        width_ns=SECOND_NS,
        minimum=low,
        maximum=high,
        mean=mean,
        count=count.astype(np.int64),
        last=mean,
    )


def test_mean_is_of_samples_and_extremes_are_of_all() -> None:
    found = statistics(ERROR, buckets((0.0, 0.5, 0.9, 3), (-0.5, -0.1, 0.1, 1)))
    assert found is not None
    assert (found.count, found.minimum, found.maximum) == (4, -0.5, 0.9)
    assert found.mean == pytest.approx(0.35)
    assert (found.first, found.last) == (0.5, -0.1)
    assert (found.beyond, found.worst) == (0, Severity.NOMINAL)


def test_one_spike_in_a_bucket_is_a_violation_of_it() -> None:
    found = statistics(ERROR, buckets((0, 0, 0.5, 100), (0, 0.1, 9.0, 100)))
    assert found is not None
    assert found.beyond == 0.5
    assert found.worst > Severity.NOMINAL


def test_nothing_recorded_has_none() -> None:
    empty = Buckets(
        time_ns=np.empty(0, dtype=np.int64),
        width_ns=SECOND_NS,
        minimum=np.empty(0),
        maximum=np.empty(0),
        mean=np.empty(0),
        count=np.empty(0, dtype=np.int64),
        last=np.empty(0),
    )
    assert statistics(ERROR, empty) is None
