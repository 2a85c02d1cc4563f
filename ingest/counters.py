"""What ingest counts of itself, in one place; shown as telemetry of `ground` and at /metrics."""

from collections import Counter
from dataclasses import dataclass, field

from telemetry.wire import DeadNotice, Reason


@dataclass(slots=True)
class Counters:
    """Totals since this process started, and the state of what it depends on."""

    messages: int = 0
    frames: int = 0
    samples: int = 0
    samples_stored: int = 0
    events: int = 0
    annunciations: int = 0
    missing_frames: int = 0
    repeated_frames: int = 0
    connections: int = 0
    #: Asked by who may not, or by nobody known.
    refused_commands: int = 0
    dead: Counter[Reason] = field(default_factory=Counter)
    #: The newest of each reason; the spool has them all.
    newest_dead: dict[Reason, DeadNotice] = field(default_factory=dict)
    broker_connected: bool = False
    store_available: bool = False
    spool_full: bool = False
    #: The newest record each has dealt with: its number and reception time.
    processed_n: int = 0
    processed_ns: int = 0
    written_n: int = 0
    written_ns: int = 0
