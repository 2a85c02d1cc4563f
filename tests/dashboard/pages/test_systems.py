"""The systems pages without a browser: one page for any subsystem, from the mission database."""

import pytest

from dashboard.address import Address
from dashboard.pages.systems import SystemsPage
from telemetry import missiondb
from tests.dashboard.desk import Desk, text_of

DATABASE = missiondb.load()


def shown(path: str, search: str = "") -> str:
    page = SystemsPage(Desk(database=DATABASE).means)
    return text_of(page.layout(Address.read(path, search)))


@pytest.mark.parametrize(
    ("craft", "subsystem"),
    [(craft.id, one) for craft in DATABASE.spacecraft.values() for one in craft.subsystems],
)
def test_a_subsystem_shows_each_of_its_parameters_once(craft: str, subsystem: str) -> None:
    page = shown(f"/systems/{craft}/{subsystem}")
    definition = DATABASE.spacecraft[craft].subsystems[subsystem]
    assert definition.name in page
    for parameter in definition.parameters:
        assert page.count(f'"data-readout": "{craft}/{parameter}"') == 1
    assert "not in the mission database" not in page


def test_links_stay_with_a_replay() -> None:
    page = shown("/systems/iss/eps", "?root=replay-7")
    assert '"/systems/iss/etcs?root=replay-7"' in page
    assert '"/trends?root=replay-7&p=iss/S4000001"' in page
    assert '"/systems/iss/eps"' not in page


def test_trends_of_a_group_are_as_many_as_a_chart_takes() -> None:
    page = shown("/systems/iss/adcs")
    wheel = "iss/USLAB000045,iss/USLAB000049,iss/Z1000001,iss/Z1000005,iss/Z1000009"
    assert f'"/trends?p={wheel}"' in page


def test_words_have_no_strip() -> None:
    page = shown("/systems/iss/derived")
    assert '"Thrusters that give the torque, 5 minutes"' not in page
    assert '"External torque, 5 minutes"' in page


@pytest.mark.parametrize("path", ["/systems/iss/none", "/systems/mir/eps", "/systems/iss"])
def test_a_subsystem_that_is_not_there_is_said_not_to_be(path: str) -> None:
    page = shown(path, "?root=replay-7")
    assert "There is no such subsystem" in page
    assert '"/systems?root=replay-7"' in page


def test_what_is_looked_for_is_in_the_address() -> None:
    assert '"value": "pump"' in shown("/systems", "?q=pump")
    assert '"value": "pump"' in shown("/systems/iss/etcs", "?q=pump")
