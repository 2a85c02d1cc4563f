"""The messages to a browser: JSON text with its kind in `k` and the server's wall time in `wall`.

hello     everything but samples: the mission database, looks, clocks, links, alarms
latest    the latest sample of each parameter of a subsystem, and when its last frame came
history   recent samples of a subsystem's parameters, for the strips; times relative to `base`
frame     one frame as received
clock     a stream's clock; `reset` when its times start anew
link      a publisher is on or off the line
alarm     one alarm as it is now       gone      an alarm that no longer stands
event     one line of the alarm journal
tick      sent every half second whatever happens, with the state of the console's own broker link

Times are milliseconds as floats: int64 nanoseconds do not fit into the doubles of JavaScript.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from dashboard import alarm_rows, theme
from dashboard.view import LiveView
from telemetry.alarm import Alarm, Event
from telemetry.clock import StreamClock
from telemetry.frame import Frame, Sample
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, Subsystem, Value
from telemetry.topics import LIVE_ROOT
from telemetry.wire import LinkStatus

#: The spacecraft that ingest tells of itself as; alarms come from it alone.
INGEST: Final = "ground"

#: Integers beyond this are not exact in JavaScript and go as text.
_EXACT: Final = 2**53

_encoder = msgspec.json.Encoder()


def encode(message: Mapping[str, Any], now_ns: int) -> str:
    return _encoder.encode({**message, "wall": ms(now_ns)}).decode()


def ms(time_ns: int) -> float:
    return time_ns / 1e6


def hello(view: LiveView, root: str) -> dict[str, Any]:
    return {
        "k": "hello",
        "version": view.database.version,
        "root": root,
        "ingest": INGEST,
        "looks": looks(root),
        "spacecraft": catalogue(view.database),
        "clocks": {craft: clock_fields(clock) for craft, clock in view.clocks.items()},
        "links": {craft: link_fields(link) for craft, link in view.links.items()},
        "alarms": [alarm_rows.row(alarm, view.database) for alarm in view.alarms.values()],
        "broker": broker_fields(view),
    }


def looks(root: str) -> dict[str, Any]:
    """Words, symbols and class names of severities, by number, and of freshness, by stream kind."""
    live = root == LIVE_ROOT
    modes = {kind: mode if live else theme.REPLAY_MODE for kind, mode in theme.MODES.items()}
    return {
        "severity": [_look(theme.SEVERITY_LOOKS[severity]) for severity in Severity],
        "freshness": {key: _look(look) for key, look in theme.FRESHNESS_LOOKS.items()},
        "modes": {
            kind: {"banner": mode.banner, "freshness": mode.freshness}
            for kind, mode in modes.items()
        },
    }


def _look(look: theme.Look) -> dict[str, str]:
    return {"word": look.word, "symbol": look.symbol, "name": theme.css_name(look.word)}


def catalogue(database: MissionDatabase) -> list[dict[str, Any]]:
    """What the page is built from."""
    return [
        {
            "id": craft.id,
            "name": craft.name,
            "subsystems": [_subsystem_fields(s) for s in craft.subsystems.values()],
        }
        # ground watches the rest: it stands last
        for craft in sorted(database.spacecraft.values(), key=lambda craft: craft.id == INGEST)
    ]


def _subsystem_fields(subsystem: Subsystem) -> dict[str, Any]:
    return {
        "id": subsystem.id,
        "name": subsystem.name,
        "period_ms": subsystem.period_s * 1000,
        "stale_ms": ms(subsystem.stale_after_ns),
        "parameters": [_parameter_fields(p) for p in subsystem.parameters.values()],
    }


def _parameter_fields(parameter: Parameter) -> dict[str, Any]:
    return {
        "id": parameter.id,
        "name": parameter.name,
        "type": parameter.type,
        "unit": parameter.unit,
        "states": {str(code): name for code, name in parameter.states.items()},
        "period_ms": None if parameter.period_s is None else parameter.period_s * 1000,
        "limited": parameter.limits.highest > Severity.NOMINAL,
        "bands": [
            {"severity": int(severity), "low": band.low, "high": band.high}
            for severity, band in sorted(parameter.limits.range.items())
        ],
    }


def latest(view: LiveView) -> Iterator[dict[str, Any]]:
    """One message a subsystem that has been heard of."""
    for (craft, subsystem), reception in view.receptions.items():
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
    return {
        "k": "event",
        "id": event.id,
        "kind": event.kind,
        "t": ms(event.time_ns),
        "by": event.by,
        "reason": event.reason,
        "annunciate": event.annunciate,
        "row": alarm_rows.row(event.alarm, database),
    }
