from dataclasses import replace

import pytest

from ingest.limit_texts import MAX_CHANGES, changed, limit_texts
from telemetry.activity import PlannedState
from telemetry.limit import Band, Context, Limits, Severity
from telemetry.missiondb import MissionDatabase
from tests.small import small_database


def with_limits(limits: Limits) -> MissionDatabase:
    """The small mission database, with other limits for iss/ERR."""
    database = small_database()
    iss = database.spacecraft["iss"]
    adcs = iss.subsystems["adcs"]
    parameters = {**adcs.parameters, "ERR": replace(adcs.parameters["ERR"], limits=limits)}
    subsystems = {**iss.subsystems, "adcs": replace(adcs, parameters=parameters)}
    crafts = {**database.spacecraft, "iss": replace(iss, subsystems=subsystems)}
    return replace(database, spacecraft=crafts)


ERR = small_database().parameter("iss", "ERR").limits


def lines(limits: Limits) -> tuple[str, ...]:
    return changed(limit_texts(small_database()), limit_texts(with_limits(limits)))


def test_the_same_limits_are_no_change() -> None:
    assert lines(ERR) == ()


@pytest.mark.parametrize(
    ("limits", "line"),
    [
        (
            replace(ERR, range={**ERR.range, Severity.CAUTION: Band(low=-2, high=2.5)}),
            "iss/ERR: range.caution high 2 -> 2.5",
        ),
        (
            replace(ERR, range={**ERR.range, Severity.CAUTION: Band(high=2)}),
            "iss/ERR: range.caution low -2 -> none",
        ),
        (replace(ERR, hysteresis=0.0), "iss/ERR: hysteresis 0.5 -> none"),
        (replace(ERR, persistence_s=3), "iss/ERR: persistence_s none -> 3"),
        (replace(ERR, latching=True), "iss/ERR: latching none -> true"),
        (
            replace(ERR, rate={Severity.WARNING: Band(high=1)}, hysteresis=1),
            "iss/ERR: hysteresis 0.5 -> 1, rate.warning high none -> 1",
        ),
        (
            replace(
                ERR,
                contexts=(Context(planned=frozenset({PlannedState.MANOEUVRE}), range={}),),
            ),
            "iss/ERR: when manoeuvre: limits none -> off",
        ),
    ],
)
def test_a_change_is_one_line_a_parameter(limits: Limits, line: str) -> None:
    assert lines(limits) == (line,)


def test_states_are_named() -> None:
    texts = limit_texts(small_database())
    assert texts["iss/MODE violating.warning"] == "LOST"
    assert texts["iss/adcs stale"] == "caution"


def test_many_changes_of_one_parameter_are_cut() -> None:
    (line,) = changed({}, {f"iss/ERR limit{i}": "1" for i in range(MAX_CHANGES + 2)})
    assert line.count("->") == MAX_CHANGES
    assert line.endswith(" and 2 more")
