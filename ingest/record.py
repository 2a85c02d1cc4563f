"""One line of the spool: a message as it was received, or a tick of the wall clock."""

from dataclasses import dataclass
from typing import Final

#: The topic of a tick. No message can have it: ours have five levels.
TICK: Final = "tick"


@dataclass(frozen=True, slots=True)
class Record:
    """n: its place in the one total order, from 1. received_ns: the wall clock, UTC."""

    n: int
    received_ns: int
    topic: str
    payload: bytes
