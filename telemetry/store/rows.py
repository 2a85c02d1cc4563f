"""Frames merged into rows, and rows turned into columns: what the stores have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from telemetry.frame import Block, Buckets, Column, Frame
from telemetry.parameter import ParameterType, Value
from telemetry.store.schema import Types

DTYPES: Final[Mapping[ParameterType, np.dtype[Any]]] = {
    ParameterType.FLOAT: np.dtype(np.float64),
    ParameterType.INTEGER: np.dtype(np.int64),
    ParameterType.ENUMERATION: np.dtype(np.int64),
    ParameterType.BOOLEAN: np.dtype(np.bool_),
    ParameterType.STRING: np.dtype(object),
}

#: A block is cut short so that it has at most this many values (about 20 MB).
_BLOCK_CELLS: Final = 2_000_000

Key = tuple[str, str]


#: By generation time.
Rows = dict[int, Frame]


def put(rows: Rows, frame: Frame) -> None:
    """Keep a frame, merged with what there is of its time.

    A later value replaces an earlier; a valid one is never replaced by an invalid one.
    """
    before = rows.get(frame.time_ns)
    if before is not None:
        values = {**before.values, **frame.values}
        both = {**before.invalid, **frame.invalid}
        invalid = {p: quality for p, quality in both.items() if p not in values}
        frame = replace(frame, values=values, invalid=invalid)
    rows[frame.time_ns] = frame


def merge_frames(frames: Iterable[Frame]) -> dict[Key, Rows]:
    """Frames by subsystem and generation time, parts of one time merged in the order given."""
    merged: dict[Key, Rows] = {}
    for frame in frames:
        put(merged.setdefault((frame.spacecraft, frame.subsystem), {}), frame)
    return merged


def page_rows(block_rows: int, columns: int) -> int:
    """How many rows to take at a time: what the caller allows, less for very wide subsystems."""
    if block_rows < 1:
        raise ValueError("block_rows must be positive")
    return min(block_rows, max(1, _BLOCK_CELLS // max(1, columns)))


def empty_values(kind: ParameterType, rows: int) -> NDArray[Any]:
    return np.full(rows, "" if kind is ParameterType.STRING else 0, dtype=DTYPES[kind])


def column(kind: ParameterType, values: Sequence[Value | None], qualities: Sequence[int]) -> Column:
    """From one value (None where there is none) and one quality a row."""
    valid = np.fromiter((value is not None for value in values), np.bool_, len(values))
    array = empty_values(kind, len(values))
    array[valid] = [value for value in values if value is not None]
    return Column(array, valid, np.asarray(qualities, np.uint8))


def block_of(key: Key, times: Sequence[int], rows: Sequence[Frame], types: Types) -> Block:
    return Block(
        *key,
        np.array(times, np.int64),
        np.fromiter((row.received_ns for row in rows), np.int64, len(rows)),
        np.fromiter((row.sequence for row in rows), np.int64, len(rows)),
        {
            p: column(
                kind,
                [row.values.get(p) for row in rows],
                [row.invalid.get(p, 0) for row in rows],
            )
            for p, kind in types.items()
        },
    )


def present_rows(block: Block) -> Block | None:
    """The block without the rows that have none of its parameters; None if no row is left."""
    keep = np.zeros(len(block), np.bool_)
    for each in block.columns.values():
        keep |= each.present
    if keep.all():
        return block if len(block) else None
    return block.rows(keep) if keep.any() else None


def bucket_starts(times: NDArray[np.int64], width_ns: int) -> NDArray[np.int64]:
    starts: NDArray[np.int64] = times - times % width_ns
    return starts


def check_width(width_ns: int) -> None:
    """:raises ValueError: if the width is not positive."""
    if width_ns < 1:
        raise ValueError("width_ns must be positive")


def no_buckets(kind: ParameterType, width_ns: int) -> Buckets:
    return sum_up(kind, np.empty(0, np.int64), empty_values(kind, 0), width_ns)


def mean_of(
    shares: NDArray[np.float64],
    first: NDArray[np.intp],
    minimum: NDArray[np.float64],
    maximum: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The mean of runs that begin at `first`, from values divided by the count of their run.

    Divided before they are added, so that the sum of large values stays a number.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean: NDArray[np.float64] = np.add.reduceat(shares, first, axis=0)
        return np.clip(mean, minimum, maximum)  # rounding may lead a little over


def sum_up(
    kind: ParameterType, times: NDArray[np.int64], values: NDArray[Any], width_ns: int
) -> Buckets:
    """Buckets of the valid samples of one parameter, both shape (samples,), in time order."""
    starts, first, counts = np.unique(
        bucket_starts(times, width_ns), return_index=True, return_counts=True
    )
    minimum, maximum, mean = (np.full(len(starts), np.nan) for _ in range(3))
    if kind.numeric and len(starts):
        minimum = np.minimum.reduceat(values, first).astype(np.float64)
        maximum = np.maximum.reduceat(values, first).astype(np.float64)
        mean = mean_of(values / np.repeat(counts, counts), first, minimum, maximum)
    last = values[first + counts - 1] if len(starts) else values
    return Buckets(width_ns, starts, minimum, maximum, mean, counts.astype(np.int64), last)
