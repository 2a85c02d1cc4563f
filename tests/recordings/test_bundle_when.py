"""Of when a bundle is, and what of plans and incidents belongs into it."""

import pytest
from msgspec.structs import replace

from recordings.bundle_when import Asked, around, incidents_of, plans_of
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.incident import Incident, Member, Role
from telemetry.limit import Severity
from telemetry.plan import Plan, PlanChange, PlanState, PlanVerb
from tests.ingest.planning import END_NS, MINUTE_NS, START_NS, activity


def incident(id_: str = "turn-1", opened_s: int = 100, **fields: object) -> Incident:
    member = Member(
        spacecraft="iss",
        alarm="ERR.limit",
        occurrence="o",
        severity=Severity.CAUTION,
        time_ns=opened_s * SECOND_NS,
        inhibited=False,
        role=Role.ROOT,
    )
    said = Incident(
        id=id_,
        rule="turn",
        title="It turns",
        opened_ns=opened_s * SECOND_NS,
        changed_ns=opened_s * SECOND_NS,
        members=(member,),
    )
    return replace(said, **fields)


def asked(**fields: object) -> Asked:
    said: dict[str, object] = {"before_ns": 10 * SECOND_NS, "after_ns": 30 * SECOND_NS}
    return Asked(**(said | fields))  # type: ignore[arg-type]


def test_a_range_is_as_asked() -> None:
    assert around(asked(start_ns=5, stop_ns=9), []) == (5, 9, 0)


def test_around_a_time() -> None:
    wanted = 90 * SECOND_NS, 130 * SECOND_NS, 100 * SECOND_NS
    assert around(asked(at_ns=100 * SECOND_NS), []) == wanted
    assert around(asked(at_ns=SECOND_NS), [])[0] == 0


def test_around_an_incident_from_its_first_to_its_last() -> None:
    closed = incident(closed_ns=200 * SECOND_NS)
    wanted = 90 * SECOND_NS, 230 * SECOND_NS, 100 * SECOND_NS
    assert around(asked(incident="turn-1"), [closed, incident()]) == wanted
    lasting = incident(changed_ns=150 * SECOND_NS)
    assert around(asked(incident="turn-1"), [lasting])[1] == 180 * SECOND_NS


def test_an_incident_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no incident 'turn-2'.*turn-1.*the newest are turn-1"):
        around(asked(incident="turn-2"), [incident()])
    with pytest.raises(UsageError, match="there are none"):
        around(asked(incident="turn-2"), [])


def test_incidents_are_those_of_the_range_as_they_stood_then() -> None:
    early = incident("a", 10, closed_ns=20 * SECOND_NS)
    during, later = incident("b", 100), incident("b", 100, changed_ns=500 * SECOND_NS)
    after = incident("c", 400)
    found = incidents_of([later, after, during, early], 50 * SECOND_NS, 300 * SECOND_NS)
    assert found == [during]
    assert incidents_of([early], 15 * SECOND_NS, 300 * SECOND_NS) == [early]


def change(plan: Plan, refused: str = "") -> PlanChange:
    return PlanChange(
        id="x",
        verb=PlanVerb.PROPOSE,
        time_ns=plan.changed_ns,
        received_ns=0,
        by="Ann",
        plan=plan,
        refused=refused,
    )


def test_plans_are_those_of_the_range_as_they_stood_then() -> None:
    proposed = Plan(
        activity=activity(),
        state=PlanState.PROPOSED,
        version=1,
        proposed_by="Ann",
        changed_by="Ann",
        changed_ns=MINUTE_NS,
    )
    approved = replace(proposed, state=PlanState.APPROVED, changed_ns=2 * MINUTE_NS)
    aborted = replace(proposed, state=PlanState.ABORTED, changed_ns=END_NS)
    log = [change(aborted), change(approved, refused="no"), change(approved), change(proposed)]
    assert plans_of(log, START_NS, END_NS) == [approved]
    assert plans_of(log, START_NS, END_NS + 1) == [aborted]
    assert plans_of(log, END_NS + 1, END_NS + 2) == []
    assert plans_of(log, 0, START_NS) == []
