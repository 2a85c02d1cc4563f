"""The drawer about one parameter, without a browser."""

from dashboard.address import Address
from dashboard.pages.drawer import Drawer
from tests.dashboard.desk import Desk, text_of

CHOSEN = {"spacecraft": "iss", "subsystem": "adcs", "parameter": "ERR", "now": 1_000_000}


async def test_history_says_that_the_store_is_away() -> None:
    _, note = await Drawer(Desk().means).chart(CHOSEN, "15 min")
    assert "store is away" in note
    assert "nobody answers" in note


def test_it_has_definition_limits_response_and_the_way_to_trends() -> None:
    drawer = Drawer(Desk().means)
    title, text = drawer.about(CHOSEN, Address.read("/", "?root=replay-7"))
    assert title == "Attitude error (ERR)"
    shown = text_of(text)
    for expected in ("deg", "outside -1 to 1 deg", "CAUTION", "First action"):
        assert expected in shown
    assert "/trends?root=replay-7&p=iss/ERR" in shown
