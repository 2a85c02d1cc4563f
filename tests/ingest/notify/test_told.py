"""What was sent to whom, as a console asks for it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ingest.notify import told
from ingest.notify.deliver import MemorySender, Outcome
from ingest.notify.http import PATH, notify_routes
from ingest.notify.outbox import FILE, Outbox
from ingest.notify.routes import Route
from ingest.notify.told import Attempt
from tests.eventually import eventually
from tests.ingest.notify.samples import Journal, Life, many, notifier, route, s
from tests.ingest.notify.test_notifier import running
from tests.ingest.notify.test_outbox import owed

ATTEMPT = Attempt(
    time_ns=s(1),
    route="ops",
    target="json://a",
    title="WARNING: ISS Error",
    severity=3,
    alarms=1,
    why=("raised",),
    tries=1,
    accepted=True,
)


async def asked(outbox: Outbox | None, *routes: Route) -> dict[str, Any]:
    app = web.Application()
    app.add_routes(notify_routes(routes, outbox))
    async with TestClient(TestServer(app)) as client, client.get(PATH) as answer:
        assert answer.status == 200
        return await answer.json()  # type: ignore[no-any-return]


async def test_a_console_is_told_what_arrived_what_failed_and_what_is_owed(tmp_path: Path) -> None:
    sender = MemorySender(
        lambda target, _: (
            Outcome("//b" not in target.url, "Connection refused")
            if "//b" in target.url
            else Outcome(True)
        )
    )
    ops = route("ops", "json://a/secret-token", "json://b", escalate_after_s=60.0)
    journal = Journal([Life().violate(0)])
    async with Outbox.open(tmp_path, 0) as box:

        async def both_noted() -> bool:
            return len(await box.attempts(10)) >= 2

        async with running(notifier(journal, box, ops, sender=sender)):
            assert await eventually(both_noted, within_s=20)
        said = await asked(box, ops)
    by_target = {one["target"]: one for one in said["attempts"]}
    assert by_target["json://a"]["accepted"] is True
    assert by_target["json://a"]["title"].startswith("CAUTION")
    assert by_target["json://b"]["accepted"] is False
    assert by_target["json://b"]["reason"] == "Connection refused"
    [waiting] = said["waiting"]
    assert (waiting["target"], waiting["alarm"]) == (1, "iss/ERR.limit")
    assert waiting["attempts"] >= 1
    assert said["owed"] == 1
    [told_route] = said["routes"]
    assert told_route["targets"] == ["json://a", "json://b"]
    assert told_route["escalate_after_s"] == 60
    assert "secret-token" not in msgspec.json.encode(said).decode()


async def test_without_routes_a_console_hears_that_nobody_is_told() -> None:
    assert (await asked(None))["routes"] == []


async def test_newest_first_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "KEEP_ATTEMPTS", 3)
    async with Outbox.open(tmp_path, 0) as box:
        for second in range(5):
            await box.note(msgspec.structs.replace(ATTEMPT, time_ns=s(second)))
        assert [one.time_ns for one in await box.attempts(10)] == [s(4), s(3), s(2)]
        assert [one.time_ns for one in await box.attempts(1)] == [s(4)]


async def test_an_outbox_of_before_gets_the_list(tmp_path: Path) -> None:
    async with Outbox.open(tmp_path, 0) as box:
        await box.take(owed(many(1)), 1)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("DROP TABLE attempt")
    async with Outbox.open(tmp_path, 0) as box:
        assert box.owed == 1
        await box.note(ATTEMPT)
        assert await box.attempts(10) == [ATTEMPT]
