"""A stretch of one subsystem's history as arrays: its rows, and its samples by row. Pure.

Real channels are sent on change, so a row of a hundred parameters holds a handful: the samples
that are there are kept, not the table they would stand in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.frame import Block, Column, Frame
from telemetry.parameter import ParameterType, Subsystem, Value

_EMPTY: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Samples in the order of their rows; every array has shape (samples,).

    column: of the parameter in its subsystem. number: it is good, and no text; then `value` is.
    judged: it counts as the latest of its parameter: a number, or invalid.
    """

    column: NDArray[np.intp]
    time_ns: NDArray[np.int64]
    value: NDArray[np.float64]
    number: NDArray[np.bool_]
    judged: NDArray[np.bool_]


class Lane:
    """time_ns, sequence: int64, shape (rows,), times ascending. The arrays of samples have shape
    (samples,): row, column, value as `Passed` has it, good (else it is invalid), number.
    first: shape (rows + 1,): the samples of row r are those from first[r] to first[r + 1]."""

    def __init__(self, subsystem: Subsystem, blocks: Sequence[Block]) -> None:
        self.subsystem = subsystem
        self.spacecraft = blocks[0].spacecraft
        self._blocks = blocks
        self._ends = np.cumsum([len(block) for block in blocks])
        self.time_ns = np.concatenate([block.time_ns for block in blocks])
        self.sequence = np.concatenate([block.sequence for block in blocks])
        parts = [
            part
            for at, block in zip((0, *self._ends.tolist()), blocks, strict=False)
            for part in _parts(subsystem, block, at)
        ]
        rows, columns, values, good, number = (
            [np.concatenate([part[i] for part in parts]) for i in range(5)]
            if parts
            else [_EMPTY, _EMPTY, _EMPTY.astype(float), *2 * [_EMPTY.astype(bool)]]
        )
        order = np.lexsort((columns, rows))
        self.row: NDArray[np.intp] = rows[order]
        self.column: NDArray[np.intp] = columns[order]
        self.value: NDArray[np.float64] = values[order]
        self.good: NDArray[np.bool_] = good[order]
        self.number: NDArray[np.bool_] = number[order]
        self.first: NDArray[np.intp] = np.searchsorted(self.row, np.arange(len(self.time_ns) + 1))

    def __len__(self) -> int:
        return len(self.time_ns)

    @cached_property
    def samples_of(self) -> dict[int, NDArray[np.intp]]:
        """By column, the samples of each parameter that has any, in order."""
        order = np.argsort(self.column, kind="stable")
        columns, starts = np.unique(self.column[order], return_index=True)
        return dict(zip(columns.tolist(), np.split(order, starts[1:]), strict=columns.size > 0))

    def passed(self, start: int, stop: int) -> Passed:
        """The samples of rows start to stop, the latter exclusive."""
        which = slice(self.first[start], self.first[stop])
        good, number = self.good[which], self.number[which]
        return Passed(
            column=self.column[which],
            time_ns=self.time_ns[self.row[which]],
            value=self.value[which],
            number=number,
            judged=number | ~good,
        )

    def frame(self, row: int) -> Frame:
        """A row as it came, received when it was taken."""
        values: dict[str, Value] = {}
        invalid: dict[str, int] = {}
        block, at = self._at(row)
        for sample in range(self.first[row], self.first[row + 1]):
            id_, column = self._column(block, sample)
            if self.good[sample]:
                values[id_] = _native(column, at)
            else:
                invalid[id_] = int(column.quality[at])
        time_ns = int(self.time_ns[row])
        return Frame(
            spacecraft=self.spacecraft,
            subsystem=self.subsystem.id,
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=int(self.sequence[row]),
            values=values,
            invalid=invalid,
        )

    def value_of(self, sample: int) -> Value | None:
        """As it was measured; None when it is invalid."""
        if not self.good[sample]:
            return None
        block, at = self._at(int(self.row[sample]))
        return _native(self._column(block, sample)[1], at)

    def _at(self, row: int) -> tuple[Block, int]:
        """The block of a row, and which of its rows it is."""
        number = int(np.searchsorted(self._ends, row, "right"))
        return self._blocks[number], row - (int(self._ends[number - 1]) if number else 0)

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        return tuple(self.subsystem.parameters)

    def _column(self, block: Block, sample: int) -> tuple[str, Column]:
        id_ = self._ids[self.column[sample]]
        return id_, block.columns[id_]


def _parts(subsystem: Subsystem, block: Block, at: int) -> list[tuple[NDArray[Any], ...]]:
    """(rows, columns, values, good, number) of each parameter that has samples.

    at: how many rows come before the block's.
    """
    parts: list[tuple[NDArray[Any], ...]] = []
    for number, (id_, parameter) in enumerate(subsystem.parameters.items()):
        column = block.columns.get(id_)
        if column is None:
            continue
        rows = np.flatnonzero(column.present)
        if not rows.size:
            continue
        good = column.valid[rows]
        if parameter.type is ParameterType.STRING:
            values, is_number = np.full(len(rows), np.nan), np.zeros(len(rows), bool)
        else:
            values, is_number = column.values[rows].astype(np.float64), good
        parts.append((rows + at, np.full(len(rows), number), values, good, is_number))
    return parts


def _native(column: Column, row: int) -> Value:
    value = column.values[row]
    native: Value = value.item() if isinstance(value, np.generic) else value
    return native
