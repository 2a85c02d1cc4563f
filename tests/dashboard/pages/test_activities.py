"""What stands on the activities page before the browser draws it."""

from dashboard.address import Address
from dashboard.pages.activities import ActivitiesPage
from telemetry.activity import ActivityKind, LinkName, PlannedState
from tests.dashboard.desk import Desk, text_of


def test_it_has_its_parts_and_the_choices_of_its_form() -> None:
    page = ActivitiesPage(Desk().means)
    layout = text_of(page.layout(Address(path=page.path)))
    assert '"data-page": "activities"' in layout
    for part in ("range-bar", "line-holder", "every", "chosen"):
        assert f'"className": "{part}"' in layout
    assert layout.count("aria-label") == 3
    for one in (*ActivityKind, *PlannedState, *LinkName):
        assert one.value in layout
