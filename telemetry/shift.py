"""What one shift leaves to the next: notes, and the sign-off of both. Values only."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class ShiftVerb(StrEnum):
    """What can be asked of the shift log; its topic is `cmd/v1/ground/shift/<verb>`."""

    NOTE = "note"
    SIGN_OUT = "sign-out"
    SIGN_IN = "sign-in"


class ShiftCommand(msgspec.Struct, frozen=True, kw_only=True):
    """text: the note; what is signed, for a sign-off, is everything up to then."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    by: Annotated[str, Meta(min_length=1, max_length=64)]
    text: Annotated[str, Meta(max_length=4000)] = ""
    denied: Annotated[str, Meta(max_length=300)] = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """time_ns: wall clock."""

    time_ns: int
    by: str
    text: str


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A subsystem was not heard in [start_ns, end_ns), generation time; end_ns 0 while it lasts."""

    spacecraft: str
    subsystem: str
    start_ns: int
    end_ns: int = 0
    announced: bool = False
    filled: bool = False


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `shift/log` of `ground`: what happened since the last handover.

    since_ns: of the last handover, wall clock; 0 before the first. signed_out_by: the outgoing
    controller has signed and the incoming has not yet. notes: those of the shift before too, which
    are older than since_ns. changed_limits: one line a parameter. older_notes, older_gaps,
    older_limits: how many more there were than are kept here; the journal has every note.
    """

    since_ns: int = 0
    on_shift: str = ""
    signed_out_by: str = ""
    signed_out_ns: int = 0
    notes: tuple[Note, ...] = ()
    gaps: tuple[Gap, ...] = ()
    changed_limits: tuple[str, ...] = ()
    missiondb: str = ""
    older_notes: int = 0
    older_gaps: int = 0
    older_limits: int = 0


class ShiftChange(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the shift journal, published on `event/shift` and kept for good."""

    id: str
    verb: ShiftVerb
    time_ns: int
    by: str
    text: str = ""
    refused: str = ""
