"""What a range of one parameter comes to. Pure.

Of buckets the least, most, mean and count are those of the samples; the spread within a bucket is
not kept, so a standard deviation is only the least it can be, and percentiles are not known.
"""

from typing import Any, Final

import numpy as np

from dashboard.trends_series import Series

PERCENTILES: Final = (5, 50, 95)


def statistics(series: Series) -> dict[str, Any]:
    """For the browser; null where it is not known. first, last: values, or names of states.

    std_least: the deviation is at least `std`. mean: of the samples there are, each counted once.
    """
    found: dict[str, Any] = {
        "count": series.total,
        "min": None,
        "max": None,
        "mean": None,
        "std": None,
        "std_least": not series.sampled,
        "first": None,
        "last": None,
        "changes": None,
    } | {f"p{one}": None for one in PERCENTILES}
    known = np.flatnonzero(np.isfinite(series.mean))
    if not len(known):
        return found
    if series.stated:
        first, last = (series.names[int(series.mean[at])] for at in (known[0], known[-1]))
        found |= {"last": last}
        if series.sampled:
            found |= {"first": first, "changes": len(known) - 1}
        return found
    count, mean = series.count[known], series.mean[known]
    average = float(np.average(mean, weights=count))
    spread = float(np.sqrt(np.average((mean - average) ** 2, weights=count)))
    found |= {
        "min": float(series.low[known].min()),
        "max": float(series.high[known].max()),
        "mean": average,
        "std": spread,
    }
    if series.sampled:
        found |= {"first": float(mean[0]), "last": float(mean[-1])}
        marks = np.percentile(mean, PERCENTILES)
        found |= {f"p{one}": float(value) for one, value in zip(PERCENTILES, marks, strict=True)}
    return found
