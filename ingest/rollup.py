"""Which minutes of which subsystem must be rolled up, and when. Pure.

A stored sample marks its minute. Once the subsystem's newest stored time is well past it, or when
nothing more came for a while, the minute is due; a sample that comes later marks it again. What a
roll-up is and how it is computed from what is stored is the store's business (`telemetry.store`);
it also knows which minutes cannot be computed any more because their samples were given up: there
a late sample is stored, and given up at the next retention, but in no roll-up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.store.base import Store, Stretch
from telemetry.store.rollups import MAX_EMPTY, MINUTE_NS
from telemetry.tally import DAY_NS

#: Stream time a minute waits for samples that are a little late.
GRACE_NS: Final = 10 * SECOND_NS
#: Wall time after which nothing more is waited for.
IDLE_S: Final = 120.0
#: A subsystem's marked minutes are at most this many runs: the nearest are joined, and what is
#: rolled up again between them comes out the same.
MAX_RUNS: Final = 64

_Key = tuple[str, str]
_Run = tuple[int, int]
_Ns = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Marked(msgspec.Struct, frozen=True, array_like=True):
    """Of one subsystem: the time written last, and runs of whole minutes not yet rolled up."""

    spacecraft: str
    subsystem: str
    newest_ns: _Ns
    runs: tuple[tuple[_Ns, _Ns], ...]


@dataclass(slots=True)
class _Minutes:
    """newest_ns: of what was written last. highest_ns: of all that was written."""

    newest_ns: int = -1
    highest_ns: int = -1
    heard_s: float = 0.0
    runs: list[_Run] = field(default_factory=list)


class RollUps:
    """What was written and is not rolled up. `wall_s` is of any clock that only goes on."""

    def __init__(
        self, database: MissionDatabase, saved: Sequence[Marked] = (), wall_s: float = 0.0
    ) -> None:
        """saved: from `marked` of an earlier run; what the mission database dropped is let go."""
        self._minutes: dict[_Key, _Minutes] = {}
        #: Runs being rolled up: still marked as long as that is not certain.
        self._taken: dict[_Key, list[_Run]] = {}
        for each in saved:
            craft = database.spacecraft.get(each.spacecraft)
            if craft is not None and each.subsystem in craft.subsystems:
                runs = joined([*each.runs])
                minutes = _Minutes(each.newest_ns, each.newest_ns, wall_s, runs)
                self._minutes[each.spacecraft, each.subsystem] = minutes

    def wrote(self, frames: Iterable[Frame], wall_s: float) -> None:
        """Frames were stored."""
        times: dict[_Key, list[int]] = {}
        for frame in frames:
            times.setdefault((frame.spacecraft, frame.subsystem), []).append(frame.time_ns)
        for key, some in times.items():
            minutes = self._minutes.setdefault(key, _Minutes())
            touched = set(map(_minute, some))
            # a short silence is rolled up too, and then nobody looks for samples there
            silent = range(_minute(minutes.highest_ns) + MINUTE_NS, max(touched), MINUTE_NS)
            if minutes.highest_ns >= 0 and len(silent) <= MAX_EMPTY:
                touched.update(silent)
            minutes.heard_s = wall_s
            # of this batch, not of all time: a stream may begin again at an earlier time
            minutes.newest_ns = max(some)
            minutes.highest_ns = max(minutes.highest_ns, minutes.newest_ns)
            minutes.runs = joined([*minutes.runs, *((at, at + MINUTE_NS) for at in touched)])

    def take(self, wall_s: float) -> list[Stretch]:
        """What is due; either `done` or `failed` must follow before it is asked again."""
        due: list[Stretch] = []
        for key, minutes in self._minutes.items():
            idle = wall_s - minutes.heard_s >= IDLE_S
            until_ns = LAST_NS if idle else _minute(minutes.newest_ns - GRACE_NS)
            ready = [(a, min(b, until_ns)) for a, b in minutes.runs if a < until_ns]
            if ready:
                self._taken[key] = ready
                minutes.runs = [(max(a, until_ns), b) for a, b in minutes.runs if b > until_ns]
                due += [Stretch(*key, *run) for run in ready]
        return due

    def done(self) -> None:
        """What was taken is rolled up, but for what was written meanwhile."""
        self._taken.clear()

    def failed(self) -> None:
        """What was taken is to be taken again."""
        for key, runs in self._taken.items():
            minutes = self._minutes[key]
            minutes.runs = joined([*minutes.runs, *runs])
        self._taken.clear()

    def marked(self) -> list[Marked]:
        """To be saved."""
        return [
            Marked(*key, minutes.newest_ns, tuple(self._all_runs(key)))
            for key, minutes in self._minutes.items()
        ]

    def _all_runs(self, key: _Key) -> list[_Run]:
        taken = self._taken.get(key)
        runs = self._minutes[key].runs
        return joined([*runs, *taken]) if taken else runs


def _minute(time_ns: int) -> int:
    return time_ns // MINUTE_NS * MINUTE_NS


def joined(runs: list[_Run]) -> list[_Run]:
    """In order, without overlap, and at most MAX_RUNS."""
    result: list[_Run] = []
    for start, stop in sorted(runs):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    if len(result) > MAX_RUNS:
        widest = sorted(range(1, len(result)), key=lambda i: result[i][0] - result[i - 1][1])
        cuts = [0, *sorted(widest[-(MAX_RUNS - 1) :]), len(result)]
        result = [(result[a][0], result[b - 1][1]) for a, b in pairwise(cuts)]
    return result


async def roll_up(
    store: Store,
    database: MissionDatabase,
    spans: Mapping[str, Sequence[tuple[int, int]]],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Roll up ranges of generation time of each spacecraft, all of it that was just imported.

    progress: told (steps done, steps in all) after each.
    :raises StoreError: if the store is away or refuses; what is not rolled up is still read.
    """
    # a day at a time, so that no answer of a remote store takes long
    steps = [
        Stretch(craft, subsystem, at, min(at + DAY_NS, stop_ns))
        for craft, ranges in spans.items()
        for subsystem in database.spacecraft[craft].subsystems
        for start_ns, stop_ns in joined([*ranges])
        for at in range(start_ns // MINUTE_NS * MINUTE_NS, stop_ns, DAY_NS)
    ]
    for done, step in enumerate(steps, 1):
        await store.roll_up([step])
        progress(done, len(steps))
