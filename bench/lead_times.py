"""How long before loss of control each rule speaks, in ms18, its variants, and with more noise.

`--write` writes docs/lead-times.md, which a test compares with what the code gives.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.judged import FIRING, UNTIL, Raise, Rule, Run, fly
from telemetry import missiondb
from telemetry.alarm import Condition
from telemetry.clock import SECOND_NS, utc
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "lead-times.md"
#: What each run changes, under the name its column has.
RUNS: Final[Mapping[str, tuple[str, ...]]] = {
    "ms18": (),
    "desat=enabled": ("desat=enabled",),
    "window_end=09:14": ("window_end=09:14",),
    "aft jets": ("firing_jets=DPO-15,DPO-16",),
    "axial jets": ("firing_jets=DPO-17,DPO-18",),
    "no Soyuz telemetry": ("soyuz_telemetry=false",),
    "noise x 0.5": ("noise_scale=0.5",),
    "noise x 2": ("noise_scale=2",),
    "noise x 5": ("noise_scale=5",),
}
_THRUSTER: Final = re.compile(r"DPO\d\d")


def document(database: MissionDatabase) -> str:
    runs = {name: fly(database, sets) for name, sets in RUNS.items()}
    usual = runs["ms18"]
    if usual.lost_ns is None:
        raise AssertionError("control is not lost in ms18")
    after_firing = usual.after_firing()
    rules = sum(bool(parameter.limits.highest) for parameter in _parameters(database))
    return _TEXT.format(
        lost=_clock(usual.lost_ns),
        after_s=f"{(usual.lost_ns - usual.firing_ns) / SECOND_NS:.1f}",
        firing=FIRING,
        until=UNTIL,
        rules=rules,
        spoke=len({rule.parameter for rule in after_firing if rule.condition != Condition.STALE}),
        stale=len({rule.parameter for rule in after_firing if rule.condition == Condition.STALE}),
        leads=_leads(after_firing.values(), usual.firing_ns, usual.lost_ns, database),
        runs=_runs(runs),
        false=_false(runs),
    )


def _leads(raises: Iterable[Raise], firing_ns: int, lost_ns: int, database: MissionDatabase) -> str:
    """One row a rule, those of a parameter together, in the order they first spoke."""
    names = {parameter.id: parameter.name for parameter in _parameters(database)}
    groups: dict[str, list[Raise]] = {}
    for one in raises:
        groups.setdefault(one.rule.parameter, []).append(one)
    return _table(
        (
            "parameter",
            "",
            "severity",
            "what",
            "raised",
            "after firing, s",
            "before loss, s",
            "heard",
        ),
        [
            (
                parameter,
                names.get(parameter, "frames of the subsystem"),
                one.rule.severity,
                one.limit,
                _clock(one.time_ns),
                f"{(one.time_ns - firing_ns) / SECOND_NS:.1f}",
                f"{(lost_ns - one.time_ns) / SECOND_NS:.1f}",
                "yes" if one.heard else "held back",
            )
            for parameter, group in groups.items()
            for one in group
        ],
    )


def _runs(runs: Mapping[str, Run]) -> str:
    """Seconds after firing by rule and run; any thruster stands for all."""
    by_run: dict[str, dict[Rule, float]] = {}
    for name, run in runs.items():
        first = by_run.setdefault(name, {})
        for rule, one in run.after_firing().items():
            if run.lost_ns is None or one.time_ns <= run.lost_ns:
                parameter = _THRUSTER.sub("DPOnn", rule.parameter)
                anyone = Rule(parameter, rule.condition, rule.severity)
                first.setdefault(anyone, (one.time_ns - run.firing_ns) / SECOND_NS)
    rules = list(dict.fromkeys(rule for first in by_run.values() for rule in first))
    lost = [
        "never" if run.lost_ns is None else f"{(run.lost_ns - run.firing_ns) / SECOND_NS:.1f}"
        for run in runs.values()
    ]
    return _table(
        ("parameter", "rule", "severity", *runs),
        [
            ("", "control is lost", "", *lost),
            *(
                (
                    rule.parameter,
                    rule.condition,
                    rule.severity,
                    *(f"{one[rule]:.1f}" if rule in one else "-" for one in by_run.values()),
                )
                for rule in rules
            ),
        ],
    )


def _false(runs: Mapping[str, Run]) -> str:
    return _table(
        ("run", "parameter", "rule", "severity", "what", "first", "times"),
        [
            (
                name,
                rule.parameter,
                rule.condition,
                rule.severity,
                early[0].limit,
                _clock(early[0].time_ns),
                str(len(early)),
            )
            for name, run in runs.items()
            for rule, early in run.before_firing().items()
        ],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _clock(time_ns: int) -> str:
    return utc(time_ns)[11:21]


def _parameters(database: MissionDatabase) -> Iterator[Parameter]:
    for spacecraft in database.spacecraft.values():
        for subsystem in spacecraft.subsystems.values():
            yield from subsystem.parameters.values()


_TEXT: Final = """\
# Lead times

What each rule is worth on the day that must not be missed: the scenario `ms18` (a reconstruction,
not flight data) with the shipped mission database, its telemetry judged by the processor that
ingest runs, its activity and contact schedule announced. `python -m bench.lead_times --write`
writes this page; a test holds it to the code.

Two thrusters of the docked Soyuz begin to fire at {firing}, 18 s after their test window.
Telemetry says that attitude control is lost at {lost}, {after_s} s later. A rule's time is that of
the frame that made it speak, persistence included; what links and queues add comes on top
(`python -m bench.latency`: some milliseconds).

## Every rule in ms18

{rules} parameters have limits; {spoke} of them, and {stale} subsystems by their silence, spoke
between the firing and {until}. Below 0 is after control was lost. What is held back is listed on
the incident's card and makes no sound: it follows from what was heard before.

{leads}
## Variants, and how much hangs on noise

Seconds from the firing to each rule, up to loss of control (to {until} where it is not lost); "-"
did not speak by then. With `window_end=09:14` the firing begins within its window. Aft jets are
DPO-15 and DPO-16, axial ones DPO-17 and DPO-18. "noise" scales the noise of every channel whose
noise is an assumption. DPOnn is the first of the thrusters that fire. A rule on something the
firing does not touch, such as cabin pressure, is a false alarm wherever it stands.

{runs}
## Before the firing

Nothing was wrong yet, so each of these is false, or says what nobody planned. Times are of the
first, then how often.

{false}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lead_times", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/lead-times.md")
    text = document(missiondb.load())
    if parser.parse_args().write:
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
