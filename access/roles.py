"""Roles, and what each may ask. Pure. The one table; documents and tests read it.

A role may do all that those below it may. What a command asks is in its topic.
"""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from telemetry.plan import PlanVerb
from telemetry.shift import ShiftVerb
from telemetry.topics import TRAINING_ROOT, Address, Kind, Verb


class Role(IntEnum):
    """viewer: looks. operator: sits the watch. lead: answers for what is permitted and silenced.
    administrator: says who is who."""

    VIEWER = 1
    OPERATOR = 2
    LEAD = 3
    ADMINISTRATOR = 4

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def called(cls, name: str) -> "Role":
        """:raises ValueError: if there is none of that name."""
        for role in cls:
            if str(role) == name:
                return role
        raise ValueError(f"no role {name!r}; there are {', '.join(map(str, cls))}")


#: What is asked of ingest: (kind, verb) -> who may. A kind without verb: every other verb of it.
#: What keeps an alarm from being heard for good, or permits a hazard, is the lead's.
NEEDED: Final[Mapping[tuple[str, str], Role]] = MappingProxyType(
    {
        (Kind.ALARM, ""): Role.OPERATOR,
        (Kind.ALARM, Verb.OUT_OF_SERVICE): Role.LEAD,
        (Kind.ALARM, Verb.IN_SERVICE): Role.LEAD,
        (Kind.PLAN, ""): Role.OPERATOR,
        (Kind.PLAN, PlanVerb.APPROVE): Role.LEAD,
        (Kind.PLAN, PlanVerb.EXTEND): Role.LEAD,
        (Kind.SHIFT, ""): Role.OPERATOR,
        (Kind.SHIFT, ShiftVerb.NOTE): Role.OPERATOR,
        (Kind.REPLAY, ""): Role.OPERATOR,
        (Kind.TRAINING, ""): Role.OPERATOR,
        # it makes what is watched misbehave
        (Kind.SIMULATOR, ""): Role.ADMINISTRATOR,
    }
)


_TRAINING: Final = f"{TRAINING_ROOT}-"


def trained(topic: str) -> bool:
    """Whether that is of a training."""
    return topic.startswith(_TRAINING)


def needed(asked: Address) -> Role:
    """Who may ask this; what is not in the table, administrators alone.

    In a training everything may be tried by whoever may train.
    """
    if asked.root.startswith(_TRAINING):
        return Role.OPERATOR
    by_verb = NEEDED.get((asked.kind, asked.leaf))
    return by_verb or NEEDED.get((asked.kind, "")) or Role.ADMINISTRATOR
