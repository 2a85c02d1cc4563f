"""One producer, many browsers. A message is encoded once and every browser gets the same text.

Telemetry may be dropped for a browser that cannot keep up: it then gets the latest of everything,
since what changes seldom would otherwise stay wrong on it. Events are never dropped silently: a
browser too far behind with those is cut, and starts again from a snapshot when it comes back.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

#: At ~40 messages a second these are some 3 s of telemetry.
MAX_TELEMETRY: Final = 128
MAX_EVENTS: Final = 500


class TooFarBehind(Exception):
    """This browser has not taken its events; it must start again."""


class Client:
    """The messages one browser has yet to take."""

    def __init__(self, catch_up: Callable[[], Iterable[str]]) -> None:
        self._catch_up = catch_up
        self._telemetry: deque[str] = deque()
        self._events: deque[str] = deque()
        self._wake = asyncio.Event()
        self._behind = False
        self._lost = False
        self.dropped = 0

    def put_telemetry(self, message: str) -> None:
        if len(self._telemetry) >= MAX_TELEMETRY:
            self.dropped += len(self._telemetry)
            self.resynchronise()
        self._telemetry.append(message)
        self._wake.set()

    def put_event(self, message: str) -> None:
        if len(self._events) >= MAX_EVENTS:
            self._lost = True
        else:
            self._events.append(message)
        self._wake.set()

    def end(self) -> None:
        """There is nothing more to come from here."""
        self._lost = True
        self._wake.set()

    def resynchronise(self) -> None:
        """Give the latest of everything instead of what waits."""
        self._telemetry.clear()
        self._behind = True
        self._wake.set()

    async def messages(self) -> AsyncIterator[str]:
        """What to send, for ever; events overtake telemetry.

        :raises TooFarBehind: once an event had to be left out, or nothing more can come.
        """
        while True:
            if self._lost:
                raise TooFarBehind
            if self._events:
                yield self._events.popleft()
            elif self._behind:
                self._behind = False
                self._telemetry.clear()  # the latest of everything has it all
                for message in self._catch_up():
                    yield message
            elif self._telemetry:
                yield self._telemetry.popleft()
            else:
                self._wake.clear()
                await self._wake.wait()


class Hub:
    """catch_up: messages with the latest of everything; asked for when it is time to send them."""

    def __init__(self, catch_up: Callable[[], Iterable[str]]) -> None:
        self._catch_up = catch_up
        self._clients: set[Client] = set()

    def __len__(self) -> int:
        return len(self._clients)

    def send_telemetry(self, message: str) -> None:
        for client in self._clients:
            client.put_telemetry(message)

    def send_event(self, message: str) -> None:
        for client in self._clients:
            client.put_event(message)

    def resynchronise(self) -> None:
        """What waits is of a run that is over, and would be taken for newer than what comes now."""
        for client in self._clients:
            client.resynchronise()

    def end(self) -> None:
        """What feeds this has died: every browser must start again."""
        for client in self._clients:
            client.end()

    @contextmanager
    def join(self) -> Iterator[Client]:
        """Be sent to. Join before taking the snapshot, so that nothing falls between."""
        client = Client(self._catch_up)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)
