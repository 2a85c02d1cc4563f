"""One parameter over a range, as it is drawn and summed up: every sample, or buckets. Pure.

A spike is never lost: a bucket keeps the least and the most of its samples, and what has states
keeps every change. What was not heard is a gap: nothing is drawn there.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboard.database_search import Entry
from dashboard.overview import holds_s
from telemetry.clock import SECOND_NS
from telemetry.frame import Block, Buckets, Sample

#: Of one line: more than there are pixels are not seen, and Plotly becomes slow.
MAX_POINTS: Final = 2_000

Times = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Every array has shape (points,), in ascending time.

    width_ns: of its buckets; 0 where every point is a sample.
    low, high, mean: float64; equal to each other for a sample, NaN for an invalid one. Of what has
        states they are its places in `names`.
    count: of valid samples in each point. names: the states it was in, empty for numbers.
    total: of valid samples, where points are fewer because only changes are kept.
    before: the newest sample before the range, which holds at its start.
    silences: [start, end) of each time the subsystem was not heard, as far as is known.
    heard_ns: it was heard until then; None if that is not known.
    """

    entry: Entry
    time_ns: Times
    low: Numbers
    high: Numbers
    mean: Numbers
    count: Times
    width_ns: int = 0
    names: tuple[str, ...] = ()
    total: int = 0
    before: Sample | None = None
    silences: tuple[tuple[int, int], ...] = ()
    heard_ns: int | None = None
    note: str = ""

    @property
    def sampled(self) -> bool:
        return self.width_ns == 0

    @property
    def stated(self) -> bool:
        """Whether it has states and no numbers."""
        return not self.entry.parameter.type.numeric


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is drawn, of shape (points,): NaN where nothing is known, so that no line spans it."""

    time_ns: Times
    low: Numbers
    high: Numbers
    mean: Numbers


def of_samples(entry: Entry, blocks: list[Block], **known: Any) -> Series:
    """All samples; of what has states, those that differ from the one before."""
    id_ = entry.parameter.id
    columns = [block.columns[id_] for block in blocks]
    time_ns = _joined([block.time_ns for block in blocks], np.int64)
    present = _joined([column.present for column in columns], np.bool_)
    valid = _joined([column.valid for column in columns], np.bool_)[present]
    time_ns = time_ns[present]
    raw = [column.values[column.present] for column in columns]
    names: tuple[str, ...] = ()
    if entry.parameter.type.numeric:
        value = np.where(valid, _joined(raw, np.float64), np.nan)
    else:
        values = [one for part in raw for one in part.tolist()]
        names, value = _places(entry, values, valid, known.get("before"))
    total = int(valid.sum())
    if not entry.parameter.type.numeric:
        kept = np.flatnonzero(_changes(value))
        time_ns, value, valid = time_ns[kept], value[kept], valid[kept]
    return Series(
        entry=entry,
        time_ns=time_ns,
        low=value,
        high=value,
        mean=value,
        count=valid.astype(np.int64),
        names=names,
        total=total,
        **known,
    )


def of_buckets(entry: Entry, buckets: Buckets, **known: Any) -> Series:
    low, high, mean = buckets.minimum, buckets.maximum, buckets.mean
    names: tuple[str, ...] = ()
    if not entry.parameter.type.numeric:
        good = np.ones(len(buckets.last), np.bool_)
        names, mean = _places(entry, buckets.last.tolist(), good, known.get("before"))
        low = high = mean
    return Series(
        entry=entry,
        time_ns=buckets.time_ns,
        low=low,
        high=high,
        mean=mean,
        count=buckets.count,
        width_ns=buckets.width_ns,
        names=names,
        total=int(buckets.count.sum()),
        **known,
    )


def line(series: Series, start_ns: int, stop_ns: int) -> Line:
    """The series with what held at its start and holds at its end, broken where nothing is known.

    A value that is not sent again holds for as long as its sender may leave it out, and no longer
    than its subsystem was heard. Points are at the start of their buckets.
    """
    time_ns, low, high, mean = series.time_ns, series.low, series.high, series.mean
    held = _held(series)
    if held is not None and (not len(time_ns) or time_ns[0] > start_ns):
        at = np.array([series.before.time_ns if series.before else start_ns], np.int64)
        time_ns = np.concatenate((at, time_ns))
        low, high, mean = (np.concatenate(([held], one)) for one in (low, high, mean))
    if not len(time_ns):
        return _nothing(start_ns)
    until_ns = _holds_until(series, time_ns, stop_ns)
    following = np.append(time_ns[1:], stop_ns)
    broken = until_ns < following
    # where it breaks: once more the value, at the last moment it held, and then nothing
    ends = np.flatnonzero(broken | (np.arange(len(time_ns)) == len(time_ns) - 1))
    at, rows = np.repeat(ends + 1, 2), np.repeat(ends, 2)
    end_ns = np.minimum(until_ns[ends], following[ends])
    drawn_ns = np.insert(time_ns, at, np.repeat(end_ns, 2))
    nothing = np.arange(len(rows)) % 2 == 1
    drawn = [np.insert(one, at, np.where(nothing, np.nan, one[rows])) for one in (low, high, mean)]
    inside = np.flatnonzero(drawn_ns >= start_ns)
    if not len(inside):
        return _nothing(start_ns)
    first = inside[0]
    if first and np.isfinite(drawn[2][first - 1]):
        first -= 1  # it holds at the start: drawn from there
        drawn_ns[first] = start_ns
    return Line(
        time_ns=drawn_ns[first:], low=drawn[0][first:], high=drawn[1][first:], mean=drawn[2][first:]
    )


def _nothing(start_ns: int) -> Line:
    """Plotly does not make an axis of which no line has a point: one that is not seen."""
    unknown = np.array([np.nan])
    return Line(time_ns=np.array([start_ns], np.int64), low=unknown, high=unknown, mean=unknown)


def silences(heard_ns: Times, start_ns: int, stale_after_ns: int) -> tuple[tuple[int, int], ...]:
    """Where frames stopped for longer than a heartbeat allows: from the last one to the next."""
    times = np.concatenate(([start_ns], heard_ns))
    after = np.flatnonzero(np.diff(times) > stale_after_ns)
    return tuple((int(times[one]), int(times[one + 1])) for one in after)


def _holds_until(series: Series, time_ns: Times, stop_ns: int) -> Times:
    """For how long each point holds if no other follows."""
    entry = series.entry
    hold_s = holds_s(entry.parameter, series.width_ns)
    # what is there was heard, whatever the stream says now: a simulated day can be flown again
    longest = stop_ns if series.heard_ns is None else max(series.heard_ns, int(time_ns[-1]))
    if hold_s is None:
        until = np.full(len(time_ns), longest, np.int64)
    else:
        until = np.minimum(time_ns + round(hold_s * SECOND_NS), longest)
    began = np.array([*(one for one, _ in series.silences), stop_ns], np.int64)
    next_silence = np.minimum(np.searchsorted(began, time_ns), len(began) - 1)
    until = np.minimum(until, np.maximum(began[next_silence], time_ns))
    # a bucket is drawn over all of its width
    return np.maximum(until, time_ns + series.width_ns)


def _held(series: Series) -> float | None:
    """What held before the range, as a number; None for nothing that can be drawn."""
    if series.before is None or series.before.value is None:
        return None
    if not series.stated:
        return float(series.before.value)
    return float(series.names.index(series.entry.parameter.display(series.before.value)))


def _places(
    entry: Entry, values: list[Any], valid: NDArray[np.bool_], before: Sample | None
) -> tuple[tuple[str, ...], Numbers]:
    """The states there are, those of the definition first, and the place of each value in them."""
    shown = [
        entry.parameter.display(value) if good else ""
        for value, good in zip(values, valid.tolist(), strict=True)
    ]
    there = dict.fromkeys(shown)
    there.pop("", None)
    if before is not None and before.value is not None:
        there.setdefault(entry.parameter.display(before.value))
    defined = [name for name in entry.parameter.states.values() if name in there]
    names = tuple(dict.fromkeys([*defined, *there]))
    place = {name: float(n) for n, name in enumerate(names)}
    return names, np.array([place.get(name, np.nan) for name in shown], np.float64)


def _changes(value: Numbers) -> NDArray[np.bool_]:
    """Shape (points,): it differs from the one before. Two that are invalid do not."""
    if not len(value):
        return np.empty(0, np.bool_)
    same = (value[1:] == value[:-1]) | (np.isnan(value[1:]) & np.isnan(value[:-1]))
    return np.concatenate(([True], ~same))


def _joined(parts: list[Any], kind: Any) -> Any:
    return np.concatenate(parts).astype(kind) if parts else np.empty(0, kind)
