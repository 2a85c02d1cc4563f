import asyncio
from collections.abc import AsyncIterator

import pytest

from dashboard.hub import MAX_EVENTS, MAX_TELEMETRY, Client, Hub, TooFarBehind


async def taken(client: Client, count: int) -> list[str]:
    messages: AsyncIterator[str] = client.messages()
    return [await anext(messages) for _ in range(count)]


async def test_every_client_gets_the_same_text() -> None:
    hub = Hub(list)
    with hub.join() as one, hub.join() as two:
        hub.send_telemetry("a")
        assert await taken(one, 1) == await taken(two, 1) == ["a"]
        assert len(hub) == 2
    assert len(hub) == 0


async def test_events_overtake_telemetry() -> None:
    hub = Hub(list)
    with hub.join() as client:
        hub.send_telemetry("frame")
        hub.send_event("alarm")
        assert await taken(client, 2) == ["alarm", "frame"]


async def test_a_slow_client_loses_telemetry_and_gets_the_latest_of_everything() -> None:
    hub = Hub(lambda: ["latest"])
    with hub.join() as client:
        for n in range(MAX_TELEMETRY + 1):
            hub.send_telemetry(str(n))
        assert client.dropped == MAX_TELEMETRY
        assert await taken(client, 1) == ["latest"]
        hub.send_telemetry("next")
        assert await taken(client, 1) == ["next"]


async def test_a_client_too_far_behind_with_events_is_cut() -> None:
    hub = Hub(list)
    with hub.join() as client:
        for n in range(MAX_EVENTS + 1):
            hub.send_event(str(n))
        with pytest.raises(TooFarBehind):
            await taken(client, 1)


async def test_a_waiting_client_is_woken() -> None:
    hub = Hub(list)
    with hub.join() as client:
        waiting = asyncio.create_task(taken(client, 1))
        await asyncio.sleep(0)
        hub.send_event("alarm")
        assert await asyncio.wait_for(waiting, 5) == ["alarm"]


async def test_what_waits_of_a_run_that_is_over_is_not_sent() -> None:
    hub = Hub(lambda: ["latest"])
    with hub.join() as client:
        hub.send_telemetry("of the old run")
        hub.resynchronise()
        hub.send_event("clock")
        assert await taken(client, 2) == ["clock", "latest"]
