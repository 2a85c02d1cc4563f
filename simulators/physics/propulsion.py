"""A ship's thrusters at work: valves, chamber pressures, propellant, and what cuts them off.

A state machine stepped in time. Within a step nothing is sampled: it is cut wherever a pulse ends,
an isolation valve arrives, the consumption limit is reached or the tanks run dry, so on-time,
impulse and propellant are exact for any step and pulse.

    propellant = thrust / (Isp g0) x on-time
    chamber pressure: first order, dp/dt = (target - p) / tau, equal for rise and fall [A]
    hence, once a pulse has died away: pressure-time = rated pressure x on-time

On-time is that of an open valve with propellant behind it: one behind a closed isolation valve
(EPK), or with dry tanks, does not count. Thrust and flow are the rated ones whatever the feed
pressure. Faults are inputs: `degrade` sticks a valve or chokes its flow, `fail_manifold` stops an
isolation valve where it is.

Reaching `limit_kg` since the last reset is what the EFIR consumption signals are for: every drive
current is cut and none is given until `reset`. A valve stuck open stays open then; only its
manifold's EPK stops it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Literal

from simulators.physics.tanks import CAPACITY_KG, Tanks
from simulators.physics.thruster import Jet

#: Of the KTDU-80 and its 13 kgf thrusters (Soyuz MS; taken for every jet here [A]).
CHAMBER_PRESSURE_MPA: Final = 0.88
#: Chamber pressure follows its valve in some hundredths of a second [A].
CHAMBER_TAU_S: Final = 0.03
#: What is left of a pulse below this share of the rated pressure is called nothing.
_QUENCHED: Final = 1e-4
#: A manifold's feed loses this for each jet that flows, and settles in this time [A].
DROOP_MPA_PER_JET, FEED_TAU_S = 0.02, 0.05
#: Between tanks and manifolds, always [A].
LINE_LOSS_MPA: Final = 0.01
#: An isolation valve's travel [A]; what flows, flows until it has arrived.
EPK_TRAVEL_S: Final = 0.5
#: What one consumption signal stands for [A].
EFIR_PORTION_KG: Final = 0.05
#: Shorter than any pulse or valve; below it two moments are one.
_INSTANT_S: Final = 1e-9

Stuck = Literal["open", "closed"] | None


class Epk(IntEnum):
    """An isolation valve, by the codes of the mission database."""

    CLOSED = 0
    OPEN = 1
    IN_TRANSIT = 2
    FAILED = 3


@dataclass(slots=True, kw_only=True)
class Thruster:
    """One jet's state. on_time_s and pressure_time_mpa_s count from the last reset.

    left_s: of a pulse of given length, infinite without one. flow_share: 1 when healthy, of thrust,
    flow and pressure. impulse_ns: in newton seconds, of the last step.
    """

    jet: Jet
    commanded: bool = False
    left_s: float = math.inf
    stuck: Stuck = None
    flow_share: float = 1.0
    pressure_mpa: float = 0.0
    on_time_s: float = 0.0
    pressure_time_mpa_s: float = 0.0
    impulse_ns: float = 0.0

    @property
    def open(self) -> bool:
        return self.stuck == "open" or (self.commanded and self.stuck is None)


@dataclass(slots=True, kw_only=True)
class Manifold:
    """feed_mpa: at the jets. passes: propellant gets through its isolation valve."""

    feed_mpa: float
    epk: Epk = Epk.OPEN
    passes: bool = True
    wanted_open: bool = True
    travel_left_s: float = field(default=math.inf)


class Propulsion:
    """jets: in whatever axes the caller wants forces in; their names are unique.

    limit_kg: consumption since the last reset at which everything is cut off; None: never.
    """

    def __init__(
        self,
        jets: Sequence[Jet],
        *,
        propellant_kg: float,
        capacity_kg: float = CAPACITY_KG,
        limit_kg: float | None = None,
    ) -> None:
        self.limit_kg = limit_kg
        self.tanks = Tanks(propellant_kg=propellant_kg, capacity_kg=capacity_kg)
        self.thrusters = {jet.name: Thruster(jet=jet) for jet in jets}
        feed_mpa = self.tanks.feed_mpa - LINE_LOSS_MPA
        self.manifolds = {
            number: Manifold(feed_mpa=feed_mpa) for number in sorted({jet.manifold for jet in jets})
        }
        #: Since the last reset, and ever.
        self.used_kg = 0.0
        self.total_kg = 0.0
        self.cut_off = False
        self._live: dict[str, Thruster] = {}
        self._step_s = 1.0

    @property
    def active(self) -> bool:
        """Something is commanded, open, pressurised or moving: fine steps are worth it."""
        return bool(self._live) or any(
            manifold.travel_left_s < math.inf for manifold in self.manifolds.values()
        )

    @property
    def dry(self) -> bool:
        return self.tanks.liquid_kg <= 1e-9

    @property
    def left_kg(self) -> float:
        """What may still be burnt: all that is aboard, or up to the limit."""
        left_kg = self.tanks.liquid_kg
        return left_kg if self.limit_kg is None else min(left_kg, self.limit_kg - self.used_kg)

    @property
    def efir_count(self) -> int:
        return int(self.used_kg / EFIR_PORTION_KG + 1e-9)

    def mount(self, jets: Iterable[Jet]) -> None:
        """The same jets, at another place."""
        for jet in jets:
            self.thrusters[jet.name].jet = jet

    def command(self, name: str, on: bool, for_s: float = math.inf) -> None:
        """Switch a jet from now on, or on for so long; ignored while everything is cut off.

        :raises KeyError: if there is no such jet.
        """
        thruster = self.thrusters[name]
        if self.cut_off:
            return
        thruster.commanded = on and for_s > _INSTANT_S
        thruster.left_s = for_s if thruster.commanded else math.inf
        self._watch(thruster)

    def stop(self) -> None:
        """Take every command back."""
        for thruster in self._live.values():
            thruster.commanded = False
            thruster.left_s = math.inf

    def set_manifold(self, number: int, *, opened: bool) -> None:
        """Start an isolation valve moving; one that failed stays where it is."""
        manifold = self.manifolds[number]
        if manifold.epk is Epk.FAILED or opened == manifold.wanted_open:
            return
        manifold.wanted_open = opened
        manifold.epk = Epk.IN_TRANSIT
        manifold.travel_left_s = EPK_TRAVEL_S

    def fail_manifold(self, number: int) -> None:
        """The isolation valve stops, passing what it passes now."""
        manifold = self.manifolds[number]
        manifold.epk, manifold.travel_left_s = Epk.FAILED, math.inf

    def degrade(self, name: str, *, stuck: Stuck = None, flow_share: float = 1.0) -> None:
        """A jet's fault: its valve stuck, or thrust, flow and pressure at a share of the rated."""
        thruster = self.thrusters[name]
        thruster.stuck, thruster.flow_share = stuck, min(max(flow_share, 0.0), 1.0)
        self._watch(thruster)

    def reset(self) -> None:
        """Count on-times and consumption from here, and end a cut-off; nothing resumes."""
        for thruster in self.thrusters.values():
            thruster.on_time_s = thruster.pressure_time_mpa_s = 0.0
        self.used_kg = 0.0
        self.cut_off = False

    def step(self, dt_s: float) -> None:
        self._step_s = dt_s
        if not self.active:
            self._rest(dt_s)
            return
        for thruster in self._live.values():
            thruster.impulse_ns = 0.0
        left_s = dt_s
        while left_s > _INSTANT_S:
            part_s = self._undisturbed_s(left_s)
            self._advance(part_s)
            left_s -= part_s

    def thrust(self) -> list[tuple[Jet, float]]:
        """Each jet that fired in the last step, with its average thrust over it in newton."""
        return [
            (thruster.jet, thruster.impulse_ns / self._step_s)
            for thruster in self._live.values()
            if thruster.impulse_ns > 0
        ]

    def _watch(self, thruster: Thruster) -> None:
        if thruster.open or thruster.commanded:
            self._live.setdefault(thruster.jet.name, thruster)

    def _flow_kg_s(self, thruster: Thruster) -> float:
        if not thruster.open or not self.manifolds[thruster.jet.manifold].passes or self.dry:
            return 0.0
        return thruster.jet.flow_kg_s * thruster.flow_share

    def _undisturbed_s(self, longest_s: float) -> float:
        """How long nothing switches, up to a time."""
        moments = [thruster.left_s for thruster in self._live.values()]
        moments += [manifold.travel_left_s for manifold in self.manifolds.values()]
        flow_kg_s = sum(self._flow_kg_s(thruster) for thruster in self._live.values())
        if flow_kg_s > 0:
            moments.append(self.tanks.liquid_kg / flow_kg_s)
            if self.limit_kg is not None and not self.cut_off:
                moments.append((self.limit_kg - self.used_kg) / flow_kg_s)
        # never nothing: the moment after the last event always comes
        return min(longest_s, max(min(moments), _INSTANT_S))

    def _advance(self, dt_s: float) -> None:
        mass_kg = 0.0
        flowing = dict.fromkeys(self.manifolds, 0)
        opened = dict.fromkeys(self.manifolds, False)
        decay = math.exp(-dt_s / CHAMBER_TAU_S)
        dry = self.dry
        for thruster in list(self._live.values()):
            jet = thruster.jet
            is_open = thruster.open
            burns = is_open and self.manifolds[jet.manifold].passes and not dry
            share = thruster.flow_share if burns else 0.0
            opened[jet.manifold] |= is_open
            if burns:
                thruster.on_time_s += dt_s
                thruster.impulse_ns += jet.thrust_n * share * dt_s
                mass_kg += jet.flow_kg_s * share * dt_s
                flowing[jet.manifold] += 1
            self._pressurise(thruster, share * CHAMBER_PRESSURE_MPA, dt_s, decay)
            thruster.left_s -= dt_s
            if thruster.left_s < _INSTANT_S:
                thruster.commanded, thruster.left_s = False, math.inf
        self._consume(mass_kg)
        self._feed(dt_s, flowing, opened)
        self._forget_quiet()

    def _pressurise(self, thruster: Thruster, target_mpa: float, dt_s: float, decay: float) -> None:
        above_mpa = thruster.pressure_mpa - target_mpa
        thruster.pressure_time_mpa_s += target_mpa * dt_s + above_mpa * CHAMBER_TAU_S * (1 - decay)
        thruster.pressure_mpa = target_mpa + above_mpa * decay

    def _consume(self, mass_kg: float) -> None:
        if mass_kg <= 0:
            return
        self.tanks.draw(mass_kg)
        self.used_kg += mass_kg
        self.total_kg += mass_kg
        if self.limit_kg is not None and self.used_kg >= self.limit_kg - 1e-9:
            self.cut_off = True
            self.stop()

    def _feed(self, dt_s: float, flowing: dict[int, int], opened: dict[int, bool]) -> None:
        supply_mpa = self.tanks.feed_mpa - LINE_LOSS_MPA
        settled = 1 - math.exp(-dt_s / FEED_TAU_S)
        for number, manifold in self.manifolds.items():
            if manifold.passes:
                target_mpa = max(supply_mpa - DROOP_MPA_PER_JET * flowing[number], 0.0)
            else:  # shut in, until a valve lets it out
                target_mpa = 0.0 if opened[number] else manifold.feed_mpa
            manifold.feed_mpa += (target_mpa - manifold.feed_mpa) * settled
            manifold.travel_left_s -= dt_s
            if manifold.travel_left_s < _INSTANT_S:
                manifold.travel_left_s = math.inf
                manifold.passes = manifold.wanted_open
                manifold.epk = Epk.OPEN if manifold.passes else Epk.CLOSED

    def _rest(self, dt_s: float) -> None:
        """What a step comes to when nothing is going on, which is nearly always."""
        supply_mpa = self.tanks.feed_mpa - LINE_LOSS_MPA
        settled = 1 - math.exp(-dt_s / FEED_TAU_S)
        for manifold in self.manifolds.values():
            if manifold.passes:
                manifold.feed_mpa += (supply_mpa - manifold.feed_mpa) * settled

    def _forget_quiet(self) -> None:
        """Let go of jets that are shut and empty; what little is left counts as burnt out."""
        for name, thruster in list(self._live.items()):
            if thruster.open or thruster.commanded or thruster.impulse_ns > 0:
                continue
            if thruster.pressure_mpa < _QUENCHED * CHAMBER_PRESSURE_MPA:
                thruster.pressure_time_mpa_s += thruster.pressure_mpa * CHAMBER_TAU_S
                thruster.pressure_mpa = 0.0
                del self._live[name]
