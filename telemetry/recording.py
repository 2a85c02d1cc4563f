"""A recording: a named range of what a store holds, which no retention thins.

It is kept in the store itself, so it goes where the telemetry goes.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.errors import UsageError

MAX_NAME: Final = 64
MAX_NOTES: Final = 4_000
MAX_TAGS: Final = 20
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NS = Annotated[int, Meta(ge=0, le=2**62)]
_Word = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The half-open range of generation time [start_ns, stop_ns) under a name.

    heartbeat: whether frames came at least once a subsystem's period; where only changes were
        sent, silence means nothing.
    source: what it was imported from; empty for what was received.
    created_ns: on the wall clock.
    :raises UsageError: for a name that cannot stand in an address or a file, or an empty range.
    """

    name: _Word
    start_ns: _NS
    stop_ns: _NS
    by: _Word
    created_ns: _NS
    notes: Annotated[str, Meta(max_length=MAX_NOTES)] = ""
    tags: Annotated[tuple[_Word, ...], Meta(max_length=MAX_TAGS)] = ()
    heartbeat: bool = True
    source: Annotated[str, Meta(max_length=200)] = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"recording {self.name!r}: a name is at most {MAX_NAME} letters, digits, "
                "dots, hyphens and underscores, and begins with a letter or digit"
            )
        if self.stop_ns <= self.start_ns:
            raise UsageError(f"recording {self.name}: its end is not after its start")


def silence_means(recordings: Iterable[Recording], start_ns: int, stop_ns: int) -> bool:
    """Whether silence means something in a range: not where only changes were recorded."""
    return all(
        each.heartbeat or each.stop_ns <= start_ns or stop_ns <= each.start_ns
        for each in recordings
    )
