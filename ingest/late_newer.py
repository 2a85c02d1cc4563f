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
    """When live data last had a good value of a parameter, and when any sample."""

    def __init__(self) -> None:
        self._measured: dict[str, int] = {}
        self._sampled: dict[str, int] = {}

    def take(self, frame: Frame) -> None:
        self._measured.update(dict.fromkeys(frame.values, frame.time_ns))
        self._sampled.update(dict.fromkeys(frame.values, frame.time_ns))
        self._sampled.update(dict.fromkeys(frame.invalid, frame.time_ns))

    def than(self, end_ns: int, key: Key) -> bool:
        """Whether live data have something newer about a condition than a gap that ended then."""
        subject, condition = key
        times = self._sampled if condition is Condition.INVALID else self._measured
        return times.get(subject, -1) >= end_ns

    def unknown(self, end_ns: int, subsystem: Subsystem, condition: Condition) -> frozenset[str]:
        """The parameters of which they have nothing newer about it."""
        each = subsystem.parameters
        return frozenset(id_ for id_ in each if not self.than(end_ns, (id_, condition)))

    def snapshot(self) -> list[dict[str, int]]:
        return [dict(self._measured), dict(self._sampled)]

    def restore(self, snapshot: list[dict[str, int]]) -> None:
        self._measured, self._sampled = map(dict, snapshot)
