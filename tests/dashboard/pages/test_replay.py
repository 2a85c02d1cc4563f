"""What stands on the replay page before the browser draws it."""

from dashboard.address import Address
from dashboard.pages.replay import ReplayPage
from tests.dashboard.desk import Desk, text_of


def test_every_part_is_named_for_those_who_hear_the_page() -> None:
    page = ReplayPage(Desk().means)
    layout = text_of(page.layout(Address(path=page.path)))
    assert '"data-page": "replay"' in layout
    for part in ("sessions", "range", "form", "incidents", "named"):
        assert f"replay-{part}" in layout
    assert layout.count("aria-label") == 6  # of the parts, and of the way between views
