"""What pages are given, with a broker that keeps what is published, or is lost."""

import json
from collections.abc import Callable
from typing import Any

from access.access import Access, Sealer
from dashboard.commands import Commands, Office
from dashboard.feed import Feed
from dashboard.history import History
from dashboard.hub import Hub
from dashboard.ingest_client import IngestAway, IngestClient
from dashboard.means import Means
from dashboard.tree import Tree, Trees
from dashboard.view import LiveView
from telemetry.clock import SECOND_NS, Clock, ManualClock
from telemetry.errors import LinkError, StoreUnavailable
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Store
from telemetry.topics import LIVE_ROOT, Topics
from tests.small import small_database

NOW_NS = 1_000_000 * SECOND_NS


class Desk:
    """`means` for pages; `published` is what they asked for, in order."""

    def __init__(
        self,
        *,
        broker: bool = True,
        database: MissionDatabase | None = None,
        view: LiveView | None = None,
        store: Callable[[], Store] | None = None,
        clock: Clock | None = None,
        ingest: dict[str, Any] | None = None,
        root: str = LIVE_ROOT,
        access: Access | None = None,
        seal: Sealer | None = None,
    ) -> None:
        self.published: list[tuple[str, bytes]] = []
        self._broker = broker
        self.view = view or LiveView(database or small_database())
        self.clock = clock or ManualClock(NOW_NS)
        database = self.view.database
        hub = Hub(list)
        topics = Topics(root)
        feed = Feed(view=self.view, hub=hub, topics=topics, clock=self.clock)
        office = Office(closed=access is not None, seal=seal or Sealer(None), clock=self.clock)
        commands = Commands(topics, self._publish, office=office)
        self.tree = Tree(root=root, view=self.view, hub=hub, feed=feed, commands=commands)
        self.means = Means(
            database=database,
            trees=Trees(self.tree, database, self.clock, _never),
            history=History(store or _no_store),
            ingest=StandInIngest(ingest or {}),
            clock=self.clock,
            access=access,
        )

    async def _publish(self, topic: str, payload: bytes) -> None:
        if not self._broker:
            raise LinkError("the broker is lost")
        self.published.append((topic, payload))


class StandInIngest(IngestClient):
    """Answers by path; away for any other."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__("http://nowhere")
        self._answers = answers

    async def get_json(self, path: str) -> Any:
        if path not in self._answers:
            raise IngestAway("ingest does not answer")
        return self._answers[path]


async def _never(tree: Tree) -> None:
    """No other root is listened to here."""


def _no_store() -> Store:
    raise StoreUnavailable("nobody answers")


def text_of(component: Any) -> str:
    """All that a component says, as JSON."""
    return json.dumps(component, default=lambda one: one.to_plotly_json(), ensure_ascii=False)
