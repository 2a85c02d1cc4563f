"""What makes a demonstration worth watching: a thruster test that goes on too long, repeatedly.

A DEMONSTRATION, NOT FLIGHT DATA, and not physics either: the curves are shaped so that alarms of
every severity rise and return within the first minute. Soyuz and ISS read the same schedule, so
what one does and the other feels agrees in time.

A cycle, in seconds from its start: the test begins and resets its counters, two thrusters fire from
12 to 26, the station turns and comes back until 45, the test ends at 60.
"""

import math
from dataclasses import dataclass
from typing import Final

CYCLE_S: Final = 300.0
TEST_START_S: Final = 2.0
FIRE_START_S: Final = 12.0
FIRE_STOP_S: Final = 26.0
DISTURBANCE_S: Final = 33.0
TEST_END_S: Final = 60.0

#: Which thrusters fire: a pair of twins, one on each manifold.
FIRING_DPO: Final = (7, 8)
#: The greatest attitude error in pitch.
PEAK_ERROR_DEG: Final = 6.0
#: The greatest rise of CMG momentum, of capacity.
PEAK_MOMENTUM_PCT: Final = 35.0
#: How the disturbance shows in roll and yaw, of that in pitch.
ROLL_SHARE: Final = 0.08
YAW_SHARE: Final = -0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """The demonstration at one instant; all zero when nothing goes on.

    on_time_s: of each firing thruster since the counters were reset.
    error_deg, rate_deg_s: of the station in pitch; the rate is the error's derivative.
    momentum_pct: of CMG capacity, above what it would be.
    """

    testing: bool
    firing: bool
    on_time_s: float
    error_deg: float
    rate_deg_s: float
    momentum_pct: float


def disturbance(elapsed_s: float) -> Disturbance:
    """elapsed_s: since the simulation began."""
    cycle, phase_s = divmod(elapsed_s, CYCLE_S)
    if phase_s < TEST_START_S:  # the counters still hold what the test before left
        on_time_s = FIRE_STOP_S - FIRE_START_S if cycle > 0 else 0.0
    else:
        on_time_s = min(max(phase_s - FIRE_START_S, 0.0), FIRE_STOP_S - FIRE_START_S)
    part = min(max((phase_s - FIRE_START_S) / DISTURBANCE_S, 0.0), 1.0)
    return Disturbance(
        testing=TEST_START_S <= phase_s < TEST_END_S,
        firing=FIRE_START_S <= phase_s < FIRE_STOP_S,
        on_time_s=on_time_s,
        error_deg=PEAK_ERROR_DEG * math.sin(math.pi * part) ** 2,
        rate_deg_s=PEAK_ERROR_DEG * math.pi / DISTURBANCE_S * math.sin(2 * math.pi * part),
        momentum_pct=PEAK_MOMENTUM_PCT * math.sin(math.pi * part) ** 2,
    )
