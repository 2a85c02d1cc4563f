"""Lines and pieces: how a bundle's files hold many values, each bounded. Reads and writes streams.

A line is JSON. A piece is its length, four bytes, the highest first, and so much msgpack.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, TypeVar

import msgspec

from ingest.bundle.form import MAX_LINE_BYTES, MAX_PIECE_BYTES, BundleError
from ingest.record import Record
from ingest.segment import Timed

_LENGTH: Final = 4
_T = TypeVar("_T")

#: A spacecraft's announcement as a piece: stream time, then the record.
_Row = tuple[int, int, int, str, bytes]


def put_piece(file: BinaryIO, value: object) -> None:
    body = msgspec.msgpack.encode(value)
    file.write(len(body).to_bytes(_LENGTH, "big") + body)


def pieces(file: BinaryIO, kind: type[_T], name: str) -> Iterator[_T]:
    """:raises BundleError: naming the file `name`, if there is something else in it."""
    decoder = msgspec.msgpack.Decoder(kind)
    number = 0
    while head := file.read(_LENGTH):
        number += 1
        length = int.from_bytes(head, "big")
        if length > MAX_PIECE_BYTES:
            raise BundleError(
                f"{name}: piece {number} is of {length} bytes, at most {MAX_PIECE_BYTES}"
            )
        body = file.read(length)
        if len(head) < _LENGTH or len(body) < length:
            raise BundleError(f"{name}: piece {number} is cut short")
        try:
            yield decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BundleError(f"{name}: piece {number} is not as it must be: {error}") from None


def put_timed(file: BinaryIO, timed: Timed) -> None:
    record = timed.record
    put_piece(file, (timed.time_ns, record.n, record.received_ns, record.topic, record.payload))


def timed_pieces(file: BinaryIO, name: str) -> Iterator[Timed]:
    """:raises BundleError: as `pieces` does."""
    rows: Iterator[Any] = pieces(file, _Row, name)  # type: ignore[arg-type]
    for time_ns, *record in rows:
        yield Timed(time_ns, Record(*record))


def put_line(file: BinaryIO, value: object) -> None:
    file.write(msgspec.json.encode(value) + b"\n")


def lines(file: BinaryIO, kind: type[_T], name: str) -> Iterator[_T]:
    """:raises BundleError: naming the file `name` and the line, if it is none of ours."""
    decoder = msgspec.json.Decoder(kind)
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BundleError(f"{name}: line {number} has over {MAX_LINE_BYTES} bytes")
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise BundleError(f"{name}: line {number} is not as it must be: {error}") from None
