"""InfluxDB's CSV answers as columns, by the types of the mission database and never by guess.

A float that happens to be whole looks like an integer there, and a string may look like anything.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from telemetry.errors import StoreError
from telemetry.frame import Block, Buckets, Column
from telemetry.parameter import ParameterType
from telemetry.store.influx_line import EMPTY_SUFFIX
from telemetry.store.rows import DTYPES, Key, empty_values
from telemetry.store.schema import QUALITY_SUFFIX, RECEIVED, SEQUENCE, TIME, Types

_ARROW: Final[Mapping[ParameterType, Any]] = {
    ParameterType.FLOAT: pa.float64(),
    ParameterType.INTEGER: pa.int64(),
    ParameterType.ENUMERATION: pa.int64(),
    ParameterType.BOOLEAN: pa.bool_(),
    ParameterType.STRING: pa.string(),
}


def select_block(types: Types) -> str:
    """The fields `block_from` needs.

    Those beside a parameter's own are asked for by a pattern, which finds only those there are:
    most parameters have none, and the server takes its time over each that is missing.
    """
    own = ", ".join(f'"{name}"' for name in (RECEIVED, SEQUENCE, *types))
    return f"{own}, /^({'|'.join(types)})({QUALITY_SUFFIX}|{EMPTY_SUFFIX})$/"


def _fields(types: Types) -> dict[str, Any]:
    fields = {TIME: pa.int64(), RECEIVED: pa.int64(), SEQUENCE: pa.int64()}
    for parameter, kind in types.items():
        fields[parameter] = _ARROW[kind]
        fields[parameter + QUALITY_SUFFIX] = pa.uint8()
        if kind is ParameterType.STRING:
            fields[parameter + EMPTY_SUFFIX] = pa.bool_()
    return fields


def block_from(key: Key, text: bytes, types: Types) -> Block:
    """Rows as the server gave them; some may have none of the parameters.

    InfluxDB 1.x shows a point while it is being written with some of its fields: reception time
    and sequence are 0 where they are still missing.
    """
    table = _table(text, _fields(types))
    received, sequence = (_filled(table[name], 0) for name in (RECEIVED, SEQUENCE))
    columns = {parameter: _column(table, parameter, kind) for parameter, kind in types.items()}
    return Block(*key, _values(table[TIME], np.int64), received, sequence, columns)


def _column(table: Any, parameter: str, kind: ParameterType) -> Column:
    valid = _present(table[parameter])
    values = empty_values(kind, len(valid))
    values[valid] = _values(table[parameter], DTYPES[kind])[valid]
    if kind is ParameterType.STRING:
        valid = valid | _filled(table[parameter + EMPTY_SUFFIX], False)
    # both are there if a sample was sent as invalid and as valid; the valid one stands
    quality = np.where(valid, np.uint8(0), _filled(table[parameter + QUALITY_SUFFIX], 0))
    return Column(values, valid, quality)


def buckets_from(text: bytes, kind: ParameterType, width_ns: int) -> Buckets:
    fields = {TIME: pa.int64(), "count": pa.int64(), "last": _ARROW[kind]}
    if kind.numeric:
        fields |= dict.fromkeys(("min", "max", "mean"), pa.float64())
    table = _table(text, fields)
    counts = _values(table["count"], np.int64)
    last = empty_values(kind, len(counts))
    filled = _present(table["last"])  # an empty string looks like none
    last[filled] = _values(table["last"], DTYPES[kind])[filled]
    low, high, mean = (
        _filled(table[name], np.nan) if kind.numeric else np.full(len(counts), np.nan)
        for name in ("min", "max", "mean")
    )
    return Buckets(width_ns, _values(table[TIME], np.int64), low, high, mean, counts, last)


def _table(text: bytes, fields: Mapping[str, Any]) -> dict[str, Any]:
    try:
        table = csv.read_csv(
            BytesIO(text),
            # one block, since a row must not be longer than a block
            read_options=csv.ReadOptions(use_threads=False, block_size=len(text)),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=fields,
                include_columns=list(fields),
                include_missing_columns=True,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        # a field of another type than the mission database's, written by somebody else
        raise StoreError(f"InfluxDB holds something else than it should: {error}") from None
    for name in (TIME, "count"):
        if name in fields and table[name].null_count:
            raise StoreError(f"InfluxDB holds something else than it should: a row has no {name}")
    return {name: table[name].combine_chunks() for name in fields}


# Straight from Arrow's buffers: its functions for columns with gaps are a library of their own,
# which would be most of what ingest and console need memory for here.


def _present(column: Any) -> NDArray[np.bool_]:
    """Where a column has a value."""
    bits = column.buffers()[0]
    return np.ones(len(column), np.bool_) if bits is None else _bits(bits, column)


def _values(column: Any, dtype: Any) -> NDArray[Any]:
    """What a column holds; anything where it has no value."""
    if column.type == pa.string():
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype)
    data = column.buffers()[1]
    if column.type == pa.bool_():
        return _bits(data, column)
    return np.frombuffer(data, column.type.to_pandas_dtype(), len(column)).astype(dtype)


def _filled(column: Any, fill: float) -> NDArray[Any]:
    """What a column of numbers or truths holds, and `fill` where it has no value."""
    values = _values(column, column.type.to_pandas_dtype())
    values[~_present(column)] = fill
    return values


def _bits(buffer: Any, column: Any) -> NDArray[np.bool_]:
    packed = np.frombuffer(buffer, np.uint8)
    return np.unpackbits(packed, count=len(column), bitorder="little").view(np.bool_)
