"""The next AOS and LOS, as told to whoever announces a schedule."""

import pytest

from planning.passes import coming
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.contact import Contact, ContactSchedule

HOUR_NS = 3600 * SECOND_NS
#: From 01:00 to 06:00; contact from 01:00 to 02:00 and from 03:00 to 04:00.
SCHEDULE = ContactSchedule(
    from_ns=HOUR_NS,
    to_ns=6 * HOUR_NS,
    links=(LinkName.RUSSIAN,),
    contacts=tuple(
        Contact(link=LinkName.RUSSIAN, start_ns=a * HOUR_NS, end_ns=(a + 1) * HOUR_NS)
        for a in (1, 3)
    ),
)


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (0.0, "LOS 1970-01-01T02:00:00Z, then AOS 1970-01-01T03:00:00Z"),
        (1.5, "LOS 1970-01-01T02:00:00Z, then AOS 1970-01-01T03:00:00Z"),
        (2.0, "AOS 1970-01-01T03:00:00Z"),
        (3.0, "LOS 1970-01-01T04:00:00Z, then no AOS is announced"),
        (4.5, "no AOS is announced"),
        (6.0, "no LOS is announced any more"),
    ],
)
def test_the_next_loss_and_return_of_contact_are_told(hour: float, said: str) -> None:
    assert coming(SCHEDULE, round(hour * HOUR_NS)) == [f"russian: {said}"]


def test_every_link_the_schedule_speaks_of_has_its_line() -> None:
    two = ContactSchedule(
        from_ns=0,
        to_ns=HOUR_NS,
        links=(LinkName.KU, LinkName.S_BAND),
        contacts=(Contact(link=LinkName.KU, start_ns=0, end_ns=HOUR_NS),),
    )
    assert coming(two, 0) == ["ku: no LOS is announced any more", "s-band: no AOS is announced"]
