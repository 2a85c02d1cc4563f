"""A counter that only rises, read from frames that may be lost: how much, and between which times.

Telemetry comes on change, so a counter absent from a frame has not changed since the frame before,
unless a frame between was lost: then it is unknown until it is sent again, and a rise found then
may have happened at any time since it was last known.

A value no counter could have reached in the time is not believed until a second one agrees with it,
and the leap to it counts for nothing: bad samples are no firing.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from telemetry.clock import SECOND_NS

#: How much faster than it can a counter may seem to rise: rounding, and stamps of two clocks [A].
_SLACK_S: Final = 0.05
_SLACK_SHARE: Final = 0.02
#: A fall by less is float dust, not a reset.
_DUST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Rise:
    """The counter rose by `amount` (its unit) at some time in [from_ns, to_ns], generation time.

    reset: it was set back in that time, and rose by that much at least.
    """

    from_ns: int
    to_ns: int
    amount: float
    reset: bool = False

    @property
    def seconds(self) -> float:
        return (self.to_ns - self.from_ns) / SECOND_NS


class Counter(msgspec.Struct, kw_only=True):
    """fastest: the most it can rise in a second.

    value: the last believed; None before the first. known_ns: until when it is known to have
    stood, while not `settled`; while settled, until the newest frame. odd, odd_ns: a value not
    believed yet, and when it came.
    """

    fastest: float = 1.0
    value: float | None = None
    known_ns: int = 0
    settled: bool = False
    odd: float | None = None
    odd_ns: int = 0

    def unsettle(self, last_ns: int) -> None:
        """Frames after `last_ns` were lost, or it could not be measured."""
        if self.settled:
            self.known_ns, self.settled = last_ns, False

    def read(self, value: float, now_ns: int, last_ns: int) -> Rise | None:
        """A value sent at `now_ns`; the frame before came at `last_ns`. None: nothing to go by."""
        if self.value is None:
            self._believe(value, now_ns)
            return None
        self.unsettle(last_ns)
        rises = [self._rise(self.value, self.known_ns, value, now_ns)]
        if self.odd is not None and value >= self.odd:
            rises.append(self._rise(self.odd, self.odd_ns, value, now_ns))
        possible = [rise for rise in rises if rise is not None]
        if not possible:
            self.odd, self.odd_ns = value, now_ns
            return None
        self._believe(value, now_ns)
        return min(possible, key=lambda rise: rise.amount)

    def retime(self, now_ns: int) -> None:
        """The clock was put right: times before mean nothing, the value still does."""
        self.known_ns = self.odd_ns = now_ns

    def _rise(self, before: float, from_ns: int, value: float, now_ns: int) -> Rise | None:
        """None if it is more than there can have been. A fall is a reset, at an unknown moment."""
        amount = value - before
        reset = amount < -_DUST
        if reset:
            amount = value
        elapsed_s = (now_ns - from_ns) / SECOND_NS
        most = self.fastest * (elapsed_s * (1 + _SLACK_SHARE) + _SLACK_S)
        if not -_DUST <= amount <= most:
            return None
        return Rise(from_ns, now_ns, max(amount, 0.0), reset)

    def _believe(self, value: float, now_ns: int) -> None:
        self.value, self.known_ns = value, now_ns
        self.settled, self.odd = True, None
