"""What every page is given."""

from dataclasses import dataclass, replace
from pathlib import Path

from access.access import LOOPBACK, Access
from dashboard.address import Address
from dashboard.history import History
from dashboard.ingest_client import IngestClient
from dashboard.sources import Sources
from dashboard.tree import Trees
from telemetry.clock import Clock
from telemetry.missiondb import MissionDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """missiondb: the folder of the mission database; None for the one that ships.

    store: its URL, as other programs of ours on this machine are given it.
    access: who may sign in; None where nobody does. names: the hosts under which the console is
    reached. secure: by https.
    """

    database: MissionDatabase
    trees: Trees
    history: History
    ingest: IngestClient
    clock: Clock
    missiondb: Path | None = None
    store: str = ""
    access: Access | None = None
    names: frozenset[str] = LOOPBACK
    secure: bool = False
    sources: Sources | None = None

    def of(self, search: str | None) -> "Means":
        """The same with the history and the ingest of an address' root: a training's are its own.

        search: the query of an address, `?root=...`.
        """
        root = Address.read("/", search).root
        if self.sources is None or not root:
            return self
        history, ingest = self.sources.history(root), self.sources.ingest(root)
        return replace(self, history=history, ingest=ingest)
