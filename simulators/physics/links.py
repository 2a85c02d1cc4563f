"""Which radio links are up: geometry or a schedule, less gaps, less what bad attitude costs.

Loss of attitude loses Ku, whose narrow beam must follow a relay (on 29 July 2021 it was lost twice,
for 4 and 7 minutes); S-band's wide beam stands a much larger error; the Russian link is taken as
blind to it. The angles and times are assumptions [A]. A link that is up carries all it is given:
data rates are no part of it.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from simulators.physics.network import NETWORK, SECOND_NS, Contact, Link, Network, contacts
from simulators.physics.orbit import Orbit, OrbitState

__all__ = [
    "POINTING",
    "Contact",
    "Link",
    "LinkState",
    "Links",
    "Pointing",
    "Policy",
    "contacts",
]

#: More gaps than this ahead at one time are a mistake.
MAX_GAPS: Final = 1_000


class Policy(StrEnum):
    """What decides whether a link has a contact, where no list of contacts does."""

    GEOMETRY = "geometry"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class LinkState:
    ku: bool
    s_band: bool
    russian: bool

    def up(self, link: Link) -> bool:
        match link:
            case Link.KU:
                return self.ku
            case Link.S_BAND:
                return self.s_band
            case Link.RUSSIAN:
                return self.russian


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointing:
    """What attitude does to a link.

    max_error_deg: beyond it the link is lost. needs_control: so it is when nothing holds attitude.
    reacquire_s: how long attitude must have been good again before the link is back.
    """

    max_error_deg: float = math.inf
    needs_control: bool = False
    reacquire_s: float = 0.0


#: All [A].
POINTING: Final[Mapping[Link, Pointing]] = MappingProxyType(
    {
        Link.KU: Pointing(max_error_deg=8.0, needs_control=True, reacquire_s=60.0),
        Link.S_BAND: Pointing(max_error_deg=60.0),
        Link.RUSSIAN: Pointing(),
    }
)


@dataclass(frozen=True, slots=True)
class _Gap:
    link: Link
    from_ns: int
    to_ns: int
    announced: bool


class Links:
    """Asked for states at times that never decrease.

    policies: what decides of each link, or its contacts; what is not named goes by geometry.
    """

    def __init__(
        self,
        policies: Mapping[Link, Policy | tuple[Contact, ...]] | None = None,
        network: Network = NETWORK,
        pointing: Mapping[Link, Pointing] = POINTING,
    ) -> None:
        self._policies: dict[Link, Policy | tuple[Contact, ...]] = {
            **dict.fromkeys(Link, Policy.GEOMETRY),
            **(policies or {}),
        }
        self._by_geometry = frozenset(
            link for link in Link if self._policies[link] is Policy.GEOMETRY
        )
        self._network = network
        self._pointing = pointing
        self._gaps: list[_Gap] = []
        #: Past ones too: what was announced of the last hours still explains what was not heard.
        self._announced: deque[_Gap] = deque(maxlen=MAX_GAPS)
        self._back_ns: dict[Link, int] = {}
        self._second: int | None = None
        self._contact: frozenset[Link] = frozenset()

    def gap(self, link: Link, from_ns: int, to_ns: int, *, announced: bool = True) -> None:
        """No contact from a time up to another; only announced ones are in the schedule.

        :raises ValueError: if there are too many.
        """
        if len(self._gaps) >= MAX_GAPS:
            raise ValueError(f"gap of {link}: more than {MAX_GAPS} ahead; leave some out")
        gap = _Gap(link, from_ns, to_ns, announced)
        self._gaps.append(gap)
        if announced:
            self._announced.append(gap)

    def state(
        self, time_ns: int, orbit: OrbitState, control_lost: bool, attitude_error_deg: float
    ) -> LinkState:
        """Geometry and schedules are looked at once a second, gaps and attitude every time."""
        second = time_ns // SECOND_NS
        if second != self._second:
            self._second = second
            self._contact = self._network.in_view(orbit, self._by_geometry) | {
                link for link in Link if self._is_scheduled(link, time_ns)
            }
            self._gaps = [gap for gap in self._gaps if gap.to_ns > time_ns]
        closed = {gap.link for gap in self._gaps if gap.from_ns <= time_ns < gap.to_ns}
        ku, s_band, russian = (
            # asked of each link at each time: it remembers when attitude was bad
            self._is_pointed(link, time_ns, control_lost, attitude_error_deg)
            and link in self._contact
            and link not in closed
            for link in (Link.KU, Link.S_BAND, Link.RUSSIAN)
        )
        return LinkState(ku, s_band, russian)

    def schedule(
        self, orbit: Orbit, link: Link, from_ns: int, to_ns: int, shift_ns: int = 0
    ) -> list[Contact]:
        """What the ground expects of a span: contacts without announced gaps.

        shift_ns: how far the span was moved from the orbit's own date.
        """
        policy = self._policies[link]
        if policy is Policy.GEOMETRY:
            own = contacts(orbit, link, from_ns - shift_ns, to_ns - shift_ns, self._network)
            expected = [
                replace(one, start_ns=one.start_ns + shift_ns, end_ns=one.end_ns + shift_ns)
                for one in own
            ]
        elif policy is Policy.ALWAYS:
            expected = [Contact(link=link, start_ns=from_ns, end_ns=to_ns)]
        else:
            expected = [_within(each, from_ns, to_ns) for each in policy]
        for gap in self._announced:
            if gap.link is link:
                expected = [
                    part
                    for each in expected
                    for part in (
                        _within(each, from_ns, gap.from_ns),
                        _within(each, gap.to_ns, to_ns),
                    )
                ]
        return [each for each in expected if each.start_ns < each.end_ns]

    def _is_scheduled(self, link: Link, time_ns: int) -> bool:
        policy = self._policies[link]
        if isinstance(policy, Policy):
            return policy is Policy.ALWAYS
        return any(each.start_ns <= time_ns < each.end_ns for each in policy)

    def _is_pointed(
        self, link: Link, time_ns: int, control_lost: bool, attitude_error_deg: float
    ) -> bool:
        pointing = self._pointing[link]
        lost = control_lost and pointing.needs_control
        if lost or attitude_error_deg > pointing.max_error_deg:
            self._back_ns[link] = time_ns + round(pointing.reacquire_s * SECOND_NS)
            return False
        return time_ns >= self._back_ns.get(link, time_ns)


def _within(contact: Contact, from_ns: int, to_ns: int) -> Contact:
    """The part of it within a span; it ends before it starts if there is none."""
    return Contact(
        link=contact.link,
        start_ns=max(contact.start_ns, from_ns),
        end_ns=min(contact.end_ns, to_ns),
    )
