from ingest.notify.circumstances import circumstances
from telemetry.activity import Activity, ActivityKind
from telemetry.alarm import Event
from telemetry.clock import LIVE_CLOCK, StreamClock, StreamKind
from telemetry.incident import Incident, Member
from telemetry.plan import Plan, PlanState
from tests.ingest.notify.samples import Life, s


def plan(id_: str, start: float, end: float, state: PlanState = PlanState.APPROVED) -> Plan:
    activity = Activity(
        id=id_,
        title=f"Test {id_}",
        kind=ActivityKind.THRUSTER_TEST,
        spacecraft="soyuz",
        start_ns=s(start),
        end_ns=s(end),
    )
    return Plan(
        activity=activity, state=state, version=1, proposed_by="a", changed_by="a", changed_ns=s(0)
    )


def incident(event: Event) -> Incident:
    member = Member(
        spacecraft="iss",
        alarm=event.alarm.id,
        occurrence=event.alarm.occurrence,
        severity=event.alarm.severity,
        time_ns=event.time_ns,
        inhibited=False,
    )
    return Incident(
        id="firing-1",
        rule="firing",
        title="Unplanned firing",
        opened_ns=s(0),
        changed_ns=s(0),
        members=(member,),
    )


def test_activities_in_force_and_the_open_incident_are_told() -> None:
    event = Life().violate(10)
    plans = [
        plan("now", 0, 20),
        plan("over", 0, 5),
        plan("later", 30, 40),
        plan("asked", 0, 20, PlanState.PROPOSED),
    ]
    clock = StreamClock(kind=StreamKind.PLAYED, epoch_ns=1, wall_ns=2)
    known = circumstances(event, "play", clock, plans, [incident(event)])
    assert known.activities == ("Test now",)
    assert known.incident == "Unplanned firing"
    assert (known.root, known.clock) == ("play", clock)


def test_an_incident_of_another_alarm_is_not_told() -> None:
    event, other = Life().violate(10), incident(Life("SLOW").violate(9))
    assert circumstances(event, "play", LIVE_CLOCK, [], [other]).incident == ""
