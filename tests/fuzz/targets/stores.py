"""What stores are told, and what they answer: the remote store's wire, InfluxDB's CSV."""

from collections.abc import Iterator
from typing import Final

import msgspec

from telemetry.errors import StoreError
from telemetry.parameter import ParameterType
from telemetry.store.influx_csv import block_from, buckets_from
from telemetry.store.influx_line import EMPTY_SUFFIX
from telemetry.store.schema import QUALITY_SUFFIX, RECEIVED, SEQUENCE, decode_event, decode_types
from tests.fuzz import mutate
from tests.fuzz.seeds import EVENT
from tests.fuzz.target import Target, plainly

_TYPES: Final = {
    "F": ParameterType.FLOAT,
    "I": ParameterType.INTEGER,
    "B": ParameterType.BOOLEAN,
    "S": ParameterType.STRING,
}
_HEAD: Final = ",".join(
    ["name", "tags", "time", RECEIVED, SEQUENCE]
    + [name for one in _TYPES for name in (one, one + QUALITY_SUFFIX)]
    + ["S" + EMPTY_SUFFIX]
)


def _csv(data: bytes) -> None:
    block_from(("iss", "adcs"), data, _TYPES)


def _csv_seeds() -> Iterator[bytes]:
    rows = ("a,,1,2,7,0.5,,3,,true,,text,,", "a,,2,,,,4,,,,,,,true", 'a,,3,2,8,1,,,,f,,"x\ny",,')
    yield "\n".join((_HEAD, *rows)).encode()
    yield _HEAD.encode()
    yield b""


def _buckets(data: bytes) -> None:
    buckets_from(data, ParameterType.FLOAT, 10)
    buckets_from(data, ParameterType.STRING, 10)


def _stored_text(data: bytes) -> None:
    """What a store has kept of types and events, perhaps not by us."""
    for decode in (decode_types, decode_event):
        try:
            decode(data)
        except StoreError:
            continue


TARGETS: Final = (
    Target(
        name="influx-csv",
        subject=plainly(_csv, StoreError),
        seeds=_csv_seeds,
        mutate=mutate.text,
    ),
    Target(
        name="influx-buckets",
        subject=plainly(_buckets, StoreError),
        seeds=lambda: [b"name,tags,time,count,last,min,max,mean\na,,0,2,1.5,1,2,1.5\n"],
        mutate=mutate.text,
    ),
    Target(
        name="stored-text",
        subject=plainly(_stored_text, StoreError),
        seeds=lambda: [b'{"F":"float","S":"string"}', msgspec.json.encode(EVENT)],
        mutate=mutate.as_json,
    ),
)
