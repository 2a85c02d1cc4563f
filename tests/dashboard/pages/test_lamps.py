"""Engines as lamps, from what the mission database says of them."""

from dashboard.pages.lamps import Lamp, grouped, lamps_of
from telemetry import missiondb
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem


def craft(*parameters: Parameter) -> Spacecraft:
    subsystem = Subsystem(
        id="propulsion",
        name="Propulsion",
        period_s=1.0,
        parameters={parameter.id: parameter for parameter in parameters},
    )
    return Spacecraft(id="tug", name="Tug", subsystems={"propulsion": subsystem})


def pressure(stem: str) -> Parameter:
    return Parameter(id=f"{stem}_PC", name=f"{stem} pressure", type=ParameterType.FLOAT)


def command(stem: str, description: str) -> Parameter:
    return Parameter(
        id=f"{stem}_CMD",
        name=f"{stem} command",
        type=ParameterType.ENUMERATION,
        states={0: "OFF", 1: "ON"},
        description=description,
    )


def test_lamps_of_the_soyuz_are_its_28_thrusters_and_its_main_engine() -> None:
    lamps = lamps_of(missiondb.load().spacecraft["soyuz"])
    assert [lamp.name for lamp in lamps] == [*(f"DPO-{n:02}" for n in range(1, 29)), "SKD"]
    assert lamps[7] == Lamp(
        key="soyuz/SIM_SOYUZ_DPO08",
        name="DPO-08",
        group="Lateral",
        way="+Z",
        manifold="2",
        commanded=True,
    )
    assert not lamps[28].commanded


def test_lamps_stand_by_group_and_way_and_the_main_engine_with_the_last() -> None:
    groups = grouped(lamps_of(missiondb.load().spacecraft["soyuz"]))
    sizes = {group: [len(ones) for ones in ways.values()] for group, ways in groups.items()}
    assert sizes == {"Lateral": [2] * 4, "Turning": [2] * 4, "Axial": [8, 4, 1]}


def test_lamp_without_a_description_is_there_without_a_group() -> None:
    lamps = lamps_of(craft(pressure("J1"), command("J1", ""), pressure("J2")))
    assert [(one.name, one.group, one.commanded) for one in lamps] == [
        ("J1", "", True),
        ("J2", "", False),
    ]
    assert list(grouped(lamps)) == ["Engines"]
