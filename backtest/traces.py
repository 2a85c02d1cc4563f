"""The parameters whose alarms differ, as they were: for the traces of the report. Reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.compare import Comparison, Raised
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS
from telemetry.limit import Band, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType
from telemetry.store.base import Store

#: Of a report; of those that differ, the ones with the most severe alarms.
MAX_TRACES: Final = 40
#: Of a trace, about; each has its lowest and highest value.
_POINTS: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """time_ns, low, high: shape (points,), of the samples of the time from each to the next.

    bands: by side, the ranges a parameter must keep by itself, whatever context it is in.
    alarms: by side, those of it.
    """

    spacecraft: str
    parameter: Parameter
    time_ns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    bands: tuple[tuple[tuple[Severity, Band], ...], ...]
    alarms: tuple[tuple[Raised, ...], ...]


async def traces(
    store: Store, databases: Sequence[MissionDatabase], found: Comparison
) -> tuple[list[Trace], int]:
    """Those that are drawn, and how many more differ."""
    worst: dict[tuple[str, str], int] = {}
    for side in found.sides:
        for one in side.alarms:
            if one.name in found.differs and one.condition is not Condition.STALE:
                key = one.spacecraft, one.subject
                worst[key] = max(worst.get(key, 0), int(one.severity))
    wanted = sorted(worst, key=lambda key: (-worst[key], key))
    shown = wanted[:MAX_TRACES]
    return [await _trace(store, databases, found, key) for key in shown], len(wanted) - len(shown)


async def _trace(
    store: Store, databases: Sequence[MissionDatabase], found: Comparison, key: tuple[str, str]
) -> Trace:
    craft, id_ = key
    subsystem = databases[0].spacecraft[craft].subsystem_of(id_)
    parameter = subsystem.parameters[id_]
    span_ns = found.stop_ns - found.start_ns
    width_ns = max(-(-span_ns // _POINTS // SECOND_NS), 1) * SECOND_NS
    times: NDArray[np.int64] = np.empty(0, np.int64)
    low = high = np.empty(0)
    if parameter.type is not ParameterType.STRING:
        buckets = await store.buckets(
            craft, subsystem.id, id_, found.start_ns, found.stop_ns, width_ns
        )
        times = buckets.time_ns
        if parameter.type.numeric:
            low, high = buckets.minimum, buckets.maximum
        else:
            low = high = buckets.last.astype(np.float64)
    limits = [one.parameter(craft, id_).limits.range for one in databases]
    return Trace(
        spacecraft=craft,
        parameter=parameter,
        time_ns=times,
        low=low,
        high=high,
        bands=tuple(tuple(one.items()) for one in limits),
        alarms=tuple(
            tuple(one for one in side.alarms if (one.spacecraft, one.subject) == key)
            for side in found.sides
        ),
    )
