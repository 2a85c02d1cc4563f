import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from telemetry.errors import StoreError, StoreSchemaError, StoreUnavailable
from telemetry.parameter import ParameterType
from telemetry.store import remote
from telemetry.store.memory import MemoryStore
from telemetry.store.remote import RemoteStore
from telemetry.store.remote_wire import CONTENT_TYPE, MAX_REQUEST_BYTES
from tests.contract.mission import MISSION, MOTION, T0, database, event, frame
from tests.contract.stores import blocks, contents, serving


class Failing(MemoryStore):
    """Raises what it is told to, after one block where it reads."""

    error: Exception = StoreError("told to")

    async def write(self, frames: Any) -> Any:
        raise self.error

    async def read(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async for block in super().read(*args, **kwargs):
            yield block
            raise self.error


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("gone"),
        StoreSchemaError("changed"),
        StoreError("refused"),
        KeyError("NONE"),
        ValueError("odd"),
    ],
)
async def test_errors_arrive_as_themselves(error: Exception) -> None:
    behind = Failing(MISSION)
    behind.error = error
    await MemoryStore.write(behind, [frame(n, RATE=1.0) for n in range(10)])
    async with serving(behind) as url, RemoteStore(url, MISSION) as store:
        for action in (
            store.write([frame(0, RATE=1.0)]),
            blocks(store, "iss", "adcs", 0, T0 * 2, block_rows=5),
        ):
            with pytest.raises(type(error)) as caught:
                await action
            assert type(caught.value) is type(error)
            assert caught.value.args == error.args


async def test_what_arrived_before_an_error_is_read() -> None:
    behind = Failing(MISSION)
    await MemoryStore.write(behind, [frame(n, RATE=1.0) for n in range(10)])
    async with serving(behind) as url, RemoteStore(url, MISSION) as store:
        reading: Any = store.read("iss", "adcs", 0, T0 * 2, block_rows=5)
        assert len(await anext(reading)) == 5
        with pytest.raises(StoreError, match="told to"):
            await anext(reading)


async def test_a_bug_behind_is_a_store_error_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    behind = Failing(MISSION)
    behind.error = RuntimeError("secret")
    async with serving(behind) as url, RemoteStore(url, MISSION) as store:
        with pytest.raises(StoreError, match="RuntimeError") as caught:
            await store.write([frame(0, RATE=1.0)])
        assert "secret" not in str(caught.value)
        assert "secret" in caplog.text


async def test_another_mission_database_is_refused_at_opening() -> None:
    other = database(MOTION | {"RATE": ParameterType.INTEGER})
    async with serving(MemoryStore(MISSION)) as url:
        with pytest.raises(StoreSchemaError, match="RATE"):
            async with RemoteStore(url, other):
                pass


async def test_large_writes_and_answers_pass() -> None:
    async with serving(MemoryStore(MISSION)) as url, RemoteStore(url, MISSION) as store:
        frames = [frame(n, RATE=n / 7, NOTE="x" * 3000) for n in range(2500)]
        assert (await store.write(frames)).stored == 5000
        assert len(await contents(store)) == 5000
        events = [event(n, comment="c" * 500) for n in range(1200)]
        await store.append_events(events)
        assert [e async for e in store.read_events(0, T0 * 2)] == events


async def test_frames_whose_strings_exceed_a_request_are_still_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(MemoryStore(MISSION)) as url, RemoteStore(url, MISSION) as store:
        monkeypatch.setattr(remote, "MAX_REQUEST_BYTES", 100_000)
        frames = [frame(n, NOTE="x" * 30_000) for n in range(20)]
        assert (await store.write(frames)).stored == 20
        assert len(await contents(store)) == 20


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": CONTENT_TYPE, "Host": "evil.example"}, 403),
        ({"Content-Type": CONTENT_TYPE, "Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Content-Type": CONTENT_TYPE, "Host": "localhost:1"}, 200),
    ],
)
async def test_a_web_page_cannot_reach_it(headers: dict[str, str], status: int) -> None:
    async with (
        serving(MemoryStore(MISSION)) as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}/store/schema", data=b"\xc0", headers=headers) as response,
    ):
        assert response.status == status


async def test_a_request_too_large_is_refused() -> None:
    async with serving(MemoryStore(MISSION)) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(
            f"POST /store/write HTTP/1.1\r\nHost: localhost\r\nContent-Type: {CONTENT_TYPE}\r\n"
            f"Content-Length: {MAX_REQUEST_BYTES + 1}\r\n\r\n".encode()
        )
        assert b" 413 " in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_an_answer_cut_short_is_unavailable() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\n\r\n".encode() + b"D\0\0\0\x09ab"
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(StoreUnavailable, match="cut short"):
            async with RemoteStore(f"http://127.0.0.1:{port}", MISSION):
                pass


async def test_a_server_of_something_else_is_a_store_error() -> None:
    async with serving(MemoryStore(MISSION)) as url:
        with pytest.raises(StoreError, match="404") as caught:
            async with RemoteStore(f"{url}/elsewhere", MISSION):
                pass
        assert not caught.value.retryable
