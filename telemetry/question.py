"""A question to ingest by message, from a terminal: asked once, answered once. I/O.

Ingest alone decides; whoever asks listens first, so that no answer is missed.
"""

import asyncio
import getpass
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import ClassVar, Final, TypeVar

from telemetry.errors import StationwatchError, UsageError
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.secret import secret
from telemetry.settings import Settings

#: How long ingest may take to answer; it mostly does at once.
ANSWER_S: Final = 5.0
#: A broker sends what is retained at once, a busy one the first of it after so long; after such a
#: silence that was all.
FIRST_S: Final = 2.0
RETAINED_S: Final = 0.5
_BATCH: Final = 100

_T = TypeVar("_T")


class AskRefused(StationwatchError):
    """Ingest did not do what was asked."""


class NoAnswer(StationwatchError):
    exit_code: ClassVar[int] = 3


def connected(settings: Settings) -> AbstractAsyncContextManager[Connection]:
    address = BrokerAddress.of(settings)
    return connect(address, LinkOptions(identifier=f"ask-{uuid.uuid4().hex[:8]}"))


async def ask(
    connection: Connection,
    *,
    to: str,
    payload: bytes,
    answers: str,
    read: Callable[[bytes], _T | None],
    root: str,
    within_s: float = ANSWER_S,
) -> _T:
    """Publish, and wait for what `read` takes for the answer on the topic `answers`.

    :raises NoAnswer: if none comes in time.
    """
    await connection.subscribe([answers], qos=1)
    await connection.publish(to, payload)
    try:
        async with asyncio.timeout(within_s):
            while True:
                for message in await connection.receive(_BATCH):
                    # what else was asked for still comes in
                    if message.topic == answers and (found := read(message.payload)) is not None:
                        return found
    except TimeoutError:
        raise NoAnswer(
            f"no answer within {within_s:g} s: is ingest running under root {root}? If it is only "
            "away, it still does what was asked when it is back"
        ) from None


async def retained(connection: Connection, topic: str) -> dict[str, bytes]:
    """What the broker retains under a topic or filter, by topic."""
    await connection.subscribe([topic], qos=1)
    found: dict[str, bytes] = {}
    with suppress(TimeoutError):
        # as long as something comes at all: a busy journal must not keep us here
        async with asyncio.timeout(ANSWER_S):
            while True:
                async with asyncio.timeout(RETAINED_S if found else FIRST_S):
                    messages = await connection.receive(_BATCH)
                for message in messages:
                    found.pop(message.topic, None)
                    if message.payload:
                        found[message.topic] = message.payload
    return found


def login_name() -> str:
    """Who asks unless told otherwise: whoever the key is of that signs it, else the login's."""
    with suppress(UsageError):
        signer, colon, _ = secret("STATIONWATCH_COMMAND_KEY").partition(":")
        if colon:
            return signer
    with suppress(Exception):  # in a container there may be none
        return getpass.getuser()
    return "operator"
