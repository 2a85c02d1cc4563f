"""What a simulation tells ingest beside telemetry: its scenario's activities and contacts. Pure.

Two names propose and approve each activity, as two people would: whoever watches a training run
sees the plan as on the day. Said again on every connection, with the same ids; ingest takes that
for what it is.
"""

from dataclasses import dataclass
from typing import Final

from simulators.simulation import Simulation
from telemetry import wire
from telemetry.clock import SECOND_NS
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.topics import Topics

#: Contacts are announced for so long, or to the scenario's end if that is later; again when less
#: than so much of it is left; and what is past so far back, for it explains what was not heard.
ANNOUNCED_NS: Final = 86_400 * SECOND_NS
AHEAD_NS: Final = 3_600 * SECOND_NS
BEHIND_NS: Final = 6 * 3_600 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Announcement:
    topic: str
    payload: bytes
    retain: bool = False


class Schedules:
    """When contact schedules must be told again: one has changed, or they soon end."""

    def __init__(self, simulation: Simulation, time_ns: int) -> None:
        """They are told now, at a time of the simulation."""
        self._simulation = simulation
        self.told(time_ns)

    def told(self, time_ns: int) -> None:
        self._changes = self._simulation.schedules
        self._until_ns = _reach_ns(self._simulation, time_ns)

    def due(self, time_ns: int) -> bool:
        return self._changes != self._simulation.schedules or time_ns + AHEAD_NS > self._until_ns


def contacts(simulation: Simulation, topics: Topics, spacecraft: str, time_ns: int) -> Announcement:
    """The contact schedule as it is to be told at a time of the simulation."""
    start_ns = max(simulation.scenario.start_ns, time_ns - BEHIND_NS)
    schedule = simulation.schedule(spacecraft, start_ns, _reach_ns(simulation, time_ns))
    return Announcement(topics.contacts(spacecraft), wire.encode(schedule), retain=True)


def announcements(simulation: Simulation, topics: Topics, spacecraft: str) -> list[Announcement]:
    """The contact schedule and the plan of one spacecraft, to be published in this order."""
    scenario = simulation.scenario
    said = [contacts(simulation, topics, spacecraft, scenario.start_ns)]
    for activity in scenario.activities:
        if activity.spacecraft == spacecraft:
            plan, name = activity.id, scenario.name[:32]
            asked = {
                PlanVerb.PROPOSE: (f"{name}: planner", activity),
                PlanVerb.APPROVE: (f"{name}: second planner", None),
            }
            for verb, (by, proposed) in asked.items():
                # the verb comes first: no two commands of a plan may share what is left of an id
                id_ = f"{verb}/{name}/{plan}"[:64]
                command = PlanCommand(id=id_, by=by, plan=plan, activity=proposed)
                topic = topics.plan_command(spacecraft, verb)
                said.append(Announcement(topic, wire.encode(command)))
    return said


def _reach_ns(simulation: Simulation, time_ns: int) -> int:
    return max(simulation.scenario.end_ns, time_ns + ANNOUNCED_NS)
