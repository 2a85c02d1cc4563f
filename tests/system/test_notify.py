"""Notification to real receivers: mail, a webhook that fails, an MQTT client; and a kill."""

import asyncio
import gc
import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from ingest.notify.deliver import AppriseSender
from ingest.notify.notifier import Notifier
from ingest.notify.outbox import Outbox
from ingest.notify.routes import Route
from ingest.notify.schedule import MAX_GROUP
from telemetry.alarm import Event
from tests.eventually import eventually
from tests.ingest.notify.receivers import Hook, Mailbox, hook, mail_server
from tests.ingest.notify.samples import Journal, Life, many, notifier, route
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import listening

PATIENCE_S = 60
ROOT = Path(__file__).parents[2]
IDS = re.compile(r"^iss/\S+/\d+/\d+$", re.MULTILINE)


@pytest.fixture
async def server() -> AsyncIterator[Hook]:
    async with hook() as running:
        yield running


@pytest.fixture
async def mail(free_port: int) -> AsyncIterator[tuple[Mailbox, str]]:
    async with mail_server(free_port) as running:
        yield running


@asynccontextmanager
async def notifying(
    folder: Path, journal: Journal, *routes: Route, time_out_s: float = 20
) -> AsyncIterator[Notifier]:
    async with Outbox.open(folder, 0) as outbox:
        one = notifier(journal, outbox, *routes, sender=AppriseSender(time_out_s))
        task = asyncio.create_task(one.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield one
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def ids(text: str) -> set[str]:
    return set(IDS.findall(text))


def named(events: list[Event]) -> set[str]:
    return {event.id for event in events}


async def settled(one: Notifier) -> None:
    async def owed() -> object:
        return one.values(0)["GND_NOTIFY_PENDING"]

    assert await eventually(owed, lambda n: n == 0) == 0


async def test_an_alarm_is_a_mail(tmp_path: Path, mail: tuple[Mailbox, str]) -> None:
    box, target = mail
    life = Life()
    event = life.violate()
    async with notifying(tmp_path, Journal([event]), route("ops", target)) as one:
        await box.until(lambda: box.mails)
        await settled(one)
    assert box.recipients == ["fcr@example.org"]
    assert box.mails[0]["From"] == "watch@example.org"
    assert box.mails[0]["Subject"] == "CAUTION: ISS Attitude error 2.5 deg, above 2 deg"
    text = box.text()
    assert "Action: a\n" in text
    assert "?at=2021-10-15T09%3A12Z&craft=iss&parameter=ERR\n" in text
    assert ids(text) == {event.id}


async def test_a_webhook_that_fails_and_hangs_and_recovers_gets_everything(
    tmp_path: Path, server: Hook, mail: tuple[Mailbox, str]
) -> None:
    box, mail_target = mail
    events = many(3)
    server.behave = "refuse"
    journal = Journal(events)
    both = route("ops", f"{server.url}/hook?rto=60", mail_target)
    async with notifying(tmp_path, journal, both, time_out_s=2) as one:
        await server.until(lambda: server.refused >= 2)  # tried again
        server.behave = "hang"
        await server.until(lambda: server.hanging)
        # While it hangs, the others hear what is new.
        late = Life("LATE").violate(9)
        await journal.add(late)
        await box.until(lambda: late.id in "".join(map(box.text, range(len(box.mails)))))
        server.behave = "accept"
        server.let_go.set()
        await server.until(lambda: ids(server.text) == named([*events, late]))
        await settled(one)
    mails = "".join(map(box.text, range(len(box.mails))))
    assert all(mails.count(event.id) == 1 for event in [*events, late])
    assert one.failed >= 3


async def test_an_mqtt_client_hears_it_and_again_when_its_broker_is_back(
    tmp_path: Path, frail_broker: Mosquitto
) -> None:
    first, second = Life("A").violate(), Life("B").violate()
    journal = Journal([first])
    target = f"mqtt://127.0.0.1:{frail_broker.port}/notify/ops?qos=1"
    async with notifying(tmp_path, journal, route("ops", target)) as one:
        async with listening(frail_broker.url, "notify"):
            await settled(one)
        frail_broker.kill()
        await journal.add(second)

        async def failed() -> int:
            return one.failed

        assert await eventually(failed)
        frail_broker.start()
        async with listening(frail_broker.url, "notify") as listener:
            await listener.until(lambda: any(second.id in str(m) for m in listener.messages))
        await settled(one)


async def test_an_mqtt_message_is_the_text(tmp_path: Path, broker: Mosquitto, root: str) -> None:
    event = Life().violate()
    target = f"mqtt://127.0.0.1:{broker.port}/{root}/ops?qos=1"
    async with (
        listening(broker.url, root) as listener,
        notifying(tmp_path, Journal([event]), route("ops", target)),
    ):
        await listener.until(lambda: bool(listener.messages))
    (payload,) = listener.payloads(f"{root}/ops")
    assert ids(payload.decode()) == {event.id}
    assert payload.startswith(b"CAUTION: ISS Attitude error 2.5 deg, above 2 deg")


@contextmanager
def process(folder: Path, url: str, count: int) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "tests.system.notifying", str(folder), url, str(count)],
            cwd=ROOT,
            stderr=log,
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def test_killed_between_outbox_and_delivery_nothing_is_lost(
    tmp_path: Path, server: Hook
) -> None:
    expected = named(many(120))
    server.behave = "hang"
    async with asyncio.timeout(PATIENCE_S):
        with process(tmp_path, server.url, 120):
            await server.until(lambda: server.hanging == 1)  # it is being sent, nobody has it
        server.behave = "accept"
        with process(tmp_path, server.url, 120):
            await server.until(lambda: ids(server.text) == expected)
    assert (tmp_path / "log").read_text() == ""


async def test_killed_again_and_again_every_message_arrives(tmp_path: Path, server: Hook) -> None:
    """At whatever moment: as soon as another message is here."""
    expected = named(many(400))
    async with asyncio.timeout(PATIENCE_S):
        for wanted in (1, 3, 5):
            with process(tmp_path, server.url, 400):
                await server.until(lambda: len(server.got) >= wanted)  # noqa: B023 - used at once
        with process(tmp_path, server.url, 400):
            await server.until(lambda: ids(server.text) == expected)


async def test_a_thousand_alarms_at_once_are_grouped_none_lost_and_memory_is_bounded(
    tmp_path: Path, server: Hook
) -> None:
    events = many(1000)
    journal = Journal(events)
    async with notifying(tmp_path / "warm", Journal(many(1)), route("ops", server.url)) as one:
        await server.until(lambda: server.got)  # what is loaded on first use does not count
        await settled(one)
    server.got.clear()
    gc.collect()
    tracemalloc.start()
    try:
        grouped = route("ops", server.url, group_s=1)
        async with notifying(tmp_path, journal, grouped) as one:
            await server.until(lambda: ids(server.text) == named(events))
            await settled(one)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(server.got) == 1000 / MAX_GROUP
    assert sum(len(IDS.findall(one["message"])) for one in server.got) == 1000
    assert max(len(json.dumps(one)) for one in server.got) < 30_000
    # The watches of a thousand alarms, the messages the test itself keeps, and little else.
    assert peak_bytes < 4 << 20, f"{peak_bytes >> 10} KiB"
