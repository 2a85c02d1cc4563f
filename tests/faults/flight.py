"""What is flown against a fault: frames and acknowledgements, a function of a seed. Pure.

A `Flight` says the same again for the same seed, so that the ledger of a run is a number: how many
of its messages the broker has acknowledged. Parameters of every type; some of the floats stray over
their limits now and then, and some of those alarms are acknowledged by the flight itself, in the
same order as its frames, so that alarms also end and come again.
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry import wire
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.missiondb import SHIPPED
from telemetry.parameter import Value
from telemetry.topics import Topics, Verb
from telemetry.wire import Command
from tests.faults.oracle import Oracle, Rule

CRAFT: Final = "probe"
#: Parameters of a frame: real subsystems have between 50 and 150.
SIZES: Final = (50, 75, 100, 125, 150)
#: Of the samples a second asked for, one subsystem at 1 Hz makes so many on average.
_MEAN_SIZE: Final = sum(SIZES) // len(SIZES)
#: Every so many-th parameter strays, so often, for so long.
_STRAYS_EVERY: Final = 25
_QUIET_S: Final = (2.0, 60.0)
_ASTRAY_S: Final = (1, 12)
#: By how much: over an advisory, caution or warning limit, or within the hysteresis of one.
_ASTRAY: Final = (0.8, 1.5, 2.5, 3.5)

RULE: Final = """range.advisory = {{ low = -1.0, high = 1.0 }}
range.caution = {{ low = -2.0, high = 2.0 }}
range.warning = {{ low = -3.0, high = 3.0 }}
persistence_s = {persistence_s}
hysteresis = {hysteresis}
response = "any"
"""
_RESPONSE: Final = """[response.any]
cause = "A fault test."
consequence = "None."
action = "None."
time_available = "Any"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the flight; `frame` is None for an acknowledgement."""

    time_ns: int
    topic: str
    payload: bytes
    frame: Frame | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """rate: samples a second. start_ns: generation time of the first frame."""

    seed: int
    rate: int
    start_ns: int
    root: str

    @property
    def subsystems(self) -> int:
        return max(1, self.rate // _MEAN_SIZE)

    @property
    def clock(self) -> StreamClock:
        return StreamClock(
            kind=StreamKind.LIVE,
            epoch_ns=self.start_ns,
            wall_ns=self.start_ns,
            run=f"flight-{self.seed}",
        )

    def said(self) -> Iterator[Said]:
        """Everything it will ever say, in order."""
        topics, oracle = Topics(self.root), Oracle(CRAFT, self.clock.run, rules(self.subsystems))
        straying = {
            name: _Straying(f"{self.seed}/{name}")
            for name, _ in names_of(self.subsystems)
            if _strays(name)
        }
        i = 0
        while True:
            frame = self._frame(i, straying)
            yield Said(
                frame.time_ns,
                topics.frame(CRAFT, frame.subsystem),
                wire.encode_frame(frame),
                frame,
            )
            oracle.take(frame)
            for name in frame.values:
                if name in straying and straying[name].acknowledged(i // self.subsystems):
                    occurrence = oracle.acknowledge(name)
                    if occurrence:
                        command = Command(
                            id=f"a{i}-{name}",
                            alarm=f"{name}.limit",
                            by="flight",
                            occurrence=occurrence,
                        )
                        topic = topics.command(CRAFT, Verb.ACKNOWLEDGE)
                        yield Said(frame.time_ns, topic, wire.encode(command), None)
            i += 1

    def _frame(self, i: int, straying: dict[str, "_Straying"]) -> Frame:
        k, s = divmod(i, self.subsystems)
        time_ns = self.start_ns + k * SECOND_NS + s * SECOND_NS // self.subsystems
        values: dict[str, Value] = {}
        invalid: dict[str, int] = {}
        for j in range(SIZES[s % len(SIZES)]):
            name = _name(s, j)
            noise = _noise(self.seed, k, s, j)
            if name in straying:
                values[name] = straying[name].at(k) + noise / 100
            elif j % 20 == 7:
                values[name] = int(noise * 1e6)
            elif j % 20 == 11:
                values[name] = noise > 0.5
            elif j % 20 == 13:
                values[name] = f"text {noise:.3f}"
            elif j % 20 == 17 and noise > 0.995:
                invalid[name] = 2
            else:
                values[name] = 0.7 * noise
        return Frame(
            spacecraft=CRAFT,
            subsystem=_subsystem(s),
            time_ns=time_ns,
            received_ns=time_ns,
            sequence=k + 1,
            values=values,
            invalid=invalid,
        )


class _Straying:
    """When one parameter is astray, and by how much; asked second by second."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._sign = self._random.choice((-1, 1))
        self._levels: list[float] = []
        self._acknowledge_k = -1
        self._next_k = round(self._random.uniform(*_QUIET_S))

    def at(self, k: int) -> float:
        """The value at second k; k must not go back."""
        while k >= self._next_k + len(self._levels):
            self._begin(self._next_k + len(self._levels))
        return self._sign * self._levels[k - self._next_k] if k >= self._next_k else 0.0

    def acknowledged(self, k: int) -> bool:
        return k == self._acknowledge_k

    def _begin(self, after_k: int) -> None:
        r = self._random
        self._next_k = after_k + (round(r.uniform(*_QUIET_S)) if self._levels else 0)
        self._levels = [r.choice(_ASTRAY)] * r.randint(*_ASTRAY_S)
        for i in range(1, len(self._levels)):  # it dwells, or goes to another level
            self._levels[i] = self._levels[i - 1] if r.random() < 0.85 else r.choice(_ASTRAY)
        self._acknowledge_k = self._next_k + r.randint(0, 20) if r.random() < 0.7 else -1


def names_of(subsystems: int) -> Iterator[tuple[str, str]]:
    """(parameter, subsystem)."""
    for s in range(subsystems):
        for j in range(SIZES[s % len(SIZES)]):
            yield _name(s, j), _subsystem(s)


def rules(subsystems: int) -> dict[str, Rule]:
    """The limits of what strays; nothing else ever breaks any."""
    return {name: _rule(name) for name, _ in names_of(subsystems) if _strays(name)}


def write_missiondb(folder: Path, subsystems: int) -> Path:
    """The mission database of a flight, and `ground` as it is shipped."""
    shutil.copytree(SHIPPED / "ground", folder / "ground")
    home = folder / CRAFT
    home.mkdir()
    (home / "spacecraft.toml").write_text('name = "Probe"\nsource = "tests/faults"\n')
    texts: dict[str, list[str]] = {}
    for name, subsystem in names_of(subsystems):
        texts.setdefault(subsystem, []).append(_definition(name))
    for subsystem, parameters in texts.items():
        head = f'[subsystem]\nname = "Subsystem {subsystem}"\nperiod_s = 1.0\n{_RESPONSE}'
        (home / f"{subsystem}.toml").write_text(head + "".join(parameters))
    return folder


def _definition(name: str) -> str:
    j = int(name.rpartition("_")[2])
    kind = {7: "integer", 11: "boolean", 13: "string"}.get(j % 20, "float")
    if _strays(name):
        kind = "float"
    unit = 'unit = "V"\n' if kind in ("integer", "float") else ""
    text = f'[parameter.{name}]\nname = "{name}"\ntype = "{kind}"\n{unit}'
    if kind != "float":
        return text
    rule = _rule(name)
    return text + RULE.format(persistence_s=rule.persistence_s, hysteresis=rule.hysteresis)


def _rule(name: str) -> Rule:
    _, s, j = name.split("_")
    n = int(s) + int(j) // _STRAYS_EVERY
    return Rule(
        levels=(1.0, 2.0, 3.0),
        persistence_s=(0.0, 2.0, 3.0)[n % 3],
        hysteresis=(0.0, 0.25)[n % 2],
    )


def _strays(name: str) -> bool:
    return int(name.rpartition("_")[2]) % _STRAYS_EVERY == 0


def _subsystem(s: int) -> str:
    return f"sub{s:02}"


def _name(s: int, j: int) -> str:
    return f"P_{s:02}_{j:03}"


def _noise(seed: int, k: int, s: int, j: int) -> float:
    """In [0, 1), another for each sample."""
    x = (k * 0x9E3779B1 + s * 0x85EBCA77 + j * 0xC2B2AE3D + seed * 0x27D4EB2F) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return (x ^ (x >> 13)) / 2**32
