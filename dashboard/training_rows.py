"""A training as the browser gets it. Times are ms. Pure.

The row is small, since every browser has every training; the tables of a debrief are asked for.
"""

from typing import Any

from dashboard import theme
from dashboard.alarm_rows import row_id, subject_words, titled
from telemetry.clock import StreamClock
from telemetry.debrief import summary
from telemetry.missiondb import MissionDatabase
from telemetry.training import (
    Fault,
    Reaction,
    Training,
    TrainingCatalogue,
    TrainingChange,
    TrainingState,
)


def row(training: Training) -> dict[str, Any]:
    """version: differs whenever the tables do."""
    spec = training.spec
    over = training.state is TrainingState.ENDED
    figures = summary(training.faults, training.reactions, over=over)
    return {
        "id": training.id,
        "root": training.root,
        "by": training.by,
        "state": training.state.value,
        "title": training.title,
        "label": training.label,
        "scenario": spec.scenario,
        "at": spec.at,
        "speed": spec.speed,
        "seed": spec.seed,
        "created": training.created_ns / 1e6,
        "start": training.start_ns / 1e6,
        "began": training.began_ns / 1e6,
        "until": training.until_ns / 1e6,
        "ended": training.ended_ns / 1e6,
        "reason": training.reason,
        "clock": _clock(training.clock) if training.clock else None,
        "figures": figures,
        "version": "/".join(
            f"{one.id}{one.state.value[:2]}{one.detected_ns}" for one in training.faults
        )
        + f"/{figures.annunciated}/{figures.acknowledged}/{training.state}",
    }


def debrief(training: Training, database: MissionDatabase) -> dict[str, Any]:
    """The tables: what went wrong and when it was seen; what was heard and who answered it."""
    titles = {one.id: one.title for one in training.faults}
    return {
        **row(training),
        "faults": [_fault(one, database) for one in training.faults],
        "reactions": [_reaction(one, titles, database) for one in training.reactions],
        "unlisted": training.unlisted,
    }


def _clock(clock: StreamClock) -> dict[str, Any]:
    """What the browser needs to know how far the stream is."""
    return {"epoch": clock.epoch_ns / 1e6, "wall": clock.wall_ns / 1e6, "rate": clock.rate}


def _fault(fault: Fault, database: MissionDatabase) -> dict[str, Any]:
    craft = fault.detected_by.partition("/")[0]
    name = ""
    if fault.detected_by:
        subject, _ = subject_words(database, craft, fault.detected_subject, None)
        name = titled(subject, fault.detected_condition)
    return {
        "id": fault.id,
        "title": fault.title,
        "state": fault.state.value,
        "t": fault.time_ns / 1e6,
        "told": fault.told_ns / 1e6,
        "by": fault.by,
        "reason": fault.reason,
        "alarm": fault.detected_by,
        "name": f"{craft.upper()} {name}" if name else "",
        "after": fault.detected_after_s,
        "held": fault.detected_held,
    }


def _reaction(
    reaction: Reaction, titles: dict[str, str], database: MissionDatabase
) -> dict[str, Any]:
    look = theme.SEVERITY_LOOKS[reaction.severity]
    subject, _ = subject_words(database, reaction.spacecraft, reaction.subject, None)
    return {
        "id": row_id(reaction.spacecraft, reaction.alarm),
        "name": f"{reaction.spacecraft.upper()} {titled(subject, reaction.condition)}",
        "severity": int(reaction.severity),
        "class": look.label,
        "t": reaction.heard_ns / 1e6,
        "asked": reaction.asked_ns / 1e6,
        "answered": reaction.answered_ns / 1e6,
        "took": reaction.took_s,
        "by": reaction.by,
        "fault": titles.get(reaction.fault, ""),
    }


def offer(catalogue: TrainingCatalogue | None) -> dict[str, Any]:
    """What can be trained, as the page builds its forms from it."""
    if catalogue is None:
        return {"online": False, "scenarios": [], "actions": [], "jets": {}, "most": 0}
    return {
        "online": catalogue.online,
        "most": catalogue.most,
        "jets": catalogue.jets,
        "actions": catalogue.actions,
        "scenarios": [
            {
                "name": one.name,
                "title": one.title,
                "label": one.label,
                "summary": one.summary,
                "start": one.start_ns / 1e6,
                "stop": one.start_ns / 1e6 + one.duration_s * 1000,
                "moments": [
                    {
                        "kind": moment.kind,
                        "start": moment.start_ns / 1e6,
                        "end": moment.end_ns / 1e6,
                        "says": moment.says,
                    }
                    for moment in one.moments
                ],
            }
            for one in catalogue.scenarios
        ],
    }


def answer(change: TrainingChange) -> dict[str, Any]:
    return {
        "command": change.command,
        "verb": change.verb.value,
        "by": change.by,
        "refused": change.refused,
        "session": change.session,
    }
