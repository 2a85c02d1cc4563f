"""What is heard under one topic root, and the roots one console serves: its own, and those of
replays and trainings for as long as somebody looks at them.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from dashboard import messages
from dashboard.address import Address
from dashboard.commands import OPEN_OFFICE, Commands, Office
from dashboard.feed import Feed
from dashboard.history import History
from dashboard.hub import Hub
from dashboard.prime import prime
from dashboard.view import LiveView
from telemetry.clock import Clock
from telemetry.errors import StationwatchError
from telemetry.link import BrokerAddress
from telemetry.missiondb import MissionDatabase
from telemetry.topics import LIVE_ROOT, REPLAY_ROOT, TRAINING_ROOT, Topics

#: Roots besides the console's own that are listened to at once.
MAX_GUESTS: Final = 8
#: For so long one is kept that nobody looks at: a page that is loaded anew finds it warm.
LINGER_S: Final = 30.0

logger = logging.getLogger(__name__)

_GUEST: Final = re.compile(rf"(?:{REPLAY_ROOT}|{TRAINING_ROOT})-[a-z0-9][a-z0-9-]{{0,40}}")


class NoTree(StationwatchError):
    """Nothing is listened to under that root."""


class TooManyTrees(NoTree):
    """It would be one more than can be listened to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One root: what is known of it, who is told, and where commands of it go."""

    root: str
    view: LiveView
    hub: Hub
    feed: Feed
    commands: Commands


def make_tree(
    root: str,
    database: MissionDatabase,
    clock: Clock,
    home: str | None = None,
    office: Office = OPEN_OFFICE,
) -> Tree:
    """home: the root whose ingest has the sessions of replay. office: signs what is asked."""
    view = LiveView(database)
    hub = Hub(lambda: (messages.encode(m, clock.now_ns()) for m in messages.latest(view)))
    topics, sessions = Topics(root), Topics(home or home_of(root))
    feed = Feed(view=view, hub=hub, topics=topics, clock=clock, home=sessions)
    commands = Commands(topics, feed.publish, sessions, office)
    return Tree(root=root, view=view, hub=hub, feed=feed, commands=commands)


def home_of(root: str) -> str:
    """The root a console of `root` asks for sessions: of a replay's or a training's, the live one,
    since nothing says whose it is [A]."""
    return LIVE_ROOT if _GUEST.fullmatch(root) else root


@dataclass(slots=True)
class _Guest:
    tree: Tree
    task: asyncio.Task[None]
    looking: int = 0
    leaves: asyncio.TimerHandle | None = field(default=None)


class Trees:
    """`own` is always listened to. run(tree): listens until cancelled."""

    def __init__(
        self,
        own: Tree,
        database: MissionDatabase,
        clock: Clock,
        run: Callable[[Tree], Awaitable[None]],
        office: Office = OPEN_OFFICE,
    ) -> None:
        self.own = own
        self._database = database
        self._clock = clock
        self._run = run
        self._office = office
        self._guests: dict[str, _Guest] = {}

    def at(self, search: str | None) -> Tree:
        """The tree of an address' query, for what its page asks.

        :raises NoTree: if nobody looks at that root any longer.
        """
        root = Address.read("/", search).root
        if root in ("", self.own.root):
            return self.own
        guest = self._guests.get(root)
        if guest is None:
            raise NoTree(f"nothing is heard under {root}: it has ended, or the page is too old")
        return guest.tree

    @asynccontextmanager
    async def look(self, root: str) -> AsyncIterator[Tree]:
        """The tree of a root, listened to at least as long as this is open.

        :raises NoTree: if it is no root of a replay or training, or too many are open.
        """
        if root in ("", self.own.root):
            yield self.own
            return
        guest = self._guests.get(root) or self._open(root)
        guest.looking += 1
        if guest.leaves is not None:
            guest.leaves.cancel()
            guest.leaves = None
        try:
            yield guest.tree
        finally:
            guest.looking -= 1
            if not guest.looking:
                loop = asyncio.get_running_loop()
                guest.leaves = loop.call_later(LINGER_S, self._leave, guest)

    def _open(self, root: str) -> _Guest:
        if not _GUEST.fullmatch(root):
            raise NoTree(f"{root[:60]!r} is no root of a replay or training")
        if len(self._guests) >= MAX_GUESTS:
            idle = next((one for one in self._guests.values() if not one.looking), None)
            if idle is None:
                raise TooManyTrees(f"{MAX_GUESTS} replays and trainings are looked at already")
            self._leave(idle)
        home = home_of(self.own.root)
        tree = make_tree(root, self._database, self._clock, home, self._office)
        task = asyncio.ensure_future(self._run(tree))
        guest = self._guests[root] = _Guest(tree, task)
        task.add_done_callback(lambda _: self._ended(guest))
        return guest

    def _leave(self, guest: _Guest) -> None:
        if guest.looking or not self._forget(guest):
            return
        guest.task.cancel()

    def _forget(self, guest: _Guest) -> bool:
        """Whether it was still the one of its root."""
        if guest.leaves is not None:
            guest.leaves.cancel()
        if self._guests.get(guest.tree.root) is not guest:
            return False
        del self._guests[guest.tree.root]
        return True

    def _ended(self, guest: _Guest) -> None:
        """Nobody hears a tree any more: if nobody meant it, who looks must look anew."""
        if not self._forget(guest):
            return
        error = None if guest.task.cancelled() else guest.task.exception()
        logger.error("listening to %s ended: %r", guest.tree.root, error)
        guest.tree.hub.end()

    async def aclose(self) -> None:
        """Stop listening to all but the console's own root."""
        guests = list(self._guests.values())
        self._guests.clear()
        for guest in guests:
            if guest.leaves is not None:
                guest.leaves.cancel()
            guest.task.cancel()
        await asyncio.gather(*(guest.task for guest in guests), return_exceptions=True)


async def listen(tree: Tree, history: History, clock: Clock, broker: BrokerAddress) -> None:
    """Hear a root until cancelled, and fill in what was sent before from the store.

    :raises LinkRefused: if the broker does not let us in. One that is away is waited for.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tree.feed.run(broker))
        while True:
            spacecraft = await tree.feed.runs.get()
            tasks.create_task(prime(tree.view, tree.hub, history, clock, spacecraft))
