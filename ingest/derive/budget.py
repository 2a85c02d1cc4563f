"""How much of an activity's budget is used: on-time of each thruster, propellant of all. Pure.

Counted by rises, from the window's start or from approval, whichever is later: counters are reset
when they like. What rises outside the window is no use of the budget; the rule on windows has it.
After a gap that reaches over an edge of the window, all of a rise is taken for the activity's own
as far as the window has room for it.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ingest.derive.counter import Rise
from ingest.derive.permits import end_ns, names, names_any, overlap_s
from telemetry.clock import SECOND_NS
from telemetry.plan import Plan, PlanState

#: An overrun must not vanish with the window: so long the last value stands [A].
KEPT_NS: Final = 600 * SECOND_NS
#: All 28 thrusters at once, kg/s: 28 times 0.0465, rounded up.
FASTEST_KG_S: Final = 1.4
#: Activities counted at once; of more, the earliest go.
MOST: Final = 32


class Ledger(msgspec.Struct, kw_only=True):
    """One activity: on_time_s and propellant_kg are its budgets, None without one.

    on_time: seconds by thruster. used_kg: propellant.
    """

    start_ns: int
    end_ns: int
    on_time_s: float | None
    propellant_kg: float | None
    on_time: dict[str, float] = {}
    used_kg: float = 0.0


class Budgets(msgspec.Struct, kw_only=True):
    """given: which of the two percentages were in the last frame."""

    ledgers: dict[str, Ledger] = {}
    given: tuple[bool, bool] = (False, False)

    def open(self, plans: Sequence[Plan], now_ns: int) -> None:
        """Take up what the plan has come to, and put away what is long over."""
        for plan in plans:
            activity = plan.activity
            if plan.state is PlanState.PROPOSED or not names_any(activity):
                continue
            ledger = self.ledgers.get(activity.id)
            if ledger is None or ledger.start_ns != activity.start_ns:
                # over already: contact may have come back after its end
                if not activity.start_ns <= now_ns < end_ns(plan) + KEPT_NS:
                    continue
                self._make_room()
                ledger = self.ledgers[activity.id] = Ledger(
                    start_ns=activity.start_ns, end_ns=0, on_time_s=None, propellant_kg=None
                )
            ledger.end_ns = end_ns(plan)
            ledger.on_time_s, ledger.propellant_kg = activity.on_time_s, activity.propellant_kg
        over = [id_ for id_, one in self.ledgers.items() if now_ns >= one.end_ns + KEPT_NS]
        for id_ in over:
            del self.ledgers[id_]

    def fire(self, plans: Sequence[Plan], jet: str, rise: Rise) -> None:
        """On-time of a thruster, in seconds."""
        for plan in plans:
            ledger = self.ledgers.get(plan.activity.id)
            if ledger is not None and names(plan.activity, jet):
                tail_s = plan.activity.longest_pulse_s or 0.0
                used_s = min(rise.amount, overlap_s(plan, rise, tail_s))
                ledger.on_time[jet] = ledger.on_time.get(jet, 0.0) + used_s

    def burn(self, plans: Sequence[Plan], rise: Rise) -> None:
        """Propellant of the ship, in kg."""
        for plan in plans:
            ledger = self.ledgers.get(plan.activity.id)
            if ledger is not None:
                ledger.used_kg += min(rise.amount, FASTEST_KG_S * overlap_s(plan, rise))

    def percent(self, now_ns: int) -> tuple[float | None, float | None]:
        """Of on-time and of propellant; None when there is nothing to say.

        Of activities in force the fullest, else of those that are over; once 0 at the end, so that
        no limit stays broken by a value that does not come any more.
        """
        kept = list(self.ledgers.values())
        in_force = [one for one in kept if one.start_ns <= now_ns < one.end_ns]
        on_time = _fullest(in_force, kept, _on_time_percent)
        propellant = _fullest(in_force, kept, _propellant_percent)
        given, self.given = self.given, (on_time is not None, propellant is not None)
        if on_time is None and given[0]:
            on_time = 0.0
        if propellant is None and given[1]:
            propellant = 0.0
        return on_time, propellant

    def _make_room(self) -> None:
        while len(self.ledgers) >= MOST:
            del self.ledgers[min(self.ledgers, key=lambda id_: self.ledgers[id_].end_ns)]


def _on_time_percent(ledger: Ledger) -> float | None:
    if ledger.on_time_s is None:
        return None
    return 100 * max(ledger.on_time.values(), default=0.0) / ledger.on_time_s


def _propellant_percent(ledger: Ledger) -> float | None:
    return None if ledger.propellant_kg is None else 100 * ledger.used_kg / ledger.propellant_kg


def _fullest(
    first: Sequence[Ledger], rest: Sequence[Ledger], percent: Callable[[Ledger], float | None]
) -> float | None:
    """The highest percentage of the first group, of the second if that has no such budget."""
    for group in (first, rest):
        found = [one for ledger in group if (one := percent(ledger)) is not None]
        if found:
            return max(found)
    return None
