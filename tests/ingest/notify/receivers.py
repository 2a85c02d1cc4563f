"""Real receivers on loopback: an HTTP server that behaves as it is told, and a mail server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


@dataclass(slots=True)
class Hook:
    """behave: `accept`, `refuse` (a 500) or `hang`, for the requests that come from now on."""

    url: str = ""
    behave: str = "accept"
    got: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    hanging: int = 0
    most_at_once: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _now: int = 0

    async def until(self, wanted: Any) -> None:
        """Wait until something about it is so."""
        async with self._changed:
            await self._changed.wait_for(wanted)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        status = 200
        match self.behave:
            case "accept":
                self.got.append(body)
            case "refuse":
                self.refused += 1
                status = 500
            case "hang":
                self.hanging += 1
                await self._tell()
                await self.let_go.wait()
                status = 503
        self._now -= 1
        await self._tell()
        return web.Response(status=status)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    @property
    def text(self) -> str:
        return "\n".join(one["message"] for one in self.got)


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    """A webhook's server; `json://` sends to it."""
    one = Hook()
    app = web.Application(client_max_size=1 << 20)
    app.router.add_post("/{tail:.*}", one.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    one.url = f"json://127.0.0.1:{port}"
    try:
        yield one
    finally:
        one.let_go.set()
        await runner.cleanup()


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        self._loop.call_soon_threadsafe(self._arrived.set)  # it has a loop of its own
        return "250 OK"

    async def until(self, wanted: Any) -> None:
        while not wanted():
            self._arrived.clear()
            if not wanted():
                await self._arrived.wait()

    def text(self, n: int = 0) -> str:
        body = self.mails[n].get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def mail_server(port: int) -> AsyncIterator[tuple[Mailbox, str]]:
    """The mailbox, and the target that sends to it."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield (
            box,
            f"mailto://127.0.0.1:{port}?from=watch@example.org&to=fcr@example.org&format=text",
        )
    finally:
        server.stop()
