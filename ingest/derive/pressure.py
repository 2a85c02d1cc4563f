"""A thruster's command against its chamber pressure: for how long they have disagreed. Pure.

Pressure follows a valve in some hundredths of a second [A]: what lasts no longer than `SETTLE_S` is
rise and decay. Both are sent on change: after a lost frame neither is known until it is sent again.
"""

from typing import Final

import msgspec

from telemetry.clock import SECOND_NS

#: Half of the rated 0.88 MPa: less is no thrust to speak of [A].
THRUST_MPA: Final = 0.44
#: More is no noise and no residue: something burns or leaks (MPa) [A].
QUIET_MPA: Final = 0.1
#: Between one and two ticks of telemetry [A].
SETTLE_S: Final = 0.15


class Chamber(msgspec.Struct, kw_only=True):
    """What is known of a thruster, None for what is not.

    idle_ns: since when it has been commanded without pressure; astray_ns: since when it has had
    pressure without a command.
    """

    commanded: bool | None = None
    pressure_mpa: float | None = None
    idle_ns: int | None = None
    astray_ns: int | None = None

    @property
    def in_question(self) -> bool:
        """Whether `judge` has something to say: quiet chambers are nearly all, nearly always."""
        quiet = not self.commanded and (self.pressure_mpa or 0.0) <= QUIET_MPA
        return not quiet or self.idle_ns is not None or self.astray_ns is not None

    def forget(self) -> None:
        """A frame was lost: what was on change may have changed."""
        self.commanded = self.pressure_mpa = self.idle_ns = self.astray_ns = None

    def judge(self, now_ns: int) -> tuple[float, float]:
        """How long it has been commanded without pressure, and the reverse, in seconds.

        0 while that is no longer than a valve takes.
        """
        if self.commanded is None or self.pressure_mpa is None:
            self.idle_ns = self.astray_ns = None
            return 0.0, 0.0
        idle = self.commanded and self.pressure_mpa < THRUST_MPA
        astray = not self.commanded and self.pressure_mpa > QUIET_MPA
        idle_s, self.idle_ns = _lasted(self.idle_ns, idle, now_ns)
        astray_s, self.astray_ns = _lasted(self.astray_ns, astray, now_ns)
        return idle_s, astray_s


def _lasted(since_ns: int | None, holds: bool, now_ns: int) -> tuple[float, int | None]:
    """How long it has lasted, s, and since when it holds.

    It lasted up to the frame that ends it: a thruster that gives nothing changes nothing else
    between its command and the end of it, so there may be no frame between.
    """
    if since_ns is None:
        return 0.0, now_ns if holds else None
    lasted_s = (now_ns - since_ns) / SECOND_NS
    return lasted_s if lasted_s > SETTLE_S else 0.0, since_ns if holds else None
