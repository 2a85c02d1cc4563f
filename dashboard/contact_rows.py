"""When a spacecraft is expected to be heard, as pages draw it and count down to it."""

from typing import Any

from telemetry.contact import ContactSchedule


def row(schedule: ContactSchedule) -> dict[str, Any]:
    """Times in ms. windows: contacts, in order; of a link named without one none is expected.

    Outside [from, to), and of links that are not named, nothing is announced.
    """
    return {
        "from": schedule.from_ns / 1e6,
        "to": schedule.to_ns / 1e6,
        "links": [link.value for link in schedule.links],
        "windows": [
            {"link": one.link.value, "start": one.start_ns / 1e6, "end": one.end_ns / 1e6}
            for one in sorted(schedule.contacts, key=lambda one: (one.start_ns, one.link))
        ],
        "by": schedule.by,
    }
