"""Contexts, counters, links: what the mission database says of them, and every mistake in that."""

from pathlib import Path

import pytest

from telemetry import missiondb
from telemetry.activity import LinkName, PlannedState
from telemetry.limit import Band, Context, Severity

HEAD = """
[subsystem]
name = "Attitude"
period_s = 1.0
"""
GOOD = (
    HEAD
    + """links = ["s-band", "ku"]
derived_from = ["gyros"]

[parameter.MODE]
name = "Mode"
type = "enumeration"
states = { 0 = "HOLD", 1 = "DRIFT" }

[parameter.RATE]
name = "Rate"
type = "float"
unit = "deg/s"
range.advisory = { high = 1.0 }
rate.advisory = { low = -0.5 }
rate_over_s = 20.0

[[parameter.RATE.when]]
planned = ["manoeuvre", "free-drift"]
range.advisory = { high = 5.0 }

[[parameter.RATE.when]]
mode.MODE = ["DRIFT"]
none = true

[parameter.COUNT]
name = "Count"
type = "integer"
unit = "1"
increase.advisory = { high = 3 }
increase_over_s = 60.0
"""
)


def write(root: Path, text: str) -> Path:
    folder = root / "ship"
    folder.mkdir()
    (folder / "spacecraft.toml").write_text('name = "Ship"\nsource = "us"\n')
    (folder / "adcs.toml").write_text(text)
    gyros = '[parameter.GYRO]\nname = "Gyro"\ntype = "boolean"\n'
    (folder / "gyros.toml").write_text('[subsystem]\nname = "Gyros"\nperiod_s = 1.0\n' + gyros)
    return root


def test_what_is_written_is_what_is_judged_by(tmp_path: Path) -> None:
    subsystem = missiondb.load(write(tmp_path, GOOD)).subsystem("ship", "adcs")
    assert (subsystem.links, subsystem.derived) == ((LinkName.S_BAND, LinkName.KU), True)
    assert subsystem.derived_from == ("gyros",)
    rate = subsystem.parameters["RATE"].limits
    planned = frozenset({PlannedState.MANOEUVRE, PlannedState.FREE_DRIFT})
    assert rate.rate_over_s == 20.0
    assert rate.contexts == (
        Context(planned=planned, range={Severity.ADVISORY: Band(high=5.0)}),
        Context(mode={"MODE": frozenset({"DRIFT"})}, range={}, rate={}, states={}, increase={}),
    )
    first, second = (rate.in_context(context) for context in rate.contexts)
    assert (first.range[Severity.ADVISORY].high, first.rate) == (5.0, rate.rate)
    assert (second.range, second.rate) == ({}, {})
    assert subsystem.parameters["COUNT"].limits.increase == {Severity.ADVISORY: Band(high=3.0)}


@pytest.mark.parametrize(
    ("instead_of", "written", "message"),
    [
        ('"manoeuvre", ', '"manoeuver", ', "planned: must be of free-drift, manoeuvre"),
        ('["DRIFT"]', '["DRIFTS"]', "MODE has no state 'DRIFTS' (did you mean 'DRIFT'?)"),
        ("mode.MODE", "mode.MODUS", "mode 'MODUS' is no enumeration of this subsystem"),
        ("none = true", "", "needs range, rate, violating, increase, or none = true"),
        ("none = true", "none = true\nrange.advisory = { high = 2 }", "says no limits, and range"),
        ('planned = ["manoeuvre", "free-drift"]', "", "needs planned or mode"),
        ('["gyros"]', '["gyro"]', "'gyro' is no measured subsystem (did you mean 'gyros'?)"),
        ("increase_over_s = 60.0", "", "increase_over_s: is missing"),
        ("{ high = 3 }", "{ low = 1, high = 3 }", "a counter does not shrink"),
        ("rate.advisory = { low = -0.5 }", "", "rate_over_s: means nothing without a rate"),
        (
            'links = ["s-band", "ku"]',
            'links = ["x-band"]',
            "links: must be of ku, s-band or russian",
        ),
        ("{ high = 5.0 }", "{ high = 5.0 }\nrange.caution = { high = 4.0 }", "cuts into advisory"),
        (
            "{ high = 5.0 }",
            "{ high = 9.0 }\nrange.caution = { high = 10.0 }",
            "response: is missing",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, instead_of: str, written: str, message: str
) -> None:
    assert instead_of in GOOD
    problems = missiondb.check(write(tmp_path, GOOD.replace(instead_of, written, 1)))
    assert any(message in str(problem) for problem in problems), problems
    assert all(problem.file == "ship/adcs.toml" for problem in problems)


def test_the_shipped_one_has_contexts_for_what_is_planned() -> None:
    iss = missiondb.load().spacecraft["iss"]
    rate = iss.subsystem_of("USLAB000026").parameters["USLAB000026"].limits
    assert any(PlannedState.MANOEUVRE in context.planned for context in rate.contexts)
