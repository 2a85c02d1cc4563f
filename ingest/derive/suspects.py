"""Which groups of thrusters could give a torque, and which cannot. Pure.

A direction never names one group: twins on two manifolds push alike, rings and vehicles nearly so,
and inertia is known to some degrees only. So every group whose torque lies within the angle that
noise, the bend of the fit and inertia leave open (95 %), and which is strong enough, is consistent,
unless its own telemetry says that none of its thrusters fired; then it is excluded. Two groups that
fire at once are not looked for. Only a rising on-time, and a torque that agrees with it, name
thrusters.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.derive.aligned import View
from ingest.derive.stack import DIRECTION_RAD, MAGNITUDE_SHARE, Floats, Group, Stack, on_time_of
from ingest.derive.torque import Torque
from telemetry.clock import SECOND_NS

#: 95 % of two independent errors across a direction, in sigma.
_ACROSS_95: Final = 2.45
#: No opening is wider: beyond it a direction says nothing.
_WIDEST_RAD: Final = math.radians(60.0)
#: On-time is sent to a millisecond; less is no pulse.
_DUST_S: Final = 0.01
#: On-time comes within a tenth of a second.
_LATE_NS: Final = SECOND_NS // 5
#: Of the sum of thrusters against the torque, in sigma.
_AGREE: Final = 3.0
MOST_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """Names, for people. jets: whose on-time rises and whose summed torque agrees."""

    consistent: str = ""
    excluded: str = ""
    jets: str = ""


def suspects(view: View, stack: Stack, torque: Torque) -> Suspects:
    """For a significant torque."""
    u = torque.torque_nm / torque.magnitude_nm
    open_rad = math.hypot(_ACROSS_95 * torque.across_rad, DIRECTION_RAD)
    open_rad = min(open_rad, _WIDEST_RAD)
    least_nm = torque.magnitude_nm - 2 * torque.sigma_nm
    risen = _risen(view, stack, torque)
    consistent, by_telemetry, by_direction = [], [], []
    for group in stack.groups:
        if not (_along(group, u, open_rad) and np.linalg.norm(group.torque_nm) >= least_nm):
            by_direction.append(group)
        elif _silent(view, group, torque, risen):
            by_telemetry.append(group)
        else:
            consistent.append(group)
    return Suspects(
        consistent=listed([group.name for group in consistent]),
        excluded=listed(
            [f"{group.name} (telemetry)" for group in by_telemetry]
            + [f"{name} (direction)" for name in _by_vehicle(by_direction, stack)]
        ),
        jets=_named(stack, torque, risen),
    )


def listed(names: Sequence[str]) -> str:
    """With commas, and how many more there are where they are too long."""
    text = ", ".join(names)
    kept = len(names)
    while len(text) > MOST_CHARACTERS:
        kept -= 1
        text = f"{', '.join(names[:kept])}, and {len(names) - kept} more"
    return text


def russian_nm(view: View, stack: Stack, torque: Torque) -> float:
    """How much of the torque Zvezda's attitude thrusters account for, by their on-time.

    It is one number for three axes: as much as they can give along the torque in that time.
    """
    name, parameter = on_time_of("zvezda")
    before = view.at(name, parameter, torque.first_ns)
    after = view.at(name, parameter, torque.last_ns)
    if before is None or after is None or after[1] <= before[1] + _DUST_S:
        return 0.0
    share = (after[1] - before[1]) * SECOND_NS / (torque.last_ns - torque.first_ns)
    along = float(np.sum(np.abs(torque.torque_nm / torque.magnitude_nm) / stack.russian_nm))
    return share / along


def _along(group: Group, u: Floats, open_rad: float) -> bool:
    """Whether all of it together, or one thruster alone, pushes within the opening."""
    torques = [group.torque_nm, *group.jets.values()]
    cosines = [float(one @ u / np.linalg.norm(one)) for one in torques]
    return max(cosines) >= math.cos(open_rad)


def _silent(view: View, group: Group, torque: Torque, risen: Mapping[str, float]) -> bool:
    """Whether its telemetry was received all the while and counts no firing of any of it."""
    if not group.jets:
        return False
    for jet in group.jets:
        name, parameter = on_time_of("soyuz", jet)
        last = view.last(name, parameter)
        # what is absent has not changed, as long as no frame was lost
        if last is None or not view.speaks(name, torque.first_ns):
            return False
    return not risen.keys() & group.jets.keys()


def _risen(view: View, stack: Stack, torque: Torque) -> dict[str, float]:
    """On-time gained within the torque's window, in seconds, of thrusters that gained any."""
    found = {}
    for jet in stack.jets:
        name, parameter = on_time_of("soyuz", jet)
        before = view.at(name, parameter, torque.first_ns)
        after = view.at(name, parameter, torque.last_ns)
        later = view.last(name, parameter)
        if before is None or after is None or later is None:
            continue
        if later[1] > before[1] + _DUST_S:
            found[jet] = max(after[1] - before[1], 0.0)
    return found


def _named(stack: Stack, torque: Torque, risen: Mapping[str, float]) -> str:
    """The thrusters that fired, if together they give the torque."""
    if not risen:
        return ""
    span_s = (torque.last_ns - torque.first_ns) / SECOND_NS
    sums = np.sum([stack.jets[jet] * s / span_s for jet, s in risen.items()], axis=0)
    apart = float(np.linalg.norm(sums - torque.torque_nm))
    expected = float(np.linalg.norm(sums))
    doubt = math.hypot(
        torque.sigma_nm,
        math.sqrt(float(np.trace(torque.noise_nm2))),
        (MAGNITUDE_SHARE + DIRECTION_RAD) * expected,
    )
    return listed(sorted(risen)) if apart <= _AGREE * doubt and expected > apart else ""


def _by_vehicle(groups: Sequence[Group], stack: Stack) -> list[str]:
    """Most groups are: "all of Zvezda", or "rest of Soyuz" where others of it are named."""
    found: list[str] = []
    names = {group.name for group in groups}
    for vehicle in dict.fromkeys(group.vehicle for group in stack.groups):
        own = {group.name for group in stack.groups if group.vehicle == vehicle}
        if out := own & names:
            found.append(f"{'all' if out == own else 'rest'} of {vehicle}")
    return found
