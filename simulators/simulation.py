"""A scenario run: the truth, its time line, and what of it reaches the ground. No clock, no I/O.

Time goes in ticks: every whole second since the start, and every tenth while something fires or is
due to happen. At a tick the truth is stepped, then what is due is done, then every spacecraft says
what it has to say, then its link carries it or does not.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from simulators.craft import effects, iss
from simulators.craft.motion import Authority
from simulators.craft.station import FINE_NS, Station
from simulators.physics.links import Links
from simulators.physics.network import LUCH, STATIONS, TDRS, Link, Network
from simulators.scenarios.actions import Action, Gap, SensorFault
from simulators.scenarios.scenario import Scenario
from simulators.sensing.downlink import Downlink, carriers
from simulators.sensing.quality import load_qualities
from simulators.sensing.sensor import Telemetry
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.contact import Contact, ContactSchedule
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase

#: Subsystems looked at between whole seconds: pulses of some tenths of a second show in them.
_FAST: Final = {"soyuz": frozenset({"propulsion"})}
#: What is true of a subsystem of each spacecraft, by parameter id.
TRUTH: Final[Mapping[str, Callable[[Station, str], Mapping[str, float]]]] = {
    "iss": iss.truth,
    "soyuz": lambda station, subsystem: station.soyuz.truth(subsystem),
}
#: What of each spacecraft's links there is.
LINKS: Final[Mapping[str, tuple[Link, ...]]] = {
    "iss": (Link.KU, Link.S_BAND, Link.RUSSIAN),
    "soyuz": (Link.RUSSIAN,),
}
_WORDS: Final = {
    Authority.US: "CMGs hold attitude",
    Authority.LOST: "attitude control lost",
    Authority.HANDOVER: "handing over to the Russian segment",
    Authority.RUSSIAN: "Russian thrusters hold attitude",
    Authority.RETURNING: "handing back to the CMGs",
    Authority.DRIFT: "free drift",
}


class Simulation:
    """Frames of the spacecraft named, from the scenario's start on."""

    def __init__(
        self, scenario: Scenario, database: MissionDatabase, *, spacecraft: Sequence[str]
    ) -> None:
        self.scenario = scenario
        #: How often the contact schedule has changed.
        self.schedules = 0
        self.station = Station(scenario)
        self._telemetry = [
            Telemetry(
                database.spacecraft[each].measured,
                load_qualities(database.spacecraft[each].measured),
                epoch_ns=scenario.start_ns,
                seed=scenario.seed,
                noise_scale=scenario.number("noise_scale"),
                fast=_FAST.get(each, frozenset()),
            )
            for each in spacecraft
        ]
        self._silent = frozenset() if scenario.flag("soyuz_telemetry") else frozenset({"soyuz"})
        self._links = _links(scenario)
        self._downlink = Downlink(carriers(database), dump=scenario.links.dump)
        self._events = deque(
            event for event in sorted(scenario.events, key=lambda e: e.at_ns) if event.action
        )
        self._asked: list[tuple[Action, Callable[[UsageError], None]]] = []
        self._meddled: Callable[[UsageError], None] | None = None
        self._begun = False

    @property
    def next_ns(self) -> int:
        """The next tick."""
        if not self._begun:
            return self.scenario.start_ns
        if self._asked:
            since_ns = self.station.time_ns - self.scenario.start_ns
            return self.station.time_ns + FINE_NS - since_ns % FINE_NS
        next_ns = self.station.next_ns
        return min(next_ns, self._events[0].at_ns) if self._events else next_ns

    @property
    def mode(self) -> str:
        """How the station is doing, in words."""
        control = self.station.control
        error_deg = math.degrees(math.hypot(*control.error_rad))
        return (
            f"{_WORDS[control.authority]}, error {error_deg:.1f} deg, "
            f"CMGs {control.momentum_pct:.0f} %"
        )

    def step(self, time_ns: int) -> list[Frame]:
        """The frames that arrive at each tick up to and at a time, in order."""
        frames: list[Frame] = []
        while (now_ns := self.next_ns) <= time_ns:
            self._tick(now_ns)
            links = self.station.link_state
            taken: list[Frame] = []
            for telemetry in self._telemetry:
                if telemetry.id not in self._silent:
                    truth = partial(TRUTH[telemetry.id], self.station)
                    taken += telemetry.frames(now_ns, truth)
            frames += self._downlink.pass_(taken, now_ns, links)
        return frames

    def skip(self, time_ns: int) -> None:
        """Let everything before a time happen without saying anything of it."""
        while self.next_ns < time_ns:
            self._tick(self.next_ns)

    def schedule(self, spacecraft: str, from_ns: int, to_ns: int) -> ContactSchedule:
        """When the ground expects to hear a spacecraft, by every link it has."""
        links = LINKS[spacecraft]
        expected = (self.station.contacts(self._links, link, from_ns, to_ns) for link in links)
        return ContactSchedule(
            from_ns=from_ns,
            to_ns=to_ns,
            links=tuple(LinkName(link) for link in links),
            contacts=tuple(
                Contact(link=LinkName(one.link), start_ns=one.start_ns, end_ns=one.end_ns)
                for contacts in expected
                for one in contacts
            ),
            by=self.scenario.name[:64],
        )

    def apply(self, action: Action, refused: Callable[[UsageError], None]) -> None:
        """Have something done at the next tick; `refused` hears if that cannot be.

        And if what the scenario itself does later no longer can: without any of this, a scenario
        that cannot be flown is an error of its own.
        """
        self._asked.append((action, refused))

    def _tick(self, now_ns: int) -> None:
        if self._begun:
            self.station.advance(now_ns)
        self._begun = True
        asked, self._asked = self._asked, []
        while self._events and self._events[0].at_ns <= now_ns:
            action = self._events.popleft().action
            if action is not None:
                self._try(action, self._meddled)
        for action, refused in asked:
            self._try(action, refused)
            self._meddled = refused
        conditions = self.station.conditions
        self.station.link_state = self._links.state(
            now_ns, conditions.orbit, conditions.control_lost, conditions.attitude_error_deg
        )

    def _try(self, action: Action, refused: Callable[[UsageError], None] | None) -> None:
        try:
            self._do(action)
        except UsageError as error:
            if refused is None:
                raise
            refused(error)

    def _do(self, action: Action) -> None:
        now_ns = self.station.time_ns
        match action:
            case SensorFault():
                for telemetry in self._telemetry:
                    if telemetry.id == action.spacecraft:
                        telemetry.inject(action.fault(now_ns))
            case Gap(link=link, for_s=for_s, announced=announced):
                end_ns = now_ns + round(for_s * SECOND_NS)
                try:
                    self._links.gap(Link(link), now_ns, end_ns, announced=announced)
                except ValueError as error:
                    raise UsageError(str(error)) from None
                self.schedules += announced
            case _:
                effects.apply(action, self.station)


def _links(scenario: Scenario) -> Links:
    relays = (*TDRS, *LUCH) if scenario.links.luch else TDRS
    links = Links(dict(scenario.links.policy), Network(relays, STATIONS))
    for gap in scenario.links.gaps:
        links.gap(gap.link, gap.start_ns, gap.end_ns, announced=gap.announced)
    return links
