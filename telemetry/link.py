"""The MQTT link. The one module that reaches into aiomqtt and paho, and knows their traps.

* MQTT 3.1.1: paho's decoding of v5 properties halves the rate.
* Acknowledgement by hand, in the order received: paho can, aiomqtt does not expose it.
* Messages are drained in batches from aiomqtt's queue; its iterator makes a task per message. Its
  queue limit drops QoS 1 messages *and acknowledges them*, so it is set only for QoS 0 readers.
* mosquitto 2.0.11 sends a session's backlog beyond its `max_inflight_messages`: who acknowledges by
  hand, and only receives, stops reading its socket while QUEUE_MESSAGES wait.
* A new aiomqtt client for each connection: a re-entered one keeps its old queue.
"""

import asyncio
import logging
import math
import random
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import msgspec
from aiomqtt.exceptions import MqttConnectError

from telemetry.errors import LinkError, LinkRefused, UsageError
from telemetry.settings import Settings

KEEPALIVE_S = 10
#: How far `Connection.publish_many` runs ahead of the broker's acknowledgements.
PUBLISH_WINDOW = 100
#: As many may wait to be taken before the socket is left alone.
QUEUE_MESSAGES = 2_000
FIRST_RETRY_S = 0.25
LAST_RETRY_S = 2.0
#: A connection that lasted this long was a good one: the next is tried for at once.
LASTING_S = 5.0
_CONNECT_TIMEOUT_S = 5.0
_READ_BYTES = 64 << 10
_PUBACK = b"\x40\x02"
#: Else a message that follows an acknowledgement of ours waits 40 ms for the broker's TCP.
_AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
#: CONNACK: bad user name or password, not authorised (3.1.1, and as paho renames them for v5).
_NOT_AUTHORISED = (4, 5, 134, 135)

logger = logging.getLogger(__name__)
_mqtt_logger = logging.getLogger(f"{__name__}.mqtt")


def _is_not_late(record: logging.LogRecord) -> bool:
    """An answer to what was cancelled meanwhile is nothing wrong; aiomqtt logs it as an error."""
    return not record.getMessage().startswith("Unexpected message ID")


_mqtt_logger.addFilter(_is_not_late)


class _TlsSocket(ssl.SSLSocket):
    """Closed when its handshake fails: paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is. `str()` of it has no secret.

    tls: as `mqtts://` says; its certificate is verified, and that it is of this host.
    ca: file of the authorities to believe; empty: those of the system.
    """

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca: str = ""

    @classmethod
    def parse(
        cls, url: str, username: str = "", password: str = "", ca: str = ""
    ) -> "BrokerAddress":
        """:raises UsageError: if it is not `mqtt[s]://host[:port]`, or has a password in it."""
        if "@" in url:  # not shown, for it holds a secret
            raise UsageError("broker address: give user and password by environment, not in it")
        try:
            parts = urlsplit(url)
            tls = parts.scheme == "mqtts"
            port = parts.port or (8883 if tls else 1883)
        except ValueError:
            raise _no_address(url) from None
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path.strip("/"):
            raise _no_address(url)
        return cls(parts.hostname, port, username or None, password or None, tls, ca)

    @classmethod
    def of(cls, settings: Settings) -> "BrokerAddress":
        """:raises UsageError: as `parse`."""
        return cls.parse(
            settings.broker, settings.broker_user, settings.broker_password, settings.broker_ca
        )

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext | None:
        """:raises UsageError: if the authorities cannot be read."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            context.sslsocket_class = _TlsSocket
            return context
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"STATIONWATCH_BROKER_CA is {self.ca}: no certificates can be read ({error})"
            ) from None


def _no_address(url: str) -> UsageError:
    return UsageError(f"broker {url!r}: expected mqtt://host:port, or mqtts:// for TLS")


class Message(msgspec.Struct, frozen=True, gc=False):
    topic: str
    payload: bytes
    retained: bool
    qos: int
    packet_id: int


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when this client is lost."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    """How to connect.

    persistent: the broker keeps the session and queues QoS 1 messages while this client is away.
    manual_acknowledge: `Connection.acknowledge` decides when the broker may forget a message.
    queue_limit: for QoS 0 readers, how many messages may wait; newer ones are then dropped.
    """

    identifier: str
    persistent: bool = False
    manual_acknowledge: bool = False
    queue_limit: int = 0
    will: Will | None = None


class Connection:
    """One connection to the broker, from CONNACK until it is lost. Every method: LinkError then."""

    def __init__(self, client: "_Client") -> None:
        self._client = client
        self._paho = client._client
        self._queue: asyncio.Queue[aiomqtt.Message] = client._queue
        self._lost: asyncio.Future[None] = client._disconnected

    async def subscribe(self, filters: Sequence[str], qos: int) -> None:
        with _link_errors():
            await self._client.subscribe([(topic, qos) for topic in filters])

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> None:
        """At QoS 1, returns once the broker has it."""
        with _link_errors():
            await self._client.publish(topic, payload, qos=qos, retain=retain)

    async def publish_many(
        self, messages: AsyncIterator[tuple[str, bytes]], on_acknowledged: Callable[[], None]
    ) -> None:
        """Publish (topic, payload) at QoS 1, in order, until the messages end.

        Awaiting each PUBACK costs a round trip a message; here up to PUBLISH_WINDOW are on their
        way. `on_acknowledged` is called once a message, in order, as soon as the broker has it.
        One call at a time: it takes over paho's notice of PUBACKs, which aiomqtt only needs for
        `publish`, and passes on what is not its own.
        """
        waiting: deque[int] = deque()
        early: set[int] = set()
        progress = asyncio.Event()

        def on_publish(client: Any, data: Any, mid: int, *rest: Any) -> None:
            if mid not in sent:
                aiomqtt_on_publish(client, data, mid, *rest)
                return
            sent.discard(mid)
            early.add(mid)
            while waiting and waiting[0] in early:
                early.discard(waiting.popleft())
                on_acknowledged()
            progress.set()

        sent: set[int] = set()
        aiomqtt_on_publish: Callable[..., None] = self._client._on_publish
        self._paho.on_publish = on_publish
        self._lost.add_done_callback(lambda _: progress.set())
        try:
            async for topic, payload in messages:
                info = self._paho.publish(topic, payload, 1)
                if info.rc != 0:
                    raise LinkError(f"the broker is lost: could not publish to {topic}")
                sent.add(info.mid)
                waiting.append(info.mid)
                while len(waiting) >= PUBLISH_WINDOW:
                    await self._progress(progress)
            while waiting:
                await self._progress(progress)
        finally:
            self._paho.on_publish = aiomqtt_on_publish

    async def _progress(self, progress: asyncio.Event) -> None:
        progress.clear()
        if not self._lost.done():
            await progress.wait()
        if self._lost.done():
            raise LinkError("the broker closed the connection")

    async def receive(self, limit: int) -> list[Message]:
        """At least one message, at most `limit`, in the order received."""
        if self._queue.empty():
            getter = asyncio.ensure_future(self._queue.get())
            try:
                await asyncio.wait((getter, self._lost), return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                getter.cancel()
                raise
            if not getter.done():
                getter.cancel()
                raise LinkError("the broker closed the connection")
            batch = [getter.result()]
        else:
            batch = []
        while len(batch) < limit and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        self._client.reader.read_on()
        return [Message(m.topic.value, m.payload or b"", m.retain, m.qos, m.mid) for m in batch]

    @property
    def waiting(self) -> int:
        """Messages received and not yet taken."""
        return self._queue.qsize()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Let the broker forget these. Call in the order received: rumqttd insists on it."""
        packets = b"".join(_PUBACK + m.packet_id.to_bytes(2, "big") for m in messages if m.qos)
        if packets:
            # as one: paho writes each by itself, and the broker is woken for each
            self._paho._packet_queue(_PUBACK[0], packets, 0, 1)


class _link_errors:  # noqa: N801 - reads as the with-statement it is
    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, aiomqtt.MqttError):
            raise LinkError(f"the broker is lost: {error}") from error
        # aiomqtt waits with wait_for, which before Python 3.12 forgets a cancellation that comes
        # at the same moment as the answer.
        task = asyncio.current_task()
        if kind is None and task is not None and task.cancelling():
            raise asyncio.CancelledError


class _Reader:
    """Has paho read what a socket brings.

    paho asks three times a packet, each time the kernel: here it is read ahead. And while `full`
    the socket is left alone, until `read_on`.
    """

    def __init__(self, client: "_Client", paho: Any, sock: Any) -> None:
        self._client = client
        self._loop = client._loop
        self._paho = paho
        self._sock = sock
        self._recv: Callable[[int], bytes] = paho._sock_recv
        paho._sock_recv = self._read_ahead
        self._received = b""
        self._at = 0
        self._paused = False

    def start(self) -> None:
        if self._sock.fileno() >= 0:
            self._loop.add_reader(self._sock.fileno(), self._read)

    def read_on(self) -> None:
        """Some were taken."""
        if self._paused and not self._full:
            self._paused = False
            self.start()
            if self._more:
                self._read()  # the kernel does not tell of what was read ahead

    @property
    def _full(self) -> bool:
        return self._paho._manual_ack and self._client._queue.qsize() >= QUEUE_MESSAGES

    @property
    def _more(self) -> bool:
        """Bytes that the kernel will not tell of again. Once paho has closed its socket it reads
        nothing any more, of what was read ahead either."""
        sock = self._paho._sock
        ahead = self._at < len(self._received)
        return sock is not None and (ahead or getattr(sock, "pending", int)() > 0)

    def _read_ahead(self, size: int) -> bytes:
        if self._at == len(self._received):
            self._received, self._at = self._recv(max(size, _READ_BYTES)), 0
        part = self._received[self._at : self._at + size]
        self._at += len(part)
        return part

    def _read(self) -> None:
        lost = self._client._disconnected
        try:
            self._paho.loop_read()
            while self._more and not self._full:
                self._paho.loop_read()
        except Exception as error:
            if not lost.done():
                lost.set_exception(error)
        if self._full and self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._paused = True


class _NoFilters:
    """In place of paho's callbacks by topic, of which there are none: it looks for them with every
    message, as long as it takes to read one."""

    def iter_match(self, topic: str) -> tuple[()]:
        return ()


class _Client(aiomqtt.Client):
    reader: _Reader

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:
        self.reader = _Reader(self, client, sock)

        def start() -> None:
            self.reader.start()
            self._misc_task = self._loop.create_task(self._misc_loop())

        self._loop.call_soon_threadsafe(start)

    def _on_disconnect(self, *of: Any) -> None:
        """aiomqtt asks how connecting failed, which raises where we have given it up ourselves."""
        if not self._connected.cancelled():
            super()._on_disconnect(*of)

    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:
        """aiomqtt adds the socket's number to the loop a moment later, come what may: by then the
        broker may have reset the connection, and the number be nobody's, or another's."""

        def write() -> None:
            try:
                client.loop_write()
            except Exception as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        def register() -> None:
            if sock.fileno() >= 0 and client._registered_write:
                self._loop.add_writer(sock.fileno(), write)

        self._loop.call_soon_threadsafe(register)


@asynccontextmanager
async def connect(address: BrokerAddress, options: LinkOptions) -> AsyncIterator[Connection]:
    """One connection.

    :raises LinkError: if the broker cannot be reached, or is lost while inside.
    :raises LinkRefused: if the broker does not let this client in.
    """
    will = None
    if options.will is not None:
        will = aiomqtt.Will(options.will.topic, options.will.payload, qos=1, retain=True)
    client = _Client(
        address.host,
        address.port,
        username=address.username,
        password=address.password,
        identifier=options.identifier,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=not options.persistent,
        keepalive=KEEPALIVE_S,
        will=will,
        timeout=_CONNECT_TIMEOUT_S,
        max_queued_incoming_messages=options.queue_limit or None,
        max_inflight_messages=PUBLISH_WINDOW,  # paho's own 20 would be the narrower one
        socket_options=_AT_ONCE,
        tls_context=address.tls_context(),
        logger=_mqtt_logger,
    )
    client.pending_calls_threshold = 10_000
    client._client.manual_ack_set(options.manual_acknowledge)
    paho: Any = client._client
    paho._on_message_filtered = _NoFilters()
    try:
        async with client:
            yield Connection(client)
    except aiomqtt.MqttError as error:
        if isinstance(error, MqttConnectError) and error.rc in _NOT_AUTHORISED:
            raise LinkRefused(f"{address} refused us: user or password is wrong") from error
        if isinstance(error.__context__, ssl.SSLCertVerificationError):
            why = error.__context__.verify_message
            raise LinkRefused(
                f"{address} cannot be trusted: {why}; STATIONWATCH_BROKER_CA names the authority"
            ) from error
        if isinstance(error.__context__, ssl.SSLError):
            raise LinkRefused(f"{address} speaks no TLS that we do: {error}") from error
        raise LinkError(f"{address} cannot be reached: {error}") from error
    finally:
        # Whoever did not wait for the loss has nothing to say of it; asyncio would complain.
        if client._disconnected.done():
            client._disconnected.exception()


def _first(group: BaseExceptionGroup[LinkError]) -> LinkError:
    """The error of a session that is a task group; the others are of the same lost connection."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


async def stay_connected(
    address: BrokerAddress,
    options: LinkOptions,
    session: Callable[[Connection], Awaitable[None]],
    on_state: Callable[[bool], None] = lambda connected: None,
) -> None:
    """Run `session` on one connection after another until it returns, or fails for good.

    Retries with growing pauses; `on_state` is told of every connection made and lost.
    """
    loop = asyncio.get_running_loop()
    retry_s, since_s, connected = FIRST_RETRY_S, math.inf, False
    while True:
        lost: LinkError | None = None
        try:
            async with connect(address, options) as connection:
                logger.info("%s: connected as %s", address, options.identifier)
                connected, since_s = True, loop.time()
                on_state(True)
                # In a task of its own: a task group that fails in it leaves its task marked as
                # cancelled (CPython before 3.13), as if we had been told to stop.
                await asyncio.ensure_future(session(connection))
                return
        except* LinkError as group:
            lost = _first(group)
        finally:
            if connected:
                connected = False
                on_state(False)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # We were told to stop, and lost the broker while stopping.
            raise asyncio.CancelledError
        assert lost is not None  # noqa: S101 - the session has neither returned nor failed otherwise
        if not lost.retryable:
            raise lost
        if loop.time() - since_s > LASTING_S:
            retry_s = FIRST_RETRY_S
        since_s = math.inf
        logger.warning("%s; trying again in %.1f s", lost, retry_s)
        await asyncio.sleep(retry_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads clients out
        retry_s = min(retry_s * 2, LAST_RETRY_S)
