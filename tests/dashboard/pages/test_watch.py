"""The watch page without a browser: what stands on it, and what it says is not there."""

from dashboard.address import Address
from dashboard.pages.watch import WatchPage
from telemetry import missiondb
from telemetry.missiondb import MissionDatabase
from tests.dashboard.desk import Desk, text_of
from tests.small import small_database


def shown(database: MissionDatabase, search: str = "") -> str:
    return text_of(WatchPage(Desk(database=database).means).layout(Address.read("/", search)))


def test_every_parameter_it_names_is_in_the_mission_database() -> None:
    database = missiondb.load()
    page = shown(database)
    assert "not in the mission database" not in page
    assert '"data-digits": "2"' in page
    unit = database.parameter("iss", "DER_ATT_ERROR").unit
    assert f'"Error, {unit}"' in page


def test_what_the_mission_database_lacks_is_said_and_the_rest_stays() -> None:
    page = shown(small_database())
    assert "iss/DER_ATT_ERROR: not in the mission database" in page
    assert "No Soyuz thruster is in the mission database." in page
    assert '"alarm-list"' in page


def test_links_stay_with_a_replay() -> None:
    page = shown(missiondb.load(), "?root=replay-7")
    for path in ("/alarms", "/attitude", "/propulsion", "/ground"):
        assert f'"{path}?root=replay-7"' in page
