"""The alarm system's own figures, by EEMUA 191 and ISA-18.2: from the journal of a span. Pure.

A system that alarms without pause is not heeded when it matters. Targets are those of the two
documents as vendors quote them; the documents themselves are not public, and `source` says which
figures come from where. A figure with too little behind it has no verdict.

Everything is counted in one time: that on the wall when ingest received the cause, which is when
people heard it, or generation time, for what was played or simulated faster than it happened.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from telemetry.alarm import Event
from telemetry.annunciation import FLOOD_WINDOW_NS, Key
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.tally import DAY_NS, FloodSpan, Tally

#: With fewer annunciations a share of them says nothing [A].
ENOUGH: Final = 20
#: A mean over less than this says nothing either [A].
SHORTEST_MEAN_NS: Final = 3600 * SECOND_NS
TOP: Final = 10

_PROSYS = "ISA-18.2, by prosys.com"
_INDUCTIVE = "ISA-18.2, by inductiveautomation.com"
_EEMUA = "EEMUA 191, by vendors' grids"
_MEMORY = "ISA-18.2, from memory [A]"


class Axis(StrEnum):
    RECEIVED = "received"
    GENERATION = "generation"

    def time_ns(self, event: Event) -> int:
        return event.received_ns if self is Axis.RECEIVED else event.time_ns


class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line. value: None where nothing happened to measure it by. target: "" for none."""

    name: str
    value: float | None
    unit: str = ""
    target: str = ""
    source: str = ""
    verdict: Verdict = Verdict.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class BadActor:
    """share: of all annunciations, %."""

    spacecraft: str
    alarm: str
    annunciations: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """chattering: alarms, and how often each began to. standing: alarms active for over 24 h, and
    since when. held_back: violations and escalations that an incident explained. priorities: %.
    """

    start_ns: int
    stop_ns: int
    operators: int
    annunciations: int
    held_back: int
    figures: tuple[Figure, ...]
    floods: tuple[FloodSpan, ...]
    chattering: tuple[tuple[str, int], ...]
    standing: tuple[tuple[str, int], ...]
    bad_actors: tuple[BadActor, ...]
    priorities: dict[Severity, float]


def score(
    events: Iterable[Event],
    start_ns: int,
    stop_ns: int,
    *,
    axis: Axis = Axis.RECEIVED,
    operators: int = 1,
) -> Scorecard:
    """Judge [start, stop) of a journal.

    events: also those before start, in any order: what stood, and what nobody had acknowledged.
    :raises ValueError: if the span is empty or nobody is on duty.
    """
    if start_ns >= stop_ns or operators < 1:
        raise ValueError("a scorecard needs a span and an operator")
    tally = Tally(start_ns, stop_ns)
    told = [(axis.time_ns(event), event) for event in events]
    for time_ns, event in sorted(told, key=lambda one: (one[0], one[1].id)):
        if time_ns < stop_ns:
            tally.take(event, time_ns)
    tally.finish()
    total = sum(tally.actors.values())
    return Scorecard(
        start_ns=start_ns,
        stop_ns=stop_ns,
        operators=operators,
        annunciations=total,
        held_back=tally.held_back,
        figures=tuple(_figures(tally, operators)),
        floods=tuple(tally.floods),
        chattering=tuple((_name(key), times) for key, times in tally.chattering.most_common()),
        standing=tuple((_name(key), since_ns) for key, since_ns in sorted(tally.standing.items())),
        bad_actors=tuple(
            BadActor(spacecraft=key[0], alarm=key[1], annunciations=n, share=100 * n / total)
            for key, n in sorted(tally.actors.items(), key=lambda one: (-one[1], one[0]))[:TOP]
        ),
        priorities=_shares(tally.severities),
    )


def _figures(tally: Tally, operators: int) -> Iterable[Figure]:
    span_ns = tally.stop_ns - tally.start_ns
    count = len(tally.heard)
    long_enough = span_ns >= SHORTEST_MEAN_NS
    mean = count / operators * FLOOD_WINDOW_NS / span_ns
    yield _figure("annunciations in 10 min, mean", mean, 1, _PROSYS, judged=long_enough)
    yield _figure("annunciations in 10 min, most", tally.peak / operators, 10, _PROSYS)
    # minutes say nothing of a day
    daily = count / operators * DAY_NS / span_ns if long_enough else None
    yield _figure("annunciations a day", daily, 150, _INDUCTIVE)
    yield Figure(name="floods", value=float(len(tally.floods)))
    flooded_ns = sum(one.stop_ns - one.start_ns for one in tally.floods)
    yield _figure("time in flood", 100 * flooded_ns / span_ns, 1, _PROSYS, "%", judged=long_enough)
    yield _figure("alarms that chattered", len(tally.chattering), 0, _MEMORY)
    yield _figure("alarms active for over 24 h", len(tally.standing), 5, _MEMORY)
    enough = count >= ENOUGH
    top = sum(n for _, n in tally.actors.most_common(TOP))
    share = 100 * top / count if count else None
    yield _figure("share of the ten most frequent", share, 5, _MEMORY, "%", judged=enough)
    shares = _shares(tally.severities)
    medium = shares.get(Severity.CAUTION)
    high = None if not count else sum(shares[s] for s in shares if s >= Severity.WARNING)
    yield _figure("share of cautions", medium, 15, _EEMUA, "%", judged=enough)
    yield _figure("share of warnings, emergencies", high, 5, _EEMUA, "%", judged=enough)
    answers = sorted(tally.answers_s)
    yield Figure(
        name="time to acknowledge, median", value=median(answers) if answers else None, unit="s"
    )
    yield Figure(
        name="time to acknowledge, 95 %",
        value=quantile(answers, 0.95) if answers else None,
        unit="s",
    )
    yield Figure(name="not acknowledged", value=float(len(tally.asked)))


def _figure(
    name: str, value: float | None, most: float, source: str, unit: str = "", *, judged: bool = True
) -> Figure:
    verdict = Verdict.NONE
    if judged and value is not None:
        verdict = Verdict.MET if value <= most else Verdict.MISSED
    target = f"at most {most:g} {unit}".rstrip()
    return Figure(name=name, value=value, unit=unit, target=target, source=source, verdict=verdict)


def _shares(severities: Counter[Severity]) -> dict[Severity, float]:
    total = sum(severities.values())
    return {s: 100 * severities[s] / total for s in Severity if s} if total else {}


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed (nearest rank)."""
    rank = -(-len(ordered) * round(share * 1000) // 1000)
    return ordered[max(rank, 1) - 1]


def _name(key: Key) -> str:
    return "/".join(key)
