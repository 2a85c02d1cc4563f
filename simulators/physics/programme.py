"""The test before undocking, as a programme: which thrusters go on and off, when, for how long."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.physics.thruster import Jet


@dataclass(frozen=True, slots=True)
class Switching:
    """A step of a firing programme: these jets go on or off."""

    offset_s: float
    jets: tuple[str, ...]
    on: bool


def pulse_test(
    pairs: Iterable[tuple[Jet, Jet]],
    *,
    pulse_s: float = 0.4,
    every_s: float = 30.0,
    firings: int = 19,
    at_once: int = 2,
) -> tuple[Switching, ...]:
    """The test before undocking: short pulses of opposed pairs, one manifold after the other.

    pairs: of `opposed_pairs`; `at_once` neighbours fire together. Manifolds share the firings
    evenly, the first takes what is left over; each goes through its pairs as often as fits.
    The defaults are the test of 15 October 2021 as reconstructed: 19 firings of four jets within
    nine minutes, 1.41 kg. Lengths and order are assumptions [A], no firing list is public.
    """
    if not 0 < pulse_s < every_s:
        raise ValueError("pulse_s must be over 0 and less than every_s")
    by_manifold: dict[int, list[tuple[Jet, Jet]]] = {}
    for pair in pairs:
        by_manifold.setdefault(pair[0].manifold, []).append(pair)
    programme = []
    number = 0
    for order, own in enumerate(by_manifold.values()):
        share = firings // len(by_manifold) + (order < firings % len(by_manifold))
        groups = [own[start : start + at_once] for start in range(0, len(own), at_once)]
        for firing in range(share):
            group = groups[firing % len(groups)]
            jets = tuple(dict.fromkeys(jet.name for pair in group for jet in pair))
            programme.append(Switching(number * every_s, jets, True))
            programme.append(Switching(number * every_s + pulse_s, jets, False))
            number += 1
    return tuple(programme)


def planned_on_time_s(programme: Iterable[Switching]) -> dict[str, float]:
    """How long each jet of a programme is on in all: the budget of its activity."""
    on_time_s: dict[str, float] = {}
    since_s: dict[str, float] = {}
    for switching in programme:
        for name in switching.jets:
            if switching.on:
                since_s[name] = switching.offset_s
            else:
                began_s = since_s.pop(name)
                on_time_s[name] = on_time_s.get(name, 0.0) + switching.offset_s - began_s
    return on_time_s
