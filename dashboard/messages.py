"""The messages to a browser: JSON text with its kind in `k` and the server's wall time in `wall`.

hello     everything but samples: the mission database, looks, clocks, links, alarms
latest    the latest sample of each parameter of a subsystem, and when its last frame came
history   recent samples of a subsystem's parameters, for the strips; times relative to `base`
frame     one frame as received
clock     a stream's clock; `reset` when its times start anew
link      a publisher is on or off the line
alarm     one alarm as it is now       gone      an alarm that no longer stands
event     one line of the alarm journal
incident  an open incident as it is now  incidentgone  one that is over, or part of another
plan      an activity as it is now       plangone      one that is over
planevent one line of the plan's journal
signal    what of a spacecraft is out of contact
contacts  when it is expected to be heard, null when nothing is announced
replay    a replay session as it is now  replaygone    one that is no more
replayanswer  what became of a command to a session, by its id
training  a training as it is now        traininggone  one of which nothing is kept any more
traininganswer    likewise
trainingservice   whether trainings can be had
tick      sent every half second whatever happens, with the state of the console's own broker link

Times are milliseconds as floats: int64 nanoseconds do not fit into the doubles of JavaScript.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from dashboard import (
    alarm_rows,
    catalogue,
    contact_rows,
    event_rows,
    incident_rows,
    plan_rows,
    replay_rows,
    training_rows,
)
from dashboard.board import Board
from dashboard.view import LiveView
from telemetry.alarm import Alarm, Event
from telemetry.clock import StreamClock
from telemetry.contact import ContactSchedule, Signal
from telemetry.frame import Frame, Sample
from telemetry.incident import Incident
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.plan import Plan, PlanChange
from telemetry.replay import Replay, ReplayChange
from telemetry.topics import LIVE_ROOT
from telemetry.training import Training, TrainingCatalogue, TrainingChange
from telemetry.wire import LinkStatus

#: Integers beyond this are not exact in JavaScript and go as text.
_EXACT: Final = 2**53

_encoder = msgspec.json.Encoder()


def encode(message: Mapping[str, Any], now_ns: int) -> str:
    return _encoder.encode({**message, "wall": ms(now_ns)}).decode()


def ms(time_ns: int) -> float:
    return time_ns / 1e6


def hello(view: LiveView, root: str, own: Board) -> dict[str, Any]:
    """own: the board of the console's own root, which knows of replays and trainings."""
    return {
        "k": "hello",
        "version": view.database.version,
        "root": root,
        "live": root == LIVE_ROOT,
        "ingest": catalogue.INGEST,
        "looks": catalogue.looks(root),
        "spacecraft": catalogue.spacecraft(view.database),
        "clocks": {craft: clock_fields(clock) for craft, clock in view.clocks.items()},
        "links": {craft: link_fields(link) for craft, link in view.links.items()},
        "alarms": [alarm_rows.row(alarm, view.database) for alarm in view.alarms.values()],
        "incidents": [incident_rows.row(i, view.database) for i in view.board.incidents.values()],
        "plans": [plan_rows.row(plan, view.database) for plan in view.board.plans.values()],
        "signals": {craft: signal_fields(one) for craft, one in view.board.signals.items()},
        "contacts": {craft: contact_rows.row(one) for craft, one in view.board.contacts.items()},
        "replays": [replay_rows.row(replay) for replay in own.replays.values()],
        "trainings": [training_rows.row(training) for training in own.trainings.values()],
        "flood": catalogue.FLOOD,
        "broker": broker_fields(view),
    }


def latest(view: LiveView) -> Iterator[dict[str, Any]]:
    """One message a subsystem that has been heard of."""
    for (craft, subsystem), reception in list(view.receptions.items()):
        samples = {}
        for parameter in view.database.subsystem(craft, subsystem).parameters:
            sample = view.samples.get((craft, parameter))
            if sample is not None:
                samples[parameter] = _sample_fields(sample)
        yield {
            "k": "latest",
            "s": craft,
            "u": subsystem,
            "t": ms(reception.time_ns),
            "rx": ms(reception.received_ns),
            "p": samples,
        }


def _sample_fields(sample: Sample) -> tuple[float, Value | None, int]:
    value = None if sample.value is None else _exact(sample.value)
    return ms(sample.time_ns), value, sample.quality


def history(view: LiveView) -> Iterator[dict[str, Any]]:
    """One message a subsystem that has been heard of."""
    for craft, subsystem in list(view.receptions):
        if (craft, subsystem) not in view.receptions:
            continue  # another run has started since the last message
        base_ns = view.receptions[craft, subsystem].time_ns
        tracks = {}
        for parameter in view.database.subsystem(craft, subsystem).parameters:
            points = list(view.track(craft, parameter))
            if points:
                tracks[parameter] = {
                    "t": [(time_ns - base_ns) // 1_000_000 for time_ns, _ in points],
                    "v": [value for _, value in points],
                }
        yield {"k": "history", "s": craft, "u": subsystem, "base": ms(base_ns), "p": tracks}


def frame(frame: Frame) -> dict[str, Any]:
    values: dict[str, Value | None] = {p: _exact(v) for p, v in frame.values.items()}
    return {
        "k": "frame",
        "s": frame.spacecraft,
        "u": frame.subsystem,
        "t": ms(frame.time_ns),
        "rx": ms(frame.received_ns),
        "v": values | dict.fromkeys(frame.invalid),
        "q": dict(frame.invalid),
    }


def _exact(value: Value) -> Value:
    return str(value) if isinstance(value, int) and abs(value) > _EXACT else value


def clock(craft: str, clock: StreamClock, *, reset: bool) -> dict[str, Any]:
    return {"k": "clock", "s": craft, "reset": reset, "clock": clock_fields(clock)}


def clock_fields(clock: StreamClock) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "epoch": ms(clock.epoch_ns),
        "wall": ms(clock.wall_ns),
        "rate": clock.rate,
        "heartbeat": clock.heartbeat,
        "label": clock.label,
    }


def link(craft: str, link: LinkStatus | None) -> dict[str, Any]:
    return {"k": "link", "s": craft, "link": link_fields(link) if link else None}


def link_fields(link: LinkStatus) -> dict[str, Any]:
    return {"online": link.online, "publisher": link.publisher, "since": ms(link.since_ns)}


def tick(view: LiveView) -> dict[str, Any]:
    return {"k": "tick", "broker": broker_fields(view)}


def broker_fields(view: LiveView) -> dict[str, Any]:
    return {"connected": view.connected, "since": ms(view.connection_changed_ns)}


def alarm(alarm: Alarm, database: MissionDatabase) -> dict[str, Any]:
    return {"k": "alarm", "row": alarm_rows.row(alarm, database)}


def gone(craft: str, alarm: str) -> dict[str, Any]:
    return {"k": "gone", "id": alarm_rows.row_id(craft, alarm)}


def event(event: Event, database: MissionDatabase) -> dict[str, Any]:
    return {"k": "event", **event_rows.row(event, database)}


def incident(incident: Incident, database: MissionDatabase) -> dict[str, Any]:
    return {"k": "incident", "row": incident_rows.row(incident, database)}


def incident_gone(id_: str) -> dict[str, Any]:
    return {"k": "incidentgone", "id": id_}


def plan(plan: Plan, database: MissionDatabase) -> dict[str, Any]:
    return {"k": "plan", "row": plan_rows.row(plan, database)}


def plan_gone(craft: str, activity: str) -> dict[str, Any]:
    return {"k": "plangone", "id": plan_rows.row_id(craft, activity)}


def plan_event(craft: str, change: PlanChange) -> dict[str, Any]:
    return {"k": "planevent", **plan_rows.change(craft, change)}


def replay(replay: Replay) -> dict[str, Any]:
    return {"k": "replay", "row": replay_rows.row(replay)}


def replay_gone(session: str) -> dict[str, Any]:
    return {"k": "replaygone", "id": session}


def replay_answer(change: ReplayChange) -> dict[str, Any]:
    return {"k": "replayanswer", **replay_rows.answer(change)}


def training(training: Training) -> dict[str, Any]:
    return {"k": "training", "row": training_rows.row(training)}


def training_gone(session: str) -> dict[str, Any]:
    return {"k": "traininggone", "id": session}


def training_answer(change: TrainingChange) -> dict[str, Any]:
    return {"k": "traininganswer", **training_rows.answer(change)}


def training_service(catalogue: TrainingCatalogue | None) -> dict[str, Any]:
    return {"k": "trainingservice", "online": catalogue is not None and catalogue.online}


def signal(craft: str, signal: Signal | None) -> dict[str, Any]:
    return {"k": "signal", "s": craft, "signal": signal_fields(signal) if signal else None}


def signal_fields(signal: Signal) -> dict[str, Any]:
    return {
        "standing": signal.standing,
        "out": [
            {
                "u": one.subsystem,
                "last": ms(one.last_ns),
                "announced": one.announced,
                "back": ms(one.back_ns),
            }
            for one in signal.out
        ],
    }


def contacts(craft: str, schedule: ContactSchedule | None) -> dict[str, Any]:
    return {"k": "contacts", "s": craft, "contacts": schedule and contact_rows.row(schedule)}
