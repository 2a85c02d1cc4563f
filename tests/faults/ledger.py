"""Counting: what was acknowledged against what is stored, alarms against the oracle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Final

import msgspec

from telemetry.alarm import Condition, EventKind
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.store.base import Store
from tests.faults.flight import CRAFT, Flight, Said, rules
from tests.faults.oracle import Oracle, Transition

#: Around a flight, what is not of it would be found too.
_MARGIN_NS: Final = 2 * 3600 * SECOND_NS
_JUDGED: Final = (
    EventKind.VIOLATED,
    EventKind.ESCALATED,
    EventKind.DEESCALATED,
    EventKind.RETURNED,
)

#: A sample as it was sent or stored: a value, or the quality of an invalid one.
_Row = Mapping[str, tuple[Value | None, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Samples and alarms of one run.

    acknowledged, stored: samples. missing: acknowledged, and not in the store with that value.
    double: stored rows of one time, or events of one id, beyond the first. unexpected: stored, and
    never sent so. gaps: sequence numbers absent from the store.
    occurrences_*: of limits, the oracle's and the journal's; wrong: in one of them only.
    transitions_wrong: lines of the journal that the oracle has not, or the other way round.
    undelivered: occurrences that the notifier's receiver never got.
    silences: occurrences of "no frame"; the flight never falls silent, only the links do.
    late: events received more than 2 s after their time. recovered_s: the longest.
    rss_mb: the most that ingest ever had.
    """

    acknowledged: int
    stored: int
    missing: int
    double: int
    unexpected: int
    gaps: int
    occurrences_expected: int
    occurrences_found: int
    occurrences_wrong: int
    transitions_wrong: int
    undelivered: int
    silences: int
    late: int
    recovered_s: float
    rss_mb: int

    @property
    def wrong(self) -> int:
        """What must be 0."""
        return (
            self.missing
            + self.double
            + self.unexpected
            + self.gaps
            + self.occurrences_wrong
            + self.transitions_wrong
            + self.undelivered
        )

    def __str__(self) -> str:
        return " ".join(f"{one.name}={getattr(self, one.name):g}" for one in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What a store holds of a flight, counted; `times` of every stored row, by subsystem."""

    acknowledged: int
    stored: int
    missing: int
    double: int
    unexpected: int
    gaps: int
    times: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    expected: int
    found: int
    occurrences: frozenset[str]
    occurrences_wrong: int
    transitions_wrong: int
    double: int
    silences: int
    late: int


def said_of(flight: Flight, count: int) -> list[Said]:
    return list(islice(flight.said(), count))


async def count_samples(store: Store, said: Sequence[Said], acknowledged: int) -> Samples:
    """acknowledged: how many of what was said, from the first."""
    total = missing = unexpected = stored = double = gaps = 0
    sent: dict[str, dict[int, _Row]] = {}
    certain: set[tuple[str, int]] = set()
    for n, one in enumerate(said):
        if one.frame is not None:
            sent.setdefault(one.frame.subsystem, {})[one.time_ns] = _row(one.frame)
            if n < acknowledged:
                certain.add((one.frame.subsystem, one.time_ns))
                total += len(one.frame.values) + len(one.frame.invalid)
    times: dict[str, frozenset[int]] = {}
    for subsystem, frames in sent.items():
        rows, again, sequences = await _rows(store, subsystem, min(frames), max(frames))
        double += again
        gaps += max(sequences, default=0) - len(sequences)
        times[subsystem] = frozenset(rows)
        stored += sum(map(len, rows.values()))
        for time_ns, row in rows.items():
            right = frames.get(time_ns, {})
            unexpected += sum(right.get(name) != sample for name, sample in row.items())
        for time_ns, row in frames.items():
            if (subsystem, time_ns) in certain:
                there = rows.get(time_ns, {})
                missing += sum(there.get(name) != sample for name, sample in row.items())
    return Samples(
        acknowledged=total,
        stored=stored,
        missing=missing,
        double=double,
        unexpected=unexpected,
        gaps=gaps,
        times=times,
    )


def _row(frame: Frame) -> _Row:
    good: dict[str, tuple[Value | None, int]] = {k: (v, 0) for k, v in frame.values.items()}
    return good | {name: (None, quality) for name, quality in frame.invalid.items()}


async def _rows(
    store: Store, subsystem: str, first_ns: int, last_ns: int
) -> tuple[dict[int, _Row], int, set[int]]:
    """By time; how many rows were of a time that was there already; the sequence numbers."""
    rows: dict[int, _Row] = {}
    sequences: set[int] = set()
    double = 0
    start_ns, stop_ns = first_ns - _MARGIN_NS, last_ns + _MARGIN_NS
    async for block in store.read(CRAFT, subsystem, start_ns, stop_ns, heartbeats=True):
        sequences.update(block.sequence.tolist())
        columns = [
            (name, one.values.tolist(), one.valid.tolist(), one.quality.tolist())
            for name, one in block.columns.items()
        ]
        for i, time_ns in enumerate(block.time_ns.tolist()):
            double += time_ns in rows
            rows[time_ns] = {
                name: (values[i], 0) if valid[i] else (None, quality[i])
                for name, values, valid, quality in columns
                if valid[i] or quality[i]
            }
    return rows, double, sequences


async def count_alarms(store: Store, flight: Flight, said: Sequence[Said], held: Samples) -> Alarms:
    """The oracle judges what came into the store, which may be less than was said."""
    oracle = Oracle(CRAFT, flight.clock.run, rules(flight.subsystems))
    for one in said:
        if one.frame is None:
            alarm = msgspec.json.decode(one.payload)["alarm"]
            oracle.acknowledge(alarm.removesuffix(f".{Condition.LIMIT}"))
        elif one.time_ns in held.times[one.frame.subsystem]:
            oracle.take(one.frame)
    last_ns = said[-1].time_ns if said else flight.start_ns
    span = flight.start_ns - _MARGIN_NS, last_ns + _MARGIN_NS
    found = [event async for event in store.read_events(*span, CRAFT)]
    limits = [one for one in found if one.alarm.condition is Condition.LIMIT]
    transitions = {
        Transition(one.alarm.occurrence, one.time_ns, one.kind.value)
        for one in limits
        if one.kind in _JUDGED
    }
    occurrences = frozenset(one.occurrence for one in transitions)
    silent = {one.alarm.occurrence for one in found if one.alarm.condition is Condition.STALE}
    return Alarms(
        expected=len(oracle.occurrences),
        found=len(occurrences),
        occurrences=occurrences,
        occurrences_wrong=len(oracle.occurrences ^ occurrences),
        transitions_wrong=len(set(oracle.transitions) ^ transitions),
        double=len(found) - len({one.id for one in found}),
        silences=len(silent),
        late=sum(one.received_ns - one.time_ns > 2 * SECOND_NS for one in limits),
    )
