"""Contact schedules: when the ground expects to hear a spacecraft, link by link. Pure values."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from telemetry.activity import LinkName
from telemetry.clock import LAST_NS

#: Of one schedule; a link through relays has about 30 contacts a day.
MAX_CONTACTS = 5_000

_Time = Annotated[int, Meta(ge=0, le=LAST_NS)]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A link is expected in [start_ns, end_ns), generation time."""

    link: LinkName
    start_ns: _Time
    end_ns: _Time


class ContactSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `meta/contacts` message of a spacecraft: what is announced of [from_ns, to_ns).

    links: those it speaks of; one without a contact in it is announced to have none. Of other
    links, and outside the span, nothing is announced: contact is then expected always.
    """

    from_ns: _Time
    to_ns: _Time
    links: Annotated[tuple[LinkName, ...], Meta(max_length=8)]
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=MAX_CONTACTS)]
    by: Annotated[str, Meta(max_length=64)] = ""

    def expected(self, link: LinkName, time_ns: int) -> bool:
        """Whether contact by this link is expected at a time."""
        if link not in self.links or not self.from_ns <= time_ns < self.to_ns:
            return True
        return any(c.link is link and c.start_ns <= time_ns < c.end_ns for c in self.contacts)

    def outages(self, links: Iterable[LinkName]) -> list[tuple[int, int]]:
        """When contact is expected by none of these links: [start_ns, end_ns), in order, apart."""
        wanted = frozenset(links)
        if not wanted or not wanted <= set(self.links):
            return []
        out, reached_ns = [], self.from_ns
        for start_ns, end_ns in sorted(
            (c.start_ns, c.end_ns) for c in self.contacts if c.link in wanted
        ):
            if end_ns <= start_ns:
                continue
            if reached_ns < min(start_ns, self.to_ns):
                out.append((reached_ns, min(start_ns, self.to_ns)))
            reached_ns = max(reached_ns, end_ns)
        if reached_ns < self.to_ns:
            out.append((reached_ns, self.to_ns))
        return out


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `status/signal` of a spacecraft, by ingest: which subsystems are heard.

    out: subsystems without contact, each with what is known of it. standing: how many alarms of
    them stood at LOS; whether they still do is unknown.
    """

    time_ns: int
    out: tuple["Silence", ...] = ()
    standing: int = 0


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """last_ns: of its newest frame before LOS. back_ns: announced AOS, 0 when none is announced.
    announced: whether the schedule says there is no contact now.
    """

    subsystem: str
    last_ns: int
    announced: bool
    back_ns: int = 0
