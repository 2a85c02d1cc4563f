"""The outside torque on the station, from how its momentum changes. Pure.

    T = d(I w + h)/dt + w x (I w + h) - gravity gradient        (Wie, ch. 6; body axes)

w: inertial rate, h: momentum of the CMGs. What T has brought in by each sample,
P = I w + h + integral of (w x (I w + h) - gravity gradient), is a straight line while T is
constant; its least-squares slope is T. Where the CMGs' momentum vector is not sent (the public feed
has its size only), their torque is the commanded one, limited to what they can give: wrong near
saturation.

Window: the longest of 4 to 8 s over which the slope agrees with that of every shorter one
(intersection of confidence intervals, Goldenshluger and Nemirovski 1997): a new torque is
neither averaged away by what was before nor drowned in noise later on. A torque that began within
the window still bends the line; the bend is in `sigma_nm`, not in `noise_nm2`. Nothing shows of a
torque before the next sample of the rates, up to 2 s.

Rates are sent when they have moved by three times their noise, so one that was held is known
less well than one that was sent.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from ingest.derive.aligned import View
from ingest.derive.attitude import (
    ADCS,
    ATTITUDE,
    RATE,
    cross,
    gravity_gradient_nm,
    orbital_rate_rad_s,
    vector,
)
from ingest.derive.stack import MAGNITUDE_SHARE, Floats, Stack
from telemetry.clock import SECOND_NS

SIM: Final = "iss/sim"
MOMENTUM: Final = ("SIM_ISS_H_X", "SIM_ISS_H_Y", "SIM_ISS_H_Z")
COMMAND: Final = ("USLAB000006", "USLAB000007", "USLAB000008")
MOMENTUM_PERCENT: Final = "USLAB000010"
CMGS: Final = "USLAB000005"
#: 190 ft lbf a CMG; four give 1032 N m.
CMG_TORQUE_NM: Final = 258.0

RATE_PERIOD_NS: Final = 2 * SECOND_NS
_SHORTEST, _LONGEST = 3, 5
#: An interval with less than this share of the next one's is from before the torque began [A].
_YOUNG_SHARE: Final = 0.25
#: 1 sigma of a rate that was just sent, and of one that did not move by 3e-4 deg/s since [A].
_RATE_SENT_RAD_S: Final = math.radians(1.0e-4)
_RATE_HELD_RAD_S: Final = math.radians(2.0e-4)
#: The same of momentum (12 N m s) [A].
_MOMENTUM_SENT_NMS, _MOMENTUM_HELD_NMS = 4.0, 8.0
#: Air, gravity gradient of a tensor that is not quite right, shifting crew [A].
_UNMODELLED_NM: Final = 15.0
#: All that is docked cannot push so hard; who says so is a broken gyro.
MOST_NM: Final = 60_000.0
SIGNIFICANT: Final = 5.0
_SATURATED_PERCENT: Final = 98.0


class Source(IntEnum):
    """DER_TORQUE_SOURCE."""

    NONE = 0
    MOMENTUM_VECTOR = 1
    CLIPPED_COMMAND = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Torque:
    """The mean outside torque over (first_ns, last_ns]; shapes (3,) and (3, 3).

    noise_nm2: covariance by noise alone. sigma_nm: of the magnitude, everything in it. bend_nm:
    1 sigma a component, of not having been constant. scatter: of all samples about a line, as a
    share of what is assumed: near 1 or below, unless the torque changes. young: it shows in the
    newest interval of the rates only, so it began anywhere in it, and may be many times as large.
    """

    torque_nm: Floats
    noise_nm2: Floats
    bend_nm: float
    sigma_nm: float
    first_ns: int
    last_ns: int
    source: Source
    scatter: float
    young: bool

    @property
    def magnitude_nm(self) -> float:
        return float(np.linalg.norm(self.torque_nm))

    @property
    def noise_nm(self) -> float:
        """1 sigma of the magnitude, by noise."""
        u = self.torque_nm / max(self.magnitude_nm, 1e-9)
        return math.sqrt(float(u @ self.noise_nm2 @ u))

    @property
    def across_rad(self) -> float:
        """1 sigma of the direction about either axis across it, by noise and bend."""
        spread = math.sqrt(float(np.linalg.eigvalsh(self.noise_nm2)[-1]))
        return math.hypot(spread, self.bend_nm) / max(self.magnitude_nm, 1e-9)

    @property
    def significant(self) -> bool:
        """Whether noise cannot have made it."""
        return self.magnitude_nm > SIGNIFICANT * self.noise_nm


@dataclass(frozen=True, slots=True)
class _Path:
    """What the torque has brought in: times (n,) in s, momentum (n, 3), covariances (n, 3, 3)."""

    times_s: Floats
    momentum_nms: Floats
    noise: Floats
    change_of_body_nms: Floats
    source: Source


def cmg_torque_nm(view: View) -> float:
    """The most the CMGs in use give together."""
    count = view.last(ADCS, CMGS)
    return CMG_TORQUE_NM * (min(max(count[1], 0.0), 4.0) if count else 4.0)


def estimate(view: View, stack: Stack, louder: float = 1.0) -> Torque | None:
    """None when there are too few rates to say.

    louder: how much the variance of noise is above what is assumed here, as measured.
    """
    times = _times(view)
    if len(times) < _SHORTEST:
        return None
    path = _path(view, stack, times, louder)
    if path is None:
        return None
    best = _fit(path, _SHORTEST)
    tried = [best]
    for count in range(_SHORTEST + 1, len(times) + 1):
        fit = _fit(path, count)
        if not all(_agree(fit, one) for one in tried):
            break
        tried.append(fit)
        best = fit
    slope, noise, bend_nm, count = best
    magnitude = max(float(np.linalg.norm(slope)), 1e-9)
    u = slope / magnitude
    body = path.change_of_body_nms[-count:]
    span_s = float(path.times_s[-1] - path.times_s[-count])
    turning = abs(float(u @ (body[-1] - body[0]))) / span_s
    sigma = math.hypot(
        math.sqrt(float(u @ noise @ u)),
        bend_nm,
        MAGNITUDE_SHARE * turning,
        _command_doubt_nm(view) if path.source is Source.CLIPPED_COMMAND else 0.0,
    )
    return Torque(
        torque_nm=slope,
        noise_nm2=noise,
        bend_nm=bend_nm,
        sigma_nm=sigma,
        first_ns=times[-count],
        last_ns=times[-1],
        source=path.source,
        scatter=louder * _scatter(path),
        young=count == _SHORTEST and _young(path, u),
    )


def _young(path: _Path, u: Floats) -> bool:
    """Whether what came in along the torque's direction came in since the last but one sample."""
    before, last = np.diff(path.momentum_nms[-3:], axis=0) @ u
    noise = math.sqrt(float(u @ (path.noise[-3] + path.noise[-2]) @ u))
    return bool(before < _YOUNG_SHARE * last + noise)


def _scatter(path: _Path) -> float:
    """How far samples lie from the line, squared, over what noise makes on average."""
    count = len(path.times_s)
    _, _, _, left = _line(path, count)
    expected = float(np.trace(path.noise, axis1=1, axis2=2).mean()) * (count - 2)
    return float((left**2).sum()) / expected


def _times(view: View) -> list[int]:
    """When the rates were looked at, newest last: when one was sent, and where none had news."""
    after_ns = view.tick_ns - (_LONGEST + 1) * RATE_PERIOD_NS
    sent = sorted({t for one in RATE for t, _ in view.samples(ADCS, one, after_ns)})
    newest = [known[0] for one in RATE if (known := view.last(ADCS, one)) is not None]
    if len(newest) < len(RATE):
        return []
    # periods count from the newest sample, however long ago that was
    start_ns = max(newest) + (view.tick_ns - max(newest)) // RATE_PERIOD_NS * RATE_PERIOD_NS
    times: list[int] = []
    at_ns = start_ns
    while len(times) < _LONGEST and at_ns > after_ns:
        near = [t for t in sent if abs(t - at_ns) < RATE_PERIOD_NS // 2]
        times.append(near[-1] if near else at_ns)
        at_ns = times[-1] - RATE_PERIOD_NS
    times.reverse()
    # what was lost in a gap, or is not valid, is no sample
    return [t for t in times if vector(view, RATE, t) is not None and view.speaks(ADCS, t)]


def _path(view: View, stack: Stack, times: list[int], louder: float) -> _Path | None:
    inertia = stack.inertia_kg_m2
    attitudes = [q for t in times if (q := vector(view, ATTITUDE, t)) is not None]
    if len(attitudes) < len(times):
        return None
    orbital = orbital_rate_rad_s(view)
    rates, rate_noise = _rates(view, times)
    body = rates @ inertia.T
    noise = (inertia * rate_noise[:, None, :] ** 2) @ inertia.T
    gravity = np.array([gravity_gradient_nm(q, inertia, orbital) for q in attitudes])
    stored = _momentum(view, times)
    if stored is not None:
        wheels, wheel_noise = stored
        total = body + wheels
        noise = noise + wheel_noise[:, None, :] ** 2 * np.eye(3)
        growing, source = cross(rates, total) - gravity, Source.MOMENTUM_VECTOR
    else:
        command = _command(view, times)
        if command is None:
            return None
        total = body
        growing, source = cross(rates, body) - gravity - command, Source.CLIPPED_COMMAND
    seconds = (np.array(times) - times[-1]) / SECOND_NS
    steps = np.diff(seconds)[:, None] * (growing[1:] + growing[:-1]) / 2
    brought = np.vstack([np.zeros(3), np.cumsum(steps, axis=0)])
    return _Path(seconds, total + brought, louder * noise, body, source)


def _rates(view: View, times: list[int]) -> tuple[Floats, Floats]:
    """Values and 1 sigma of each, rad/s, shape (n, 3)."""
    values, noise = np.empty((len(times), 3)), np.empty((len(times), 3))
    for axis, parameter in enumerate(RATE):
        for row, t in enumerate(times):
            known = view.at(ADCS, parameter, t)
            if known is None:
                raise ValueError("asked for a rate that is not known")
            values[row, axis] = math.radians(known[1])
            noise[row, axis] = _RATE_SENT_RAD_S if known[0] == t else _RATE_HELD_RAD_S
    return values, noise


def _momentum(view: View, times: list[int]) -> tuple[Floats, Floats] | None:
    """Values and 1 sigma of each, N m s, shape (n, 3); None where the vector is not sent."""
    if not view.speaks(SIM, times[0]):
        return None
    values, noise = np.empty((len(times), 3)), np.empty((len(times), 3))
    for axis, parameter in enumerate(MOMENTUM):
        for row, t in enumerate(times):
            known = view.at(SIM, parameter, t)
            if known is None:
                return None
            values[row, axis] = _between(view, parameter, known, t)
            noise[row, axis] = _MOMENTUM_SENT_NMS if known[0] == t else _MOMENTUM_HELD_NMS
    return values, noise


def _between(view: View, parameter: str, known: tuple[int, float], time_ns: int) -> float:
    """At a time between two samples that follow each other closely; else as last sent."""
    time0, value = known
    after = view.samples(SIM, parameter, time_ns)
    if time0 == time_ns or not after or after[0][0] - time0 > RATE_PERIOD_NS:
        return value
    time1, later = after[0]
    return value + (later - value) * (time_ns - time0) / (time1 - time0)


def _command(view: View, times: list[int]) -> Floats | None:
    """The CMGs' torque as commanded, limited to what they can give; shape (n, 3)."""
    most_nm = cmg_torque_nm(view)
    rows = []
    for t in times:
        asked = vector(view, COMMAND, t)
        if asked is None:
            return None
        rows.append(asked * min(1.0, most_nm / max(float(np.linalg.norm(asked)), 1e-9)))
    return np.array(rows)


def _command_doubt_nm(view: View) -> float:
    """Full CMGs give less than is asked, nobody knows how much less."""
    percent = view.last(ADCS, MOMENTUM_PERCENT)
    full = percent is None or percent[1] >= _SATURATED_PERCENT
    return cmg_torque_nm(view) if full else 0.0


_Fit = tuple[Floats, Floats, float, int]


def _fit(path: _Path, count: int) -> _Fit:
    """Slope of the last `count` samples, its covariance, its bend, and `count`."""
    slope, weights, noise, left = _line(path, count)
    noise = noise + _UNMODELLED_NM**2 * np.eye(3)
    variance = float((left**2).sum()) / (count - 2) * float(weights @ weights)
    # noise bends it too: only what is more than that is bend
    bend = math.sqrt(max(0.0, variance - float(np.trace(noise))))
    return slope, noise, bend, count


def _line(path: _Path, count: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Slope, its weights, its covariance by noise, and what is left over."""
    times, momentum = path.times_s[-count:], path.momentum_nms[-count:]
    centred = times - times.mean()
    weights = centred / float(centred @ centred)
    slope = weights @ momentum
    noise = np.tensordot(weights**2, path.noise[-count:], 1)
    left = momentum - momentum.mean(axis=0) - np.outer(centred, slope)
    return slope, weights, noise, left


def _agree(a: _Fit, b: _Fit) -> bool:
    """Within three sigma of noise in every component."""
    apart = np.abs(a[0] - b[0])
    return bool(np.all(apart <= 3 * np.sqrt(np.diag(a[1]) + np.diag(b[1]))))
