"""What a simulation tells ingest beside telemetry: its scenario's activities and contacts. Pure.

Two names propose and approve each activity, as two people would: whoever watches a training run
sees the plan as on the day. Said again on every connection, with the same ids; ingest takes that
for what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulators.simulation import Simulation
from telemetry import wire
from telemetry.clock import SECOND_NS
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.topics import Topics

#: Contacts are announced for so long, or to the scenario's end if that is later.
ANNOUNCED_NS: Final = 86_400 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Announcement:
    topic: str
    payload: bytes
    retain: bool = False


def announcements(simulation: Simulation, topics: Topics, spacecraft: str) -> list[Announcement]:
    """The contact schedule and the plan of one spacecraft, to be published in this order."""
    scenario = simulation.scenario
    until_ns = max(scenario.end_ns, scenario.start_ns + ANNOUNCED_NS)
    schedule = simulation.schedule(spacecraft, scenario.start_ns, until_ns)
    said = [Announcement(topics.contacts(spacecraft), wire.encode(schedule), retain=True)]
    for activity in scenario.activities:
        if activity.spacecraft == spacecraft:
            plan, name = activity.id, scenario.name[:32]
            proposal = PlanCommand(
                id=f"{name}/{plan}/propose"[:64],
                by=f"{name}: planner",
                plan=plan,
                activity=activity,
            )
            approval = PlanCommand(
                id=f"{name}/{plan}/approve"[:64], by=f"{name}: second planner", plan=plan
            )
            said += _asked(topics, spacecraft, PlanVerb.PROPOSE, proposal)
            said += _asked(topics, spacecraft, PlanVerb.APPROVE, approval)
    return said


def _asked(
    topics: Topics, spacecraft: str, verb: PlanVerb, command: PlanCommand
) -> Sequence[Announcement]:
    return (Announcement(topics.plan_command(spacecraft, verb), wire.encode(command)),)
