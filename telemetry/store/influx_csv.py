"""InfluxDB's CSV answers as columns, by the types of the mission database and never by guess.

A float that happens to be whole looks like an integer there, and a string may look like anything.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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
    return Block(
        *key,
        _array(table[TIME], np.int64),
        _array(pc.fill_null(table[RECEIVED], 0), np.int64),
        _array(pc.fill_null(table[SEQUENCE], 0), np.int64),
        {parameter: _column(table, parameter, kind) for parameter, kind in types.items()},
    )


def _column(table: Any, parameter: str, kind: ParameterType) -> Column:
    valid = _array(pc.is_valid(table[parameter]), np.bool_)
    values = empty_values(kind, len(valid))
    values[valid] = _array(table[parameter].drop_null(), DTYPES[kind])
    if kind is ParameterType.STRING:
        valid = valid | _array(pc.fill_null(table[parameter + EMPTY_SUFFIX], False), np.bool_)
    quality = _array(pc.fill_null(table[parameter + QUALITY_SUFFIX], 0), np.uint8)
    # both are there if a sample was sent as invalid and as valid; the valid one stands
    return Column(values, valid, np.where(valid, np.uint8(0), quality))


def buckets_from(text: bytes, kind: ParameterType, width_ns: int) -> Buckets:
    fields = {TIME: pa.int64(), "count": pa.int64(), "last": _ARROW[kind]}
    if kind.numeric:
        fields |= dict.fromkeys(("min", "max", "mean"), pa.float64())
    table = _table(text, fields)
    last = empty_values(kind, len(table))
    filled = _array(pc.is_valid(table["last"]), np.bool_)  # an empty string looks like none
    last[filled] = _array(table["last"].drop_null(), DTYPES[kind])
    low, high, mean = (
        _array(table[name], np.float64) if kind.numeric else np.full(len(table), np.nan)
        for name in ("min", "max", "mean")
    )
    counts = _array(table["count"], np.int64)
    return Buckets(width_ns, _array(table[TIME], np.int64), low, high, mean, counts, last)


def _table(text: bytes, fields: Mapping[str, Any]) -> Any:
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
    return table


def _array(column: Any, dtype: Any) -> NDArray[Any]:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype)
