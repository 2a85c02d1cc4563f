"""What ingest tells a worker to do and what it answers: lines of JSON on its pipes."""

import msgspec

from telemetry.replay import Replay, ReplayCommand, ReplaySpec, ReplayVerb


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: everything about a session. Secrets come by environment.

    root: of live telemetry. broker, store: addresses as in the settings; the store one that may be
    opened beside ingest. state, missiondb: folders, the latter empty for the one shipped.
    command: the id of the one that asked for it.
    """

    session: str
    command: str
    by: str
    created_ns: int
    spec: ReplaySpec
    root: str
    broker: str
    broker_ca: str = ""
    store: str
    state: str
    missiondb: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Each further line."""

    verb: ReplayVerb
    command: ReplayCommand


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The worker's answer to a command, the one that created it first."""

    command: str
    refused: str = ""
    replay: Replay | None = None
