"""The life of one alarm, as in ISA-18.2: a table, and a function that follows it.

No clock, no lock, no logger: time is an argument, what happened is the result. `ALARM_TABLE` is
the one place that says what may follow what; the documentation and the tests read it too.

Shelved and out of service are orthogonal to the state. They silence an alarm; they do not hide it.
"""

from enum import StrEnum
from typing import Final

import msgspec

from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.parameter import Value

#: A returned but unacknowledged alarm that comes again is heard at most this often, unless it comes
#: worse than it ever was, or what was heard of it was in late data.
REANNUNCIATE_NS: Final = 60_000_000_000


class State(StrEnum):
    #                                 process      alarm    operator
    NORMAL = "NORMAL"  #              in limits    off      -
    UNACK = "UNACK"  #                violated     on       has not seen it
    ACKED = "ACKED"  #                violated     on       has seen it
    RTN_UNACK = "RTN_UNACK"  #        in limits    off      has not seen it
    LATCHED_UNACK = "LATCHED_UNACK"  # in limits   on       has not seen it
    LATCHED_ACKED = "LATCHED_ACKED"  # in limits   on       has seen it

    @property
    def violated(self) -> bool:
        return self in (State.UNACK, State.ACKED)

    @property
    def unacknowledged(self) -> bool:
        return self in (State.UNACK, State.RTN_UNACK, State.LATCHED_UNACK)


class Stimulus(StrEnum):
    VIOLATE = "VIOLATE"
    ESCALATE = "ESCALATE"
    DEESCALATE = "DEESCALATE"
    RETURN = "RETURN"
    ACK = "ACK"
    RESET = "RESET"


class Reaction(StrEnum):
    """What a cell of the table does besides going to its state."""

    QUIET = "quiet"
    ANNUNCIATE = "annunciate"
    ANNUNCIATE_LIMITED = "annunciate, at most once a minute"
    REFUSE = "refuse"
    IMPOSSIBLE = "impossible"


_N, _U, _A = State.NORMAL, State.UNACK, State.ACKED
_R, _LU, _LA = State.RTN_UNACK, State.LATCHED_UNACK, State.LATCHED_ACKED
_quiet, _annunciate, _limited = Reaction.QUIET, Reaction.ANNUNCIATE, Reaction.ANNUNCIATE_LIMITED
_refuse, _impossible = Reaction.REFUSE, Reaction.IMPOSSIBLE

# fmt: off
#: (state, stimulus) -> (next state, next state of a latching alarm, reaction).
ALARM_TABLE: Final[dict[tuple[State, Stimulus], tuple[State, State, Reaction]]] = {
    (_N, Stimulus.VIOLATE):     (_U, _U, _annunciate),
    (_N, Stimulus.ESCALATE):    (_N, _N, _impossible),
    (_N, Stimulus.DEESCALATE):  (_N, _N, _impossible),
    (_N, Stimulus.RETURN):      (_N, _N, _quiet),
    (_N, Stimulus.ACK):         (_N, _N, _refuse),
    (_N, Stimulus.RESET):       (_N, _N, _refuse),

    (_U, Stimulus.VIOLATE):     (_U, _U, _quiet),
    (_U, Stimulus.ESCALATE):    (_U, _U, _annunciate),
    (_U, Stimulus.DEESCALATE):  (_U, _U, _quiet),
    (_U, Stimulus.RETURN):      (_R, _LU, _quiet),
    (_U, Stimulus.ACK):         (_A, _A, _quiet),
    (_U, Stimulus.RESET):       (_U, _U, _refuse),

    (_A, Stimulus.VIOLATE):     (_A, _A, _quiet),
    (_A, Stimulus.ESCALATE):    (_U, _U, _annunciate),
    (_A, Stimulus.DEESCALATE):  (_A, _A, _quiet),
    (_A, Stimulus.RETURN):      (_N, _LA, _quiet),
    (_A, Stimulus.ACK):         (_A, _A, _quiet),
    (_A, Stimulus.RESET):       (_A, _A, _refuse),

    (_R, Stimulus.VIOLATE):     (_U, _U, _limited),
    (_R, Stimulus.ESCALATE):    (_R, _R, _impossible),
    (_R, Stimulus.DEESCALATE):  (_R, _R, _impossible),
    (_R, Stimulus.RETURN):      (_R, _R, _quiet),
    (_R, Stimulus.ACK):         (_N, _N, _quiet),
    (_R, Stimulus.RESET):       (_R, _R, _refuse),

    (_LU, Stimulus.VIOLATE):    (_U, _U, _limited),
    (_LU, Stimulus.ESCALATE):   (_LU, _LU, _impossible),
    (_LU, Stimulus.DEESCALATE): (_LU, _LU, _impossible),
    (_LU, Stimulus.RETURN):     (_LU, _LU, _quiet),
    (_LU, Stimulus.ACK):        (_LA, _LA, _quiet),
    (_LU, Stimulus.RESET):      (_R, _R, _quiet),

    (_LA, Stimulus.VIOLATE):    (_U, _U, _annunciate),
    (_LA, Stimulus.ESCALATE):   (_LA, _LA, _impossible),
    (_LA, Stimulus.DEESCALATE): (_LA, _LA, _impossible),
    (_LA, Stimulus.RETURN):     (_LA, _LA, _quiet),
    (_LA, Stimulus.ACK):        (_LA, _LA, _quiet),
    (_LA, Stimulus.RESET):      (_N, _N, _quiet),
}
# fmt: on


class Condition(StrEnum):
    """What an alarm is about; with its subject it makes the alarm's id."""

    LIMIT = "limit"
    RATE = "rate"
    INVALID = "invalid"
    STALE = "stale"
    INCREASE = "increase"


class EventKind(StrEnum):
    VIOLATED = "VIOLATED"
    ESCALATED = "ESCALATED"
    DEESCALATED = "DEESCALATED"
    RETURNED = "RETURNED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESET = "RESET"
    SHELVED = "SHELVED"
    UNSHELVED = "UNSHELVED"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    IN_SERVICE = "IN_SERVICE"
    DATED = "DATED"
    OCCURRED = "OCCURRED"
    SIGNAL_LOST = "SIGNAL_LOST"
    SIGNAL_BACK = "SIGNAL_BACK"
    INHIBITED = "INHIBITED"
    UNINHIBITED = "UNINHIBITED"
    REFUSED = "REFUSED"


class Policy(msgspec.Struct, frozen=True):
    """How an alarm of this parameter behaves: from the mission database."""

    latching: bool = False


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of one alarm; also what is published, retained, while it is not NORMAL.

    id: `<parameter or subsystem>.<condition>`, unique in its spacecraft.
    occurrence: `<spacecraft>/<id>/<time of first violation>`, and the stream's run where it has
        one, since a simulated day can be flown again; empty while NORMAL.
    severity: of the violation now (NOMINAL once returned); `highest` of the occurrence.
    value, limit: what broke which limit when it last became worse.
    violations: how often it has been violated in this occurrence; `events` counts its transitions.
    unknown_since_ns: it stood at loss of signal, and whether it still does is unknown since then.
    inhibited_by: the incident it is a known consequence of, and is therefore not annunciated.
    late: its occurrence was found in data that came late, and was over or had begun long before.
    """

    spacecraft: str
    id: str
    subject: str
    condition: Condition
    state: State = State.NORMAL
    severity: Severity = Severity.NOMINAL
    highest: Severity = Severity.NOMINAL
    occurrence: str = ""
    since_ns: int = 0
    changed_ns: int = 0
    value: Value | None = None
    limit: str = ""
    violations: int = 0
    events: int = 0
    annunciated_ns: int = 0
    acknowledged_by: str = ""
    acknowledged_ns: int = 0
    comment: str = ""
    shelved_until_ns: int = 0
    shelved_by: str = ""
    shelf_reason: str = ""
    out_of_service: bool = False
    out_of_service_by: str = ""
    out_of_service_reason: str = ""
    unknown_since_ns: int = 0
    inhibited_by: str = ""
    late: bool = False

    @property
    def silenced(self) -> bool:
        """Whether an operator silenced it."""
        return self.shelved_until_ns > 0 or self.out_of_service

    @property
    def audible(self) -> bool:
        """Whether anybody is told aloud: not while silenced, nor as an incident's consequence."""
        return not self.silenced and not self.inhibited_by

    @property
    def standing(self) -> bool:
        """Whether an operator must still be able to see it."""
        return self.state is not State.NORMAL or self.silenced


#: What is received so long after its time says so.
BEHIND_NS: Final = 2 * SECOND_NS


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the alarm journal: who, when, why, value and limit.

    id: unique and the same again when the same input is processed again.
    time_ns: generation time of the cause; for an operator's act, when ingest received it. What was
        found in late data happened long before it was received, and `alarm.late` says so.
    alarm: the alarm as it is after the event. value: what was measured when it happened, such as
        the value that is back in limits; `alarm.value` is the one that broke the limit.
    annunciate: this must be heard. behind_ns: how long after its time it was received, by the
        wall, if that was over `BEHIND_NS`; else 0.
    """

    id: str
    kind: EventKind
    time_ns: int
    received_ns: int
    previous: State
    alarm: Alarm
    value: Value | None = None
    annunciate: bool = False
    by: str = ""
    comment: str = ""
    reason: str = ""
    behind_ns: int = 0


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What comes with a stimulus: the violation's severity, value and limit, or who acted.

    inhibited_by: the incident that explains the violation, which is then not annunciated.
    late: it was found in data that came late. run: of the stream, empty where it announced none.
    """

    severity: Severity = Severity.NOMINAL
    value: Value | None = None
    limit: str = ""
    received_ns: int = 0
    by: str = ""
    comment: str = ""
    reference: str = ""
    inhibited_by: str = ""
    late: bool = False
    run: str = ""


_EVENT_OF: Final = {
    Stimulus.VIOLATE: EventKind.VIOLATED,
    Stimulus.ESCALATE: EventKind.ESCALATED,
    Stimulus.DEESCALATE: EventKind.DEESCALATED,
    Stimulus.RETURN: EventKind.RETURNED,
    Stimulus.ACK: EventKind.ACKNOWLEDGED,
    Stimulus.RESET: EventKind.RESET,
}


def step(
    alarm: Alarm, stimulus: Stimulus, now_ns: int, policy: Policy, cause: Cause
) -> tuple[Alarm, tuple[Event, ...]]:
    """Apply one stimulus.

    A stimulus that changes nothing gives no event; one the table refuses gives a REFUSED event and
    leaves the alarm as it was.
    :raises ValueError: for a pair the detector can never produce (an escalation of nothing).
    """
    plain, latched, reaction = ALARM_TABLE[alarm.state, stimulus]
    state = latched if policy.latching else plain
    if reaction is Reaction.IMPOSSIBLE:
        raise ValueError(f"{stimulus} cannot happen to {alarm.id} in {alarm.state}")
    if reaction is Reaction.REFUSE:
        why = f"{stimulus.value} is not possible while the alarm is {alarm.state.value}"
        return alarm, (refusal(alarm, now_ns, cause, why),)
    if state is alarm.state and stimulus in (
        Stimulus.VIOLATE,
        Stimulus.RETURN,
        Stimulus.ACK,
    ):
        return alarm, ()

    after = msgspec.structs.replace(
        alarm,
        state=state,
        changed_ns=now_ns,
        events=alarm.events + 1,
        **_changes(alarm, stimulus, now_ns, cause),
    )
    heard = after.audible and (
        reaction is Reaction.ANNUNCIATE
        or (
            reaction is Reaction.ANNUNCIATE_LIMITED
            and (
                # Stream time may also go back, when its publisher starts anew.
                not 0 <= now_ns - alarm.annunciated_ns < REANNUNCIATE_NS
                # Nobody has heard of it being so severe, or of it happening now.
                or after.severity > alarm.highest
                or (alarm.late and not after.late)
            )
        )
    )
    if heard:
        after = msgspec.structs.replace(after, annunciated_ns=now_ns)
    event = Event(
        id=f"{after.occurrence}/{after.events}",
        kind=_EVENT_OF[stimulus],
        time_ns=now_ns,
        received_ns=cause.received_ns,
        previous=alarm.state,
        alarm=after,
        value=cause.value,
        annunciate=heard,
        by=cause.by,
        comment=cause.comment,
    )
    return (_forget_occurrence(after) if state is State.NORMAL else after), (event,)


def refusal(alarm: Alarm, now_ns: int, cause: Cause, why: str) -> Event:
    """Tell the operator that what was asked for `alarm` is not done."""
    return Event(
        id=f"refused/{cause.reference}",
        kind=EventKind.REFUSED,
        time_ns=now_ns,
        received_ns=cause.received_ns,
        previous=alarm.state,
        alarm=alarm,
        by=cause.by,
        comment=cause.comment,
        reason=why,
    )


def _changes(alarm: Alarm, stimulus: Stimulus, now_ns: int, cause: Cause) -> dict[str, object]:
    match stimulus:
        case Stimulus.VIOLATE | Stimulus.ESCALATE:
            changes: dict[str, object] = {
                "severity": cause.severity,
                "highest": max(alarm.highest, cause.severity),
                "value": cause.value,
                "limit": cause.limit,
                "violations": alarm.violations + (stimulus is Stimulus.VIOLATE),
                "inhibited_by": cause.inhibited_by,
                "late": cause.late,
            }
            if alarm.state is State.NORMAL:
                about = alarm.spacecraft, alarm.id, str(now_ns)
                changes |= {
                    "occurrence": "/".join(filter(None, (*about, cause.run))),
                    "since_ns": now_ns,
                }
            return changes
        case Stimulus.DEESCALATE:
            return {"severity": cause.severity}
        case Stimulus.RETURN:
            return {"severity": Severity.NOMINAL}
        case Stimulus.ACK:
            return {
                "acknowledged_by": cause.by,
                "acknowledged_ns": now_ns,
                "comment": cause.comment,
            }
        case Stimulus.RESET:
            return {}


def _forget_occurrence(alarm: Alarm) -> Alarm:
    """NORMAL again: keep who the alarm is and how it is silenced, nothing of the occurrence."""
    return Alarm(
        spacecraft=alarm.spacecraft,
        id=alarm.id,
        subject=alarm.subject,
        condition=alarm.condition,
        changed_ns=alarm.changed_ns,
        shelved_until_ns=alarm.shelved_until_ns,
        shelved_by=alarm.shelved_by,
        shelf_reason=alarm.shelf_reason,
        out_of_service=alarm.out_of_service,
        out_of_service_by=alarm.out_of_service_by,
        out_of_service_reason=alarm.out_of_service_reason,
    )
