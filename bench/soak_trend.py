"""Does it grow? A robust slope of what was sampled, and the rule that judges it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: A day of the slope may not add more than this share of the level.
SHARE_A_DAY: Final = 0.20
#: Below as many in the half that is judged, a slope says nothing.
FEWEST: Final = 20
#: Nor within less time: caches, pools and the first roll-ups still fill.
SHORTEST_S: Final = 600.0


class Verdict(StrEnum):
    FLAT = "flat"
    GROWS = "grows"
    TOO_SHORT = "too short to say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """first: level at 5 min, or at the first sample after it. per_hour: of the second half."""

    first: float
    last: float
    most: float
    per_hour: float
    verdict: Verdict


def theil_sen(at_s: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """The median of the slopes between all pairs of points, a second; 0 without two times.

    A quarter of the points may be anything and it stays near the slope of the others.
    Source: Sen 1968, doi:10.1080/01621459.1968.10480934.
    """
    one, other = np.triu_indices(len(at_s), 1)
    apart = at_s[other] - at_s[one]
    apart, rise = apart[apart > 0], (values[other] - values[one])[apart > 0]
    return float(np.median(rise / apart)) if len(apart) else 0.0


def trend(
    at_s: Sequence[float], values: Sequence[float], *, noise: float, first_s: float = 300.0
) -> Trend:
    """noise: what a day may add whatever the level is, in the unit of the values.

    Levels are medians of five samples. It grows if a day of the second half's slope would add more
    than SHARE_A_DAY of the level and more than the noise.
    """
    times, levels = np.asarray(at_s, float), np.asarray(values, float)
    if not len(times):
        return Trend(first=0, last=0, most=0, per_hour=0, verdict=Verdict.TOO_SHORT)
    begins = min(int(np.searchsorted(times, first_s)), len(times) - 1)
    half = times >= (times[0] + times[-1]) / 2
    slope = theil_sen(times[half], levels[half])
    last = float(np.median(levels[-5:]))
    if half.sum() < FEWEST or times[half][-1] - times[half][0] < SHORTEST_S:
        verdict = Verdict.TOO_SHORT
    elif slope * 86_400 > max(SHARE_A_DAY * float(np.median(levels[half])), noise):
        verdict = Verdict.GROWS
    else:
        verdict = Verdict.FLAT
    return Trend(
        first=float(np.median(levels[begins : begins + 5])),
        last=last,
        most=float(levels.max()),
        per_hour=slope * 3_600,
        verdict=verdict,
    )
