"""The truth: the station, what is docked to it, and what happens to them, stepped in time.

Composition only: motion is in motion.py, thrusters in vehicles.py, other systems in iss_systems.py,
iss_cabin.py and soyuz.py. Between whole seconds only what moves fast is stepped: thrusters and
attitude; everything else once a second, so that no random process depends on the steps that
thrusters need.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from typing import Final

from simulators.craft.approach import Approaching
from simulators.craft.iss_cabin import crew_activity, station_cabin
from simulators.craft.iss_systems import IssSystems
from simulators.craft.motion import AttitudeControl, Authority, Controller, ControlSettings
from simulators.craft.soyuz import SoyuzTruth, SudMode
from simulators.craft.stack import Stack
from simulators.craft.vehicles import Vehicles, russian_jets
from simulators.physics.air import air_torque_nm, mean_air_torque_nm
from simulators.physics.attitude import CMG_MOMENTUM_NMS, Motion
from simulators.physics.conditions import Conditions
from simulators.physics.links import Contact, Link, Links, LinkState
from simulators.physics.mass import MassProperties, trimmed, with_inertia
from simulators.physics.orbit import Orbit, load_elements
from simulators.physics.propulsion import Thruster
from simulators.physics.vector import (
    ZERO,
    Vector,
    add,
    from_yaw_pitch_roll,
    norm,
    rotate,
    scale,
    unit,
    unrotate,
)
from simulators.scenarios.scenario import Scenario
from telemetry.activity import ActivityKind
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError

#: Steps while something fires; whatever happens begins on a multiple of it.
FINE_NS: Final = SECOND_NS // 10
#: Commanded torque-equilibrium attitude, yaw, pitch, roll (feed capture of 2018).
TEA_YPR_DEG: Final = (-4.0, -2.0, 0.7)
#: Published tensors that may stand for the stack's own (notes on the domain, B).
TENSORS: Final = {
    "jeod": ((1.02e8, -6.96e6, -5.48e6), (-6.96e6, 0.91e8, 5.90e5), (-5.48e6, 5.90e5, 1.64e8)),
    "assembly-complete": (
        (127_908_568.0, 3_141_229.0, 7_709_108.0),
        (3_141_229.0, 107_362_480.0, 1_345_279.0),
        (7_709_108.0, 1_345_279.0, 200_432_320.0),
    ),
}
#: More things to come than this are refused.
MAX_PENDING: Final = 10_000


class Station:
    """The truth of a scenario from its start on; effects.py says what actions do to it."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.start_ns = self.time_ns = scenario.start_ns
        self.stack = Stack(scenario.stack)
        self.vehicles = Vehicles(
            self.stack,
            soyuz_kg=scenario.number("soyuz_propellant_kg"),
            limit_kg=scenario.number("propellant_limit_kg"),
        )
        self.approach: Approaching | None = None
        self.thrusters_terminated = False
        self.link_state = LinkState(True, True, True)
        self._orbit = Orbit(load_elements(scenario.elements))
        self._orbit_state = self._orbit.at(self.time_ns - scenario.shift_ns)
        self.feathered = False
        self.reboost_end_ns = 0
        self.reboosters: Sequence[Thruster] = ()
        self._pushed_m_s = ZERO
        self.holes_mm: dict[str, float] = {}
        self._pending: list[tuple[int, int, Callable[[], None]]] = []
        self._scheduled = 0
        self.control = self._new_control()
        self.conditions = self._new_conditions()
        self.systems = IssSystems(scenario.seed)
        self.cabin = station_cabin()
        self.soyuz = SoyuzTruth(
            self.vehicles.of("soyuz"), station=self.cabin, mount=self.stack.required_mount("soyuz")
        )
        self._second()

    # --- what it shows ---

    @property
    def elapsed_s(self) -> float:
        return (self.time_ns - self.start_ns) / SECOND_NS

    @property
    def reboosting(self) -> bool:
        """As long as planned, unless somebody or something closes the thrusters before."""
        planned = self.time_ns < self.reboost_end_ns
        return planned and any(thruster.commanded for thruster in self.reboosters)

    @property
    def next_ns(self) -> int:
        """When it should be stepped to next: a whole second, or sooner if something moves fast."""
        since_ns = self.time_ns - self.start_ns
        second_ns = self.time_ns + SECOND_NS - since_ns % SECOND_NS
        if self.control.fine or self.vehicles.active:
            return min(second_ns, self.time_ns + FINE_NS - since_ns % FINE_NS)
        return min(second_ns, self._pending[0][0]) if self._pending else second_ns

    # --- its life ---

    def contacts(self, links: Links, link: Link, from_ns: int, to_ns: int) -> list[Contact]:
        """When a link is expected to have contact, in the scenario's own time."""
        shift_ns = self._scenario.shift_ns
        return links.schedule(self._orbit, link, from_ns, to_ns, shift_ns)

    def advance(self, time_ns: int) -> None:
        """Step up to a time, which is at most a second away."""
        dt_s = (time_ns - self.time_ns) / SECOND_NS
        substeps = 1
        if dt_s <= FINE_NS / SECOND_NS:
            substeps = max(1, math.ceil(dt_s / self._scenario.number("step_s") - 1e-9))
        for _ in range(substeps):
            self._step(dt_s / substeps)
        self.time_ns = time_ns
        self.soyuz.feel(self.control.motion.rate_rad_s)
        if (time_ns - self.start_ns) % SECOND_NS == 0:
            self._second()
        while self._pending and self._pending[0][0] <= time_ns:
            heapq.heappop(self._pending)[2]()

    def _step(self, dt_s: float) -> None:
        mass, orbit = self.control.mass, self._orbit_state
        torque, force = self.vehicles.step(dt_s, mass.centre_m)
        air = air_torque_nm(
            self.control.motion.attitude,
            1_000 * norm(orbit.velocity_km_s),
            orbit.phase_rad,
            mass.centre_m,
        )
        air = scale(self._scenario.number("aero_scale"), air)
        self.control.step(dt_s, orbit.rate_rad_s, add(torque, air))
        if force != ZERO:
            push = scale(dt_s / mass.mass_kg, rotate(self.control.motion.attitude, force))
            self._pushed_m_s = add(self._pushed_m_s, push)

    def _second(self) -> None:
        """What is stepped once a second, and what all of that needs to know."""
        date_ns = self.time_ns - self._scenario.shift_ns
        if self._pushed_m_s != ZERO:
            self._orbit.push(date_ns, self._pushed_m_s)
            self._pushed_m_s = ZERO
        self._orbit_state = self._orbit.at(date_ns)
        self.conditions = self._new_conditions()
        if self.control.authority.by_jets:
            self.thrusters_terminated = False
        elif self.control.authority is Authority.US and self.control.russian_on_time_s > 0:
            self.thrusters_terminated = True
        if self.approach is not None:
            self.approach.elapsed_s += 1.0
        self.systems.step(self.conditions)
        self.cabin.step(1.0, self.holes_mm.get("station", 0.0), crew_activity(self.time_ns))
        self.soyuz.hole_mm = self.holes_mm.get("soyuz", 0.0)
        self.soyuz.mode = SudMode.TEST if self._testing else SudMode.STANDBY
        self.soyuz.step(1.0, self.conditions)

    @property
    def _testing(self) -> bool:
        """The Soyuz's motion control is up: by plan, or because something drives its thrusters."""
        return self.soyuz.propulsion.active or any(
            activity.kind is ActivityKind.THRUSTER_TEST and activity.in_window(self.time_ns)
            for activity in self._scenario.activities
        )

    def _new_conditions(self) -> Conditions:
        control = self.control
        return Conditions(
            time_ns=self.time_ns,
            orbit=self._orbit_state,
            attitude=control.motion.attitude,
            rate_rad_s=control.motion.rate_rad_s,
            attitude_error_deg=math.degrees(norm(control.error_rad)),
            arrays_locked=self.feathered or control.arrays_locked,
            control_lost=control.lost_station,
        )

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Have something done later, at the nearest tenth of a second; now if that is now.

        :raises UsageError: if too much waits to be done already.
        """
        if len(self._pending) >= MAX_PENDING:
            raise UsageError(f"{MAX_PENDING} things wait to be done already")
        since_ns = self.time_ns - self.start_ns + round(seconds * SECOND_NS)
        at_ns = self.start_ns + round(since_ns / FINE_NS) * FINE_NS
        if at_ns <= self.time_ns:
            do()
            return
        self._scheduled += 1
        heapq.heappush(self._pending, (at_ns, self._scheduled, do))

    def restack(self) -> None:
        """Let mass properties follow what is docked now, and the Soyuz whether it is."""
        self.control.set_mass(self._mass(), russian_jets(self.stack.mass))
        mount = self.stack.mount("soyuz")
        if (mount is None) != (self.soyuz.station is None):
            self.soyuz.berth(mount or self.soyuz.mount, self.cabin if mount else None)
            self.soyuz.power.feed = mount is not None

    # --- how it begins ---

    def _mass(self) -> MassProperties:
        """As docked, with the tensor the scenario asks for."""
        mass, choice = self.stack.mass, self._scenario.text("inertia")
        if choice in TENSORS:
            return with_inertia(mass, TENSORS[choice])
        if choice == "derived":
            return mass
        attitude = from_yaw_pitch_roll(*(math.radians(angle) for angle in TEA_YPR_DEG))
        speed_m_s = 1_000 * norm(self._orbit_state.velocity_km_s)
        air = scale(
            self._scenario.number("aero_scale"),
            mean_air_torque_nm(attitude, speed_m_s, mass.centre_m),
        )
        return trimmed(mass, attitude, air, self._orbit_state.rate_rad_s)

    def _new_control(self) -> AttitudeControl:
        scenario, orbit = self._scenario, self._orbit_state
        attitude = from_yaw_pitch_roll(*(math.radians(angle) for angle in TEA_YPR_DEG))
        mode = scenario.text("control_mode")
        drifting = mode == "free-drift"
        return_s = scenario.number("us_return_s")
        momentum = scenario.number("initial_momentum_pct") / 100 * 4 * CMG_MOMENTUM_NMS
        mass = self._mass()
        control = AttitudeControl(
            ControlSettings(
                natural_frequency_rad_s=scenario.number("natural_frequency_rad_s"),
                damping=scenario.number("damping"),
                loss_error_deg=scenario.number("loac_error_deg"),
                loss_momentum_pct=scenario.number("loac_momentum_pct"),
                russian_delay_s=scenario.number("rs_delay_s"),
                russian_rate_deg_s=scenario.number("rs_rate_deg_s"),
                us_return_s=return_s,
            ),
            russian_jets(mass),
            mass,
            Motion(
                attitude=attitude,
                rate_rad_s=unrotate(attitude, (0.0, -orbit.rate_rad_s, 0.0)),
                momentum_nms=_initial_momentum_nms(momentum),
            ),
            reference=attitude,
            orbital_rate_rad_s=orbit.rate_rad_s,
            controller=Controller.ATTITUDE_HOLD if drifting else Controller(mode),
            desaturation=scenario.text("desat") == "enabled",
        )
        if drifting:
            control.drift()
        return control


def _initial_momentum_nms(size_nms: float) -> Vector:
    """In roll and yaw [A]: the feed shows only the size."""
    return scale(size_nms, unit((0.8, 0.0, 0.6)))
