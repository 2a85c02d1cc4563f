"""The attitude page without a browser: it names what there is, and stands without it."""

from dashboard.address import Address
from dashboard.pages.attitude import AttitudePage
from telemetry import missiondb
from tests.dashboard.desk import Desk, text_of


def test_every_parameter_it_names_is_in_the_mission_database() -> None:
    page = AttitudePage(Desk(database=missiondb.load()).means)
    shown = text_of(page.layout(Address.read("/attitude", "?root=replay-7")))
    assert "not in the mission database" not in shown
    for wheel in range(1, 5):
        assert f'"iss/Z100000{wheel}"' in shown
    assert "/trends?root=replay-7&p=iss/DER_ATT_ERROR" in shown


def test_it_stands_without_them() -> None:
    shown = text_of(AttitudePage(Desk().means).layout(Address.read("/attitude", "")))
    assert "USLAB000010: not in the mission database" in shown
