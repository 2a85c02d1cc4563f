"""The life of an activity: proposed, approved by a second person, started, closed or aborted. Pure.

`PLAN_TABLE` says what may follow what. An activity is in force, that is, what it permits is
permitted, from the moment it is approved and as far as its window reaches: a controller who
forgets to press start must not turn a planned firing into an alarm. An extension asked for while
it is in force takes effect when a second person approves it, like the activity itself.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.activity import Activity


class PlanState(StrEnum):
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    STARTED = "STARTED"
    CLOSED = "CLOSED"
    ABORTED = "ABORTED"

    @property
    def over(self) -> bool:
        return self in (PlanState.CLOSED, PlanState.ABORTED)


class PlanVerb(StrEnum):
    """What can be asked for an activity; the verb is in the topic."""

    PROPOSE = "propose"
    APPROVE = "approve"
    START = "start"
    EXTEND = "extend"
    ABORT = "abort"
    CLOSE = "close"
    CHECK = "check"


class CheckItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an expected-configuration check: what was looked at, and whether it is right."""

    name: str
    go: bool
    reason: str


class ConfigurationCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Go when every item is."""

    time_ns: int
    items: tuple[CheckItem, ...]

    @property
    def go(self) -> bool:
        return all(item.go for item in self.items)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An activity and where it stands; published, retained, until it is over.

    version: counts the changes, from 1. approved_by: of the activity; who approved an extension is
    in the journal. extension_ns: the end asked for, 0 when none is.
    ended_ns: when it was closed or aborted, generation time; what it permitted ended then. 1 if
    nobody had approved it: then it never permitted anything.
    check: the newest expected-configuration check, None before the first.
    """

    activity: Activity
    state: PlanState
    version: int
    proposed_by: str
    approved_by: str = ""
    changed_by: str
    changed_ns: int
    comment: str = ""
    extension_ns: int = 0
    extension_by: str = ""
    ended_ns: int = 0
    check: ConfigurationCheck | None = None

    def in_force(self, time_ns: int) -> bool:
        """Whether what it permits is permitted at a time of its stream."""
        if self.state is PlanState.PROPOSED or not self.activity.in_window(time_ns):
            return False
        return not self.ended_ns or time_ns < self.ended_ns


class PlanChange(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the plan's journal, published on `event/plan` and kept for good.

    id: the same again when the same input is processed again. refused: why nothing was done, empty
    when it was. plan: as it is after the change; None where a refusal concerns none. command: the
    id of the command it answers; empty for what time brought about. check: the configuration check
    that was made for it. repeated: it had been done before, and nothing is changed.
    """

    id: str
    verb: PlanVerb
    time_ns: int
    received_ns: int
    by: str
    plan: Plan | None
    refused: str = ""
    command: str = ""
    check: ConfigurationCheck | None = None
    repeated: bool = False


class PlanCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks for one activity; the verb is in the topic.

    activity: the plan itself, for `propose` only. until_ns: the new end, for `extend` only,
    generation time. override: start although the configuration check says no-go, with the reason
    in `comment`. version: the one that was seen, for `approve`: another is refused; 0 for none.
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    by: Annotated[str, Meta(min_length=1, max_length=64)]
    plan: Annotated[str, Meta(min_length=1, max_length=64)]
    activity: Activity | None = None
    until_ns: Annotated[int, Meta(ge=0, le=2**62)] = 0
    override: bool = False
    version: Annotated[int, Meta(ge=0, le=2**62)] = 0
    comment: Annotated[str, Meta(max_length=1000)] = ""
    denied: Annotated[str, Meta(max_length=300)] = ""


#: (state, verb) -> next state. What is not here is refused.
PLAN_TABLE: Final[dict[tuple[PlanState, PlanVerb], PlanState]] = {
    (PlanState.PROPOSED, PlanVerb.PROPOSE): PlanState.PROPOSED,
    (PlanState.PROPOSED, PlanVerb.APPROVE): PlanState.APPROVED,
    (PlanState.PROPOSED, PlanVerb.ABORT): PlanState.ABORTED,
    (PlanState.PROPOSED, PlanVerb.CHECK): PlanState.PROPOSED,
    (PlanState.APPROVED, PlanVerb.APPROVE): PlanState.APPROVED,  # of an extension
    (PlanState.APPROVED, PlanVerb.START): PlanState.STARTED,
    (PlanState.APPROVED, PlanVerb.EXTEND): PlanState.APPROVED,
    (PlanState.APPROVED, PlanVerb.ABORT): PlanState.ABORTED,
    (PlanState.APPROVED, PlanVerb.CHECK): PlanState.APPROVED,
    (PlanState.STARTED, PlanVerb.APPROVE): PlanState.STARTED,  # of an extension
    (PlanState.STARTED, PlanVerb.EXTEND): PlanState.STARTED,
    (PlanState.STARTED, PlanVerb.ABORT): PlanState.ABORTED,
    (PlanState.STARTED, PlanVerb.CHECK): PlanState.STARTED,
    (PlanState.STARTED, PlanVerb.CLOSE): PlanState.CLOSED,
    (PlanState.APPROVED, PlanVerb.CLOSE): PlanState.CLOSED,
}
