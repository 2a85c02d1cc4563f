"""Roll-ups: what a store keeps of its samples for longer than the samples. Pure.

Each level sums up buckets of its width: count and last of every parameter, minimum, maximum and
mean of numbers. A roll-up is a row of a table beside the subsystem's own, written and read like a
frame of one; three tables a level, because InfluxDB 3 has at most 500 columns a table.

    iss adcs__10s_seen   <id>__count <id>__last       iss rollups__done   <subsystem>__done
    iss adcs__10s_range  <id>__min   <id>__max
    iss adcs__10s_mean   <id>__mean

Whole minutes are rolled up, all levels together, and `rollups__done` says which: a `Mark` for each.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.frame import Block, Buckets, Column, Frame
from telemetry.parameter import ParameterType
from telemetry.store.base import Schema
from telemetry.store.rows import Key, bucket_starts, mean_of, no_buckets
from telemetry.store.schema import Types

MINUTE_NS: Final = 60_000_000_000
#: Widths that are rolled up, widest first; each divides a minute.
LEVELS_NS: Final = (60_000_000_000, 10_000_000_000)

#: Minutes without a sample are marked too, so that nobody looks for samples there: as many as this
#: in a row. What is silent for longer is cheap to look through and would cost a row a minute.
MAX_EMPTY: Final = 60

#: No mission database may have such names: what follows `__` is the store's.
DONE: Final = "rollups__done"
_DONE_SUFFIX: Final = "__done"
_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "seen": ("count", "last"),
    "range": ("min", "max"),
    "mean": ("mean",),
}

Times = NDArray[np.int64]
Span = tuple[int, int]


class Mark(IntEnum):
    """What the roll-ups of a subsystem's minute are worth; no mark is as STALE.

    STALE: samples were written since. SUMMED: they say what the samples say. EMPTY: there were no
    samples. KEPT: the samples were given up, so it can never be summed up again.
    """

    STALE = 0
    SUMMED = 1
    EMPTY = 2
    KEPT = 3


def level_of(width_ns: int) -> int | None:
    """The widest level that buckets of a width can be made of."""
    return next((level for level in LEVELS_NS if width_ns % level == 0), None)


def table_of(key: Key, level_ns: int, name: str) -> Key:
    return key[0], f"{key[1]}__{level_ns // 1_000_000_000}s_{name}"


def done_column(subsystem: str) -> str:
    return subsystem + _DONE_SUFFIX


def is_rollup(key: Key) -> bool:
    return "__" in key[1]


def rollup_schema(schema: Schema) -> Schema:
    """The tables beside those of a schema, with the types of their columns; the marks first."""
    done: dict[str, dict[str, ParameterType]] = {}
    tables: dict[Key, Types] = {}
    for craft, subsystem in schema:
        done.setdefault(craft, {})[done_column(subsystem)] = ParameterType.INTEGER
    for craft, columns in done.items():
        tables[craft, DONE] = columns
    for (craft, subsystem), types in schema.items():
        for level in LEVELS_NS:
            for name in _TABLES:
                columns = {c: k for p, kind in types.items() for c, k in _columns(name, p, kind)}
                tables[table_of((craft, subsystem), level, name)] = columns
    return tables


def _columns(name: str, parameter: str, kind: ParameterType) -> Iterator[tuple[str, ParameterType]]:
    if name != "seen" and not kind.numeric:
        return
    for statistic in _TABLES[name]:
        match statistic:
            case "count":
                yield f"{parameter}__{statistic}", ParameterType.INTEGER
            case "last":
                yield f"{parameter}__{statistic}", kind
            case _:
                yield f"{parameter}__{statistic}", ParameterType.FLOAT


def tables_for(parameter: str, kind: ParameterType) -> Iterator[tuple[str, Types]]:
    """What one parameter has in each table; the table with its count first."""
    for name in _TABLES:
        if columns := dict(_columns(name, parameter, kind)):
            yield name, columns


# --- from samples to roll-ups ---


def whole_minutes(start_ns: int, stop_ns: int) -> Span:
    """The minutes a range touches."""
    return start_ns // MINUTE_NS * MINUTE_NS, -(-stop_ns // MINUTE_NS) * MINUTE_NS


def cut_at_minute(block: Block) -> tuple[Block, Block]:
    """Without its last minute, which may go on in the next block; and that minute."""
    last = int(block.time_ns[-1]) // MINUTE_NS * MINUTE_NS
    at = int(np.searchsorted(block.time_ns, last))
    return block.rows(slice(0, at)), block.rows(slice(at, None))


def joined(one: Block | None, other: Block) -> Block:
    """One block after the other, of the same subsystem and columns."""
    if one is None or not len(one):
        return other

    def both(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate((first, second))

    columns = {
        p: Column(
            both(one.columns[p].values, column.values),
            both(one.columns[p].valid, column.valid),
            both(one.columns[p].quality, column.quality),
        )
        for p, column in other.columns.items()
    }
    return Block(
        other.spacecraft,
        other.subsystem,
        both(one.time_ns, other.time_ns),
        both(one.received_ns, other.received_ns),
        both(one.sequence, other.sequence),
        columns,
    )


def rollups_of(block: Block, types: Types) -> Iterator[Frame]:
    """The rows of all levels for a block of whole minutes."""
    key = (block.spacecraft, block.subsystem)
    for level in LEVELS_NS:
        starts, first = np.unique(bucket_starts(block.time_ns, level), return_index=True)
        if len(starts):
            for name, rows in _tables_of(block, types, first).items():
                table = table_of(key, level, name)
                for time, values in zip(starts.tolist(), rows, strict=True):
                    if values:
                        yield _row(table, time, values)


def _row(table: Key, time_ns: int, values: Mapping[str, Any]) -> Frame:
    return Frame(
        spacecraft=table[0],
        subsystem=table[1],
        time_ns=time_ns,
        received_ns=0,
        sequence=0,
        values=values,
    )


def _tables_of(
    block: Block, types: Types, first: NDArray[np.intp]
) -> dict[str, list[dict[str, Any]]]:
    """For each table the values of each bucket, whose first rows are given."""
    seen: list[dict[str, Any]] = [{} for _ in first]
    spread: list[dict[str, Any]] = [{} for _ in first]
    mean: list[dict[str, Any]] = [{} for _ in first]
    valid = np.stack([block.columns[p].valid for p in types], axis=1)
    counts = np.add.reduceat(valid, first, axis=0, dtype=np.int64)
    places = np.where(valid, np.arange(len(block))[:, None], -1)
    latest = np.maximum.reduceat(places, first, axis=0)
    for at, parameter in enumerate(types):
        count, last = f"{parameter}__count", f"{parameter}__last"
        has = np.flatnonzero(counts[:, at])
        lasts = block.columns[parameter].values[latest[has, at]].tolist()
        for row, n, value in zip(has.tolist(), counts[has, at].tolist(), lasts, strict=True):
            seen[row][count], seen[row][last] = n, value
    numbers = [(at, p) for at, (p, kind) in enumerate(types.items()) if kind.numeric]
    if numbers:
        of = [at for at, _ in numbers]
        values = np.stack([block.columns[p].values for _, p in numbers], axis=1).astype(np.float64)
        known, n = valid[:, of], counts[:, of]
        low = np.minimum.reduceat(np.where(known, values, np.inf), first, axis=0)
        high = np.maximum.reduceat(np.where(known, values, -np.inf), first, axis=0)
        sizes = np.diff(np.append(first, len(block)))
        shares = np.where(known, values, 0.0) / np.repeat(np.maximum(n, 1), sizes, axis=0)
        means = mean_of(shares, first, low, high)
        for column, (_, p) in enumerate(numbers):
            has = np.flatnonzero(n[:, column])
            each = (array[has, column].tolist() for array in (low, high, means))
            for row, least, most, average in zip(has.tolist(), *each, strict=True):
                spread[row][f"{p}__min"], spread[row][f"{p}__max"] = least, most
                mean[row][f"{p}__mean"] = average
    return {"seen": seen, "range": spread, "mean": mean}


def marks_of(span: Span, occupied: Times) -> dict[int, Mark]:
    """The marks of a span of whole minutes, given those that have samples, in order."""
    marks: dict[int, Mark] = {}
    edges = [span[0] - MINUTE_NS, *occupied.tolist(), span[1]]
    for before, after in pairwise(edges):
        silent = range(before + MINUTE_NS, after, MINUTE_NS)
        if len(silent) <= MAX_EMPTY:
            marks.update(dict.fromkeys(silent, Mark.EMPTY))
    marks.update(dict.fromkeys(occupied.tolist(), Mark.SUMMED))
    return marks


def mark_rows(key: Key, marks: Mapping[int, Mark]) -> list[Frame]:
    column = done_column(key[1])
    return [_row((key[0], DONE), minute, {column: int(mark)}) for minute, mark in marks.items()]


# --- from roll-ups to buckets ---


def spans_of(minutes: Times) -> list[Span]:
    """Minutes in order as half-open spans without a gap."""
    if not len(minutes):
        return []
    breaks = np.flatnonzero(np.diff(minutes) != MINUTE_NS)
    starts = minutes[np.append(0, breaks + 1)]
    stops = minutes[np.append(breaks, len(minutes) - 1)] + MINUTE_NS
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def in_spans(times: Times, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Shape (times,): it lies in one of the spans, which are in order and do not touch."""
    inside: NDArray[np.bool_] = np.searchsorted(np.ravel(spans), times, side="right") % 2 == 1
    return inside


def gaps(done: Sequence[Span], start_ns: int, stop_ns: int, most: int | None = None) -> list[Span]:
    """What of a range is in no span; with `most`, joined over the shortest spans to that many."""
    inner = [(a, b) for a, b in done if a < stop_ns and b > start_ns]
    if most is not None:
        inner = sorted(sorted(inner, key=lambda span: span[1] - span[0])[-(most - 1) :])
    edges = [start_ns, *(edge for span in inner for edge in span), stop_ns]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def combine(parts: Sequence[Buckets], kind: ParameterType, width_ns: int) -> Buckets:
    """Buckets of narrower or equal width as buckets of a width; parts of one bucket in order."""
    times, counts, low, high, mean, last = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("time_ns", "count", "minimum", "maximum", "mean", "last")
    )
    if not len(times):
        return no_buckets(kind, width_ns)
    order = np.argsort(times, kind="stable")
    starts, first, sizes = np.unique(
        bucket_starts(times[order], width_ns), return_index=True, return_counts=True
    )
    total = np.add.reduceat(counts[order], first)
    least, most = np.minimum.reduceat(low[order], first), np.maximum.reduceat(high[order], first)
    shares = mean[order] * (counts[order] / np.repeat(total, sizes))
    return Buckets(
        width_ns,
        starts,
        least,
        most,
        mean_of(shares, first, least, most),
        total,
        last[order][first + sizes - 1],
    )


def chosen(buckets: Buckets, which: NDArray[np.bool_]) -> Buckets:
    """Some of the buckets, by a mask of shape (buckets,)."""
    return Buckets(
        buckets.width_ns,
        buckets.time_ns[which],
        buckets.minimum[which],
        buckets.maximum[which],
        buckets.mean[which],
        buckets.count[which],
        buckets.last[which],
    )
