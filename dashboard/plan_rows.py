"""An activity as a line of the plan strip: window, state, go or no-go and why, budget used."""

from typing import Any, Final

from telemetry.missiondb import MissionDatabase
from telemetry.plan import ConfigurationCheck, Plan, PlanState, PlanVerb

#: What of a budget is used: these parameters are about the activity in force.
BUDGETS: Final = {"DER_BUDGET_ON_TIME": "on-time", "DER_BUDGET_PROPELLANT": "propellant"}


def row_id(craft: str, activity: str) -> str:
    return f"{craft}/{activity}"


def row(plan: Plan, database: MissionDatabase) -> dict[str, Any]:
    activity = plan.activity
    return {
        "id": row_id(activity.spacecraft, activity.id),
        "spacecraft": activity.spacecraft,
        "plan": activity.id,
        "title": activity.title,
        "kind": activity.kind.value.replace("-", " "),
        "start": activity.start_ns / 1e6,
        "end": activity.end_ns / 1e6,
        "state": plan.state.value,
        "version": plan.version,
        "hazardous": activity.hazardous,
        "permits": permits(plan),
        "people": people(plan),
        "comment": plan.comment,
        "extension": plan.extension_ns / 1e6,
        "verbs": [verb.value for verb in verbs(plan)],
        "check": _check(plan.check),
        "budgets": _budgets(plan, database),
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
    """What the strip offers, as far as the window lets it; ingest decides, by its whole table."""
    match plan.state:
        case PlanState.PROPOSED:
            return [PlanVerb.APPROVE, PlanVerb.ABORT]
        case PlanState.APPROVED:
            offered = [PlanVerb.START, PlanVerb.CLOSE, PlanVerb.ABORT]
        case PlanState.STARTED:
            offered = [PlanVerb.CLOSE, PlanVerb.ABORT]
        case _:
            return []
    return [PlanVerb.APPROVE, *offered] if plan.extension_ns else offered


def _check(check: ConfigurationCheck | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "go": check.go,
        "t": check.time_ns / 1e6,
        "items": [{"name": one.name, "go": one.go, "reason": one.reason} for one in check.items],
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
