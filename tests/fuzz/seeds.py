"""Valid messages, one of each kind: what inputs begin with."""

from typing import Any, Final

from telemetry import wire
from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.alarm import Alarm, Cause, Condition, Policy, Stimulus, step
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.contact import Contact, ContactSchedule
from telemetry.limit import Severity
from telemetry.plan import Plan, PlanChange, PlanCommand, PlanState, PlanVerb
from telemetry.replay import Replay, ReplayCommand, ReplaySpec, ReplayState
from telemetry.shift import Note, Shift, ShiftCommand

T_NS: Final = 1_634_289_120 * SECOND_NS

ACTIVITY: Final = Activity(
    id="turn",
    title="A turn",
    kind=ActivityKind.MANOEUVRE,
    spacecraft="iss",
    start_ns=T_NS,
    end_ns=T_NS + 60 * SECOND_NS,
    planned_states=(PlannedState.MANOEUVRE,),
)
CONTACTS: Final = ContactSchedule(
    from_ns=T_NS - 900 * SECOND_NS,
    to_ns=T_NS + 9_000 * SECOND_NS,
    links=(LinkName.S_BAND,),
    contacts=(Contact(link=LinkName.S_BAND, start_ns=T_NS, end_ns=T_NS + 5 * SECOND_NS),),
)
_FRESH: Final = Alarm(spacecraft="iss", id="ERR.limit", subject="ERR", condition=Condition.LIMIT)
_CAUSE: Final = Cause(severity=Severity.WARNING, value=3.5, limit="above 3")
ALARM, (EVENT, *_) = step(_FRESH, Stimulus.VIOLATE, T_NS, Policy(), _CAUSE)
_PLAN: Final = Plan(
    activity=ACTIVITY,
    state=PlanState.PROPOSED,
    version=1,
    proposed_by="Ann",
    changed_by="Ann",
    changed_ns=T_NS,
)
_SPEC: Final = ReplaySpec(start_ns=T_NS, stop_ns=T_NS + 60 * SECOND_NS, speed=10.0)

#: With the name of the decoder each is for.
MESSAGES: Final[tuple[tuple[str, Any], ...]] = (
    ("clock", StreamClock(kind=StreamKind.SIMULATED, epoch_ns=T_NS, wall_ns=T_NS, run="r")),
    ("link", wire.LinkStatus(online=True, publisher="p", instance="1", since_ns=T_NS)),
    ("command", wire.Command(id="1", alarm="ERR.limit", by="Ann", occurrence="o", comment="c")),
    ("injection", wire.Injection(id="1", by="Ann", action={"do": "leak", "area_mm2": 2.5})),
    ("alarm", ALARM),
    ("event", EVENT),
    ("contacts", CONTACTS),
    ("plan", _PLAN),
    (
        "plan_change",
        PlanChange(id="1", verb=PlanVerb.PROPOSE, time_ns=1, received_ns=2, by="Ann", plan=_PLAN),
    ),
    ("plan_command", PlanCommand(id="1", by="Ann", plan="turn", activity=ACTIVITY)),
    ("shift", Shift(notes=(Note(time_ns=1, by="Ann", text="quiet"),))),
    ("shift_command", ShiftCommand(id="1", by="Ann", text="quiet")),
    ("replay_command", ReplayCommand(id="1", by="Ann", spec=_SPEC)),
    (
        "replay",
        Replay(
            id="1",
            root="replay-1",
            by="Ann",
            spec=_SPEC,
            state=ReplayState.PLAYING,
            start_ns=T_NS,
            stop_ns=T_NS + 1,
            position_ns=T_NS,
            speed=1.0,
            created_ns=T_NS,
        ),
    ),
)
