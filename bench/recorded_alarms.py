"""Every alarm on a recording of the real station, explained, and what the CMGs' limits rest on.

    python -m bench.recorded_alarms --recording FOLDER          the page
    python -m bench.recorded_alarms --recording FOLDER --write  docs/recording-alarms.md

The recording goes through the processor ingest runs, as `stationwatch play` would bring it: no
heartbeat, no activities. Explanations are in bench/recorded_alarms.toml. Exit code 1 if an alarm
has none, if a limit no longer follows from the hours it was set on, or if a CMG alarms afterwards.
"""

import argparse
import math
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.recording import START_NS
from ingest.processor import Processor
from ingest.record import Record
from telemetry import missiondb
from telemetry.alarm import Event, EventKind
from telemetry.clock import SECOND_NS, StreamClock, StreamKind, utc
from telemetry.isslive import Recording, frames, read_recording
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics
from telemetry.wire import encode, encode_frame

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "recording-alarms.md"
EXPLANATIONS: Final = Path(__file__).with_suffix(".toml")
YEAR: Final = 2022
SPACECRAFT: Final = "iss"
#: Hours limits were set on, and hours they must keep silent on.
SET_ON_H: Final = (0, 7)
SILENT_H: Final = (7, 14)
_HOUR_NS: Final = 3_600 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How limits of four like channels follow from the hours they were set on.

    ids: one a CMG; all four have the same limits, so the worst of them counts. by severity:
    `times_mean`, or `sigmas` from the mean; to the nearest `step`, both sides where `below`.
    """

    what: str
    unit: str
    ids: tuple[str, ...]
    step: float
    times_mean: Mapping[Severity, float] | None = None
    sigmas: Mapping[Severity, float] | None = None
    below: bool = False


RULES: Final = (
    Rule(
        what="vibration",
        unit="g",
        ids=("Z1000001", "Z1000002", "Z1000003", "Z1000004"),
        step=0.01,
        times_mean={Severity.ADVISORY: 2.0, Severity.CAUTION: 3.0, Severity.WARNING: 5.0},
    ),
    Rule(
        what="spin motor current",
        unit="A",
        ids=("Z1000005", "Z1000006", "Z1000007", "Z1000008"),
        step=0.1,
        sigmas={Severity.ADVISORY: 20.0},
    ),
    Rule(
        what="wheel speed",
        unit="rpm",
        ids=("Z1000009", "Z1000010", "Z1000011", "Z1000012"),
        step=5.0,
        sigmas={Severity.ADVISORY: 20.0},
        below=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a kind of channel: what the hours give, and what ships."""

    rule: Rule
    severity: Severity
    side: str
    gives: float
    ships: float | None

    @property
    def follows(self) -> bool:
        return self.ships is not None and math.isclose(self.gives, self.ships, rel_tol=1e-9)


def journal(recording: Recording, database: MissionDatabase) -> Iterator[Event]:
    """The alarm journal of a recording, as ingest writes it when it is played."""
    processor, topics = Processor(database, Topics()), Topics()
    clock = StreamClock(
        kind=StreamKind.PLAYED,
        epoch_ns=recording.start_ns,
        wall_ns=recording.start_ns,
        heartbeat=False,
        run="1",
    )
    processor.process(Record(1, recording.start_ns, topics.clock(SPACECRAFT), encode(clock)))
    for n, frame in enumerate(frames(recording), 2):
        topic = topics.frame(SPACECRAFT, frame.subsystem)
        record = Record(n, frame.received_ns, topic, encode_frame(frame))
        yield from processor.process(record).events


def raised(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.kind in (EventKind.VIOLATED, EventKind.ESCALATED)]


def explanations() -> Mapping[str, str]:
    found: dict[str, str] = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))["explained"]
    return found


def limits(recording: Recording, database: MissionDatabase) -> list[Limit]:
    """What the rules give on the hours limits were set on, beside what ships."""
    return [limit for rule in RULES for limit in _of_rule(rule, recording, database)]


def _of_rule(rule: Rule, recording: Recording, database: MissionDatabase) -> Iterator[Limit]:
    series = [_hours(recording, identity, SET_ON_H) for identity in rule.ids]
    ships = database.parameter(SPACECRAFT, rule.ids[0]).limits.range
    for severity, factor in (rule.times_mean or rule.sigmas or {}).items():
        sides = (("high", 1.0), ("low", -1.0)) if rule.below else (("high", 1.0),)
        for side, sign in sides:
            if rule.times_mean:
                reach = [factor * float(one.mean()) for one in series]
            else:
                reach = [float(one.mean() + sign * factor * one.std()) for one in series]
            outermost = sign * max(sign * one for one in reach)
            rounded = round(outermost / rule.step) * rule.step
            band = ships.get(severity)
            shipped = None if band is None else band.high if sign > 0 else band.low
            yield Limit(
                rule=rule, severity=severity, side=side, gives=round(rounded, 6), ships=shipped
            )


def _hours(recording: Recording, identity: str, hours: tuple[int, int]) -> NDArray[np.float64]:
    one = recording.series[identity]
    since_ns = one.time_ns - START_NS
    within = (since_ns >= hours[0] * _HOUR_NS) & (since_ns < hours[1] * _HOUR_NS)
    return one.values[within].astype(np.float64)


def of_cmgs(events: Sequence[Event]) -> list[Event]:
    """What was raised about CMGs in the hours that must be silent."""
    ids = {identity for rule in RULES for identity in rule.ids}
    low, high = (START_NS + hour * _HOUR_NS for hour in SILENT_H)
    return [e for e in raised(events) if e.alarm.subject in ids and low <= e.time_ns < high]


def document(recording: Recording, database: MissionDatabase, events: Sequence[Event]) -> str:
    why = explanations()
    return _TEXT.format(
        samples=f"{recording.samples:,}",
        parameters=len(recording.series),
        limited=sum(bool(_limits_of(database, one)) for one in recording.series),
        count=len(raised(events)),
        alarms=_table(
            ("severity", "alarm", "raised", "value", "limit", "returned", "why"),
            [
                (
                    event.alarm.severity.name,
                    event.alarm.id,
                    utc(event.time_ns)[:19].replace("T", " "),
                    str(event.value),
                    event.alarm.limit,
                    _returned(event, events),
                    why.get(event.alarm.id, "UNEXPLAINED"),
                )
                for event in raised(events)
            ],
        ),
        limits=_table(
            ("channel", "severity", "side", "rule", "hours 0-7 give", "ships"),
            [
                (
                    one.rule.what,
                    one.severity.name,
                    one.side,
                    _in_words(one),
                    f"{one.gives:g} {one.rule.unit}",
                    "none" if one.ships is None else f"{one.ships:g} {one.rule.unit}",
                )
                for one in limits(recording, database)
            ],
        ),
        later=_table(
            ("channel", "largest in hours 0-7", "largest in hours 7-14", "alarms in 7-14"),
            [
                (
                    identity,
                    f"{_hours(recording, identity, SET_ON_H).max():.4g} {rule.unit}",
                    f"{_hours(recording, identity, SILENT_H).max():.4g} {rule.unit}",
                    str(sum(e.alarm.subject == identity for e in of_cmgs(events))),
                )
                for rule in RULES
                for identity in rule.ids
            ],
        ),
    )


def _limits_of(database: MissionDatabase, identity: str) -> Severity:
    return database.parameter(SPACECRAFT, identity).limits.highest


def _returned(event: Event, events: Sequence[Event]) -> str:
    back = (
        other.time_ns
        for other in events
        if other.kind is EventKind.RETURNED
        and other.alarm.id == event.alarm.id
        and other.time_ns >= event.time_ns
    )
    found = next(back, None)
    return "never" if found is None else utc(found)[:19].replace("T", " ")


def _in_words(limit: Limit) -> str:
    rule = limit.rule
    by = (rule.times_mean or rule.sigmas or {})[limit.severity]
    if rule.times_mean:
        return f"{by:g} times the mean"
    return f"mean {'+' if limit.side == 'high' else '-'} {by:g} standard deviations"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


_TEXT: Final = """\
# Alarms on the real recording

The recording of 20 May 2022 (docs/recording.md) through the processor that ingest runs, with the
shipped mission database: {samples} samples of {parameters} channels, {limited} of them with limits.
`python -m bench.recorded_alarms --recording FOLDER --write` writes this page.

## Every alarm, and why

{count} alarms in 14 hours. The recording is played without activities, so what was planned that day
is raised; nothing here says that something was wrong aboard.

{alarms}
## What the CMG limits rest on

One limit serves all four gyros, so the worst of them counts. Each is worked out on hours 0 to 7
alone, to the nearest 0.01 g, 0.1 A and 5 rpm. The factors are assumptions [A], chosen so that a
worn bearing is told hours ahead (docs/score.md). Limits not listed are assumptions too: higher
severities of current and speed, and bearing temperatures, which the recording does not have.

{limits}
Hours 7 to 14 took no part in that, and no CMG alarms in them. Single samples of two currents pass
the limit or come near it, some 40 minutes after the docking; a limit asks for 30 s. Six standard
deviations instead of twenty would be 0.9 A, and as silent.

{later}"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.recorded_alarms", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recording", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="write docs/recording-alarms.md")
    asked = parser.parse_args()
    database = missiondb.load()
    recording = read_recording(asked.recording, YEAR, database, SPACECRAFT)
    events = list(journal(recording, database))
    text = document(recording, database, events)
    if asked.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    why = explanations()
    wrong = [
        f"{one.alarm.id} is not explained" for one in raised(events) if one.alarm.id not in why
    ]
    wrong += [
        f"{one.rule.what} {one.severity.name} {one.side}: {one.gives:g}, and {one.ships} ships"
        for one in limits(recording, database)
        if not one.follows
    ]
    wrong += [f"{one.alarm.id} at {utc(one.time_ns)}" for one in of_cmgs(events)]
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
