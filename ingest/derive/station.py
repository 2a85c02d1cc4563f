"""What the station's telemetry says together: attitude, torque, who may push, how long is left.

One frame of iss/derived for each whole second that adcs speaks, with the time of that second, once
every input has come that far (`ingest.derive.aligned`). What cannot be computed since something is
not known, or not any more after lost frames, is absent; what cannot be since an input is invalid,
or absurd, is invalid. What comes late, behind newer frames, is not taken: seconds out of contact
have no derived frame.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from ingest.derive import attitude as att
from ingest.derive import horizon
from ingest.derive import torque as trq
from ingest.derive.aligned import Aligned, View, Wanted
from ingest.derive.stack import Stack, on_time_of, stack_at
from ingest.derive.suspects import Suspects, russian_nm, suspects
from ingest.derive.torque import Source, Torque
from telemetry.frame import QUALITY_UNSPECIFIED, Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.plan import Plan

CRAFT: Final = "iss"
DERIVED: Final = "derived"
#: The CMGs are at their limit when they are asked for so much of it.
_NEAR_LIMIT: Final = 0.9
#: A torque the CMGs hold easily fills nothing; the limit of DER_TORQUE_UNEXPLAINED is the same [A].
_LARGE_NM: Final = 600.0
#: Scatter of two minutes; of less than a quarter of that nothing is concluded.
_REMEMBERED, _FEW = 64, 16
#: Noise is not taken for more (variance), or one jet would go unseen in it.
_LOUDEST: Final = 25.0
#: Steps of a rate that are remembered, and how many tell how loud it is.
_STEPS, _FEW_STEPS = 32, 4
#: Rates of the assumed noise are sent when they moved by 3e-4 deg/s; half of the steps are no
#: larger than this [A].
_STEP_DEG_S: Final = 3.5e-4
#: Zvezda's thrusters may give this much more than their on-time accounts for [A].
_RUSSIAN_SHARE: Final = 1.25

_TORQUES: Final = (
    *(f"DER_TORQUE_{axis}" for axis in "XYZ"),
    "DER_TORQUE",
    "DER_TORQUE_SIGMA",
    "DER_TORQUE_UNEXPLAINED",
)
_ADCS: Final = (
    *att.ATTITUDE,
    *att.COMMANDED,
    *att.RATE,
    *att.POSITION_KM,
    *att.VELOCITY_M_S,
    *trq.COMMAND,
    *horizon.FROM_ADCS,
    trq.MOMENTUM_PERCENT,
    trq.CMGS,
)


#: A value that is None is invalid.
_Derived = Iterator[tuple[str, Value | None]]


class _State(msgspec.Struct, kw_only=True):
    """sequence: of the next frame. scatter: of the newest torques, oldest first; seen_ns: of the
    last sample in them. steps: by how much each rate had moved when it was sent, deg/s; stepped_ns:
    when that was.
    """

    aligned: Aligned
    sequence: int = 0
    scatter: list[float] = []
    seen_ns: int = 0
    steps: dict[str, list[float]] = {}
    stepped_ns: dict[str, int] = {}

    @property
    def louder(self) -> float:
        """How much louder than assumed the rates are, in variance; the most until that is known."""
        told = [one for one in self.steps.values() if len(one) >= _FEW_STEPS]
        if not told:
            return _LOUDEST
        return min(max(1.0, self._scattered(), *map(_stepped, told)), _LOUDEST)

    def _scattered(self) -> float:
        """The tenth highest in a hundred: most are of rates that were not sent again, and what a
        torque does when it comes is fewer.
        """
        few = len(self.scatter) < _FEW
        return 1.0 if few else sorted(self.scatter)[len(self.scatter) * 9 // 10]

    def learn(self, torque: Torque) -> None:
        if torque.last_ns > self.seen_ns:
            self.seen_ns = torque.last_ns
            self.scatter = [*self.scatter, round(torque.scatter, 6)][-_REMEMBERED:]

    def learn_steps(self, view: View) -> None:
        """What is sent on change is sent the more seldom the louder it is: its steps tell."""
        for rate in att.RATE:
            sent = view.samples(att.ADCS, rate, 0)
            if len(sent) < 2 or sent[-1][0] <= self.stepped_ns.get(rate, 0):
                continue
            self.stepped_ns[rate] = sent[-1][0]
            step = round(abs(sent[-1][1] - sent[-2][1]), 6)
            self.steps[rate] = [*self.steps.get(rate, []), step][-_STEPS:]


def _stepped(steps: Sequence[float]) -> float:
    """How much louder a rate is, by the middle one of its steps."""
    return (sorted(steps)[len(steps) // 2] / _STEP_DEG_S) ** 2


class StationDerivation:
    """A derivation (`ingest.derive.base`): iss/adcs, iss/sim, soyuz/propulsion in."""

    def __init__(self, database: MissionDatabase) -> None:
        station = database.spacecraft.get(CRAFT)
        known = station.subsystems if station else {}
        self._wanted: Wanted = _wanted() if {"adcs", DERIVED} <= known.keys() else {}
        self._state = self._new()

    def take(self, frame: Frame, plans: Sequence[Plan]) -> Sequence[Frame]:
        return [
            self._frame(view, frame.received_ns, plans)
            for view in self._state.aligned.take(frame, self._wanted)
        ]

    def start_run(self, spacecraft: str) -> None:
        self._state.aligned.forget(spacecraft)
        if spacecraft == CRAFT:
            self._state = _State(aligned=self._state.aligned)

    def snapshot(self) -> Any:
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        self._state = msgspec.convert(state, _State)

    def _new(self) -> _State:
        return _State(aligned=Aligned(primary=att.ADCS))

    def _frame(self, view: View, received_ns: int, plans: Sequence[Plan]) -> Frame:
        sequence = self._state.sequence
        self._state.sequence += 1
        derived = dict(self._derived(view, plans))
        return Frame(
            spacecraft=CRAFT,
            subsystem=DERIVED,
            time_ns=view.tick_ns,
            received_ns=received_ns,
            sequence=sequence,
            values={key: value for key, value in derived.items() if value is not None},
            invalid={key: QUALITY_UNSPECIFIED for key, value in derived.items() if value is None},
        )

    def _derived(self, view: View, plans: Sequence[Plan]) -> _Derived:
        stack = stack_at(view.tick_ns)
        torque = trq.estimate(view, stack, self._state.louder)
        if torque is not None:
            self._state.learn(torque)
            if not torque.significant:  # a torque's steps are its own, not noise
                self._state.learn_steps(view)
        absurd = torque is not None and torque.magnitude_nm > trq.MOST_NM
        if torque is None or absurd:
            broken = absurd or view.invalid(att.ADCS, (*att.RATE, *att.ATTITUDE))
            torque, unexplained_nm = None, 0.0
            yield "DER_TORQUE_SOURCE", int(Source.NONE)
            yield from ((one, None) for one in _TORQUES if broken)
        else:
            unexplained_nm = _unexplained_nm(view, stack, torque)
            yield from _torque(view, stack, torque, unexplained_nm)
        disturbed = unexplained_nm > _LARGE_NM or _at_limit(view)
        yield from _attitude(view, stack, torque, disturbed)
        left_s = horizon.to_saturation_s(view, disturbed)
        if left_s is not None:
            yield "DER_NET_SATURATION", round(left_s, 2)
        cut_off_s = horizon.to_cut_off_s(view, plans)
        if cut_off_s is not None:
            yield "DER_NET_PROPELLANT", round(cut_off_s, 2)


def _wanted() -> Wanted:
    wanted: dict[tuple[str, str], set[str]] = {}

    def add(name: str, *parameters: str) -> None:
        craft, _, subsystem = name.partition("/")
        wanted.setdefault((craft, subsystem), set()).update(parameters)

    add(att.ADCS, *_ADCS)
    add(trq.SIM, *trq.MOMENTUM)
    add(*on_time_of("zvezda"))
    add(horizon.PROPULSION, horizon.USED)
    for jet in stack_at(0).jets:
        add(*on_time_of("soyuz", jet))
    return {key: frozenset(parameters) for key, parameters in wanted.items()}


def _attitude(view: View, stack: Stack, torque: Torque | None, disturbed: bool) -> _Derived:
    attitude, commanded = att.attitude(view), att.commanded(view)
    rate = att.vector(view, att.RATE)
    if attitude is None or commanded is None or rate is None:
        if view.invalid(att.ADCS, (*att.ATTITUDE, *att.COMMANDED, *att.RATE)):
            yield from (
                ("DER_ATT_ERROR", None),
                ("DER_LVLH_RATE", None),
                ("DER_NET_ATTITUDE", None),
            )
        return
    orbital = att.orbital_rate_rad_s(view)
    turning = np.degrees(att.lvlh_rate_rad_s(attitude, np.radians(rate), orbital))
    error_deg, rate_deg_s = att.error_deg(attitude, commanded), float(np.linalg.norm(turning))
    left_s = horizon.to_attitude_s(view, error_deg, rate_deg_s, torque, stack, disturbed)
    yield "DER_ATT_ERROR", round(error_deg, 4)
    yield "DER_LVLH_RATE", round(rate_deg_s, 5)
    yield "DER_NET_ATTITUDE", round(left_s, 2)


def _torque(view: View, stack: Stack, torque: Torque, unexplained_nm: float) -> _Derived:
    for axis, value in zip("XYZ", torque.torque_nm, strict=True):
        yield f"DER_TORQUE_{axis}", round(float(value), 1)
    yield "DER_TORQUE", round(torque.magnitude_nm, 1)
    yield "DER_TORQUE_SIGMA", round(torque.sigma_nm, 1)
    yield "DER_TORQUE_SOURCE", int(torque.source)
    yield "DER_TORQUE_UNEXPLAINED", round(unexplained_nm, 1)
    found = suspects(view, stack, torque) if torque.significant else Suspects()
    yield "DER_TORQUE_CONSISTENT", found.consistent
    yield "DER_TORQUE_EXCLUDED", found.excluded
    yield "DER_TORQUE_JETS", found.jets


def _unexplained_nm(view: View, stack: Stack, torque: Torque) -> float:
    """What the Russian segment's attitude control does not account for, where significant."""
    if not torque.significant:
        return 0.0
    left_nm = torque.magnitude_nm - _RUSSIAN_SHARE * russian_nm(view, stack, torque)
    if left_nm < torque.magnitude_nm:
        return left_nm if left_nm > trq.SIGNIFICANT * torque.noise_nm else 0.0
    return torque.magnitude_nm


def _at_limit(view: View) -> bool:
    asked = att.vector(view, trq.COMMAND)
    most_nm = trq.cmg_torque_nm(view)
    return asked is not None and float(np.linalg.norm(asked)) >= _NEAR_LIMIT * most_nm > 0
