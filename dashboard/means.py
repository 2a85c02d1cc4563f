"""What every page is given."""

from dataclasses import dataclass
from pathlib import Path

from dashboard.history import History
from dashboard.ingest_client import IngestClient
from dashboard.tree import Trees
from telemetry.clock import Clock
from telemetry.missiondb import MissionDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """missiondb: the folder of the mission database; None for the one that ships.

    store: its URL, as other programs of ours on this machine are given it.
    """

    database: MissionDatabase
    trees: Trees
    history: History
    ingest: IngestClient
    clock: Clock
    missiondb: Path | None = None
    store: str = ""
