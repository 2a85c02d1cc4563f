"""15 October 2021, 09:13, as ingest would tell it: values for pages to show."""

from msgspec.structs import replace

from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.alarm import Alarm, Condition, State
from telemetry.clock import SECOND_NS
from telemetry.contact import Signal, Silence
from telemetry.incident import Incident, Member, Role
from telemetry.limit import Severity
from telemetry.plan import CheckItem, ConfigurationCheck, Plan, PlanState

#: 09:13:00 UTC.
NOW_NS = 1_634_289_180 * SECOND_NS
FIRING_NS = NOW_NS - 42 * SECOND_NS
INCIDENT = f"uncommanded-firing-{FIRING_NS}"


def after(seconds: float) -> int:
    """A time so long after the firing began."""
    return FIRING_NS + round(seconds * SECOND_NS)


def member(alarm: str, seconds: float, role: Role, severity: Severity, **more: object) -> Member:
    spacecraft, _, id_ = alarm.partition("/")
    known = {"value": None, "limit": "", "inhibited": role is Role.CONSEQUENCE}
    return Member(
        spacecraft=spacecraft,
        alarm=id_,
        occurrence=f"{alarm}/{after(seconds)}",
        severity=severity,
        time_ns=after(seconds),
        role=role,
        **(known | more),  # type: ignore[arg-type]
    )


def incident() -> Incident:
    consequences = [
        member(
            f"iss/USLAB0000{n}.limit", 5.0 + n - 22, Role.CONSEQUENCE, Severity.CAUTION, value=1.62
        )
        for n in range(22, 28)
    ]
    members = (
        member(
            "soyuz/DER_FIRING_UNPLANNED.limit",
            0,
            Role.ROOT,
            Severity.WARNING,
            value=0.9,
            limit="above 0.02 s",
        ),
        member(
            "iss/USLAB000010.limit",
            17.9,
            Role.CASCADE,
            Severity.WARNING,
            value=92.0,
            limit="above 90 %",
        ),
        member(
            "iss/USLAB000041.limit", 30.2, Role.CASCADE, Severity.CAUTION, value=1, limit="is LOSS"
        ),
        *consequences,
    )
    return Incident(
        id=INCIDENT,
        rule="uncommanded-firing",
        title="Soyuz thrusters fire unplanned",
        opened_ns=FIRING_NS,
        changed_ns=NOW_NS,
        members=members,
        holding_from_ns=FIRING_NS,
        evidence={
            "soyuz/DER_FIRING_JETS": "DPO-B 7, DPO-B 8",
            "iss/DER_TORQUE_CONSISTENT": "Soyuz +X, Nauka +X",
            "iss/DER_TORQUE_EXCLUDED": "Zvezda pitch: its own telemetry is quiet",
            "iss/USLAB000010": "92.0",
        },
    )


def thruster_test(state: PlanState = PlanState.STARTED, *, go: bool = True) -> Plan:
    return Plan(
        activity=Activity(
            id="ms18-thruster-test",
            title="Soyuz MS-18 thruster test before undocking",
            kind=ActivityKind.THRUSTER_TEST,
            spacecraft="soyuz",
            start_ns=NOW_NS - 600 * SECOND_NS,
            end_ns=NOW_NS + 252 * SECOND_NS,
            may_fire=("soyuz",),
            longest_pulse_s=0.5,
            on_time_s=1.0,
            propellant_kg=1.6,
            planned_states=(PlannedState.DESATURATION_INHIBITED,),
            links=(LinkName.RUSSIAN,),
        ),
        state=state,
        version=3,
        proposed_by="planner",
        approved_by="" if state is PlanState.PROPOSED else "flight director",
        changed_by="flight director",
        changed_ns=NOW_NS - 600 * SECOND_NS,
        check=ConfigurationCheck(
            time_ns=NOW_NS - 600 * SECOND_NS,
            items=(
                CheckItem(name="CMG momentum", go=True, reason="11 %, at most 60 %"),
                CheckItem(
                    name="desaturation",
                    go=go,
                    reason="INHIBITED, as planned" if go else "ENABLED, planned is INHIBITED",
                ),
            ),
        ),
    )


def undocking() -> Plan:
    plan = thruster_test(PlanState.PROPOSED, go=False)
    activity = Activity(
        id="ms18-undocking",
        title="Soyuz MS-18 undocking",
        kind=ActivityKind.UNDOCKING,
        spacecraft="soyuz",
        start_ns=NOW_NS + 3600 * SECOND_NS,
        end_ns=NOW_NS + 5400 * SECOND_NS,
        may_fire=("soyuz",),
    )
    return replace(plan, activity=activity, approved_by="", check=None, version=1)


def signal(*, announced: bool = True) -> Signal:
    """ISS has lost two subsystems; four alarms stood."""
    last_ns, back_ns = NOW_NS - 20 * SECOND_NS, NOW_NS + 420 * SECOND_NS
    out = tuple(
        Silence(
            subsystem=subsystem,
            last_ns=last_ns,
            announced=announced,
            back_ns=back_ns if announced else 0,
        )
        for subsystem in ("eps", "etcs")
    )
    return Signal(time_ns=NOW_NS, out=out, standing=4)


def alarm(parameter: str = "USLAB000022", craft: str = "iss", **changes: object) -> Alarm:
    """One that stands, not acknowledged, since the firing."""
    id_ = f"{parameter}.limit"
    standing = Alarm(
        spacecraft=craft,
        id=id_,
        subject=parameter,
        condition=Condition.LIMIT,
        state=State.UNACK,
        severity=Severity.WARNING,
        highest=Severity.WARNING,
        occurrence=f"{craft}/{id_}/{FIRING_NS}",
        since_ns=FIRING_NS,
        value=5.2,
        limit="above 5 deg",
        violations=1,
    )
    return replace(standing, **changes)
