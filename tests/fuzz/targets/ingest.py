"""Ingest's HTTP: its own endpoints, the store for others, the archive, bundles. In this process."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from aiohttp import web

from access.gate import Gate, Verdict, judge
from access.roles import Role
from access.seal import CommandKey, seal
from access.users import User
from ingest.archive import Archive
from ingest.archive_http import archive_routes
from ingest.archiving import Archivist
from ingest.bundle.http import bundle_routes
from ingest.counters import Counters
from ingest.http import create_app
from ingest.spool import Spool
from telemetry import wire
from telemetry.recording import Recording
from telemetry.store.memory import MemoryStore
from telemetry.store.remote_server import remote_routes
from telemetry.store.remote_wire import (
    CONTENT_TYPE,
    BucketsRequest,
    DropRequest,
    EventsRequest,
    LastRequest,
    ReadRequest,
)
from tests.bundles import records
from tests.contract.mission import MISSION, T0, frame
from tests.fuzz import mutate
from tests.fuzz.http import Wire, raw, request
from tests.fuzz.seeds import EVENT
from tests.fuzz.target import Fault, Target, judge_answer

#: An input that is not answered within this is a hang.
ANSWER_S: Final = 8.0
#: How the store says that it has failed in a way nobody thought of.
FAILED: Final = b"the store's process failed"
SUBSYSTEM: Final = "adcs"


@contextmanager
def _served(
    make: Callable[[AsyncExitStack], Awaitable[web.Application]],
) -> Iterator[Callable[[bytes], None]]:
    """An application on a loop of its own; each input is a connection."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def start() -> Callable[[], asyncio.BaseProtocol]:
            await stack.__aenter__()
            app = await make(stack)
            serving = web.AppRunner(app, access_log=None, lingering_time=0.0)
            await serving.setup()
            stack.push_async_callback(serving.cleanup)
            assert serving.server is not None
            return serving.server

        server = runner.run(start())
        try:
            yield lambda data: runner.run(_ask(server, data))
        finally:
            runner.run(stack.aclose())


async def _ask(server: Callable[[], Any], data: bytes) -> None:
    sent, whole = raw(data)
    client, protocol = Wire(), server()
    protocol.connection_made(client)
    protocol.data_received(sent)
    try:
        # who has not said all is waited for, as long as a test can wait
        async with asyncio.timeout(ANSWER_S if whole else 0.05):
            while not client.closed.is_set():
                await asyncio.sleep(0)
    except TimeoutError:
        if whole:
            raise Fault("no answer") from None
    finally:
        protocol.connection_lost(None)
        await protocol.shutdown(0.0)
    if client.answer:
        _judge(bytes(client.answer))


def _judge(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    # aiohttp shows who sends no HTTP where their own bytes are wrong, in three lines
    judge_answer(int(head.split(b" ", 2)[1]), body, lines=6)
    if FAILED in body:
        raise Fault(f"the store failed: {body[:300]!r}")


async def _ingest(stack: AsyncExitStack) -> web.Application:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    archive = Archive.open(folder)
    store = await stack.enter_async_context(MemoryStore(MISSION))
    await store.write([frame(n, RATE=n / 8, COUNT=n, NOTE="n") for n in range(20)])
    await store.append_events([EVENT])
    archive.put_missiondb("1", {"iss/spacecraft.toml": b"name = 1"})
    spool = await stack.enter_async_context(Spool.open(folder))
    archivist = await stack.enter_async_context(Archivist(archive, spool, MISSION.version))
    running = asyncio.create_task(archivist.run())
    stack.callback(running.cancel)
    lived = records("")[:40]
    await spool.append([(r.received_ns, r.topic, r.payload) for r in lived])
    counters = Counters(broker_connected=True, store_available=True)
    routes = [*remote_routes(store), *archive_routes(archivist), *bundle_routes(folder)]
    return create_app(counters, spool, dict, {}, routes)


def _asked(verb: str, body: Any) -> bytes:
    packed = msgspec.msgpack.encode(body)
    return request("POST", f"/store/{verb}", packed, **{"Content-Type": CONTENT_TYPE})


def _ingest_seeds() -> Iterator[bytes]:
    for path in (
        "/healthz", "/metrics", "/dead", "/log/plan", "/log/shift", "/bundles", "/archive/laps",
        f"/archive/find?start={T0}&stop={T0 + 10**9}", "/archive/segment?first=1&last=30",
        "/archive/announcements?lap=1&last=5", "/archive/checkpoint?n=5",
        "/archive/missiondb?version=1",
    ):  # fmt: skip
        yield request("GET", path)
    yield request("POST", "/bundles/good-0123456789ab", b"PK\3\4 no bundle")
    later = T0 + 10**12
    craft = ("iss", SUBSYSTEM)
    yield _asked("write", [frame(30, RATE=0.5, NOTE="x")])
    yield _asked("read", ReadRequest(*craft, T0, later, ["RATE", "NOTE"], 100))
    yield _asked("buckets", BucketsRequest(*craft, "RATE", T0, later, 10**9))
    yield _asked("last", LastRequest(*craft, None))
    yield _asked("append_events", [EVENT])
    yield _asked("read_events", EventsRequest(0, later, "iss"))
    yield _asked("roll_up", [("iss", SUBSYSTEM, T0, later)])
    yield _asked("drop", DropRequest(0, 5, False))
    day = Recording(name="day", by="Ann", created_ns=T0, start_ns=T0, stop_ns=later)
    yield _asked("put_recording", day)
    yield _asked("delete_recording", "day")
    yield _asked("recordings", None)
    yield _asked("schema", None)


def _mutated(data: bytes, most: int, random: Random) -> bytes:
    """What is packed in a body is changed as what it is, else the whole request."""
    try:
        said = json.loads(data)
        packed = base64.b64decode(said["base64"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return mutate.as_json(data, most, random)
    if random.random() < 0.2:
        return mutate.as_json(data, most, random)
    changed = mutate.as_msgpack(packed, most, random)
    return json.dumps(said | {"base64": base64.b64encode(changed).decode()}).encode()


# --- what stands before commands ---

_KEY: Final = CommandKey("console", bytes(range(32)))
_TOPIC: Final = "cmd/v1/iss/alarm/acknowledge"


@contextmanager
def _gate(_: Path) -> Iterator[Callable[[bytes], None]]:
    """An input is a message on a command topic, signed again where it is an envelope."""
    users = {
        "console": User(name="console", role=Role.VIEWER, service=True, key=_KEY.public),
        "Ann": User(name="Ann", role=Role.OPERATOR),
    }

    def find(name: str) -> User | None:
        return users.get(name)

    class Log:
        def add(self, entry: object) -> None:
            msgspec.json.encode(entry)

    def take(data: bytes) -> None:
        for payload in (data, seal(_KEY, _TOPIC, data, T0)):
            verdict = judge(_TOPIC, payload, T0, find).verdict
            gate = Gate(SimpleNamespace(find=find), Log(), "ingest")  # type: ignore[arg-type]
            admitted = gate.admit(_TOPIC, payload, T0)
            if verdict is Verdict.PERMITTED or admitted is None:
                continue
            try:
                denied = wire.decode_command(admitted).denied
            except wire.WireError:
                continue
            if not denied:
                raise AssertionError(f"{verdict}, and yet it is done")

    yield take


def _gate_seeds() -> Iterator[bytes]:
    command = wire.encode(wire.Command(id="1", alarm="ERR.limit", by="Ann", comment="seen"))
    yield command
    yield seal(_KEY, _TOPIC, command, T0)


TARGETS: Final = (
    Target(
        name="ingest-http",
        subject=lambda _: _served(_ingest),
        seeds=_ingest_seeds,
        mutate=_mutated,
    ),
    Target(name="gate", subject=_gate, seeds=_gate_seeds, mutate=mutate.as_json),
)
