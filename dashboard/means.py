"""What every page is given."""

from dataclasses import dataclass

from dashboard.history import History
from dashboard.ingest_client import IngestClient
from dashboard.tree import Trees
from telemetry.clock import Clock
from telemetry.missiondb import MissionDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    database: MissionDatabase
    trees: Trees
    history: History
    ingest: IngestClient
    clock: Clock
