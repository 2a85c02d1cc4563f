"""A network link that can be pulled out, slowed and reset: a veth pair into a namespace. Root only.

    async with link() as wire:
        url = await wire.to("mqtt://127.0.0.1:1883")    # the same, reached through the link
        wire.pull(); wire.plug(); wire.slow(10_000); wire.fast(); wire.reset()

The client's packets cross the pair; a relay at the far end goes on to the server on loopback. So
a client sees what the kernel makes of a cable that is pulled: nothing, neither FIN nor RST, until
its own time-outs. The server sees the same: what cannot cross stays with the relay, and its
connection stays open.
"""

import asyncio
import ctypes
import itertools
import os
import socket
import struct
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.real import require

_CLONE_NEWNET: Final = 0x40000000
_CHUNK: Final = 64 << 10
#: More than a frame, far less than what is on its way in a second.
_BURST: Final = "4kb"
_QUEUE: Final = "400ms"
#: close() sends RST, not FIN.
_ABORTIVE: Final = struct.pack("ii", 1, 0)

_numbers = itertools.count()


class Link:
    """near: this side of the pair. far: the other, in `namespace`, at `address`."""

    def __init__(self, number: int) -> None:
        self._ip, self._tc = require("ip"), require("tc")
        self.namespace = f"sw-{os.getpid()}-{number}"
        self.near, self.far = f"sw{os.getpid()}n{number}", f"sw{os.getpid()}f{number}"
        assert len(self.near) < 16  # what the kernel allows
        # RFC 2544: for tests of networks, in use nowhere
        block = f"198.{18 + os.getpid() % 2}.{os.getpid() // 2 % 256}"
        self._near_address, self.address = (f"{block}.{4 * number + i}" for i in (1, 2))
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()

    def set_up(self) -> None:
        far = ("-n", self.namespace)
        self._run(self._ip, "netns", "add", self.namespace)
        pair = ("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        self._run(self._ip, *pair, "netns", self.namespace)
        self._run(self._ip, "addr", "add", f"{self._near_address}/30", "dev", self.near)
        self._run(self._ip, "link", "set", self.near, "up")
        self._run(self._ip, *far, "addr", "add", f"{self.address}/30", "dev", self.far)
        self._run(self._ip, *far, "link", "set", self.far, "up")

    async def tear_down(self) -> None:
        self.reset()
        for server in self._servers:
            server.close()
        relays = list(self._relays)
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)
        await asyncio.sleep(0)  # transports close when the loop comes round
        # the pair goes with either end
        with suppress(subprocess.CalledProcessError):
            self._run(self._ip, "link", "del", self.near)
        with suppress(subprocess.CalledProcessError):
            self._run(self._ip, "netns", "del", self.namespace)

    async def to(self, url: str) -> str:
        """The URL by which a server on loopback is reached through this link."""
        parts = urlsplit(url)
        assert parts.hostname

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            relaying = asyncio.current_task()
            assert relaying is not None
            self._relays.add(relaying)
            both = [writer]
            try:
                onward_reader, onward = await asyncio.open_connection(parts.hostname, parts.port)
                both.append(onward)
                self._open.update(both)
                await asyncio.gather(_pump(reader, onward), _pump(onward_reader, writer))
            except OSError:
                for one in both:
                    _abort(one)
            finally:
                self._open.difference_update(both)
                self._relays.discard(relaying)
                for one in both:
                    one.close()

        listener = self._listener()
        server = await asyncio.start_server(relay, sock=listener)
        self._servers.append(server)
        there = f"{self.address}:{listener.getsockname()[1]}"
        return parts._replace(netloc=there).geturl()

    def _listener(self) -> socket.socket:
        """A socket belongs for ever to the namespace of the thread that made it."""
        made: list[socket.socket] = []

        def make() -> None:
            libc = ctypes.CDLL(None, use_errno=True)
            with Path(f"/run/netns/{self.namespace}").open() as namespace:
                if libc.setns(namespace.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.create_server((self.address, 0)))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def pull(self) -> None:
        """The cable is out: every packet is lost, and nobody is told."""
        self._run(self._ip, "-n", self.namespace, "link", "set", self.far, "down")

    def plug(self) -> None:
        self._run(self._ip, "-n", self.namespace, "link", "set", self.far, "up")

    def slow(self, bytes_s: int) -> None:
        """In each direction."""
        shape = ("root", "tbf", "rate", f"{8 * bytes_s}bit", "burst", _BURST, "latency", _QUEUE)
        self._run(self._tc, "qdisc", "replace", "dev", self.near, *shape)
        self._run(self._tc, "-n", self.namespace, "qdisc", "replace", "dev", self.far, *shape)

    def fast(self) -> None:
        self._run(self._tc, "qdisc", "del", "dev", self.near, "root")
        self._run(self._tc, "-n", self.namespace, "qdisc", "del", "dev", self.far, "root")

    def reset(self) -> None:
        """RST to both sides of every connection, as a router that forgot them does."""
        for writer in list(self._open):
            _abort(writer)

    def _run(self, *command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, text=True)


@asynccontextmanager
async def link() -> AsyncIterator[Link]:
    """Skipped where namespaces are not allowed, failed there if REQUIRE_REAL is set."""
    wire = Link(next(_numbers))
    try:
        wire.set_up()
    except subprocess.CalledProcessError as error:
        await wire.tear_down()
        if os.environ.get("REQUIRE_REAL"):
            pytest.fail(f"no network namespace: {error.stderr}")
        pytest.skip(f"a network namespace cannot be made: {error.stderr.strip()}")
    try:
        yield wire
    finally:
        await wire.tear_down()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
    sink.write_eof()


def _abort(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTIVE)
    writer.transport.abort()
