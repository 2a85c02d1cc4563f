"""Which alarms there must be: a scalar, naive reading of the documentation. Nothing of ingest.

One parameter at a time, one sample at a time, in generation order: levels -1..1, persistence,
hysteresis, and the life of an occurrence from NORMAL back to NORMAL (docs/architecture.md).
"""

from dataclasses import dataclass, field

from telemetry.clock import SECOND_NS
from telemetry.frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """levels: what |value| must not exceed, from the mildest. hysteresis: in the same unit."""

    levels: tuple[float, ...]
    persistence_s: float
    hysteresis: float


@dataclass(frozen=True, slots=True, order=True)
class Transition:
    """A line of the journal: what became of an occurrence, and when."""

    occurrence: str
    time_ns: int
    kind: str


@dataclass(slots=True)
class _Life:
    """level: as reported. since: by level - 1, since when the value has been that bad."""

    level: int = 0
    since: list[int | None] = field(default_factory=list)
    occurrence: str = ""
    acknowledged: bool = False


class Oracle:
    """transitions: of everything taken so far."""

    def __init__(self, spacecraft: str, run: str, rules: dict[str, Rule]) -> None:
        self._spacecraft = spacecraft
        self._run = run
        self._rules = rules
        self._lives = {name: _Life(since=[None] * len(r.levels)) for name, r in rules.items()}
        self.transitions: list[Transition] = []

    @property
    def occurrences(self) -> set[str]:
        return {one.occurrence for one in self.transitions}

    def take(self, frame: Frame) -> None:
        for name, value in frame.values.items():
            if name in self._rules:
                assert isinstance(value, float)
                self._sample(name, abs(value), frame.time_ns)

    def acknowledge(self, name: str) -> str:
        """An operator acknowledges what stands; the occurrence it was, empty if there is none."""
        life = self._lives[name]
        occurrence = life.occurrence
        if occurrence:
            life.acknowledged = True
            if life.level == 0:
                life.occurrence = ""
        return occurrence

    def _sample(self, name: str, size: float, now_ns: int) -> None:
        rule, life = self._rules[name], self._lives[name]
        level = 0
        for number, limit in enumerate(rule.levels, 1):
            # what is reported must come back by the hysteresis
            inside = limit - rule.hysteresis if number <= life.level else limit
            if size > inside:
                level = number
        reported = min(level, life.level)
        for number in range(1, len(rule.levels) + 1):
            if level < number:
                life.since[number - 1] = None
                continue
            began = life.since[number - 1]
            if began is None:
                began = life.since[number - 1] = now_ns
            if now_ns - began >= rule.persistence_s * SECOND_NS:
                reported = max(reported, number)
        if reported != life.level:
            self._report(name, life, reported, now_ns)

    def _report(self, name: str, life: _Life, level: int, now_ns: int) -> None:
        before, life.level = life.level, level
        if before == 0:
            kind = "VIOLATED"
            life.acknowledged = False
            if not life.occurrence:
                life.occurrence = f"{self._spacecraft}/{name}.limit/{now_ns}/{self._run}"
        elif level == 0:
            kind = "RETURNED"
        elif level > before:
            kind = "ESCALATED"
            life.acknowledged = False
        else:
            kind = "DEESCALATED"
        self.transitions.append(Transition(life.occurrence, now_ns, kind))
        if level == 0 and life.acknowledged:
            life.occurrence = ""
