"""What of a spacecraft's frames reaches the ground, and when: contacts, losses, the recorder.

Frames whose links are all down are lost, or kept by a recorder (a ring: the oldest give way) and
sent after acquisition of signal, behind the live ones and at a bounded rate, as they were taken.
Which subsystem goes by which link the mission database says; the recorder and its rate are
assumptions [A].
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from simulators.physics.links import Link, LinkState
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase

#: By (spacecraft, subsystem): a frame comes down by any of its links. What is named nowhere needs
#: none.
Carriers = Mapping[tuple[str, str], tuple[Link, ...]]
RECORDER_FRAMES: Final = 200_000
DUMP_FRAMES_PER_S: Final = 50


def carriers(database: MissionDatabase) -> Carriers:
    """What the mission database says of every subsystem."""
    return {
        (craft.id, subsystem.id): tuple(Link(link) for link in subsystem.links)
        for craft in database.spacecraft.values()
        for subsystem in craft.subsystems.values()
    }


class Downlink:
    """dump: whether what is taken out of contact is recorded. capacity: of the recorder, in frames.

    lost: frames that never come down, taken without a recorder. dropped: those the recorder had no
    room for any more.
    """

    def __init__(
        self,
        carriers: Carriers,
        *,
        dump: bool = False,
        capacity: int = RECORDER_FRAMES,
        frames_per_s: int = DUMP_FRAMES_PER_S,
    ) -> None:
        """:raises ValueError: if there is no room or no rate."""
        if capacity < 1 or frames_per_s < 1:
            raise ValueError(
                f"recorder: room for {capacity} frames at {frames_per_s} a second; both must be > 0"
            )
        self.lost = 0
        self.dropped = 0
        self._carriers = carriers
        self._dump = dump
        self._capacity = capacity
        self._cost_ns = SECOND_NS // frames_per_s
        self._credit_ns = 0
        self._last_ns: int | None = None
        self._taken = 0
        #: By carriers, each with the order it was taken in: one may come down while another waits.
        self._recorded: dict[tuple[Link, ...], deque[tuple[int, Frame]]] = {}

    @property
    def recorded(self) -> int:
        """Frames in the recorder."""
        return sum(len(queue) for queue in self._recorded.values())

    def pass_(self, frames: Iterable[Frame], now_ns: int, links: LinkState) -> list[Frame]:
        """What arrives now, at times that never decrease: live frames, then recorded ones."""
        arrived = []
        for frame in frames:
            carriers = self._carriers_of(frame)
            if not carriers or any(links.up(link) for link in carriers):
                arrived.append(frame)
            elif self._dump:
                self._record(carriers, frame)
            else:
                self.lost += 1
        if self._dump:
            arrived += self._dumped(now_ns, links)
        return arrived

    def _carriers_of(self, frame: Frame) -> tuple[Link, ...]:
        return self._carriers.get((frame.spacecraft, frame.subsystem), ())

    def _record(self, carriers: tuple[Link, ...], frame: Frame) -> None:
        self._recorded.setdefault(carriers, deque()).append((self._taken, frame))
        self._taken += 1
        if self.recorded > self._capacity:
            _oldest(self._recorded.values()).popleft()
            self.dropped += 1

    def _dumped(self, now_ns: int, links: LinkState) -> list[Frame]:
        elapsed_ns = 0 if self._last_ns is None else now_ns - self._last_ns
        self._last_ns = now_ns
        ready = [
            queue
            for carriers, queue in self._recorded.items()
            if queue and any(links.up(link) for link in carriers)
        ]
        if not ready:
            self._credit_ns = 0
            return []
        # never more than a second's worth at once, however coarse the steps
        self._credit_ns = min(self._credit_ns + elapsed_ns, SECOND_NS)
        arrived = []
        while self._credit_ns >= self._cost_ns and any(ready):
            self._credit_ns -= self._cost_ns
            _, frame = _oldest(ready).popleft()
            arrived.append(replace(frame, received_ns=now_ns))
        return arrived


def _oldest(queues: Iterable[deque[tuple[int, Frame]]]) -> deque[tuple[int, Frame]]:
    """The queue whose head was taken first."""
    return min((queue for queue in queues if queue), key=lambda queue: queue[0][0])
