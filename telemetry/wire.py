"""Bytes <-> values of every message. Looks at shape only; `ingest.decode` checks the samples.

A frame is JSON, `{"t": <ns>, "seq": <n>, "values": {"USLAB000022": 0.12, ...}, "q": {...}}`. An
invalid sample is null with its quality in `q`. JSON has no NaN: a sender that writes one loses that
sample, not its frame.
"""

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from telemetry.alarm import Alarm, Event
from telemetry.clock import StreamClock
from telemetry.contact import ContactSchedule, Signal
from telemetry.errors import UsageError
from telemetry.frame import QUALITY_UNSPECIFIED, Frame
from telemetry.incident import Incident
from telemetry.plan import Plan, PlanChange, PlanCommand
from telemetry.replay import Replay, ReplayChange, ReplayCommand
from telemetry.shift import Shift, ShiftChange, ShiftCommand
from telemetry.training import Training, TrainingCatalogue, TrainingChange, TrainingCommand

#: A larger message is refused (the brokers' own bound is the same).
MAX_MESSAGE_BYTES: Final = 1 << 20
MAX_FRAME_PARAMETERS: Final = 200

#: 2262-04-11, the last instant int64 nanoseconds can say.
_Nanoseconds = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Quality = Annotated[int, Meta(ge=0, le=255)]
_Loose = int | float | str | bool | None
_Message = TypeVar("_Message")


class Reason(StrEnum):
    """Why a message or sample could not be used; the counters and `dead/` topics bear these."""

    UNKNOWN_TOPIC = "unknown_topic"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    UNKNOWN_PARAMETER = "unknown_parameter"
    WRONG_TYPE = "wrong_type"
    NOT_FINITE = "not_finite"
    ABSURD_TIME = "absurd_time"
    STORE_REFUSED = "store_refused"
    UNPROCESSABLE = "unprocessable"


class WireError(ValueError):
    """A whole message that cannot be used."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


class FrameBody(msgspec.Struct, frozen=True):
    """A frame as it stands in the message; topic and reception time are not part of it."""

    t: _Nanoseconds
    seq: _Nanoseconds
    values: dict[str, _Loose]
    q: dict[str, _Quality] = {}


class RawFrame(msgspec.Struct, frozen=True, gc=False):
    """A frame of the right shape whose samples are not yet checked against the mission database.

    defects: samples lost to the encoding itself, parameter -> reason.
    """

    body: FrameBody
    defects: Mapping[str, Reason] = msgspec.field(default_factory=dict)

    def quality(self, parameter: str) -> int:
        """Why a sample is invalid; 0 if it is not. A null without a reason is invalid too."""
        quality = self.body.q.get(parameter, 0)
        if quality == 0 and self.body.values.get(parameter, 0) is None:
            return QUALITY_UNSPECIFIED
        return quality


class LinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The retained `status/link` of a publisher. `instance` tells two publishers apart."""

    online: bool
    publisher: str
    instance: str
    since_ns: int


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks for one alarm; the verb is in the topic.

    id: chosen by the sender; its answer and any repetition bear the same.
    occurrence: the one the operator saw. until_ns: end of a shelf, on the wall clock.
    denied: set where it came in, if it may not be done: why. The other commands have it too.
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    alarm: Annotated[str, Meta(min_length=1, max_length=128)]
    by: Annotated[str, Meta(min_length=1, max_length=64)]
    occurrence: Annotated[str, Meta(max_length=256)] = ""
    comment: Annotated[str, Meta(max_length=1000)] = ""
    until_ns: _Nanoseconds = 0
    denied: Annotated[str, Meta(max_length=300)] = ""


class Injection(msgspec.Struct, frozen=True, kw_only=True):
    """What a running simulation is to do from now on, for training and tests.

    action: one of the simulators' vocabulary, `do` and its fields; only they know what it means.
    """

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    by: Annotated[str, Meta(min_length=1, max_length=64)]
    action: dict[str, int | float | bool | str | list[str] | None]
    denied: Annotated[str, Meta(max_length=300)] = ""


class DeadNotice(msgspec.Struct, frozen=True, kw_only=True):
    """That a message, or a sample of it (`parameter`), could not be used.

    excerpt: the beginning of its payload as text. Ingest keeps more of it, and more of them.
    """

    n: int
    received_ns: int
    topic: str
    reason: Reason
    detail: str
    parameter: str = ""
    excerpt: str = ""


_frame_decoder = msgspec.json.Decoder(FrameBody)
_clock_decoder = msgspec.json.Decoder(StreamClock)
_link_decoder = msgspec.json.Decoder(LinkStatus)
_command_decoder = msgspec.json.Decoder(Command)
_injection_decoder = msgspec.json.Decoder(Injection)
_alarm_decoder = msgspec.json.Decoder(Alarm)
_event_decoder = msgspec.json.Decoder(Event)
_dead_decoder = msgspec.json.Decoder(DeadNotice)
_contacts_decoder = msgspec.json.Decoder(ContactSchedule)
_signal_decoder = msgspec.json.Decoder(Signal)
_plan_decoder = msgspec.json.Decoder(Plan)
_plan_change_decoder = msgspec.json.Decoder(PlanChange)
_plan_command_decoder = msgspec.json.Decoder(PlanCommand)
_incident_decoder = msgspec.json.Decoder(Incident)
_shift_decoder = msgspec.json.Decoder(Shift)
_shift_change_decoder = msgspec.json.Decoder(ShiftChange)
_shift_command_decoder = msgspec.json.Decoder(ShiftCommand)
_replay_decoder = msgspec.json.Decoder(Replay)
_replay_change_decoder = msgspec.json.Decoder(ReplayChange)
_replay_command_decoder = msgspec.json.Decoder(ReplayCommand)
_training_decoder = msgspec.json.Decoder(Training)
_training_catalogue_decoder = msgspec.json.Decoder(TrainingCatalogue)
_training_change_decoder = msgspec.json.Decoder(TrainingChange)
_training_command_decoder = msgspec.json.Decoder(TrainingCommand)
_encoder = msgspec.json.Encoder()


def encode(message: msgspec.Struct) -> bytes:
    """Any message that is not a frame."""
    return _encoder.encode(message)


def encode_frame(frame: Frame) -> bytes:
    """:raises ValueError: if a float is not finite (JSON has no way to say it: mark it invalid)."""
    for parameter, value in frame.values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{parameter} is {value}: send it as invalid, with a quality")
    body: dict[str, Any] = {"t": frame.time_ns, "seq": frame.sequence, "values": dict(frame.values)}
    if frame.invalid:
        body["values"] |= dict.fromkeys(frame.invalid)
        body["q"] = dict(frame.invalid)
    return _encoder.encode(body)


def decode_frame(payload: bytes) -> RawFrame:
    """:raises WireError: if nothing of it can be used."""
    if len(payload) > MAX_MESSAGE_BYTES:
        raise WireError(Reason.TOO_LARGE, f"{len(payload)} bytes, at most {MAX_MESSAGE_BYTES}")
    try:
        frame = RawFrame(_frame_decoder.decode(payload))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        frame = _decode_with_care(payload)
    count = len(frame.body.values) + len(frame.defects)
    if count > MAX_FRAME_PARAMETERS:
        raise WireError(Reason.WRONG_SHAPE, f"{count} parameters, at most {MAX_FRAME_PARAMETERS}")
    return frame


def _decode_with_care(payload: bytes) -> RawFrame:
    """The slow way, for the frame with a bad sample: keep the good ones, name the others."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WireError(Reason.NOT_JSON, str(error)) from None
    if not isinstance(body, dict) or not isinstance(body.get("values"), dict):
        raise WireError(Reason.WRONG_SHAPE, "no object with an object 'values'")
    values: dict[str, _Loose] = {}
    defects: dict[str, Reason] = {}
    for name, value in body["values"].items():
        # JSON can write half a surrogate pair, which is no text and can be encoded nowhere.
        parameter = name.encode(errors="replace").decode()
        if isinstance(value, float) and not math.isfinite(value):
            defects[parameter] = Reason.NOT_FINITE
        elif isinstance(value, dict | list) or not _is_text(value):
            defects[parameter] = Reason.WRONG_TYPE
        else:
            values[parameter] = value
    known = {name: body[name] for name in ("t", "seq", "q") if name in body}
    try:
        return RawFrame(msgspec.convert(known | {"values": values}, FrameBody), defects)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        # UnicodeEncodeError: half a surrogate pair where no text is due
        raise WireError(Reason.WRONG_SHAPE, str(error)) from None


def _is_text(value: object) -> bool:
    """False for a string that is not Unicode."""
    return not isinstance(value, str) or value == value.encode(errors="replace").decode()


def _decode(decoder: msgspec.json.Decoder[_Message], payload: bytes) -> _Message:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise WireError(Reason.TOO_LARGE, f"{len(payload)} bytes, at most {MAX_MESSAGE_BYTES}")
    try:
        return decoder.decode(payload)
    except (msgspec.ValidationError, UsageError) as error:
        # UsageError: an activity of the right shape that contradicts itself
        raise WireError(Reason.WRONG_SHAPE, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(Reason.NOT_JSON, str(error)) from None


def decode_clock(payload: bytes) -> StreamClock:
    return _decode(_clock_decoder, payload)


def decode_link(payload: bytes) -> LinkStatus:
    return _decode(_link_decoder, payload)


def decode_command(payload: bytes) -> Command:
    return _decode(_command_decoder, payload)


def decode_injection(payload: bytes) -> Injection:
    return _decode(_injection_decoder, payload)


def decode_alarm(payload: bytes) -> Alarm:
    return _decode(_alarm_decoder, payload)


def decode_event(payload: bytes) -> Event:
    return _decode(_event_decoder, payload)


def decode_dead(payload: bytes) -> DeadNotice:
    return _decode(_dead_decoder, payload)


def decode_contacts(payload: bytes) -> ContactSchedule:
    return _decode(_contacts_decoder, payload)


def decode_signal(payload: bytes) -> Signal:
    return _decode(_signal_decoder, payload)


def decode_plan(payload: bytes) -> Plan:
    return _decode(_plan_decoder, payload)


def decode_plan_change(payload: bytes) -> PlanChange:
    return _decode(_plan_change_decoder, payload)


def decode_plan_command(payload: bytes) -> PlanCommand:
    return _decode(_plan_command_decoder, payload)


def decode_incident(payload: bytes) -> Incident:
    return _decode(_incident_decoder, payload)


def decode_shift(payload: bytes) -> Shift:
    return _decode(_shift_decoder, payload)


def decode_shift_change(payload: bytes) -> ShiftChange:
    return _decode(_shift_change_decoder, payload)


def decode_shift_command(payload: bytes) -> ShiftCommand:
    return _decode(_shift_command_decoder, payload)


def decode_replay(payload: bytes) -> Replay:
    return _decode(_replay_decoder, payload)


def decode_replay_change(payload: bytes) -> ReplayChange:
    return _decode(_replay_change_decoder, payload)


def decode_replay_command(payload: bytes) -> ReplayCommand:
    return _decode(_replay_command_decoder, payload)


def decode_training(payload: bytes) -> Training:
    return _decode(_training_decoder, payload)


def decode_training_catalogue(payload: bytes) -> TrainingCatalogue:
    return _decode(_training_catalogue_decoder, payload)


def decode_training_change(payload: bytes) -> TrainingChange:
    return _decode(_training_change_decoder, payload)


def decode_training_command(payload: bytes) -> TrainingCommand:
    return _decode(_training_command_decoder, payload)
