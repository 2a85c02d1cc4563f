"""A contact schedule as pages draw it."""

from dashboard import contact_rows
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.contact import Contact, ContactSchedule


def test_contacts_come_in_order_with_their_links_and_span() -> None:
    schedule = ContactSchedule(
        from_ns=0,
        to_ns=100 * SECOND_NS,
        links=(LinkName.RUSSIAN, LinkName.KU),
        contacts=(
            Contact(link=LinkName.RUSSIAN, start_ns=60 * SECOND_NS, end_ns=70 * SECOND_NS),
            Contact(link=LinkName.RUSSIAN, start_ns=10 * SECOND_NS, end_ns=20 * SECOND_NS),
        ),
        by="Ann",
    )
    assert contact_rows.row(schedule) == {
        "from": 0,
        "to": 100_000,
        "links": ["russian", "ku"],
        "windows": [
            {"link": "russian", "start": 10_000, "end": 20_000},
            {"link": "russian", "start": 60_000, "end": 70_000},
        ],
        "by": "Ann",
    }
