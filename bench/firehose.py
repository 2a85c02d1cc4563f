"""A publisher that costs little: QoS 1 at a rate, or as fast as it is let. A process of its own.

    python -m bench.firehose ORDER       # JSON of `Order`; bench.whole starts it

paho takes longer to publish a message than ingest to store it. This one speaks the few bytes of
MQTT 3.1.1 that publishing takes, and keeps to what it is told: a rate, or so many frames more than
the file `allowed` says may have been published. What the broker has acknowledged is in `counts`.
"""

import mmap
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bench.load import Shape, frames, values
from telemetry.topics import Topics

#: PUBLISHes that may wait for their PUBACK.
_WINDOW: Final = 1_000
_CHUNK: Final = 64 << 10
_PUBACK: Final = b"\x40\x02"


class Order(msgspec.Struct):
    """rate: frames a second, 0: as many as allowed. counts: file of `Counts`."""

    port: int
    root: str
    shape: Shape
    counts: str
    rate: float = 0.0
    step_ns: int = 1_000_000
    first: int = 0


class Counts:
    """Shared by two processes: frames that may be published, and that the broker has; or stop."""

    _FORM: Final = struct.Struct("<qqq")

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(self._FORM.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), self._FORM.size)

    def _get(self, i: int) -> int:
        return int(struct.unpack_from("<q", self._map, i * 8)[0])

    def _put(self, i: int, value: int) -> None:
        struct.pack_into("<q", self._map, i * 8, value)

    @property
    def allowed(self) -> int:
        return self._get(0)

    @allowed.setter
    def allowed(self, frames_: int) -> None:
        self._put(0, frames_)

    @property
    def acknowledged(self) -> int:
        return self._get(1)

    @acknowledged.setter
    def acknowledged(self, frames_: int) -> None:
        self._put(1, frames_)

    @property
    def stopped(self) -> bool:
        return bool(self._get(2))

    def stop(self) -> None:
        self._put(2, 1)


def packets(order: Order, start_ns: int) -> Iterator[bytes]:
    """PUBLISH packets; identifiers go round."""
    topics, shape = Topics(order.root), order.shape
    texts = {
        name: [msgspec.json.encode(one) for one in said] for name, said in values(shape).items()
    }
    identifier = 0
    for craft, name, time_ns, sequence, turn in frames(shape, start_ns, order.step_ns):
        identifier = identifier % 60_000 + 1
        topic = topics.frame(craft, name).encode()
        text = texts[name][turn % len(texts[name])]
        payload = b'{"t":%d,"seq":%d,"values":%b}' % (time_ns, sequence, text)
        yield publish(topic, payload, identifier)


def publish(topic: bytes, payload: bytes, identifier: int) -> bytes:
    rest = struct.pack(">H", len(topic)) + topic + struct.pack(">H", identifier) + payload
    return b"\x32" + _length(len(rest)) + rest


def connected(port: int, name: bytes) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack(">H", len(name)) + name
    link.sendall(b"\x10" + _length(len(rest)) + rest)
    answer = link.recv(4, socket.MSG_WAITALL)
    if answer[3:] != b"\x00":
        raise ConnectionError(f"the broker refused: {answer!r}")
    return link


def _length(n: int) -> bytes:
    coded = bytearray()
    while True:
        n, low = divmod(n, 128)
        coded.append(low | (128 if n else 0))
        if not n:
            return bytes(coded)


def pour(order: Order) -> None:
    counts = Counts(Path(order.counts))
    link = connected(order.port, f"firehose-{order.root}".encode())
    start_ns = time.time_ns()
    said = packets(order, start_ns)
    began_s = time.monotonic()
    sent = acknowledged = 0
    unread = b""
    while not counts.stopped or acknowledged < sent:
        due = counts.allowed
        if order.rate:
            due = min(due, int((time.monotonic() - began_s) * order.rate))
        room = 0 if counts.stopped else min(due - sent, _WINDOW - (sent - acknowledged))
        if room > 0:
            chunk = bytearray()
            while room > 0 and len(chunk) < _CHUNK:
                chunk += next(said)
                sent += 1
                room -= 1
            link.sendall(chunk)
        # what is due next comes within a moment; nothing tells when more is allowed
        if select.select([link], [], [], 0.0 if room > 0 else 0.001)[0]:
            received = link.recv(_CHUNK)
            if not received:
                raise ConnectionError("the broker closed the connection")
            unread += received
            whole = len(unread) // 4  # PUBACKs, of 4 bytes each
            acknowledged += whole
            unread = unread[whole * 4 :]
            counts.acknowledged = acknowledged
    link.sendall(b"\xe0\x00")
    link.close()


if __name__ == "__main__":
    pour(msgspec.json.decode(sys.argv[1], type=Order))
