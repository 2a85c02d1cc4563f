"""The paired score: that each half fails when it should, and on nothing else.

The score itself takes minutes (docs/score.md has it); here a small part of each half is flown.
"""

import argparse
import fnmatch
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from score.command import ScoreFailed, plan, score, score_options, seeds
from score.crew import fly_all
from score.fault import Fault, Must, load, stage
from score.fly import NOMINAL, Flown, Heard, Met, Order, counts, fly
from score.judge import BOTH, Judge, flight
from score.report import report
from simulators.scenarios import names, read
from simulators.scenarios.actions import ACTIONS
from simulators.sensing.fault import FaultKind
from simulators.simulation import Simulation
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.errors import UsageError
from telemetry.limit import Band, Severity
from telemetry.missiondb import SHIPPED, MissionDatabase
from telemetry.settings import Settings
from tests.flights.flight import shipped

MOMENTUM = "USLAB000010"
#: A test in which nothing goes wrong, and the firing of ms18 until the CMGs are full.
QUIET = Order(seed=1, scenario="soyuz-test", until="09:05")
FULL = Must(
    alarms=(f"iss/{MOMENTUM}.limit",), severity="CAUTION", within_s=30.0, why="full after 28 s"
)
FIRING = Order(
    seed=1,
    scenario="ms18",
    fault=Fault(name="ms18", size="two jets", scenario="ms18", begins="09:12:18", must=(FULL,)),
)


def with_momentum_limits(advisory: float, caution: float, warning: float) -> MissionDatabase:
    """The shipped mission database with other limits of the CMGs' momentum."""
    database = shipped()
    iss = database.spacecraft["iss"]
    adcs = iss.subsystems["adcs"]
    parameter = adcs.parameters[MOMENTUM]
    levels = (Severity.ADVISORY, Severity.CAUTION, Severity.WARNING)
    bands = {
        level: Band(high=high)
        for level, high in zip(levels, (advisory, caution, warning), strict=True)
    }
    changed = replace(parameter, limits=replace(parameter.limits, range=bands, contexts=()))
    adcs = replace(adcs, parameters={**adcs.parameters, MOMENTUM: changed})
    iss = replace(iss, subsystems={**iss.subsystems, "adcs": adcs})
    return replace(database, spacecraft={**database.spacecraft, "iss": iss})


# --- the two halves hold each other ---


def both(database: MissionDatabase) -> tuple[int, int]:
    """False alarms of the one flight, misses of the other."""
    found = report([fly(QUIET, database), fly(FIRING, database)])
    return found.false, found.missed


def test_shipped_limits_pass_both_halves() -> None:
    assert both(shipped()) == (0, 0)


def test_looser_limits_miss_the_fault() -> None:
    false, missed = both(with_momentum_limits(101.0, 102.0, 103.0))
    assert (false, missed) == (0, 1)


def test_tighter_limits_cry_for_nothing() -> None:
    false, missed = both(with_momentum_limits(4.0, 6.0, 8.0))
    assert false > 0
    # with the limit broken long before, the firing itself is not heard any more
    assert missed == 1


# --- the rows ---


#: Actions that are no fault by themselves, or put things right.
NO_FAULT = {
    "stop-firing": "ends one",
    "seal-leak": "ends one",
    "pulse-test": "a test is flown as one",
    "reset-counters": "the start of a test",
    "approach": "no channel with limits tells of it",
    "dock": "no channel with limits tells of it",
}


def test_every_kind_of_fault_has_a_row() -> None:
    actions = [action for fault in load() for action in fault.actions]
    done = {str(action["do"]) for action in actions}
    # what scenarios do by themselves counts too
    told = {fault.scenario for fault in load() if not fault.actions}
    assert {"ms18", "nauka", "cabin-leak", "cmg-bearing"} <= told
    assert {"fire", "leak", "bearing-wear"} <= done
    assert set(ACTIONS) - done == set(NO_FAULT)
    kinds = {str(action["kind"]) for action in actions if action["do"] == "sensor-fault"}
    assert kinds == {str(kind) for kind in FaultKind}


@pytest.mark.parametrize("fault", load(), ids=lambda fault: f"{fault.name}, {fault.size}")
def test_a_row_can_be_flown(fault: Fault) -> None:
    staged = stage(fault, seed=3, database=shipped())
    assert staged.scenario.seed == 3
    assert staged.scenario.start_ns <= staged.wrong_ns <= staged.begins_ns < staged.until_ns
    # what is asked for after the scenario's end would be asked of another day
    assert staged.until_ns <= staged.scenario.end_ns
    known = {
        f"{craft.id}/{name}"
        for craft in shipped().spacecraft.values()
        for subsystem in craft.subsystems.values()
        for name in (subsystem.id, *subsystem.parameters)
    }
    for must in fault.must:
        for alarm in must.alarms:
            subject = alarm.rpartition(".")[0]
            assert fnmatch.filter(known, subject), alarm


def test_nothing_goes_wrong_in_the_other_scenarios() -> None:
    assert set(NOMINAL) <= set(names())
    # a fault in one of them comes by an action, or by a parameter that is changed for it
    made = [fault for fault in load() if fault.scenario in NOMINAL]
    assert [fault for fault in made if not fault.actions and not fault.sets] == []


BROKEN: dict[str, tuple[str, str]] = {
    "no toml": ("[[fault", "broken.toml"),
    "a key that is none": ('[[fault]]\nnmae = "x"', "nmae"),
    "a severity that is none": (
        '[[fault]]\nname = "x"\nsize = "y"\nscenario = "ms18"\nbegins = 1\n'
        'must = [{ alarms = ["a"], severity = "RED", within_s = 1.0, why = "z" }]',
        "RED",
    ),
    "nothing asked": (
        '[[fault]]\nname = "x"\nsize = "y"\nscenario = "ms18"\nbegins = 1',
        "asks for nothing",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_in_the_rows_is_named(case: str, tmp_path: Path) -> None:
    text, named = BROKEN[case]
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=named):
        load(path)


def test_an_action_that_is_none_is_named() -> None:
    fault = msgspec.structs.replace(
        QUICK, actions=({"at": 1, "do": "fire", "vehicle": "sojuz", "jets": ["DPO-01"]},)
    )
    with pytest.raises(UsageError, match="sojuz"):
        stage(fault, seed=1, database=shipped())


# --- one flight ---

#: A fault that is heard within seconds of the start.
QUICK = Fault(
    name="hooks",
    size="all",
    scenario="nominal-day",
    begins=20,
    actions=({"at": 20, "do": "undock", "vehicle": "soyuz"},),
    must=(
        Must(alarms=("soyuz/SIM_SOYUZ_HOOKS.*",), severity="CAUTION", within_s=5.0, why="at once"),
    ),
)


def quick(**changes: object) -> Flown:
    fault = msgspec.structs.replace(QUICK, **changes)
    return fly(Order(seed=1, scenario=fault.scenario, fault=fault), shipped())


def must(**changes: object) -> tuple[Must]:
    return (msgspec.structs.replace(QUICK.must[0], **changes),)


def test_a_fault_that_is_heard_in_time_is_met() -> None:
    (met,) = quick().met
    assert met.by == "soyuz/SIM_SOYUZ_HOOKS.limit"
    assert met.after_s is not None
    assert 0 <= met.after_s <= 5


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "WARNING"},
        {"alarms": ("iss/*",)},
        {"late": True},
    ],
)
def test_another_alarm_does_not_count(changes: Mapping[str, object]) -> None:
    (met,) = quick(must=must(**changes)).met
    assert met.after_s is None


def test_what_is_heard_too_late_is_missed_and_said() -> None:
    """The limit breaks 20 s before the fault is said to be over."""
    fault = msgspec.structs.replace(
        QUICK,
        actions=({"at": 30, "do": "undock", "vehicle": "soyuz"},),
        must=(*must(within_s=4.0), *must(within_s=20.0)),
    )
    flown = fly(Order(seed=1, scenario=fault.scenario, fault=fault), shipped())
    late, in_time = flown.met
    assert late.after_s is None
    assert late.by.startswith("soyuz/SIM_SOYUZ_HOOKS.limit after 1")
    assert in_time.after_s == pytest.approx(10, abs=3)
    assert flown.missed == (late,)


def test_a_fault_that_is_none_must_stay_silent() -> None:
    flown = quick(must=(), silent=20.0)
    assert "soyuz/SIM_SOYUZ_HOOKS.limit" in {heard.alarm for heard in flown.loud}
    assert report([flown]).false > 0
    assert quick(must=(), silent=20.0, actions=()).loud == ()


def test_too_many_annunciations_are_a_miss() -> None:
    assert not quick(at_most=50, at_most_s=20.0).crowded
    crowded = quick(at_most=0, at_most_s=20.0)
    assert crowded.crowded
    assert report([crowded]).missed == 1


def event(**alarm: object) -> Event:
    known = Alarm(
        spacecraft="iss",
        id="X.limit",
        subject="X",
        condition=Condition.LIMIT,
        state=State.UNACK,
        severity=Severity.WARNING,
    )
    return Event(
        id="1",
        kind=EventKind.VIOLATED,
        time_ns=1,
        received_ns=2,
        previous=State.NORMAL,
        alarm=msgspec.structs.replace(known, **alarm),
        annunciate=True,
    )


def test_only_an_alarm_that_says_it_is_late_counts_as_late() -> None:
    late = Must(alarms=("iss/X.*",), severity="CAUTION", within_s=1.0, why="-", late=True)
    assert not counts(late, event())
    assert counts(late, event(late=True))
    assert counts(msgspec.structs.replace(late, late=False), event(late=True))
    assert not counts(late, event(late=True, spacecraft="soyuz"))
    assert not counts(late, event(late=True, severity=Severity.ADVISORY))


def test_silence_to_the_very_end_is_judged_too() -> None:
    """Nothing comes any more: it is the ticks that find it."""
    scenario = read("nominal-day", database=shipped())
    judge = Judge(Simulation(scenario, shipped(), spacecraft=BOTH), shipped(), BOTH)
    events = list(judge.until(scenario.start_ns + 60_000_000_000))
    assert {e.alarm.subject for e in events} >= {"adcs", "propulsion"}


def test_a_soyuz_that_is_not_received_owes_no_frames() -> None:
    scenario = read("ms18", ["soyuz_telemetry=false"], database=shipped())
    events = flight(scenario, shipped(), scenario.start_ns + 30_000_000_000)
    assert [e for e in events if e.alarm.spacecraft == "soyuz"] == []


# --- the tables ---

HEARD = Heard(
    alarm="iss/X.limit",
    severity=Severity.CAUTION,
    times=3,
    since_start_s=61.0,
    value="1.5",
    limit="above 1 deg",
)


def test_the_report_adds_up() -> None:
    orders = [Order(seed=seed, scenario="docking") for seed in (1, 2)]
    flights = [
        Flown(order=orders[0], early=(HEARD,)),
        Flown(order=orders[1], early=(replace(HEARD, severity=Severity.ADVISORY, times=1),)),
        Flown(
            order=FIRING,
            early=(replace(HEARD, times=2),),
            met=(Met(must=FULL, after_s=None, by=""),),
        ),
        Flown(order=replace(FIRING, seed=2), early=(), met=(Met(must=FULL, after_s=7.5, by="a"),)),
    ]
    found = report(flights)
    assert (found.false, found.missed, found.holds) == (5, 1, False)
    by_scenario, cries, must_detect = found.tables
    assert by_scenario.rows == (("docking", "2", "3", "1"),)
    assert [row[:4] for row in cries.rows] == [
        ("CAUTION", "iss/X.limit", "5", "2"),
        ("ADVISORY", "iss/X.limit", "1", "1"),
    ]
    assert [set(table.bad) for table in (cries, must_detect)] == [{0}, {0}]
    assert must_detect.rows[0][5:7] == ("7.5", "1/2")
    assert [line.split(",")[0] for line in found.verdicts] == [
        "false alarms: FAILS",
        "must-detect: FAILS",
    ]
    assert cries.markdown().count("\n") == 4


def test_advisories_are_shown_and_forgiven() -> None:
    flown = Flown(
        order=Order(seed=1, scenario="docking"), early=(replace(HEARD, severity=Severity.ADVISORY),)
    )
    assert report([flown]).holds


# --- many flights, and the command ---


async def test_many_processes_hear_what_one_does() -> None:
    orders = [replace(QUIET, until="09:01"), Order(seed=1, scenario="nominal-day", fault=QUICK)]
    told: list[str] = []
    flights = await fly_all(orders, None, 2, lambda flown: told.append(flown.order.title))
    assert flights == [fly(order, shipped()) for order in orders]
    assert sorted(told) == sorted(order.title for order in orders)


async def test_a_flight_that_cannot_be_flown_says_which() -> None:
    wrong = msgspec.structs.replace(QUICK, sets=("no_such=1",))
    with pytest.raises(ExceptionGroup) as raised:
        await fly_all([Order(seed=1, scenario="nominal-day", fault=wrong)], None, 1)
    (error,) = raised.value.exceptions
    assert isinstance(error, UsageError)
    assert str(error).startswith("score: hooks, all, seed 1: ")
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "expected"), [("1-3", (1, 2, 3)), ("4", (4,)), ("2,5,8-9,5", (2, 5, 8, 9))]
)
def test_seeds_are_spans_and_numbers(text: str, expected: tuple[int, ...]) -> None:
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["", "x", "3-1", "1-2-3", "-1", "1-99999"])
def test_seeds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        seeds(text)


def test_a_name_chooses_scenarios_and_faults() -> None:
    everything = plan((1, 2), [], nominal=True, faults=load())
    assert len(everything) == 2 * (len(NOMINAL) + len(load()))
    some = plan((1,), ["docking", "nauka"], nominal=True, faults=load())
    assert {order.scenario for order in some} == {"docking", "nauka"}
    with pytest.raises(UsageError, match="did you mean 'docking'"):
        plan((1,), ["dokcing"], nominal=True, faults=load())


async def test_the_command_shows_tables_and_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    await command("--scenario=CMG off", "--faults")
    out, err = capsys.readouterr()
    assert "| CMG off | three |" in out
    assert "must-detect: HOLDS, 3 of 3 met" in out
    assert "3/3 " in err


async def test_the_command_fails_with_limits_that_cry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mission database of one's own, as a user would tighten it."""
    folder = tmp_path / "missiondb"
    shutil.copytree(SHIPPED, folder)
    file = folder / "iss" / "adcs.toml"
    text = file.read_text(encoding="utf-8")
    before, block, after = re.split(rf"(\[parameter\.{MOMENTUM}\]\n.*?\n)(?=\n)", text, flags=re.S)
    for level, high in (("advisory", 4), ("caution", 6)):
        block, count = re.subn(rf"(range\.{level}) = .*", rf"\1 = {{ high = {high}.0 }}", block)
        assert count == 1
    file.write_text(before + block + after, encoding="utf-8")
    with pytest.raises(ScoreFailed, match="false alarms: FAILS"):
        await command("--scenario=soyuz-test", "--nominal", "--quiet", missiondb=str(folder))
    out, err = capsys.readouterr()
    assert out.startswith("false alarms: FAILS")
    assert err == ""


async def command(*options: str, missiondb: str = "") -> None:
    parser = argparse.ArgumentParser()
    score_options(parser)
    arguments = parser.parse_args(["--seeds=1", "--jobs=1", *options])
    await score(arguments, Settings.read({"missiondb": missiondb}, {}))
