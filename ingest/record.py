"""What goes in and what comes out: a message as it was received, or a tick of the wall clock; and a
message for the world."""

from typing import Final

import msgspec

#: The topic of a tick. No message can have it: ours have five levels.
TICK: Final = "tick"


class Record(msgspec.Struct, frozen=True, gc=False):
    """n: its place in the one total order, from 1. received_ns: the wall clock, UTC."""

    n: int
    received_ns: int
    topic: str
    payload: bytes


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A message the processor has for the world, besides alarm events. Published at least once.

    log: under this name it is also kept for good; empty for what only matters now.
    """

    topic: str
    payload: bytes
    retain: bool = False
    log: str = ""
