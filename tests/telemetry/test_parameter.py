"""What fits a subsystem, of a whole frame at a stroke and of each sample alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import parameter
from telemetry.parameter import Parameter, ParameterType, Subsystem

PARAMETERS = {kind.name: Parameter(id=kind.name, name="p", type=kind) for kind in ParameterType}
SUBSYSTEM = Subsystem(id="s", name="s", period_s=1.0, parameters=PARAMETERS)

NAMES = st.sampled_from([*PARAMETERS, "UNKNOWN"])
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(allow_nan=False), st.text()
)


def fits_alone(name: str, value: Any) -> bool:
    if name not in PARAMETERS or value is None:
        return False
    typed = PARAMETERS[name].typed(value)
    return type(typed) is type(value) and typed == value


@given(st.lists(st.dictionaries(NAMES, VALUES), min_size=1))
def test_a_frame_fits_if_each_of_its_samples_does(frames: list[dict[str, Any]]) -> None:
    for values in frames:
        assert SUBSYSTEM.fits(values) == all(fits_alone(*each) for each in values.items())


def test_what_is_remembered_of_frames_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameter, "_KNOWN_SHAPES", 3)
    subsystem = Subsystem(id="s", name="s", period_s=1.0, parameters=PARAMETERS)
    for name in PARAMETERS:
        assert subsystem.fits({name: {"BOOLEAN": True, "STRING": ""}.get(name, 1)}) == (
            name != "FLOAT"
        )
        assert not subsystem.fits({name: 1, "UNKNOWN": 1})
    assert 0 < len(subsystem._shapes) <= 3
