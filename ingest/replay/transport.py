"""When the next item of a replay is due: play, pause, speed, gaps. Pure; time is an argument.

Stream time is paced from an anchor, not from item to item, so that no error adds up. What the
machine cannot keep up with is caught up; a change of speed begins where the replay truly is, in a
gap between two items too.
"""

from typing import Final

from telemetry.clock import SECOND_NS
from telemetry.replay import AS_FAST_AS_IT_GOES

#: Stream time without an item that is skipped, where gaps are.
GAP_NS: Final = 10 * SECOND_NS
#: What is left of a gap that is skipped.
REST_NS: Final = SECOND_NS


class Transport:
    """position_ns: the stream time at which it was last known to be: of the newest item, or of the
    last pause, seek or change of speed. `wall_s` is of any clock that only goes on."""

    def __init__(self, position_ns: int, speed: float, *, skip_gaps: bool) -> None:
        self.position_ns = position_ns
        self.speed = speed
        self.playing = False
        #: Gaps skipped so far.
        self.skipped = 0
        self._skip_gaps = skip_gaps
        #: At this wall time the stream was there.
        self._anchor_s, self._anchor_ns = 0.0, position_ns
        self._next_ns = position_ns

    def play(self, wall_s: float) -> None:
        if not self.playing:
            self.playing = True
            self.seek(self.position_ns, wall_s)

    def pause(self, wall_s: float) -> None:
        self.position_ns = self.reached_ns(wall_s)
        self.playing = False

    def set_speed(self, speed: float, wall_s: float) -> None:
        """0 for as fast as it goes."""
        self.seek(self.reached_ns(wall_s), wall_s)
        self.speed = speed

    def seek(self, position_ns: int, wall_s: float) -> None:
        self.position_ns = position_ns
        self._anchor_s, self._anchor_ns = wall_s, position_ns

    def reached_ns(self, wall_s: float) -> int:
        """Where the stream is now. Not beyond an item that is due and was not played."""
        if not self.playing or self.speed == AS_FAST_AS_IT_GOES:
            return self.position_ns
        return max(self.position_ns, min(self._paced_ns(wall_s), self._next_ns))

    def behind_s(self, wall_s: float) -> float:
        """How long ago the next item was due."""
        if not self.playing or self.speed == AS_FAST_AS_IT_GOES:
            return 0.0
        late_ns = self._paced_ns(wall_s) - max(self._next_ns, self.position_ns)
        return max(0.0, late_ns / SECOND_NS / self.speed)

    def wait_s(self, next_ns: int, wall_s: float) -> float | None:
        """How long until an item of that time is due, 0 if it is; None while it is paused."""
        self._next_ns = next_ns
        if not self.playing:
            return None
        if self.speed == AS_FAST_AS_IT_GOES:
            return 0.0
        if self._skip_gaps and next_ns - self.position_ns > GAP_NS:
            self.seek(next_ns - REST_NS, wall_s)
            self.skipped += 1
        due_s = self._anchor_s + (next_ns - self._anchor_ns) / SECOND_NS / self.speed
        return max(0.0, due_s - wall_s)

    def played(self, time_ns: int) -> None:
        """An item of that time was played; late ones do not turn the stream back."""
        self.position_ns = max(self.position_ns, time_ns)

    def _paced_ns(self, wall_s: float) -> int:
        return self._anchor_ns + round((wall_s - self._anchor_s) * self.speed * SECOND_NS)
