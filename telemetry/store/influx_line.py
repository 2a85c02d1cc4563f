"""Line protocol: a frame is one line, `iss_adcs USLAB000022=0.5,USLAB000023__q=3i,... <time>`.

One measurement a (spacecraft, subsystem), no tags, a field a parameter. An invalid sample has only
its quality, `<id>__q`. An empty string has `<id>__e=true` beside it, because InfluxDB writes it to
CSV as it writes nothing at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeVar

from telemetry.alarm import Event
from telemetry.frame import Frame
from telemetry.parameter import Value
from telemetry.store.rows import Key
from telemetry.store.schema import QUALITY_SUFFIX, RECEIVED, SEQUENCE

META: Final = "stationwatch_meta"
EVENTS: Final = "stationwatch_events"
RECORDINGS: Final = "stationwatch_recordings"
EMPTY_SUFFIX: Final = "__e"

#: InfluxDB 3 has at most 500 columns a measurement; beyond some 200 a line gains nothing.
_FIELDS_A_LINE: Final = 190

#: Bytes of one request: large enough to be quick, under every server's limit and under the size
#: (1 MiB) from which aiohttp warns that sending it holds up the event loop.
_BYTES_A_BODY: Final = 900_000

#: What a line has beside its fields, generously.
_LINE_BYTES: Final = 200

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FieldText:
    """One sample, written out; `parameter` of `frame`."""

    frame: Frame
    parameter: str
    text: str


def measurement(key: Key) -> str:
    return "_".join(key)


def fields_of(frame: Frame) -> Iterator[FieldText]:
    """One text a sample; a heartbeat, which has none, is one without parameter."""
    if not frame.values and not frame.invalid:
        yield FieldText(frame, "", "")
    for parameter, value in frame.values.items():
        text = f"{parameter}={_literal(value)}"
        if value == "":
            text += f",{parameter}{EMPTY_SUFFIX}=true"
        yield FieldText(frame, parameter, text)
    for parameter, quality in frame.invalid.items():
        yield FieldText(frame, parameter, f"{parameter}{QUALITY_SUFFIX}={quality}i")


def bodies(fields: Sequence[FieldText]) -> Iterator[list[FieldText]]:
    """Cut into requests of bounded size."""
    frame: Frame | None = None
    sizes: list[int] = []
    for field in fields:
        new_line = 0 if field.frame is frame else _LINE_BYTES
        frame = field.frame
        sizes.append(len(field.text.encode()) + 1 + new_line)
    return _cut(fields, sizes)


def line_bodies(texts: Sequence[str]) -> Iterator[bytes]:
    """Whole lines joined into requests of bounded size."""
    encoded = [text.encode() for text in texts]
    return map(b"\n".join, _cut(encoded, [len(text) + 1 for text in encoded]))


def _cut(items: Sequence[_T], sizes: Sequence[int]) -> Iterator[list[_T]]:
    body: list[_T] = []
    total = 0
    for item, size in zip(items, sizes, strict=True):
        if body and total + size > _BYTES_A_BODY:
            yield body
            body, total = [], 0
        body.append(item)
        total += size
    if body:
        yield body


def lines(fields: Sequence[FieldText]) -> list[str]:
    """Fields of one frame that follow each other share a line."""
    result: list[str] = []
    for _, run in groupby(fields, key=lambda field: id(field.frame)):
        of_frame = list(run)
        frame = of_frame[0].frame
        name = measurement((frame.spacecraft, frame.subsystem))
        about = f"{RECEIVED}={frame.received_ns}i,{SEQUENCE}={frame.sequence}i"
        for at in range(0, len(of_frame), _FIELDS_A_LINE):
            texts = [field.text for field in of_frame[at : at + _FIELDS_A_LINE] if field.text]
            result.append(f"{name} {','.join([*texts, about])} {frame.time_ns}")
    return result


def meta_line(key: Key, number: int, types: str) -> str:
    """Without a time, so the server's: a bucket with a retention would refuse a fixed old one."""
    spacecraft, subsystem = map(_tag, key)
    tags = f"spacecraft={spacecraft},subsystem={subsystem}"
    return f"{META},{tags} schema={number}i,types={_text(types)}"


def recording_line(name: str, payload: str) -> str:
    """At the server's time, so that the newest of a name is the one put last."""
    return f"{RECORDINGS},name={_tag(name)} payload={_text(payload)}"


def event_line(event: Event, slot: int, payload: str) -> str:
    """`slot` tells events of one alarm, kind and time apart."""
    alarm = event.alarm
    tags = f"spacecraft={_tag(alarm.spacecraft)},alarm={_tag(alarm.id)},kind={_tag(event.kind)}"
    fields = f"id={_text(event.id)},payload={_text(payload)}"
    return f"{EVENTS},{tags},slot={slot} {fields} {event.time_ns}"


def _literal(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}i"
        case float():
            return repr(value)
        case str():
            return _text(value)


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TAG_ESCAPES: Final[Mapping[int, str]] = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})


def _tag(value: str) -> str:
    return str(value).translate(_TAG_ESCAPES)
