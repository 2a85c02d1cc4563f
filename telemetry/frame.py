"""Readings: a frame as it travels, and blocks of columns as a store returns them.

Absent, invalid and stale are three different things. A parameter absent from a frame was not due.
An invalid one was due and could not be measured: it has a quality instead of a value. Stale is a
judgement on the age of a whole frame and is never stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry.parameter import Value

#: Quality of an invalid sample whose sender did not say why (others: Status.Class of the ISS feed).
QUALITY_UNSPECIFIED = 1


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Samples of one spacecraft and subsystem taken together.

    Like what else there is of each message it is made by the ten thousand a second: so a Struct,
    and one that garbage collection need not look into.

    time_ns: generation time; received_ns: reception time; both UTC nanoseconds since 1970.
    sequence: counts the subsystem's frames, so that a gap can be seen.
    values: the valid samples. invalid: the quality (> 0) of each sample that is not.
    No parameter is in both.
    """

    spacecraft: str
    subsystem: str
    time_ns: int
    received_ns: int
    sequence: int
    values: Mapping[str, Value] = msgspec.field(default_factory=dict)
    invalid: Mapping[str, int] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of one parameter; `value` is None when it is invalid, `quality` says why."""

    time_ns: int
    value: Value | None
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter's samples on the times of its block; every array has shape (rows,).

    values: float64, int64, bool or object (str), by the parameter's type; what stands where
        `valid` is False means nothing.
    valid: the sample is there and good.
    quality: uint8, 0 where the sample is valid or absent, otherwise why it is invalid.
    """

    values: NDArray[np.generic]
    valid: NDArray[np.bool_]
    quality: NDArray[np.uint8]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Shape (rows,): the sample is there, good or not."""
        present: NDArray[np.bool_] = self.valid | (self.quality > 0)
        return present


@dataclass(frozen=True, slots=True)
class Block:
    """A bounded run of rows of one subsystem in ascending generation time, one row a time.

    time_ns, received_ns, sequence: int64, shape (rows,). Where partial frames of one time were
    merged, the latter two are those of the part stored last.
    """

    spacecraft: str
    subsystem: str
    time_ns: NDArray[np.int64]
    received_ns: NDArray[np.int64]
    sequence: NDArray[np.int64]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.time_ns)

    def frames(self) -> Iterator[Frame]:
        """Every row as the frame it was stored as; a row without samples is a heartbeat."""
        values: list[dict[str, Value]] = [{} for _ in range(len(self))]
        invalid: list[dict[str, int]] = [{} for _ in range(len(self))]
        # column by column: a cell at a time numpy is slow
        for id_, column in self.columns.items():
            rows = np.flatnonzero(column.valid)
            for row, value in zip(rows.tolist(), column.values[rows].tolist(), strict=True):
                values[row][id_] = value
            rows = np.flatnonzero(column.quality)
            for row, quality in zip(rows.tolist(), column.quality[rows].tolist(), strict=True):
                invalid[row][id_] = quality
        times = zip(
            self.time_ns.tolist(), self.received_ns.tolist(), self.sequence.tolist(), strict=True
        )
        for row, (time_ns, received_ns, sequence) in enumerate(times):
            yield Frame(
                spacecraft=self.spacecraft,
                subsystem=self.subsystem,
                time_ns=time_ns,
                received_ns=received_ns,
                sequence=sequence,
                values=values[row],
                invalid=invalid[row],
            )

    def rows(self, which: slice | NDArray[np.bool_]) -> "Block":
        """The block with some of its rows only, by slice or by a mask of shape (rows,)."""
        return Block(
            self.spacecraft,
            self.subsystem,
            self.time_ns[which],
            self.received_ns[which],
            self.sequence[which],
            {
                parameter: Column(each.values[which], each.valid[which], each.quality[which])
                for parameter, each in self.columns.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Buckets:
    """One parameter summed up over equal widths of time; every array has shape (buckets,).

    Buckets are aligned to the epoch: `time_ns` is the start of each and a multiple of `width_ns`.
    Only buckets with a valid sample are listed; `count` counts valid samples.
    minimum, maximum, mean: float64, NaN for types that are not numeric.
    last: the value of the latest valid sample, of the dtype `Column.values` has.
    """

    width_ns: int
    time_ns: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    count: NDArray[np.int64]
    last: NDArray[np.generic]
