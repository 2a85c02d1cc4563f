"""Flood and chatter as they are now, for the telemetry of `ground`. Pure.

A flood is what people hear, so it is counted on the wall; chatter is what an alarm does, so it is
judged in generation time, and a backlog worked off in seconds is no chatter.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from telemetry.alarm import Event, EventKind
from telemetry.annunciation import CHATTER_SHOWN_NS, Chatter, Flood
from telemetry.parameter import Value

#: Of GND_CHATTERING; what does not fit is counted in it.
MAX_TEXT: Final = 300


class Annunciations:
    """Feed it every event and tick; it tells what `ground` shows."""

    def __init__(self) -> None:
        self._flood = Flood()
        self._chatter = Chatter()

    @property
    def flood_since_ns(self) -> int:
        """When the flood began, wall clock; 0 while there is none."""
        return self._flood.since_ns

    def take(self, event: Event) -> None:
        if event.annunciate:
            self._flood.add(event.received_ns)
        if event.kind is EventKind.RETURNED:
            self._chatter.add((event.alarm.spacecraft, event.alarm.id), event.time_ns)

    def tick(self, received_ns: int) -> None:
        self._flood.advance(received_ns)

    def chattering(self, now: Callable[[str], int]) -> list[str]:
        """`<spacecraft>/<alarm>` of those that chatter or lately did, in order of name.

        now: the stream's time of a spacecraft.
        """
        return sorted(
            f"{spacecraft}/{alarm}"
            for (spacecraft, alarm), last_ns in self._chatter.chattering()
            if 0 <= now(spacecraft) - last_ns < CHATTER_SHOWN_NS
        )

    def values(self, now: Callable[[str], int]) -> dict[str, Value]:
        """Ground parameters; `tick` first, so that the count is of now."""
        chattering = self.chattering(now)
        return {
            "GND_ANNUNCIATIONS_10MIN": self._flood.count,
            "GND_ALARM_FLOOD": int(self._flood.since_ns > 0),
            "GND_ALARMS_CHATTERING": len(chattering),
            "GND_CHATTERING": _listed(chattering),
        }

    def snapshot(self) -> dict[str, Any]:
        return {
            "times": list(self._flood.times),
            "since_ns": self._flood.since_ns,
            "cleared": self._chatter.cleared,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._flood = Flood(state["times"], since_ns=state["since_ns"])
        self._chatter = Chatter(state["cleared"])


def _listed(names: list[str]) -> str:
    """`a, b`, or `a, b and 3 more` where they do not fit."""
    text = ", ".join(names)
    shown = len(names)
    while len(text) > MAX_TEXT and shown:
        shown -= 1
        text = f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return text
