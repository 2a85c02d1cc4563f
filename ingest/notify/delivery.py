"""What is owed to a receiver, and what is watched until somebody has acknowledged it. Values."""

from enum import StrEnum

import msgspec

from telemetry.alarm import Event
from telemetry.clock import LIVE_CLOCK, StreamClock


class Why(StrEnum):
    """Why somebody is told."""

    RAISED = "raised"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    FOLLOW_UP = "follow-up"


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What was known when the alarm came.

    clock: of its stream. root: the topic root it came under.
    activities: titles of those in force. incident: title of the open one it belongs to, or "".
    """

    clock: StreamClock = LIVE_CLOCK
    root: str = "tlm"
    activities: tuple[str, ...] = ()
    incident: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One transition of one alarm for one target of a route.

    (event.id, why, turn, route, target) is what it is known by: the same again is the same thing.
    event.id itself is `<spacecraft>/<alarm>/<time of the occurrence, ns>/<transition>`.
    turn: which repetition, 0 for what is no repetition. taken_ns: wall time it became owed.
    """

    event: Event
    route: str
    target: int
    why: Why
    taken_ns: int
    turn: int = 0
    circumstances: Circumstances = Circumstances()


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm a route was told of, until it is NORMAL again.

    event: the newest of its transitions. since_ns: since when it has waited for somebody to
    acknowledge it, told_ns: when the route was last told; both wall time. turns: how often it was
    repeated. escalated: the next route knows.
    """

    event: Event
    route: str
    since_ns: int
    told_ns: int
    turns: int = 0
    escalated: bool = False
    circumstances: Circumstances = Circumstances()

    @property
    def waits(self) -> bool:
        """Whether somebody must still acknowledge it and nobody silenced it."""
        alarm = self.event.alarm
        return alarm.state.unacknowledged and not alarm.silenced and not alarm.inhibited_by
