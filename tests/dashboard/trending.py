"""Small things to make trends of: what is asked, and series of the small mission database."""

from typing import Any

import numpy as np

from dashboard.trends_ask import TrendAsk, parameters
from dashboard.trends_series import Series, of_buckets, of_samples
from telemetry.clock import SECOND_NS
from telemetry.frame import Block, Buckets, Column
from tests.small import small_database

DATABASE = small_database()
NAN = float("nan")


def ask(keys: str, start_s: float, stop_s: float, **more: Any) -> TrendAsk:
    entries, missing = parameters(keys, DATABASE)
    given = {"now_ns": round(stop_s * SECOND_NS)} | more
    return TrendAsk(
        entries=entries,
        missing=missing,
        start_ns=round(start_s * SECOND_NS),
        stop_ns=round(stop_s * SECOND_NS),
        **given,
    )


def samples(key: str, values: dict[float, Any], **known: Any) -> Series:
    """values: by second; None for an invalid sample."""
    [entry] = parameters(key, DATABASE)[0]
    kept = [0 if value is None else value for value in values.values()]
    valid = np.array([value is not None for value in values.values()], np.bool_)
    kind = object if any(isinstance(value, str) for value in kept) else None
    column = Column(np.array(kept, kind), valid, (~valid).astype(np.uint8))
    time_ns = np.array([round(at * SECOND_NS) for at in values], np.int64)
    block = Block(
        entry.craft.id, entry.subsystem.id, time_ns, time_ns, time_ns, {entry.parameter.id: column}
    )
    return of_samples(entry, [block], **known)


def buckets(
    key: str, width_s: int, points: dict[int, tuple[float, float, float, int]], **known: Any
) -> Series:
    """points: second -> least, greatest, mean, count."""
    [entry] = parameters(key, DATABASE)[0]
    low, high, mean, count = (np.array(one) for one in zip(*points.values(), strict=True))
    low, high, mean = low.astype(float), high.astype(float), mean.astype(float)
    time_ns = np.array(list(points), np.int64) * SECOND_NS
    made = Buckets(width_s * SECOND_NS, time_ns, low, high, mean, count, mean)
    return of_buckets(entry, made, **known)
