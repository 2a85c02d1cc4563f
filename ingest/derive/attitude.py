"""Attitude from telemetry: total error, rate against LVLH, gravity gradient. Pure.

Quaternions are scalar first and turn LVLH into body. LVLH turns once an orbit about its -Y; in body
axes that is the orbital rate to take from the inertial one.
"""

import math
from typing import Final

import numpy as np

from ingest.derive.aligned import View
from ingest.derive.stack import Floats
from telemetry.clock import SECOND_NS

ADCS: Final = "iss/adcs"
ATTITUDE: Final = tuple(f"USLAB{n:06}" for n in range(18, 22))
RATE: Final = tuple(f"USLAB{n:06}" for n in range(25, 28))
COMMANDED: Final = tuple(f"USLAB{n:06}" for n in range(28, 32))
POSITION_KM: Final = tuple(f"USLAB{n:06}" for n in range(32, 35))
VELOCITY_M_S: Final = tuple(f"USLAB{n:06}" for n in range(35, 38))

#: At 418 km: one turn in 92.9 minutes.
ORBITAL_RATE_RAD_S: Final = math.radians(0.06457)
#: Attitude, rates and state vector older than this say nothing of now; rates that do not move are
#: sent once a minute.
OLD_NS: Final = 5 * SECOND_NS


def vector(view: View, parameters: tuple[str, ...], time_ns: int | None = None) -> Floats | None:
    """Parameters of adcs together at a time, as last sent; None if one is not known."""
    at_ns = view.tick_ns if time_ns is None else time_ns
    found = [view.at(ADCS, one, at_ns) for one in parameters]
    known = [one[1] for one in found if one is not None]
    return np.array(known) if len(known) == len(parameters) else None


def quaternion(view: View, parameters: tuple[str, ...]) -> Floats | None:
    """Of unit length; None if it is unknown or no attitude at all."""
    q = vector(view, parameters)
    if q is None:  # commanded ones stand for hours: frames lost since then leave them as they are
        last = [view.last(ADCS, one) for one in parameters]
        q = np.array([one[1] for one in last if one is not None])
    length = float(np.linalg.norm(q)) if len(q) == len(parameters) else 0.0
    return q / length if 0.9 < length < 1.1 else None


def error_deg(attitude: Floats, commanded: Floats) -> float:
    """The angle of the turn from commanded to actual, 0 to 180."""
    # |vector part| of the turn, not arccos of its scalar, which is blind to small angles
    a, b = attitude, commanded
    scalar = float(a @ b)
    turn = b[0] * a[1:] - a[0] * b[1:] - np.cross(b[1:], a[1:])
    return math.degrees(2 * math.atan2(float(np.linalg.norm(turn)), abs(scalar)))


def to_body(attitude: Floats, a: Floats) -> Floats:
    """A vector in LVLH axes, in body axes."""
    part = -attitude[1:]
    t = 2 * np.cross(part, a)
    turned: Floats = a + attitude[0] * t + np.cross(part, t)
    return turned


def orbital_rate_rad_s(view: View) -> float:
    """From the state vector, or a constant where there is none."""
    r, v = vector(view, POSITION_KM), vector(view, VELOCITY_M_S)
    if r is None or v is None or not r.any():
        return ORBITAL_RATE_RAD_S
    rate = float(np.linalg.norm(np.cross(r, v / 1_000)) / (r @ r))
    return rate if 0.9 < rate / ORBITAL_RATE_RAD_S < 1.1 else ORBITAL_RATE_RAD_S


def lvlh_rate_rad_s(attitude: Floats, rate_rad_s: Floats, orbital_rad_s: float) -> Floats:
    """Inertial rate in body axes, less LVLH's."""
    return rate_rad_s - to_body(attitude, np.array([0.0, -orbital_rad_s, 0.0]))


def gravity_gradient_nm(attitude: Floats, inertia_kg_m2: Floats, orbital_rad_s: float) -> Floats:
    """3 n^2 d x (I d), d the Earth's direction in body axes (Wie, ch. 6)."""
    down = to_body(attitude, np.array([0.0, 0.0, 1.0]))
    return np.asarray(3 * orbital_rad_s**2 * np.cross(down, inertia_kg_m2 @ down))
