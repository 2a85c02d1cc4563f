"""An incident: what began it, what followed from that, and what is therefore not said aloud. Pure.

Rules are named, in the mission database (`incidents.toml`). A rule's root alarm opens an incident;
alarms on its consequence list that come while it is open belong to it and are not annunciated. What
is on no list is never held back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from telemetry.limit import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """An alarm, `<spacecraft>/<alarm id>` with `*` for any run of characters, that a rule explains.

    up_to: it is held back only up to this severity; what is worse is heard.
    """

    alarm: str
    up_to: Severity = Severity.EMERGENCY


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRule:
    """roots: alarms that open an incident of this rule, each `<spacecraft>/<alarm id>` with `*`.

    consequences: held back; cascade: belong to the card and are heard all the same.
    evidence: parameters, `<spacecraft>/<parameter>`, whose value at the time the card shows.
    """

    name: str
    title: str
    roots: tuple[str, ...]
    consequences: tuple[Consequence, ...] = ()
    cascade: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


IncidentRules = Mapping[str, IncidentRule]


def alarm_pattern(text: str) -> re.Pattern[str]:
    """What `<spacecraft>/<alarm id>` with `*` stands for; to be used with `fullmatch`."""
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))


class Role(StrEnum):
    """What an alarm is in an incident."""

    ROOT = "root"
    CASCADE = "cascade"
    CONSEQUENCE = "consequence"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of an incident, in the order they came.

    occurrence: its newest. time_ns: when it was first violated in the incident; severity, value and
    limit: when it was worst, at worst_ns. inhibited: it was not annunciated, never yet.
    violations: how often it was violated. late: it was found in data that came late.
    """

    spacecraft: str
    alarm: str
    occurrence: str
    severity: Severity
    time_ns: int
    inhibited: bool
    value: float | int | bool | str | None = None
    limit: str = ""
    role: Role = Role.CONSEQUENCE
    worst_ns: int = 0
    violations: int = 1
    late: bool = False


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `incident/<id>` of `ground` while it is open.

    id: `<rule>-<time of the root that opened it, ns>`. opened_ns: of its first root. first_out: the
    alarm it began with, the first of its roots and cascade in generation time.
    holding_from_ns: of its first live root; it holds back what comes after that, and nothing
    while it is 0: then its roots are only known from data that came late.
    settled_ns: when a root or an alarm of the cascade last did anything.
    merged_into: the incident it turned out to be part of; it is closed to those who look, and
    open again if the other ends first.
    unlisted: alarms that came when it was full; they were heard.
    evidence: `<spacecraft>/<parameter>` -> what it last said.
    """

    id: str
    rule: str
    title: str
    opened_ns: int
    changed_ns: int
    members: tuple[Member, ...]
    closed_ns: int = 0
    evidence: dict[str, str] = {}
    holding_from_ns: int = 0
    settled_ns: int = 0
    merged_into: str = ""
    unlisted: int = 0

    @property
    def first_out(self) -> Member:
        causes = [one for one in self.members if one.role is not Role.CONSEQUENCE]
        return min(causes or self.members, key=lambda member: member.time_ns)

    @property
    def open(self) -> bool:
        return not self.closed_ns
