"""Groups of parameters by their names: what belongs together stands together, and all of it."""

import pytest

from dashboard.parameter_groups import ParameterGroup, parameter_groups
from telemetry import missiondb
from telemetry.parameter import Parameter, ParameterType


def groups(*names: str) -> dict[str, list[str]]:
    """Names by the title they stand below, as they are written there."""
    found = parameter_groups(
        Parameter(id=f"P{at}", name=name, type=ParameterType.FLOAT) for at, name in enumerate(names)
    )
    return {one.title: [one.short(each) for each in one.parameters] for one in found}


def test_parameters_of_one_thing_are_named_within_it() -> None:
    assert groups("CMG 1 in use", "CMG 2 in use", "CMG 1 vibration", "CMG 2 vibration") == {
        "CMG 1": ["in use", "vibration"],
        "CMG 2": ["in use", "vibration"],
    }


def test_a_letter_tells_things_apart_as_a_number_does() -> None:
    assert list(groups("Loop A flow", "Loop A pressure", "Loop B flow", "Loop B pressure")) == [
        "Loop A",
        "Loop B",
    ]


def test_things_that_come_once_are_together_by_their_first_words() -> None:
    assert groups("Lab computer 1", "Lab computer 2", "GMT") == {
        "": ["GMT"],
        "Lab computer": ["Lab computer 1", "Lab computer 2"],
    }


def test_what_follows_a_comma_is_no_part_of_a_title() -> None:
    assert list(groups("Quaternion, q0", "Quaternion, q1", "Quaternion, q2")) == ["Quaternion"]


def test_a_title_does_not_end_in_the_air() -> None:
    assert list(groups("Loss of CMG control", "Loss of ISS control")) == ["Loss"]


@pytest.mark.parametrize("name", ["A", "1", ", 1", "x" * 300])
def test_any_name_has_a_place(name: str) -> None:
    assert groups(name) == {"": [name]}
    assert sum(map(len, groups(name, name, "Other").values())) == 3


def test_each_parameter_of_the_mission_database_stands_in_one_group() -> None:
    for craft in missiondb.load().spacecraft.values():
        for subsystem in craft.subsystems.values():
            found: tuple[ParameterGroup, ...] = parameter_groups(subsystem.parameters.values())
            shown = [one.id for group in found for one in group.parameters]
            assert sorted(shown) == sorted(subsystem.parameters)
            assert len({group.title for group in found}) == len(found)
