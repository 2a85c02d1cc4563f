"""What a contact schedule means: the next AOS and LOS of each link. Pure."""

from planning.show import time_text
from telemetry.activity import LinkName
from telemetry.contact import ContactSchedule


def coming(schedule: ContactSchedule, time_ns: int) -> list[str]:
    """A line a link, as of a time of the spacecraft's stream."""
    return [f"{link}: {_next(schedule, link, time_ns)}" for link in schedule.links]


def _next(schedule: ContactSchedule, link: LinkName, time_ns: int) -> str:
    outage = next((one for one in schedule.outages((link,)) if time_ns < one[1]), None)
    if outage is None:
        return "no LOS is announced any more"
    los_ns, aos_ns = outage
    # where the schedule ends nothing is announced, which is no AOS
    back = f"AOS {time_text(aos_ns)}" if aos_ns < schedule.to_ns else "no AOS is announced"
    return back if los_ns <= time_ns else f"LOS {time_text(los_ns)}, then {back}"
