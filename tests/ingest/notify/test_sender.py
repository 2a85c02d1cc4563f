"""What every sender promises, on each of them; and what Apprise's adds."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from ingest.notify.deliver import (
    MAX_REASON,
    AppriseSender,
    MemorySender,
    Outcome,
    Sender,
    reason,
    usable,
)
from ingest.notify.routes import Target
from ingest.notify.text import Message
from telemetry.limit import Severity
from tests.ingest.notify.receivers import Hook, hook, mail_server

MESSAGE = Message(
    title="WARNING: ISS Attitude error 3 deg",
    body="first line\n<b>second</b> & \\n *third* :fire: äöü\n",
    severity=Severity.WARNING,
    ids=("iss/ERR.limit/1/1",),
)


@dataclass
class Bench:
    """A sender, a target of it, and what that target has."""

    sender: Sender
    target: Target
    hook: Hook | None = None

    @property
    def got(self) -> list[tuple[str, str]]:
        if self.hook is not None:
            return [(one["title"], one["message"]) for one in self.hook.got]
        assert isinstance(self.sender, MemorySender)
        return [(message.title, message.body) for _, message in self.sender.sent]

    def refuse(self) -> None:
        if self.hook is not None:
            self.hook.behave = "refuse"
        else:
            assert isinstance(self.sender, MemorySender)
            self.sender.answer = lambda _target, _message: Outcome(False, "full")


@pytest.fixture(params=["memory", "apprise"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "memory":
        yield Bench(MemorySender(), Target(route="ops", index=0, url="json://h"))
        return
    async with hook() as server:
        target = Target(route="ops", index=0, url=f"{server.url}/hunter22")
        yield Bench(AppriseSender(), target, server)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_what_is_accepted_has_arrived_as_it_was(bench: Bench) -> None:
    assert await bench.sender.send(bench.target, MESSAGE) == Outcome(True)
    ((title, body),) = bench.got
    assert (title, body.strip()) == (MESSAGE.title, MESSAGE.body.strip())


async def test_what_is_refused_says_why_and_raises_nothing(bench: Bench) -> None:
    bench.refuse()
    outcome = await bench.sender.send(bench.target, MESSAGE)
    assert not outcome.accepted
    assert outcome.reason
    assert bench.got == []


async def test_a_message_arrives_after_one_that_did_not(bench: Bench) -> None:
    bench.refuse()
    await bench.sender.send(bench.target, MESSAGE)
    if bench.hook is not None:
        bench.hook.behave = "accept"
    else:
        bench.sender = MemorySender()
    assert (await bench.sender.send(bench.target, MESSAGE)).accepted
    assert len(bench.got) == 1


async def test_severity_is_apprises_type() -> None:
    async with hook() as server:
        target = Target(route="ops", index=0, url=server.url)
        for severity in (Severity.ADVISORY, Severity.CAUTION, Severity.WARNING):
            message = Message(title="t", body="b", severity=severity)
            await AppriseSender().send(target, message)
        good = Message(title="t", body="b", severity=Severity.WARNING, good_news=True)
        await AppriseSender().send(target, good)
        assert [one["type"] for one in server.got] == ["info", "warning", "failure", "success"]


async def test_a_receiver_that_hangs_is_left_after_a_time_out_and_not_asked_twice() -> None:
    async with hook() as server:
        server.behave = "hang"
        sender = AppriseSender(time_out_s=0.2)
        target = Target(route="ops", index=0, url=f"{server.url}?rto=60")
        assert await sender.send(target, MESSAGE) == Outcome(False, "no answer within 0.2 s")
        again = await sender.send(target, MESSAGE)
        assert again == Outcome(False, "an earlier attempt still waits for its answer")
        assert server.hanging == 1
        # When it has answered at last, it is asked again.
        thread = next(t for t in threading.enumerate() if t.name.startswith("notify json://"))
        assert thread.daemon
        server.behave = "accept"
        server.let_go.set()
        await asyncio.to_thread(thread.join)
        assert await sender.send(target, MESSAGE) == Outcome(True)


class Heard(logging.Handler):
    """What reaches our log. (pytest's caplog also hears loggers that do not pass on.)"""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("urllib3"):  # at DEBUG only, which we never log
            self.text += record.getMessage()


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, root = Heard(), logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


async def test_a_failure_shows_no_secret(heard: Heard) -> None:
    for url in (
        "json://user:hunter22@127.0.0.1:9/hunter22?+token=hunter22",
        "mailto://127.0.0.1:9?user=hunter22&pass=hunter22&from=a@example.org&to=hunter22@b.org",
        "mqtt://user:hunter22@127.0.0.1:9/hunter22",
    ):
        assert usable(url)
        target = Target(route="ops", index=0, url=url)
        outcome = await AppriseSender().send(target, MESSAGE)
        assert not outcome.accepted
        assert outcome.reason
        assert "hunter22" not in outcome.reason + heard.text


def test_a_reason_keeps_what_may_be_shown_and_nothing_else_of_the_url() -> None:
    url = "jsons://us%40er:hunter22@hook.example.org/token33/x?+key=secret44"
    said = ["jsons hook.example.org us@er us%40er hunter22 /token33", "secret44 error=500"]
    assert reason(said, url) == "jsons hook.example.org ... ... ... /... ... error=500"
    assert reason([], url) == "the receiver did not take it"
    assert len(reason(["x" * 5000], url)) == MAX_REASON


@pytest.mark.parametrize("url", ["", "h", "nope://h", "json://", "://"])
def test_what_apprise_does_not_know_is_not_usable(url: str) -> None:
    assert not usable(url)


async def test_a_long_message_is_split_for_a_receiver_that_takes_less() -> None:
    async with hook() as server:
        message = Message(title="t", body="word\n" * 20_000, severity=Severity.CAUTION)
        target = Target(route="ops", index=0, url=server.url)
        assert (await AppriseSender().send(target, message)).accepted
        assert len(server.got) > 1
        assert server.text.count("word") == 20_000


async def test_an_sms_is_the_beginning_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.body_maxlen", 140)
    async with hook() as server:
        message = Message(title="t", body="word\n" * 20_000, severity=Severity.CAUTION)
        target = Target(route="ops", index=0, url=server.url)
        assert (await AppriseSender().send(target, message)).accepted
        (one,) = server.got
        assert one["message"].startswith("word\nword")
        assert len(one["message"]) <= 140


async def test_a_second_mail_does_not_wait(free_port: int) -> None:
    async with mail_server(free_port) as (box, url):
        sender, target = AppriseSender(time_out_s=5), Target(route="ops", index=0, url=url)
        assert (await sender.send(target, MESSAGE)).accepted
        # Apprise's own pause of 5.5 s would outlast the time-out.
        assert (await sender.send(target, MESSAGE)).accepted
        assert len(box.mails) == 2
