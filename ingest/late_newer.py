"""What live data know that is newer than a gap, and handing over the rest of it. Pure.

What is sent on change only may have changed in a gap and not be sent again: the live detector then
goes by a value that is older than the late ones, and must take those over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ingest.late_finding import Key
from telemetry.alarm import Condition
from telemetry.frame import Frame
from telemetry.parameter import Subsystem

#: What a detector judges; silence is not among it.
CONDITIONS: Final = tuple(one for one in Condition if one is not Condition.STALE)

#: Of a detector's snapshot, bytes an item: what a good value says, and what any sample does.
_OF_VALUES: Final = {"_value": 8, "_level": 1, "_since_ns": 8, "_reported": 1, "_context": 1}
_OF_SAMPLES: Final = {"_invalid": 1, "_judged_ns": 8}


@dataclass(frozen=True, slots=True)
class TakeOver:
    """state: of the late detector. unmeasured, unsampled: the parameters of which live data have no
    good value, or no sample at all, since the gap."""

    state: Mapping[str, Any]
    unmeasured: frozenset[str]
    unsampled: frozenset[str]

    def into(self, live: Mapping[str, Any]) -> dict[str, Any]:
        """The live detector's snapshot with what late data know better, for a new detector."""
        ids, arrays = live["ids"], dict(live["arrays"])
        for names, wanted in ((_OF_VALUES, self.unmeasured), (_OF_SAMPLES, self.unsampled)):
            columns = [i for i, id_ in enumerate(ids) if id_ in wanted]
            for name, size in names.items():
                mine = np.frombuffer(arrays[name], np.uint8).reshape(-1, len(ids), size).copy()
                theirs = np.frombuffer(self.state["arrays"][name], np.uint8)
                mine[:, columns] = theirs.reshape(mine.shape)[:, columns]
                arrays[name] = mine.tobytes()
        late = {(id_, condition): rest for id_, condition, *rest in self.state["trends"]}
        trends = [
            (id_, condition, *(late[id_, condition] if id_ in self.unmeasured else rest))
            for id_, condition, *rest in live["trends"]
        ]
        return {**live, "arrays": arrays, "trends": trends}


class Newer:
    """When live data first had a good value of a parameter after a gap, and when any sample."""

    def __init__(self) -> None:
        self._measured: dict[str, int] = {}
        self._sampled: dict[str, int] = {}

    def take(self, frame: Frame) -> None:
        """A live frame since the gap's end."""
        for id_ in frame.values.keys() - self._measured.keys():
            self._measured[id_] = frame.time_ns
        for id_ in (frame.values.keys() | frame.invalid.keys()) - self._sampled.keys():
            self._sampled[id_] = frame.time_ns

    def first_ns(self, key: Key) -> int | None:
        """When they first had anything about a condition; None if they have not yet."""
        subject, condition = key
        times = self._sampled if condition is Condition.INVALID else self._measured
        return times.get(subject)

    def unmeasured(self, subsystem: Subsystem) -> frozenset[str]:
        return frozenset(subsystem.parameters.keys() - self._measured.keys())

    def unsampled(self, subsystem: Subsystem) -> frozenset[str]:
        return frozenset(subsystem.parameters.keys() - self._sampled.keys())

    def snapshot(self) -> list[dict[str, int]]:
        return [dict(self._measured), dict(self._sampled)]

    def restore(self, snapshot: list[dict[str, int]]) -> None:
        self._measured, self._sampled = map(dict, snapshot)
