"""An activity as pages show it: window, state, go or no-go and why, budgets, what can be asked."""

from typing import Any, Final

from telemetry.missiondb import MissionDatabase
from telemetry.plan import PLAN_TABLE, ConfigurationCheck, Plan, PlanChange, PlanState, PlanVerb

#: What of a budget is used: these parameters are about the activity in force.
BUDGETS: Final = {"DER_BUDGET_ON_TIME": "on-time", "DER_BUDGET_PROPELLANT": "propellant"}

#: In the order in which they are offered; proposing has a form of its own.
_OFFERED: Final = (
    PlanVerb.APPROVE,
    PlanVerb.START,
    PlanVerb.CHECK,
    PlanVerb.EXTEND,
    PlanVerb.CLOSE,
    PlanVerb.ABORT,
)


def row_id(craft: str, activity: str) -> str:
    return f"{craft}/{activity}"


def row(plan: Plan, database: MissionDatabase) -> dict[str, Any]:
    """asked: the activity itself, as a form has it; times in ms.

    over: when what it permitted ended, 0 while it has not; approved: whether it ever permitted it.
    """
    activity = plan.activity
    return {
        "id": row_id(activity.spacecraft, activity.id),
        "spacecraft": activity.spacecraft,
        "plan": activity.id,
        "title": activity.title,
        "kind": activity.kind.value.replace("-", " "),
        "start": activity.start_ns / 1e6,
        "end": activity.end_ns / 1e6,
        "over": plan.ended_ns / 1e6 if plan.ended_ns > 1 else 0,
        "state": plan.state.value,
        "version": plan.version,
        "hazardous": activity.hazardous,
        "permits": permits(plan),
        "people": people(plan),
        "proposed_by": plan.proposed_by,
        "approved_by": plan.approved_by,
        "changed_by": plan.changed_by,
        "changed": plan.changed_ns / 1e6,
        "comment": plan.comment,
        "extension": plan.extension_ns / 1e6,
        "extension_by": plan.extension_by,
        "verbs": [verb.value for verb in verbs(plan)],
        "check": check(plan.check),
        "budgets": _budgets(plan, database),
        "asked": {
            "kind": activity.kind.value,
            "may_fire": list(activity.may_fire),
            "longest_pulse_s": activity.longest_pulse_s,
            "on_time_s": activity.on_time_s,
            "propellant_kg": activity.propellant_kg,
            "planned_states": [state.value for state in activity.planned_states],
            "links": [link.value for link in activity.links],
        },
    }


def permits(plan: Plan) -> list[str]:
    """What it permits, in words."""
    activity = plan.activity
    words = []
    if activity.may_fire:
        words.append(f"may fire: {', '.join(activity.may_fire)}")
    if activity.longest_pulse_s is not None:
        words.append(f"longest pulse {activity.longest_pulse_s:g} s")
    if activity.on_time_s is not None:
        words.append(f"on-time of a thruster {activity.on_time_s:g} s")
    if activity.propellant_kg is not None:
        words.append(f"propellant {activity.propellant_kg:g} kg")
    if activity.planned_states:
        words.append(f"planned: {', '.join(activity.planned_states)}")
    if activity.links:
        words.append(f"links expected: {', '.join(activity.links)}")
    return words


def people(plan: Plan) -> str:
    said = f"proposed by {plan.proposed_by}"
    if plan.approved_by:
        said += f", approved by {plan.approved_by}"
    if plan.extension_by:
        said += f", more time asked for by {plan.extension_by}"
    return said


def verbs(plan: Plan) -> list[PlanVerb]:
    """What can be asked, by ingest's own table; whether it is done now is for ingest to say."""
    settled = plan.state is not PlanState.PROPOSED and not plan.extension_ns
    return [
        verb
        for verb in _OFFERED
        if (plan.state, verb) in PLAN_TABLE and not (settled and verb is PlanVerb.APPROVE)
    ]


def change(craft: str, change: PlanChange) -> dict[str, Any]:
    """A line of the plan's journal. id, title, state: of its activity; empty where a refusal
    concerns none.
    """
    plan = change.plan
    return {
        "id": row_id(craft, plan.activity.id) if plan else "",
        "event": change.id,
        "command": change.command,
        "verb": change.verb.value,
        "t": change.time_ns / 1e6,
        "rx": change.received_ns / 1e6,
        "by": change.by,
        "refused": change.refused,
        "repeated": change.repeated,
        "title": plan.activity.title if plan else "",
        "state": plan.state.value if plan else "",
        "version": plan.version if plan else 0,
        "comment": plan.comment if plan and not change.refused else "",
        "end": plan.activity.end_ns / 1e6 if plan else 0,
        "extension": plan.extension_ns / 1e6 if plan else 0,
        "check": check(change.check),
    }


def check(found: ConfigurationCheck | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "go": found.go,
        "t": found.time_ns / 1e6,
        "items": [{"name": one.name, "go": one.go, "reason": one.reason} for one in found.items],
    }


def _budgets(plan: Plan, database: MissionDatabase) -> list[dict[str, str]]:
    """Where the page finds how much of its budgets is used; none where it has no budget."""
    activity = plan.activity
    has = {
        "DER_BUDGET_ON_TIME": activity.on_time_s is not None,
        "DER_BUDGET_PROPELLANT": activity.propellant_kg is not None,
    }
    return [
        {"key": f"{craft.id}/{parameter}", "name": BUDGETS[parameter]}
        for craft in database.spacecraft.values()
        for subsystem in craft.subsystems.values()
        for parameter in BUDGETS
        if parameter in subsystem.parameters and has[parameter]
    ]
