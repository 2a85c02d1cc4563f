"""Speaks to receivers: through Apprise, which knows some hundred of them. I/O.

Apprise blocks, so each send has a thread of its own; one that hangs is left behind after a
time-out, and its target gets no second one before the first has ended. So there are never more
threads than targets. They are daemons: a receiver that hangs must not keep ingest from stopping.

Why a send failed is Apprise's own words, with whatever of the target's URL is in them taken out.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote

from ingest.notify.routes import Target, show
from ingest.notify.text import Message
from telemetry.limit import Severity

if TYPE_CHECKING:
    from apprise import Apprise

#: Beyond Apprise's own time-outs, 4 s for HTTP and 15 s for mail, and the pauses it makes between
#: the pieces of a long message.
TIME_OUT_S: Final = 60.0
#: Characters a receiver takes at once; one that takes less gets the beginning of a message only.
WORTH_SPLITTING: Final = 1_000
MAX_REASON: Final = 200
#: Parts of a URL shorter than this are words of any sentence; longer ones could be a secret.
_SECRET_LENGTH: Final = 4

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the receiver has it; why not, when it has not."""

    accepted: bool
    reason: str = ""


class Sender(Protocol):
    """Sends a message to one target: returns once the receiver has it, or will not."""

    async def send(self, target: Target, message: Message) -> Outcome:
        """Never raises for what a receiver does, and answers within a bounded time."""
        ...


@dataclass(slots=True)
class MemorySender:
    """Keeps what was sent. answer: what its receivers say, by default that they have it."""

    answer: Callable[[Target, Message], Outcome] = lambda _target, _message: Outcome(True)
    sent: list[tuple[Target, Message]] = field(default_factory=list)

    async def send(self, target: Target, message: Message) -> Outcome:
        outcome = self.answer(target, message)
        if outcome.accepted:
            self.sent.append((target, message))
        return outcome


class AppriseSender:
    """The production sender."""

    def __init__(self, time_out_s: float = TIME_OUT_S) -> None:
        self._time_out_s = time_out_s
        self._services: dict[Target, Apprise] = {}
        self._busy: set[Target] = set()

    async def send(self, target: Target, message: Message) -> Outcome:
        if target in self._busy:
            return Outcome(False, "an earlier attempt still waits for its answer")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._busy.add(target)

        def settle(outcome: Outcome) -> None:
            self._busy.discard(target)
            if not answer.done():
                answer.set_result(outcome)

        def work() -> None:
            outcome = self._send(target, message)
            try:
                loop.call_soon_threadsafe(settle, outcome)
            except RuntimeError:  # the loop has ended: nobody waits
                logger.debug("an answer of %s came after the end", target.shown)

        threading.Thread(target=work, name=f"notify {target.shown}", daemon=True).start()
        try:
            async with asyncio.timeout(self._time_out_s):
                return await answer
        except TimeoutError:
            return Outcome(False, f"no answer within {self._time_out_s:g} s")

    def _send(self, target: Target, message: Message) -> Outcome:
        from apprise import NotifyFormat

        try:
            service = self._services.get(target)
            if service is None:
                service = self._services[target] = _open(target.url)
            result = service.notify(
                title=message.title,
                body=message.body,
                notify_type=_notify_type(message),
                body_format=NotifyFormat.TEXT,
                log_level=logging.WARNING,
            )
            if result:
                return Outcome(True)
            said = [entry.message for entry in result.logs()]
        except Exception as error:  # whatever a plugin of Apprise's raises, ingest goes on
            said = [f"{type(error).__name__}: {error}"]
        return Outcome(False, reason(said, target.url))


def usable(url: str) -> bool:
    """Whether Apprise knows what to do with a URL; nothing is sent."""
    from apprise import Apprise

    _hush()
    return Apprise.instantiate(url) is not None


def _hush() -> None:
    """Keep what Apprise says out of our log: it may name more of a URL than may be shown."""
    theirs = logging.getLogger("apprise")
    if theirs.propagate:
        theirs.addHandler(logging.NullHandler())
        theirs.propagate = False


def _open(url: str) -> "Apprise":
    from apprise import Apprise, AppriseAsset, OverflowMode

    _hush()
    service = Apprise(asset=AppriseAsset(app_id="stationwatch", app_desc="stationwatch"))
    if not service.add(url):
        raise ValueError(f"Apprise cannot use {show(url)}")
    for plugin in service:
        if "overflow=" not in url:
            # The text is longer than some receivers take, and they would refuse it. In pieces, but
            # not for one that takes a hundred characters: its beginning says what matters.
            long = plugin.body_maxlen >= WORTH_SPLITTING
            plugin.overflow_mode = OverflowMode.SPLIT if long else OverflowMode.TRUNCATE
        if url.lower().startswith("mailto"):
            # Apprise lets 5.5 s pass between two sends unless a plugin knows better. Chat services
            # ask for something like it; a mail server does not.
            plugin.request_rate_per_sec = 0
    return service


def _notify_type(message: Message) -> str:
    if message.good_news:
        return "success"
    if message.severity >= Severity.WARNING:
        return "failure"
    return "warning" if message.severity is Severity.CAUTION else "info"


def reason(said: Iterable[str], url: str) -> str:
    """Apprise's words as one line, without any part of the URL that may not be shown."""
    text = " ".join(" ".join(said).split()) or "the receiver did not take it"
    for secret in _secrets(url):
        text = text.replace(secret, "...")
    return text[:MAX_REASON]


def _secrets(url: str) -> list[str]:
    """Every part of a URL but those shown, as written and as meant; the longest first."""
    shown = set(re.split(r"[:/]+", show(url)))
    parts = re.split(r"[:/@?&=,#]+", url)
    forms = {form for part in parts for form in (part, unquote(part))}
    return sorted(
        (form for form in forms - shown if len(form) >= _SECRET_LENGTH), key=len, reverse=True
    )
