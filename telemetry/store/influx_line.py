"""Line protocol: a frame is one line, `iss_adcs USLAB000022=0.5,USLAB000023__q=3i,... <time>`.

One measurement a (spacecraft, subsystem), no tags, a field a parameter. An invalid sample has only
its quality, `<id>__q`. An empty string has `<id>__e=true` beside it, because InfluxDB writes it to
CSV as it writes nothing at all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

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

#: JSON writes these as line protocol does.
_PLAIN: Final = frozenset((float, bool))

_T = TypeVar("_T")


def measurement(key: Key) -> str:
    return "_".join(key)


def frame_lines(frame: Frame) -> bytes:
    """A frame as a line; as several if it has more fields than a line may."""
    if len(frame.values) + len(frame.invalid) > _FIELDS_A_LINE:
        return b"\n".join(map(frame_lines, halves(frame)))
    name = measurement((frame.spacecraft, frame.subsystem)).encode()
    about = f"{RECEIVED}={frame.received_ns}i,{SEQUENCE}={frame.sequence}i {frame.time_ns}"
    return b"%b %b%b" % (name, _samples(frame), about.encode())


def halves(frame: Frame) -> tuple[Frame, Frame]:
    """Two frames of about half the samples each, of one that has at least two."""
    values, invalid = list(frame.values.items()), list(frame.invalid.items())
    middle = (len(values) + len(invalid)) // 2
    after = max(0, middle - len(values))
    return (
        replace(frame, values=dict(values[:middle]), invalid=dict(invalid[:after])),
        replace(frame, values=dict(values[middle:]), invalid=dict(invalid[after:])),
    )


def bodies(frames: Iterable[Frame]) -> Iterator[tuple[bytes, list[Frame]]]:
    """Requests of bounded size, each with its frames."""
    pieces = (piece for frame in frames for piece in _pieces(frame))
    for body in _cut(pieces, lambda piece: len(piece[0])):
        yield b"\n".join(text for text, _ in body), [frame for _, frame in body]


def _pieces(frame: Frame) -> list[tuple[bytes, Frame]]:
    """The frame; or halves of it, if one alone fills a request."""
    text = frame_lines(frame)
    if len(text) <= _BYTES_A_BODY or len(frame.values) + len(frame.invalid) < 2:
        return [(text, frame)]
    return [piece for half in halves(frame) for piece in _pieces(half)]


def line_bodies(texts: Iterable[str]) -> Iterator[bytes]:
    """Whole lines joined into requests of bounded size."""
    return map(b"\n".join, _cut((text.encode() for text in texts), len))


def _cut(items: Iterable[_T], size: Callable[[_T], int]) -> Iterator[list[_T]]:
    body: list[_T] = []
    total = 0
    for item in items:
        grown = total + size(item) + 1
        if body and grown > _BYTES_A_BODY:
            yield body
            body, grown = [], size(item) + 1
        body.append(item)
        total = grown
    if body:
        yield body


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


def _samples(frame: Frame) -> bytes:
    """Each with a comma after it."""
    values = frame.values
    plain: Mapping[str, Value] = values
    others: list[str] = []
    if not _PLAIN.issuperset(map(type, values.values())):
        plain = {p: value for p, value in values.items() if type(value) in _PLAIN}
        for parameter, value in values.items():
            if isinstance(value, str):
                others.append(f"{parameter}={_text(value)}")
                if not value:
                    others.append(f"{parameter}{EMPTY_SUFFIX}=true")
            elif parameter not in plain:
                others.append(f"{parameter}={value}i")
    others += [f"{p}{QUALITY_SUFFIX}={quality}i" for p, quality in frame.invalid.items()]
    texts = "".join(f"{text}," for text in others).encode()
    if not plain:
        return texts
    # {"A":1.5,"B":true} -> A=1.5,B=true, at one stroke: one by one they take ten times as long
    text = msgspec.json.encode(plain)[2:-1]
    return text.replace(b'":', b"=").replace(b',"', b",") + b"," + texts


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_TAG_ESCAPES: Final[Mapping[int, str]] = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})


def _tag(value: str) -> str:
    return str(value).translate(_TAG_ESCAPES)
