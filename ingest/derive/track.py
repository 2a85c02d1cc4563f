"""The thrusters of one run of frames, in order of generation time: what is known, what was found.

Pure state: `Track` goes into the snapshot as it is, and is copied where contact is lost.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ingest.derive.budget import FASTEST_KG_S, Budgets
from ingest.derive.counter import Counter, Rise
from ingest.derive.permits import longest_pulse_s, permitted_s
from ingest.derive.pressure import Chamber
from ingest.derive.pulse import Pulse
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.plan import Plan

#: What was found stands until there was nothing of its kind for so long [A].
RUN_NS: Final = 60 * SECOND_NS
#: Less is the rounding of on-time; the limits of the mission database have the same margin.
DUST_S: Final = 0.02


class Run(msgspec.Struct, kw_only=True):
    """The worst of one kind, by thruster (s), since the last `RUN_NS` without any."""

    worst: dict[str, float] = {}
    last_ns: int = 0

    def add(self, jet: str, seconds: float, now_ns: int) -> None:
        """More of it."""
        self.found(jet, self.worst.get(jet, 0.0) + seconds, now_ns)

    def found(self, jet: str, seconds: float, now_ns: int) -> None:
        """As much of it, if it is more than before."""
        self.worst[jet] = max(self.worst.get(jet, 0.0), seconds)
        self.last_ns = now_ns

    def end(self, now_ns: int) -> None:
        if self.worst and now_ns - self.last_ns >= RUN_NS:
            self.worst.clear()

    @property
    def value(self) -> float:
        return round(max(self.worst.values(), default=0.0), 3)

    @property
    def jets(self) -> set[str]:
        return {jet for jet, seconds in self.worst.items() if seconds > DUST_S}


class Jet(msgspec.Struct, kw_only=True):
    on_time: Counter = msgspec.field(default_factory=Counter)
    pulse: Pulse = msgspec.field(default_factory=Pulse)
    chamber: Chamber = msgspec.field(default_factory=Chamber)


class Track(msgspec.Struct, kw_only=True):
    """time_ns, sequence: of its newest frame; sequence None before the first."""

    jets: dict[str, Jet]
    time_ns: int = 0
    sequence: int | None = None
    propellant: Counter = msgspec.field(default_factory=lambda: Counter(fastest=FASTEST_KG_S))
    budgets: Budgets = msgspec.field(default_factory=Budgets)
    unplanned: Run = msgspec.field(default_factory=Run)
    overlong: Run = msgspec.field(default_factory=Run)
    idle: Run = msgspec.field(default_factory=Run)
    astray: Run = msgspec.field(default_factory=Run)

    def take(
        self,
        frame: Frame,
        channels: Mapping[str, tuple[str, str]],
        used: str,
        plans: Sequence[Plan],
    ) -> dict[str, Value]:
        """The derived values at a frame that is not older than the newest.

        channels: thruster and quantity (CMD, PC, ONTIME) by parameter. used: the parameter that
        counts propellant.
        """
        now_ns = frame.time_ns
        last_ns = now_ns if self.sequence is None else self.time_ns
        if self.sequence is not None and frame.sequence != self.sequence + 1:
            self._miss(last_ns)
        self.budgets.open(plans, now_ns)
        self._read_propellant(frame, used, last_ns, plans)
        counted = self._read(frame, channels, last_ns, plans)
        for name, jet in self.jets.items():
            if jet.pulse.live and name not in counted and jet.on_time.settled:
                jet.pulse.take(Rise(last_ns, now_ns, 0.0))  # absent: it has not changed
            if jet.chamber.in_question:
                self._disagreement(name, jet, now_ns)
        self.time_ns, self.sequence = now_ns, frame.sequence
        for run in (self.unplanned, self.overlong, self.idle, self.astray):
            run.end(now_ns)
        return self._values(now_ns)

    def step_back(self, now_ns: int) -> None:
        """The clock was wrong and was put right: what was measured stands, when does not."""
        self.time_ns = now_ns
        self.propellant.retime(now_ns)
        for run in (self.unplanned, self.overlong, self.idle, self.astray):
            run.last_ns = now_ns
        for jet in self.jets.values():
            jet.on_time.retime(now_ns)
            jet.pulse.forget()
            jet.chamber.idle_ns = jet.chamber.astray_ns = None

    def _miss(self, last_ns: int) -> None:
        """Frames were lost: what is absent from the next ones may have changed in them."""
        self.propellant.unsettle(last_ns)
        for jet in self.jets.values():
            jet.on_time.unsettle(last_ns)
            jet.chamber.forget()

    def _read(
        self,
        frame: Frame,
        channels: Mapping[str, tuple[str, str]],
        last_ns: int,
        plans: Sequence[Plan],
    ) -> set[str]:
        """Take in the frame's samples; the thrusters whose on-time was among them."""
        counted = set()
        for parameter, value in frame.values.items():
            name, quantity = channels.get(parameter, ("", ""))
            if not name or isinstance(value, str):
                continue
            jet = self.jets[name]
            if quantity == "CMD":
                jet.chamber.commanded = bool(value)
            elif quantity == "PC":
                jet.chamber.pressure_mpa = float(value)
            else:
                counted.add(name)
                self._count(
                    name, jet, jet.on_time.read(float(value), frame.time_ns, last_ns), plans
                )
        for parameter in frame.invalid:
            name, quantity = channels.get(parameter, ("", ""))
            if not name:
                continue
            jet = self.jets[name]
            if quantity == "CMD":
                jet.chamber.commanded = None
            elif quantity == "PC":
                jet.chamber.pressure_mpa = None
            else:
                jet.on_time.unsettle(last_ns)
        return counted

    def _count(self, name: str, jet: Jet, rise: Rise | None, plans: Sequence[Plan]) -> None:
        """A thruster's on-time was sent."""
        if rise is None:
            jet.pulse.forget()
            return
        if rise.amount <= 0:
            jet.pulse.take(rise)
            return
        pulse, now_ns = jet.pulse, rise.to_ns
        begun_ns = pulse.begun_ns if pulse.live else rise.from_ns
        may_s = permitted_s(plans, name, rise, begun_ns)
        # an interval permitted throughout has no room for a breach, however on-time is rounded
        if may_s < rise.seconds and rise.amount > may_s:
            self.unplanned.add(name, rise.amount - may_s, now_ns)
        longest_s = pulse.take(rise)
        allowed_s = longest_pulse_s(plans, name, rise)
        if allowed_s is not None or pulse.permitted_s is not None:
            over_s = longest_s - max(allowed_s or 0.0, pulse.permitted_s or 0.0)
            if over_s > DUST_S:
                self.overlong.found(name, over_s, now_ns)
        # what a gap in telemetry reached into need not be what the pulse began in
        own = Rise(max(rise.from_ns, pulse.begun_ns), now_ns, rise.amount)
        going_on_s = longest_pulse_s(plans, name, own)
        if going_on_s is not None:
            pulse.permitted_s = going_on_s
        self.budgets.fire(plans, name, rise)

    def _read_propellant(
        self, frame: Frame, used: str, last_ns: int, plans: Sequence[Plan]
    ) -> None:
        value = frame.values.get(used)
        if isinstance(value, float):
            rise = self.propellant.read(value, frame.time_ns, last_ns)
            if rise is not None:
                self.budgets.burn(plans, rise)
        elif used in frame.invalid:
            self.propellant.unsettle(last_ns)

    def _disagreement(self, name: str, jet: Jet, now_ns: int) -> None:
        idle_s, astray_s = jet.chamber.judge(now_ns)
        if idle_s > 0:
            self.idle.found(name, idle_s, now_ns)
        if astray_s > 0:
            self.astray.found(name, astray_s, now_ns)

    def _values(self, now_ns: int) -> dict[str, Value]:
        values: dict[str, Value] = {
            "DER_FIRING_UNPLANNED": self.unplanned.value,
            "DER_FIRING_OVERLONG": self.overlong.value,
            "DER_FIRING_JETS": _listed(self.unplanned.jets | self.overlong.jets),
            "DER_CMD_NO_PRESSURE": self.idle.value,
            "DER_PRESSURE_NO_CMD": self.astray.value,
            "DER_MISMATCH_JETS": _listed(self.idle.jets | self.astray.jets),
        }
        on_time, propellant = self.budgets.percent(now_ns)
        if on_time is not None:
            values["DER_BUDGET_ON_TIME"] = round(on_time, 2)
        if propellant is not None:
            values["DER_BUDGET_PROPELLANT"] = round(propellant, 2)
        return values


def _listed(jets: set[str]) -> str:
    return ", ".join(sorted(jets))
