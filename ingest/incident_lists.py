"""What a rule says of an alarm: its role, and up to which severity it is held back. Pure."""

import re
from dataclasses import dataclass

from telemetry.incident import Consequence, IncidentRule, Role, alarm_pattern
from telemetry.limit import Severity


@dataclass(frozen=True, slots=True)
class Listed:
    """held_up_to: NOMINAL for what is never held back."""

    role: Role
    held_up_to: Severity


class RuleLists:
    """One rule's lists, looked up by alarm; the answers are kept, as alarms are a bounded number.

    A root is never held back by its own rule. Where several consequences name an alarm the least
    severe `up_to` counts: in doubt it is heard.
    """

    def __init__(self, rule: IncidentRule) -> None:
        self.rule = rule
        self._roots = [alarm_pattern(text) for text in rule.roots]
        self._cascade = [alarm_pattern(text) for text in rule.cascade]
        self._consequences = [(alarm_pattern(one.alarm), one) for one in rule.consequences]
        self._known: dict[tuple[str, str], Listed | None] = {}

    def of(self, spacecraft: str, alarm: str) -> Listed | None:
        """None for an alarm that is on none of the rule's lists."""
        key = (spacecraft, alarm)
        if key not in self._known:
            self._known[key] = self._look_up(f"{spacecraft}/{alarm}")
        return self._known[key]

    def _look_up(self, name: str) -> Listed | None:
        if _matches(self._roots, name):
            return Listed(Role.ROOT, Severity.NOMINAL)
        consequences: list[Consequence] = [
            one for pattern, one in self._consequences if pattern.fullmatch(name)
        ]
        held_up_to = min((one.up_to for one in consequences), default=Severity.NOMINAL)
        if _matches(self._cascade, name):
            return Listed(Role.CASCADE, held_up_to)
        return Listed(Role.CONSEQUENCE, held_up_to) if consequences else None


def _matches(patterns: list[re.Pattern[str]], name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in patterns)
