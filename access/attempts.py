"""How fast passwords may be tried. Pure.

Who guesses waits, longer each time: by name and address together, and by address alone. A name
alone is held back only by many, lest somebody else's guesses keep its owner out at 3 a.m.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from telemetry.clock import SECOND_NS

#: So many may fail before the first wait: by name and address; by address; by name.
FREE: Final = (5, 20, 100)
FIRST_WAIT_NS: Final = SECOND_NS
LAST_WAIT_NS: Final = 900 * SECOND_NS
#: After so long without one, failures are forgotten.
FORGET_NS: Final = 3600 * SECOND_NS
#: Names and addresses held; the one longest untried goes.
MAX_HELD: Final = 30_000


@dataclass(slots=True)
class _Failures:
    count: int
    last_ns: int


class Attempts:
    """now_ns: of a clock that does not go back."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def wait_ns(self, name: str, address: str, now_ns: int) -> int:
        """How long until the next may be tried; 0: now."""
        waits = (
            self._wait_ns(key, free, now_ns)
            for key, free in zip(_keys(name, address), FREE, strict=True)
        )
        return max(waits)

    def failed(self, name: str, address: str, now_ns: int) -> None:
        for key in _keys(name, address):
            held = self._held.pop(key, None)
            if held is None or now_ns - held.last_ns > FORGET_NS:
                held = _Failures(0, now_ns)
            held.count, held.last_ns = held.count + 1, now_ns
            self._held[key] = held
        while len(self._held) > MAX_HELD:
            self._held.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """What was counted for this try is taken back; of name and address together, all."""
        pair, *others = _keys(name, address)
        self._held.pop(pair, None)
        for key in others:
            if (held := self._held.get(key)) is not None:
                held.count = max(0, held.count - 1)

    def _wait_ns(self, key: tuple[str, str], free: int, now_ns: int) -> int:
        held = self._held.get(key)
        if held is None or held.count < free or now_ns - held.last_ns > FORGET_NS:
            return 0
        doubled = min(held.count - free, 20)
        wait_ns = min(FIRST_WAIT_NS << doubled, LAST_WAIT_NS)
        return max(0, held.last_ns + wait_ns - now_ns)


def _keys(name: str, address: str) -> tuple[tuple[str, str], ...]:
    return (name, address), ("", address), (name, "")
