"""The propulsion page without a browser."""

from dataclasses import replace

from dashboard.address import Address
from dashboard.pages.propulsion import PropulsionPage
from telemetry import missiondb
from tests.dashboard.desk import Desk, text_of

DATABASE = missiondb.load()


def test_all_it_names_is_in_the_mission_database() -> None:
    page = PropulsionPage(Desk(database=DATABASE).means)
    shown = text_of(page.layout(Address.read("/propulsion", "")))
    assert "not in the mission database" not in shown
    assert "close the EPK valve" in shown
    assert "DPO-28" in shown


def test_without_a_soyuz_it_says_so() -> None:
    crafts = {id_: one for id_, one in DATABASE.spacecraft.items() if id_ != "soyuz"}
    page = PropulsionPage(Desk(database=replace(DATABASE, spacecraft=crafts)).means)
    assert "nothing to fire" in text_of(page.layout(Address.read("/propulsion", "")))
