"""What `remote` and its server say to each other. Loopback only, and the same version both ends.

    POST /store/<verb>   msgpack request     answer, a sequence of parts
    part                 kind (1 byte), length (4 bytes, big-endian), body
    kind D               a value: msgpack; a block: an Arrow IPC stream of one record batch
    kind E               msgpack `Failure`, the last part: an error, also in mid-answer
    kind Z               the end, without which an answer was cut short

Frames go as msgpack, which keeps an int an int and needs no column where a parameter is absent.
"""

import struct
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from telemetry.errors import StoreError, StoreSchemaError, StoreUnavailable
from telemetry.frame import Block, Buckets, Column
from telemetry.parameter import ParameterType
from telemetry.store.rows import DTYPES
from telemetry.store.schema import QUALITY_SUFFIX, RECEIVED, SEQUENCE, TIME, Types

#: Not one a browser sends without asking first, so no web page can write to the store.
CONTENT_TYPE: Final = "application/x-stationwatch-store"
PREFIX: Final = "/store/"

#: A request larger than this is refused, an answer's part larger than this not believed.
MAX_REQUEST_BYTES: Final = 32 << 20
_MAX_PART_BYTES: Final = 1 << 30

DATA, ERROR, END = b"D", b"E", b"Z"
_HEAD: Final = struct.Struct(">cI")

_VALID_SUFFIX: Final = "__v"


class ReadRequest(msgspec.Struct, frozen=True):
    spacecraft: str
    subsystem: str
    start_ns: int
    stop_ns: int
    parameters: list[str] | None
    block_rows: int
    heartbeats: bool = False


class BucketsRequest(msgspec.Struct, frozen=True):
    spacecraft: str
    subsystem: str
    parameter: str
    start_ns: int
    stop_ns: int
    width_ns: int


class LastRequest(msgspec.Struct, frozen=True):
    spacecraft: str
    subsystem: str
    before_ns: int | None


class EventsRequest(msgspec.Struct, frozen=True):
    start_ns: int
    stop_ns: int
    spacecraft: str | None


class DropRequest(msgspec.Struct, frozen=True):
    start_ns: int
    stop_ns: int
    rollups: bool


class Failure(msgspec.Struct, frozen=True):
    kind: str
    message: str


#: The errors a store raises, by the name they travel under; a subclass before its base.
_ERRORS: Final[Mapping[str, type[Exception]]] = {
    "unavailable": StoreUnavailable,
    "schema": StoreSchemaError,
    "store": StoreError,
    "key": KeyError,
    "value": ValueError,
}


def failure_of(error: Exception) -> Failure:
    for kind, cls in _ERRORS.items():
        if isinstance(error, cls):
            return Failure(kind, str(error.args[0] if isinstance(error, KeyError) else error))
    return Failure("store", f"the store's process failed: {type(error).__name__}")


def error_of(failure: Failure) -> Exception:
    return _ERRORS.get(failure.kind, StoreError)(failure.message)


def part(kind: bytes, body: bytes = b"") -> bytes:
    return _HEAD.pack(kind, len(body)) + body


class Reader(Protocol):
    """The side of `aiohttp.StreamReader` that `parts` needs."""

    async def readexactly(self, n: int) -> bytes: ...


async def parts(stream: Reader) -> AsyncGenerator[bytes, None]:
    """The bodies of an answer up to its end.

    :raises IncompleteReadError: if the answer stops before.
    """
    while True:
        kind, length = _HEAD.unpack(await stream.readexactly(_HEAD.size))
        if length > _MAX_PART_BYTES or kind not in (DATA, ERROR, END):
            raise StoreError("the answer is not one of a stationwatch store")
        body = await stream.readexactly(length)
        if kind == ERROR:
            raise error_of(msgspec.msgpack.decode(body, type=Failure))
        if kind == END:
            return
        yield body


def encode_block(block: Block) -> bytes:
    arrays: dict[str, Any] = {
        TIME: block.time_ns,
        RECEIVED: block.received_ns,
        SEQUENCE: block.sequence,
    }
    for parameter, column in block.columns.items():
        arrays[parameter] = pa.array(
            column.values, pa.string() if column.values.dtype == object else None
        )
        arrays[parameter + _VALID_SUFFIX] = column.valid
        arrays[parameter + QUALITY_SUFFIX] = column.quality
    batch = pa.record_batch({name: pa.array(array) for name, array in arrays.items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    whole: bytes = sink.getvalue().to_pybytes()
    return whole


def decode_block(body: bytes, spacecraft: str, subsystem: str, types: Types) -> Block:
    with pa.ipc.open_stream(body) as reader:
        batch = reader.read_next_batch()

    def array(name: str, dtype: Any) -> Any:
        return np.asarray(batch[name].to_numpy(zero_copy_only=False), dtype)

    columns = {
        parameter: Column(
            array(parameter, DTYPES[kind]),
            array(parameter + _VALID_SUFFIX, np.bool_),
            array(parameter + QUALITY_SUFFIX, np.uint8),
        )
        for parameter, kind in types.items()
    }
    times, received, sequence = (array(name, np.int64) for name in (TIME, RECEIVED, SEQUENCE))
    return Block(spacecraft, subsystem, times, received, sequence, columns)


class _BucketLists(msgspec.Struct, frozen=True, kw_only=True):
    """Raw little-endian arrays, but for `last`, which may be strings."""

    time_ns: bytes
    minimum: bytes
    maximum: bytes
    mean: bytes
    count: bytes
    last: list[float | int | bool | str]


def encode_buckets(buckets: Buckets) -> bytes:
    return msgspec.msgpack.encode(
        _BucketLists(
            time_ns=buckets.time_ns.tobytes(),
            minimum=buckets.minimum.tobytes(),
            maximum=buckets.maximum.tobytes(),
            mean=buckets.mean.tobytes(),
            count=buckets.count.tobytes(),
            last=buckets.last.tolist(),
        )
    )


def decode_buckets(body: bytes, kind: ParameterType, width_ns: int) -> Buckets:
    lists = msgspec.msgpack.decode(body, type=_BucketLists)
    return Buckets(
        width_ns,
        np.frombuffer(lists.time_ns, np.int64),
        np.frombuffer(lists.minimum, np.float64),
        np.frombuffer(lists.maximum, np.float64),
        np.frombuffer(lists.mean, np.float64),
        np.frombuffer(lists.count, np.int64),
        np.array(lists.last, DTYPES[kind]),
    )
