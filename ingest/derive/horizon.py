"""No earlier than: how long it takes at least until something is used up. Pure.

Lower bounds, in seconds from the tick: never later than what comes, often earlier. A straight line
through what was measured would be late by its whole length again, since what fills up fills faster.
They mean something only while something pushes; else they read `AN_HOUR`, which is "an hour, or
more, or nothing is known to be on its way".
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ingest.derive.aligned import View
from ingest.derive.attitude import ADCS, age_s
from ingest.derive.permits import names_any
from ingest.derive.stack import Floats, Stack
from ingest.derive.torque import MOMENTUM, SIM, Torque, cmg_torque_nm
from telemetry.clock import SECOND_NS
from telemetry.plan import Plan, PlanState

AN_HOUR: Final = 3_600.0
#: An attitude error beyond which, with full CMGs, control is lost [A].
LOSS_DEG: Final = 2.0
#: Of the rate against LVLH, per axis: what was not sent may have moved by so much.
_RATE_DEG_S: Final = 5e-4
#: Of momentum, for noise and what was not sent, N m s.
_MARGIN_NMS: Final = 30.0
#: Full enough: nothing is left to wait for.
_FULL: Final = 0.995
_CAPACITY, _SIZE, _MODE = "USLAB000038", "USLAB000009", "USLAB000012"
FROM_ADCS: Final = (_CAPACITY, _SIZE, _MODE)
#: CMG attitude control, alone or helped by thrusters; in no other mode do they take anything up.
_BY_CMGS: Final = (4.0, 5.0)
_CAPACITY_NMS: Final = 19_521.87
PROPULSION, USED = "soyuz/propulsion", "SIM_SOYUZ_PROP_USED_KG"
#: It is sent in steps of it.
_STEP_KG: Final = 0.01
#: A test pulse is shorter, and a valve that stays open is told by nothing else.
_STEADY_NS: Final = 2 * SECOND_NS


def to_saturation_s(view: View, disturbed: bool) -> float | None:
    """Momentum that is left over the most the CMGs can take up in a second.

    None if momentum is not known.
    """
    capacity = view.last(ADCS, _CAPACITY)
    capacity_nms = capacity[1] if capacity else _CAPACITY_NMS
    known = _momentum(view)
    if known is None:
        return None
    time_ns, size_nms = known
    if size_nms >= _FULL * capacity_nms:
        return 0.0
    most_nm = cmg_torque_nm(view)
    mode = view.last(ADCS, _MODE)
    if not disturbed or most_nm <= 0 or (mode and mode[1] not in _BY_CMGS):
        return AN_HOUR
    since_s = (view.tick_ns - time_ns) / SECOND_NS
    left_s = (capacity_nms - size_nms - _MARGIN_NMS) / most_nm - since_s
    return min(max(left_s, 0.0), AN_HOUR)


def to_attitude_s(
    view: View,
    error_deg: float,
    rate_deg_s: float,
    torque: Torque | None,
    stack: Stack,
    disturbed: bool,
) -> float:
    """Until an error of 2 deg, if everything went the wrong way and nothing held against it.

    Of a torque too young to know its size, it is taken to be the strongest that thrusters give.
    """
    if not disturbed:
        return AN_HOUR
    left_deg = LOSS_DEG - error_deg
    if left_deg <= 0:
        return 0.0
    rate = rate_deg_s + _RATE_DEG_S
    growth = _acceleration_deg_s2(torque, stack.inertia_kg_m2) if torque else 0.0
    if torque and torque.young and torque.significant:
        growth = max(growth, _strongest_deg_s2(stack))
    left_s = 2 * left_deg / (rate + math.sqrt(rate * rate + 2 * growth * left_deg))
    return min(max(left_s - age_s(view), 0.0), AN_HOUR)


def to_cut_off_s(view: View, plans: Sequence[Plan]) -> float | None:
    """Until a firing Soyuz has used its activity's propellant; None without such a budget.

    AN_HOUR while its consumption is not seen to go on for two seconds at least.
    """
    budget_kg = _budget_kg(view.tick_ns, plans)
    if budget_kg is None:
        return None
    used = view.samples(PROPULSION, USED, view.tick_ns - _STEADY_NS - SECOND_NS)
    used = [one for one in used if one[0] >= view.tick_ns - _STEADY_NS]
    if len(used) < 3 or not all(
        later[1] > sooner[1] + _STEP_KG for sooner, later in pairwise(used)
    ):
        return AN_HOUR
    (time0, first_kg), (time1, last_kg) = used[0], used[-1]
    rate = (last_kg - first_kg + _STEP_KG) * SECOND_NS / (time1 - time0)
    since_s = (view.tick_ns - time1) / SECOND_NS
    return min(max((budget_kg - last_kg - _STEP_KG) / rate - since_s, 0.0), AN_HOUR)


def _momentum(view: View) -> tuple[int, float] | None:
    """The CMGs' momentum and when it was that: the vector's size, else the size as it is sent."""
    vector = [view.at(SIM, one, view.tick_ns) for one in MOMENTUM]
    known = [one for one in vector if one is not None]
    if len(known) == len(MOMENTUM) and view.speaks(SIM, view.tick_ns - SECOND_NS):
        size = float(np.linalg.norm([value for _, value in known]))
        return max(view.tick_ns - SECOND_NS, *(t for t, _ in known)), size
    one = view.at(ADCS, _SIZE, view.tick_ns)
    if one is None:
        return None
    return max(one[0], view.tick_ns - 2 * SECOND_NS), one[1]


def _acceleration_deg_s2(torque: Torque, inertia_kg_m2: Floats) -> float:
    """The most it may be, 2 sigma."""
    turn = np.linalg.solve(inertia_kg_m2, torque.torque_nm)
    more = 1 + 2 * torque.sigma_nm / max(torque.magnitude_nm, 1.0)
    return math.degrees(float(np.linalg.norm(turn))) * more


def _strongest_deg_s2(stack: Stack) -> float:
    """What the strongest group of thrusters does; that two fire at once is left out [A]."""
    torques = np.array([group.torque_nm for group in stack.groups])
    turns = np.linalg.solve(stack.inertia_kg_m2, torques.T)
    return math.degrees(float(np.linalg.norm(turns, axis=0).max()))


def _budget_kg(time_ns: int, plans: Sequence[Plan]) -> float | None:
    """Of the Soyuz's activity in force, else of the one that began last."""
    given = [
        plan
        for plan in plans
        if plan.state is not PlanState.PROPOSED
        and plan.activity.propellant_kg is not None
        and names_any(plan.activity)
        and plan.activity.start_ns <= time_ns
    ]
    newest = max(
        given, key=lambda one: (one.in_force(time_ns), one.activity.start_ns), default=None
    )
    return newest.activity.propellant_kg if newest else None
