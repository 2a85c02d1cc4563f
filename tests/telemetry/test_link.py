"""Broker addresses, and that a link ends when it is told to."""

import asyncio
import socket

import pytest

from telemetry import link
from telemetry.errors import LinkError, UsageError
from telemetry.link import BrokerAddress
from tests.eventually import eventually


@pytest.fixture
def free_port() -> int:
    """Nobody listens there."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_an_address_is_read_and_said() -> None:
    address = BrokerAddress.parse("mqtt://broker", "ann", "secret")
    assert str(address) == "mqtt://broker:1883"
    assert (address.username, address.password) == ("ann", "secret")


@pytest.mark.parametrize(
    "url", ["", "http://x", "mqtt://", "mqtt://x:99999", "mqtt://x/path", "mqtt://[::1"]
)
def test_a_wrong_address_is_one_clear_error(url: str) -> None:
    with pytest.raises(UsageError, match="expected mqtt://host:port"):
        BrokerAddress.parse(url)


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "http"])
def test_a_secret_in_an_address_is_not_repeated(scheme: str) -> None:
    with pytest.raises(UsageError) as caught:
        BrokerAddress.parse(f"{scheme}://ann:s3cret@host")
    assert "s3cret" not in str(caught.value)


async def test_losing_the_broker_while_stopping_is_still_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside = asyncio.Event()

    async def session(connection: object) -> None:
        inside.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise LinkError("gone, just now") from None

    class Connected:
        async def __aenter__(self) -> object:
            return object()

        async def __aexit__(self, *exc: object) -> None: ...

    monkeypatch.setattr(link, "connect", lambda *_: Connected())
    address, options = BrokerAddress("host"), link.LinkOptions(identifier="x")
    task = asyncio.create_task(link.stay_connected(address, options, session))
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_pauses_grow_while_the_broker_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, free_port: int
) -> None:
    monkeypatch.setattr(link, "FIRST_RETRY_S", 0.01)
    monkeypatch.setattr(link, "LAST_RETRY_S", 0.04)

    async def session(connection: object) -> None:
        raise AssertionError("there is no broker")

    address, options = BrokerAddress("127.0.0.1", free_port), link.LinkOptions(identifier="x")
    task = asyncio.create_task(link.stay_connected(address, options, session))

    async def pauses() -> list[float]:
        return [r.args[1] for r in caplog.records if isinstance(r.args, tuple) and r.args[1:]]

    found = await eventually(pauses, lambda seen: len(seen) >= 4)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert found[:4] == [0.01, 0.02, 0.04, 0.04]


async def test_giving_up_a_connection_that_is_being_made_leaves_no_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked, given_up, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await given_up.wait()
        writer.write_eof()
        await reader.read()  # until the client has closed, too
        left.set()
        writer.close()

    async def come(address: BrokerAddress) -> None:
        async with link.connect(address, link.LinkOptions(identifier="x")):
            raise AssertionError("there was no answer")

    async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
        address = BrokerAddress("127.0.0.1", server.sockets[0].getsockname()[1])
        coming = asyncio.create_task(come(address))
        await asked.wait()
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        given_up.set()
        await left.wait()
    assert [record for record in caplog.records if record.name == "asyncio"] == []
