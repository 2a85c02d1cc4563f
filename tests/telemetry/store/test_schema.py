import pytest

from telemetry.errors import StoreError, StoreSchemaError
from telemetry.missiondb import MissionDatabase, load
from telemetry.parameter import ParameterType, Spacecraft
from telemetry.store.schema import declared, decode_types, encode_types, reconcile
from tests.contract.mission import MOTION, database, subsystem


def test_types_survive_being_written_down() -> None:
    assert decode_types(encode_types(MOTION)) == MOTION
    with pytest.raises(StoreSchemaError):
        decode_types('{"RATE": "quaternion"}')


@pytest.mark.parametrize(
    "name", ["time", "Received", "sequence", "RATE__q", "a b", "a,b", 'a"b', "", "é", "rate"]
)
def test_names_no_store_can_use_are_refused(name: str) -> None:
    with pytest.raises(StoreError):
        declared(database(MOTION | {name: ParameterType.FLOAT}))


def test_subsystems_that_would_share_a_measurement_are_refused() -> None:
    craft = {
        id_: Spacecraft(id=id_, name=id_, subsystems={sub: subsystem(sub, MOTION)})
        for id_, sub in (("a_b", "c"), ("a", "b_c"))
    }
    with pytest.raises(StoreError, match="one name"):
        declared(MissionDatabase(spacecraft=craft, version="test"))


def test_the_shipped_mission_database_can_be_stored() -> None:
    assert declared(load())


def test_reconcile_keeps_what_is_no_longer_known() -> None:
    key = ("iss", "adcs")
    merged = reconcile({key: {"OLD": ParameterType.STRING}}, {key: {"NEW": ParameterType.FLOAT}})
    assert merged == {key: {"OLD": ParameterType.STRING, "NEW": ParameterType.FLOAT}}
