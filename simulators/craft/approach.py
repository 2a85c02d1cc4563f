"""A vehicle on its way to a port, as Kurs sees it.

Range falls along a cosine from where it begins to contact, so that speed is gathered and taken off
gently and contact is made at a fixed, small speed [A: 0.1 m/s, 6-15 cm/s are usual]. After contact
Kurs holds its last values, as the feed does.
"""

import math
from dataclasses import dataclass
from typing import Final

CONTACT_SPEED_M_S: Final = 0.1
#: The final, straight part [A].
_FINAL_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class Approaching:
    """elapsed_s: since it began; `for_s` later there is contact. docked: hooks are closed.

    left: it has undocked since; Kurs still holds what it measured on the way here.
    """

    vehicle: str
    port: str
    from_range_m: float
    for_s: float
    elapsed_s: float = 0.0
    docked: bool = False
    left: bool = False

    @property
    def contact(self) -> bool:
        return self.elapsed_s >= self.for_s and not self.left

    @property
    def hooked(self) -> bool:
        return self.docked and not self.left

    @property
    def range_m(self) -> float:
        return self._at(self.elapsed_s)[0]

    @property
    def rate_m_s(self) -> float:
        """Negative while it comes nearer."""
        return self._at(self.elapsed_s)[1]

    def _at(self, elapsed_s: float) -> tuple[float, float]:
        final_s = min(_FINAL_S, self.for_s / 2)
        # slower where the whole way is: it must not back away first
        speed_m_s = min(CONTACT_SPEED_M_S, self.from_range_m / self.for_s)
        final_m = speed_m_s * final_s
        left_s = max(self.for_s - elapsed_s, 0.0)
        if left_s <= final_s:
            return speed_m_s * left_s, -speed_m_s
        before_s = self.for_s - final_s
        far_m = self.from_range_m - final_m
        angle = math.pi * min(elapsed_s, before_s) / before_s
        # ends at the final speed, not at rest: a straight line is blended in
        straight_m = speed_m_s * (before_s - elapsed_s)
        swing_m = far_m - speed_m_s * before_s
        range_m = final_m + straight_m + swing_m * (1 + math.cos(angle)) / 2
        return range_m, -speed_m_s - swing_m * math.pi / before_s * math.sin(angle) / 2
