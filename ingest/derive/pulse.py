"""One thruster's pulse, told from its on-time alone: how long it is at least. Pure.

Commands and valves are sampled and pulses are short, so neither delimits them. On-time does: what
of an interval is not on-time was off, and a break between two pulses takes `BREAK_S` at least.
Where no break fits, it was one pulse; where n fit, there were at most n + 1, and the longest was at
least their mean. So lost frames can make a pulse look shorter and never longer.
"""

from typing import Final

import msgspec

from ingest.derive.counter import Rise
from telemetry.clock import SECOND_NS

#: The shortest break between two pulses: a tick of the telemetry, less the rounding of on-time [A].
BREAK_S: Final = 0.08
#: What on-time may be rounded by.
_ROUNDING_S: Final = 0.02


class Pulse(msgspec.Struct, kw_only=True):
    """live: it may still be on, as before anything is known. begun_ns: when it began at the
    earliest, generation time; 0 while that is not known.

    length_s: at least, so far. slack_s: the time off, at most, since its last moment on.
    permitted_s: the longest it may be; None while no activity has said so.
    """

    live: bool = True
    begun_ns: int = 0
    length_s: float = 0.0
    slack_s: float = 0.0
    permitted_s: float | None = None

    def take(self, rise: Rise) -> float:
        """The next interval. Returns how long the longest pulse in it was, at least, in seconds.

        A pulse that goes on from the interval before counts in full.
        """
        off_s = max(rise.seconds - rise.amount, 0.0)
        if rise.amount <= 0:
            self.slack_s += rise.seconds
            if self.slack_s >= BREAK_S:
                self.end()
            return 0.0
        went_on = self.live and self.slack_s + off_s < BREAK_S
        if not went_on:
            self.permitted_s = None
        if rise.reset:
            # what it was on for before is not known: as far as can be told it never went off
            self.begun_ns = self.begun_ns if self.live else rise.from_ns
        elif not self.live or off_s > _ROUNDING_S:
            # on until now, it has been on for no longer than all the on-time there was
            self.begun_ns = rise.to_ns - round((rise.amount + _ROUNDING_S) * SECOND_NS)
        self.live = True
        breaks = int(off_s / BREAK_S)
        if breaks:
            self.length_s = self.slack_s = 0.0
            return rise.amount / (breaks + 1)
        self.length_s = rise.amount + (self.length_s if went_on else 0.0)
        self.slack_s = off_s
        return self.length_s

    def end(self) -> None:
        """It went off."""
        self.live, self.length_s, self.slack_s, self.permitted_s = False, 0.0, 0.0, None

    def forget(self) -> None:
        """Whether it is on, and since when, is not known: it may have begun at any time."""
        self.end()
        self.live, self.begun_ns = True, 0
