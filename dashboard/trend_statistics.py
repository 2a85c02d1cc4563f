"""Figures of what a trend shows. Pure: buckets in, numbers out."""

from dataclasses import dataclass

import numpy as np

from dashboard.limit_scale import severity_at
from telemetry.frame import Buckets
from telemetry.limit import Severity
from telemetry.parameter import Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """count: samples. deviation: between buckets, 0 for one. first, last: of the range.

    beyond: of the buckets, the share in which a value broke a limit of its own, and the worst
    class that was broken. Limits of a context are not counted.
    """

    count: int
    minimum: float
    maximum: float
    mean: float
    deviation: float
    first: float
    last: float
    beyond: float
    worst: Severity


def statistics(parameter: Parameter, buckets: Buckets) -> Statistics | None:
    """None where nothing was recorded, or what was is no number."""
    count = int(buckets.count.sum())
    if not count or not parameter.type.numeric:
        return None
    known = np.isfinite(buckets.mean)
    if not known.any():
        return None
    weights = buckets.count[known]
    mean = float(np.average(buckets.mean[known], weights=weights))
    spread = float(np.average((buckets.mean[known] - mean) ** 2, weights=weights)) ** 0.5
    bands = parameter.limits.range
    classes = [
        max(severity_at(bands, float(low)), severity_at(bands, float(high)))
        for low, high in zip(buckets.minimum[known], buckets.maximum[known], strict=True)
    ]
    return Statistics(
        count=count,
        minimum=float(np.nanmin(buckets.minimum)),
        maximum=float(np.nanmax(buckets.maximum)),
        mean=mean,
        deviation=spread,
        first=float(buckets.mean[known][0]),
        last=float(buckets.mean[known][-1]),
        beyond=sum(one > Severity.NOMINAL for one in classes) / len(classes),
        worst=max(classes, default=Severity.NOMINAL),
    )
