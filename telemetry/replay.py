"""A replay: recorded telemetry judged and shown again, on a topic root of its own.

A session is asked for by command message, runs in a process of its own beside ingest, and says
where it is in a retained message. It has its own processor and can touch neither the alarms nor
the data of live telemetry.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

#: Slowest and fastest paced; faster is `AS_FAST_AS_IT_GOES`.
MIN_SPEED: Final = 0.1
MAX_SPEED: Final = 1_000.0
#: The speed that is none: every record at once.
AS_FAST_AS_IT_GOES: Final = 0.0

_NS = Annotated[int, Meta(ge=0, le=2**62)]
_Name = Annotated[str, Meta(max_length=64)]
_Id = Annotated[str, Meta(min_length=1, max_length=64)]
_Speed = Annotated[float, Meta(ge=0, le=MAX_SPEED)]


class ReplayOrder(StrEnum):
    """as received: what ingest received, in that order, with commands and ticks: the journal is
    that of live, event for event. as it happened: stored frames by generation time: the journal
    is that of a back-test."""

    RECEIVED = "as-received"
    HAPPENED = "as-happened"


class ReplayLimits(StrEnum):
    """By which mission database is judged."""

    THEN = "then"
    NOW = "now"


class ReplayGaps(StrEnum):
    KEEP = "keep"
    SKIP = "skip"


class ReplayVerb(StrEnum):
    """What can be asked; the verb is in the topic."""

    CREATE = "create"
    PLAY = "play"
    PAUSE = "pause"
    SEEK = "seek"
    STEP = "step"
    SPEED = "speed"
    END = "end"


class ReplayState(StrEnum):
    """seeking: the processor is being warmed up; what it says meanwhile is not published.
    finished: it has played to its end, and waits to be sent back or ended."""

    SEEKING = "SEEKING"
    PAUSED = "PAUSED"
    PLAYING = "PLAYING"
    FINISHED = "FINISHED"
    ENDED = "ENDED"


class ReplaySpec(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay.

    Of three sources one: a range of the store [start_ns, stop_ns) in generation time; a
    `recording` by name; a `bundle` by the name under which ingest keeps it. With the latter two a
    range may narrow what is played; 0 is "from its start", "to its end".
    at_ns: where to begin, 0 for the start. paused: do not play until told to.
    """

    start_ns: _NS = 0
    stop_ns: _NS = 0
    recording: _Name = ""
    bundle: _Name = ""
    order: ReplayOrder = ReplayOrder.RECEIVED
    limits: ReplayLimits = ReplayLimits.THEN
    gaps: ReplayGaps = ReplayGaps.KEEP
    speed: _Speed = 1.0
    at_ns: _NS = 0
    paused: bool = False


class ReplayCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks of replay.

    id: chosen by the sender; the answer bears the same. session: which; empty for `create`, and
    then ingest names it. spec: for `create`. to_ns: for `seek`. speed: for `speed`.
    frames: for `step`, how many.
    """

    id: _Id
    by: _Id
    session: _Name = ""
    spec: ReplaySpec | None = None
    to_ns: _NS = 0
    speed: _Speed = 1.0
    frames: Annotated[int, Meta(ge=1, le=1_000)] = 1
    denied: Annotated[str, Meta(max_length=300)] = ""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A session and where it is; retained until it has ended.

    root: where its telemetry is published. start_ns, stop_ns, position_ns: stream time.
    frames, events: published so far. missiondb: the version it judges by.
    note: what the operator should know of how it is judged. reason: why it ended.
    """

    id: str
    root: str
    by: str
    spec: ReplaySpec
    state: ReplayState
    start_ns: int
    stop_ns: int
    position_ns: int
    speed: float
    created_ns: int
    missiondb: str = ""
    frames: int = 0
    events: int = 0
    note: str = ""
    reason: str = ""


class ReplayChange(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a command. refused: why nothing was done, empty when it was."""

    command: str
    verb: ReplayVerb
    by: str
    refused: str = ""
    replay: Replay | None = None
