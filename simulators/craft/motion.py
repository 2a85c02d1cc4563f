"""Who controls the station's attitude, and how: CMGs, thrusters of the Russian segment, or nobody.

The state machine of control, as seen in telemetry:

    US            CMGs hold the reference; with desaturation enabled, Russian jets help them
    LOST          CMGs are full and the error grows: control is lost, gimbals held, arrays feathered
    HANDOVER      a planned hand-over: CMGs still hold while the arrays are feathered
    RUSSIAN       Russian jets hold the reference, gimbals held; returns at a limited rate
    RETURNING     the same, while the CMGs are brought back to little momentum, before US
    DRIFT         planned free drift

LOST leads to RUSSIAN after the time the arrays need, RUSSIAN to RETURNING when attitude has been
held and the delay of the scenario is over. Thrusters push as pure torque about an axis [A].
"""

import math
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from simulators.physics import attitude
from simulators.physics.attitude import CMG_MOMENTUM_NMS, CMG_TORQUE_NM, Law, Motion, Plant
from simulators.physics.control import (
    Assist,
    Gains,
    Hold,
    Reference,
    attitude_hold_gains,
    error_rad,
    law,
    momentum_management_gains,
    reference_rate_rad_s,
)
from simulators.physics.mass import MassProperties
from simulators.physics.slew import Slew
from simulators.physics.vector import (
    ZERO,
    Quaternion,
    Vector,
    add,
    norm,
    scale,
    subtract,
)

#: Held so long below these, attitude counts as regained [A].
REGAINED_ERROR_DEG: Final = 2.0
REGAINED_RATE_DEG_S: Final = 0.02
REGAINED_HOLD_S: Final = 60.0
#: Arrays to a safe angle and locked before thrusters fire, in a planned hand-over [A].
FEATHERING_S: Final = 120.0
#: Desaturation is asked for above the first and ends below the second, of capacity [A].
DESATURATE_ABOVE_PCT: Final = 65.0
DESATURATE_BELOW_PCT: Final = 20.0
#: One jet pulse of this length a second while desaturating: what CMGs can take up meanwhile [A].
DESATURATION_PULSE_S: Final = 0.1
DESATURATION_PERIOD_S: Final = 1.0
#: How the CMGs are brought back while the Russian segment holds [A].
RESET_TORQUE_NM: Final = 200.0
RESET_GAIN_1_S: Final = 0.02
RESET_DONE_PCT: Final = 10.0
#: What the CMGs are given must be so calm, for so long: the rest is theirs to store [A].
CALM_ERROR_DEG: Final = 0.3
CALM_RATE_DEG_S: Final = 0.001
CALM_HOLD_S: Final = 20.0
#: Of capacity, above which a step of a second could carry the CMGs past full.
_NEARLY_FULL_PCT: Final = 90.0
#: Full CMGs are sure to show so much; the rest is left to rounding.
_FULL_PCT: Final = 99.9
#: Quiet after a jet closed before steps grow again.
_SETTLE_S: Final = 5.0


class Authority(Enum):
    US = auto()
    LOST = auto()
    HANDOVER = auto()
    RUSSIAN = auto()
    RETURNING = auto()
    DRIFT = auto()

    @property
    def by_jets(self) -> bool:
        return self in (Authority.RUSSIAN, Authority.RETURNING)


class Controller(Enum):
    """USLAB000016."""

    ATTITUDE_HOLD = "attitude-hold"
    MOMENTUM_MANAGEMENT = "momentum-management"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jets:
    """The Russian segment's, by axis. torque_nm: of either sign. flow_kg_s: while they fire."""

    torque_nm: Vector
    flow_kg_s: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """What a scenario chooses.

    us_return_s: from attitude regained to the return to the CMGs; None for never by itself.
    """

    natural_frequency_rad_s: float
    damping: float
    loss_error_deg: float
    loss_momentum_pct: float
    russian_delay_s: float
    russian_rate_deg_s: float
    us_return_s: float | None


class AttitudeControl:
    """The station's motion and what controls it, stepped.

    reference: where it should point; a `manoeuvre` moves it. All counters since the start.
    """

    def __init__(
        self,
        settings: ControlSettings,
        jets: Jets,
        mass: MassProperties,
        motion: Motion,
        *,
        reference: Quaternion,
        orbital_rate_rad_s: float,
        controller: Controller,
        desaturation: bool,
    ) -> None:
        self.motion = motion
        self.mass = mass
        self.authority = Authority.US
        self.controller = controller
        self.desaturation = desaturation
        self.cmgs = [True] * 4
        self.lost_cmg = False  # latched: loss of CMG attitude control
        self.lost_station = False
        self.firing = (0, 0, 0)
        self.desaturating = False
        self.russian_propellant_kg = 0.0
        self.russian_on_time_s = 0.0
        self.wanted_nm = ZERO
        self._settings = settings
        self._jets = jets
        self._reference = Reference(attitude=reference)
        self._slew: Slew | None = None
        self._slew_s = 0.0
        self._orbital_rate_rad_s = orbital_rate_rad_s
        self._integral_nms2 = ZERO
        self._in_state_s = 0.0
        self._steady_s = 0.0
        self._calm_s = 0.0
        self._quiet_s = _SETTLE_S
        self._pulse_s = 0.0
        self._pulse = (0, 0, 0)
        self._return_asked = False
        self._assist = Assist(
            angle_rad=math.radians(0.4),
            fast_rad_s=math.radians(0.03),
            slow_rad_s=math.radians(0.002),
        )
        self._hold = Hold(
            angle_rad=math.radians(0.5),
            rate_rad_s=math.radians(0.006),
            approach_rad_s=math.radians(settings.russian_rate_deg_s),
            gain_1_s=0.01,
        )
        # CMGs take over what rate is left: 0.001 deg/s is a tenth of what they can store
        self._settle = replace(
            self._hold, angle_rad=math.radians(0.1), rate_rad_s=math.radians(0.0006)
        )
        self.gains = self._new_gains()

    # --- what it shows ---

    @property
    def reference(self) -> Reference:
        return self._reference

    @property
    def manoeuvring(self) -> bool:
        return self._slew is not None

    @property
    def capacity_nms(self) -> float:
        return CMG_MOMENTUM_NMS * sum(self.cmgs)

    @property
    def momentum_pct(self) -> float:
        """Of capacity; full when no CMG is left to hold any."""
        capacity = self.capacity_nms
        return 100 * norm(self.motion.momentum_nms) / capacity if capacity else 100.0

    @property
    def error_rad(self) -> Vector:
        """Roll, pitch, yaw: the turn from reference to attitude."""
        return error_rad(self._reference.attitude, self.motion.attitude)

    @property
    def rate_error_rad_s(self) -> Vector:
        """Of the inertial rate against a body that follows the reference."""
        return subtract(
            self.motion.rate_rad_s,
            reference_rate_rad_s(self._reference, self.motion.attitude, self._orbital_rate_rad_s),
        )

    @property
    def fine(self) -> bool:
        """Whether jets work or the CMGs are about to be full, so that steps must be short."""
        holding = self.authority in (Authority.US, Authority.HANDOVER)
        filling = holding and self.momentum_pct > _NEARLY_FULL_PCT
        return self._quiet_s < _SETTLE_S or self.desaturating or filling

    @property
    def arrays_locked(self) -> bool:
        """Jets fire at will or will soon, or nobody steers: the arrays are held at a safe angle."""
        return self.authority in (
            Authority.LOST,
            Authority.HANDOVER,
            Authority.RUSSIAN,
            Authority.RETURNING,
            Authority.DRIFT,
        )

    # --- what it is told ---

    def set_controller(self, controller: Controller) -> None:
        self.controller = controller
        self._integral_nms2 = ZERO
        self.gains = self._new_gains()
        if self.authority is Authority.DRIFT:
            self._become(Authority.US)

    def set_mass(self, mass: MassProperties, jets: Jets) -> None:
        """Something was docked or left: rates stay, momentum of what came is left out [A]."""
        self.mass, self._jets = mass, jets
        self.gains = self._new_gains()

    def drift(self) -> None:
        self._become(Authority.DRIFT)

    def hand_to_russian(self) -> None:
        if self.authority is Authority.US:
            self._become(Authority.HANDOVER)
        elif self.authority is Authority.DRIFT:  # arrays are held already
            self._become(Authority.RUSSIAN)

    def hand_to_us(self) -> None:
        """Now if the CMGs can take it, else as soon as attitude is steady."""
        if self.authority in (Authority.HANDOVER, Authority.DRIFT):
            self._become(Authority.US)
        elif self.authority is not Authority.US:
            self._return_asked = True

    def manoeuvre(self, target: Quaternion, rate_rad_s: float) -> None:
        self._slew = Slew.between(self._reference.attitude, target, rate_rad_s)
        self._slew_s = 0.0

    # --- its life ---

    def step(self, dt_s: float, orbital_rate_rad_s: float, outside_nm: Vector) -> None:
        """outside_nm: torque of everything but the Russian segment's attitude jets, body axes."""
        self._orbital_rate_rad_s = orbital_rate_rad_s
        torque = self._fire(dt_s)
        plant = Plant(
            inertia_kg_m2=self.mass.inertia_kg_m2,
            inverse=self.mass.inverse,
            orbital_rate_rad_s=orbital_rate_rad_s,
            law=self._law(),
            cmg_torque_nm=CMG_TORQUE_NM * sum(self.cmgs),
            cmg_capacity_nms=self.capacity_nms,
        )
        self.motion = attitude.step(self.motion, plant, add(outside_nm, torque), dt_s)
        self._follow(dt_s)
        self._judge(dt_s)

    def _fire(self, dt_s: float) -> Vector:
        """Choose the jets of this step; their torque."""
        signs = (0, 0, 0)
        helped = self.authority is Authority.US and self.desaturation
        if not helped:  # nor is a pulse finished that began before
            self.desaturating, self._pulse = False, (0, 0, 0)
        if self.authority.by_jets:
            hold = self._hold if self.authority is Authority.RUSSIAN else self._settle
            signs = hold.signs(self.error_rad, self.rate_error_rad_s, self.firing)
        elif helped:
            signs = self._assist.signs(self.error_rad, self.rate_error_rad_s, self.firing)
            if not any(signs):
                signs = self._desaturate(dt_s)
        self._quiet_s = 0.0 if any(signs) or any(self.firing) else self._quiet_s + dt_s
        # a jet is only opened once steps are short: this one is the last long one
        if dt_s > DESATURATION_PULSE_S * 1.01:
            signs = (0, 0, 0)
        self.firing = signs
        for sign, flow_kg_s in zip(signs, self._jets.flow_kg_s, strict=True):
            if sign:
                self.russian_propellant_kg += flow_kg_s * dt_s
                self.russian_on_time_s += dt_s
        torque = self._jets.torque_nm
        return (signs[0] * torque[0], signs[1] * torque[1], signs[2] * torque[2])

    def _desaturate(self, dt_s: float) -> tuple[int, int, int]:
        pct = self.momentum_pct
        self.desaturating = pct > (
            DESATURATE_BELOW_PCT if self.desaturating else DESATURATE_ABOVE_PCT
        )
        if not self.desaturating:
            self._pulse = (0, 0, 0)
            return self._pulse
        self._pulse_s += dt_s
        if self._pulse_s < DESATURATION_PERIOD_S - 1e-6:
            if self._pulse_s > DESATURATION_PULSE_S - 1e-6:
                self._pulse = (0, 0, 0)
            return self._pulse
        self._pulse_s = 0.0
        h = self.motion.momentum_nms
        smallest = [DESATURATION_PULSE_S * torque / 2 for torque in self._jets.torque_nm]
        x, y, z = (
            0 if abs(part) < least else (-1 if part > 0 else 1)
            for part, least in zip(h, smallest, strict=True)
        )
        self._pulse = (x, y, z)
        return self._pulse

    def _law(self) -> Law | None:
        match self.authority:
            case Authority.US | Authority.HANDOVER:
                asked = law(
                    self.gains, self._reference, self._orbital_rate_rad_s, self._integral_nms2
                )
                self.wanted_nm = asked(
                    self.motion.attitude, self.motion.rate_rad_s, self.motion.momentum_nms
                )
                return asked
            case Authority.RETURNING:

                def give_back(q: Quaternion, w: Vector, h: Vector) -> Vector:
                    size = norm(h)
                    factor = min(RESET_GAIN_1_S, RESET_TORQUE_NM / size if size else 0.0)
                    return scale(factor, h)

                self.wanted_nm = give_back(
                    self.motion.attitude, self.motion.rate_rad_s, self.motion.momentum_nms
                )
                return give_back
            case _:
                self.wanted_nm = ZERO
                return None

    def _follow(self, dt_s: float) -> None:
        """Keep the momentum's integral, and the reference on its way."""
        managing = self.controller is Controller.MOMENTUM_MANAGEMENT
        if managing and self.authority is Authority.US:
            self._integral_nms2 = add(self._integral_nms2, scale(dt_s, self.motion.momentum_nms))
        if self._slew is not None:
            self._slew_s += dt_s
            self._reference = self._slew.at(self._slew_s)
            if self._slew_s >= self._slew.duration_s:
                self._slew = None
                self._integral_nms2 = ZERO
                self.gains = self._new_gains()

    def _judge(self, dt_s: float) -> None:
        """Find control lost or regained, and go on from state to state."""
        self._in_state_s += dt_s
        settings = self._settings
        error_deg = math.degrees(norm(self.error_rad))
        rate_deg_s = math.degrees(norm(self.rate_error_rad_s))
        steady = error_deg < REGAINED_ERROR_DEG and rate_deg_s < REGAINED_RATE_DEG_S
        self._steady_s = self._steady_s + dt_s if steady else 0.0
        calm = (
            error_deg < CALM_ERROR_DEG
            and rate_deg_s < CALM_RATE_DEG_S
            and self.momentum_pct < RESET_DONE_PCT
        )
        self._calm_s = self._calm_s + dt_s if calm else 0.0
        full = self.momentum_pct >= min(settings.loss_momentum_pct, _FULL_PCT)
        lost = full and error_deg > settings.loss_error_deg
        regained = self._steady_s >= REGAINED_HOLD_S
        match self.authority:
            case Authority.US | Authority.HANDOVER if lost:
                self.lost_cmg = self.lost_station = True
                self._slew = None
                self._reference = Reference(attitude=self._reference.attitude)  # at rest
                self._become(Authority.LOST)
            case Authority.US if regained:
                self.lost_cmg = self.lost_station = False
            case Authority.HANDOVER if self._in_state_s >= FEATHERING_S:
                self._become(Authority.RUSSIAN)
            case Authority.LOST if self._in_state_s >= settings.russian_delay_s:
                self._become(Authority.RUSSIAN)
            case Authority.RUSSIAN if regained:
                self.lost_station = False
                if self._return_asked or self._return_due:
                    self._become(Authority.RETURNING)
            case Authority.RETURNING if self._calm_s >= CALM_HOLD_S:
                self.lost_cmg = False
                self._integral_nms2 = ZERO
                self.gains = self._new_gains()
                self._become(Authority.US)

    @property
    def _return_due(self) -> bool:
        """After a loss the CMGs take over by plan; a planned hand-over waits to be asked back."""
        delay_s = self._settings.us_return_s
        if not self.lost_cmg or delay_s is None:
            return False
        return self._steady_s >= REGAINED_HOLD_S + delay_s

    def _become(self, authority: Authority) -> None:
        self.authority = authority
        self.firing = (0, 0, 0)
        self.desaturating = False
        self._pulse = (0, 0, 0)
        if authority is Authority.US:
            self._return_asked = False
        self._in_state_s = self._steady_s = self._calm_s = 0.0

    def _new_gains(self) -> Gains:
        if self.controller is Controller.ATTITUDE_HOLD:
            return attitude_hold_gains(
                self.mass.inertia_kg_m2,
                self._settings.natural_frequency_rad_s,
                self._settings.damping,
            )
        plant = Plant(
            inertia_kg_m2=self.mass.inertia_kg_m2,
            inverse=self.mass.inverse,
            orbital_rate_rad_s=self._orbital_rate_rad_s,
            law=None,
            cmg_torque_nm=CMG_TORQUE_NM * sum(self.cmgs),
            cmg_capacity_nms=self.capacity_nms,
        )
        return momentum_management_gains(plant, self._reference.attitude)
