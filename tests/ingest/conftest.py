import pytest

from telemetry.missiondb import MissionDatabase
from tests.small import small_database


@pytest.fixture(scope="session")
def database() -> MissionDatabase:
    return small_database()
