"""Activities: what is planned, so that the plan can be compared with what happens. Pure.

A thruster firing is nothing wrong by itself; one outside its window, longer than its pulse or
beyond its budget is. So an activity says when, who may fire, how long at once, how much in all,
and which states (free drift, a manoeuvre) are intended and no alarm while it lasts.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telemetry.clock import LAST_NS, utc
from telemetry.errors import UsageError

#: Of an activity's texts, in characters, and of its lists.
MAX_ID: Final = 64
MAX_TITLE: Final = 300
MAX_NAMED: Final = 64

_TOPIC_LEVEL: Final = re.compile(r"[A-Za-z0-9_.-]+")


#: Of seconds or kilogrammes: beyond any budget there can be.
MOST: Final = 1e6


class ActivityKind(StrEnum):
    THRUSTER_TEST = "thruster-test"
    MANOEUVRE = "manoeuvre"
    REBOOST = "reboost"
    HANDOVER = "handover"
    DOCKING = "docking"
    UNDOCKING = "undocking"
    LOSS_OF_SIGNAL = "loss-of-signal"


class PlannedState(StrEnum):
    """What would be worth an alarm if nobody had planned it."""

    FREE_DRIFT = "free-drift"
    MANOEUVRE = "manoeuvre"
    RS_CONTROL = "rs-control"
    ARRAYS_FEATHERED = "arrays-feathered"
    DESATURATION_INHIBITED = "desaturation-inhibited"


class LinkName(StrEnum):
    KU = "ku"
    S_BAND = "s-band"
    RUSSIAN = "russian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One planned thing. Its window is [start_ns, end_ns), generation time.

    may_fire: vehicles, or single thrusters as `<vehicle>/<thruster>`; nobody else may.
    longest_pulse_s, on_time_s: of each thruster, at once and in all; None where nothing is said.
    propellant_kg: of all that may fire, together. links: those it expects to have.

    :raises UsageError: for an activity that contradicts itself.
    """

    id: str
    title: str
    kind: ActivityKind
    spacecraft: str
    start_ns: int
    end_ns: int
    may_fire: tuple[str, ...] = ()
    longest_pulse_s: float | None = None
    on_time_s: float | None = None
    propellant_kg: float | None = None
    planned_states: tuple[PlannedState, ...] = ()
    links: tuple[LinkName, ...] = ()

    def __post_init__(self) -> None:
        for name in ("id", "title", "spacecraft"):
            self._must(bool(getattr(self, name).strip()), f"{name} is empty")
        self._must_be_bounded()
        self._must(0 <= self.start_ns <= LAST_NS, "start is no time that can be")
        self._must(
            self.start_ns < self.end_ns <= LAST_NS,
            f"end {utc(self.end_ns)} must be after start {utc(self.start_ns)}"
            if 0 <= self.end_ns <= LAST_NS
            else "end is no time that can be",
        )
        budgets = {
            "longest_pulse_s": self.longest_pulse_s,
            "on_time_s": self.on_time_s,
            "propellant_kg": self.propellant_kg,
        }
        for name, budget in budgets.items():
            if budget is not None:
                self._must(bool(self.may_fire), f"{name} is a budget, but may_fire names nobody")
                told = f"{name} must be above 0 and below {MOST:g}, not {budget:g}"
                self._must(0 < budget < MOST, told)
        pulse_s, on_time_s = self.longest_pulse_s, self.on_time_s
        if pulse_s is not None and on_time_s is not None:
            self._must(
                pulse_s <= on_time_s,
                f"longest_pulse_s {pulse_s:g} is beyond the whole on_time_s {on_time_s:g}",
            )

    @property
    def hazardous(self) -> bool:
        """Whether it may fire thrusters, or gives up what would hold attitude if something does."""
        given_up = {PlannedState.FREE_DRIFT, PlannedState.DESATURATION_INHIBITED}
        return bool(self.may_fire) or not given_up.isdisjoint(self.planned_states)

    def in_window(self, time_ns: int) -> bool:
        return self.start_ns <= time_ns < self.end_ns

    def allows_firing(self, vehicle: str, thruster: str, time_ns: int) -> bool:
        """Whether the thruster may fire at a time, as far as the window says."""
        named = vehicle in self.may_fire or f"{vehicle}/{thruster}" in self.may_fire
        return named and self.in_window(time_ns)

    def plans(self, state: PlannedState, time_ns: int) -> bool:
        return state in self.planned_states and self.in_window(time_ns)

    def _must_be_bounded(self) -> None:
        """It is published under its id, and kept."""
        self._must(
            len(self.id) <= MAX_ID and _TOPIC_LEVEL.fullmatch(self.id) is not None,
            f"id must be of letters, digits and _.- only, at most {MAX_ID}",
        )
        self._must(len(self.title) <= MAX_TITLE, f"title is longer than {MAX_TITLE} characters")
        for name in ("may_fire", "planned_states", "links"):
            count = len(getattr(self, name))
            self._must(count <= MAX_NAMED, f"{name} names {count}, at most {MAX_NAMED}")
        long = [one for one in self.may_fire if len(one) > MAX_ID]
        self._must(not long, f"may_fire has a name longer than {MAX_ID} characters")

    def _must(self, right: bool, message: str) -> None:
        if not right:
            raise UsageError(f"activity {self.id[: MAX_ID + 1]!r}: {message}")
