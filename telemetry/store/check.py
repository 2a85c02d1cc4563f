"""Check samples against the mission database, so that one bad sample never costs the others."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from telemetry.frame import Frame
from telemetry.parameter import Parameter, ParameterType, Subsystem, Value
from telemetry.store.base import Rejected

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

#: The latest time every store can hold (InfluxDB 1.x ends one nanosecond before int64).
MAX_TIME_NS: Final = 2**63 - 2

#: InfluxDB refuses strings of 64 KiB.
MAX_STRING_BYTES: Final = 32_768

_INT64: Final = range(-(2**63), 2**63)
_MAX_QUALITY: Final = 255


class _Unsound(Exception):
    """Why a sample cannot be stored."""


@dataclass(frozen=True, slots=True)
class Checked:
    """frames: what is sound, values of exactly the parameter's type. One with no sample is a
    heartbeat: its subsystem was heard."""

    frames: tuple[Frame, ...]
    rejected: tuple[Rejected, ...]

    @property
    def samples(self) -> int:
        return sum(len(frame.values) + len(frame.invalid) for frame in self.frames)


def check(frames: Sequence[Frame], database: "MissionDatabase") -> Checked:
    sound: list[Frame] = []
    rejected: list[Rejected] = []
    for frame in frames:
        try:
            subsystem = _subsystem_of(frame, database)
        except _Unsound as why:
            rejected.append(rejection(frame, "", str(why)))
            continue
        if _plainly_sound(frame, subsystem):
            sound.append(frame)
            continue
        values, invalid = _check_samples(frame, subsystem.parameters, rejected)
        sound.append(replace(frame, values=values, invalid=invalid))
    return Checked(tuple(sound), tuple(rejected))


def rejection(frame: Frame, parameter: str, reason: str) -> Rejected:
    return Rejected(frame.spacecraft, frame.subsystem, frame.time_ns, parameter, reason)


def _subsystem_of(frame: Frame, database: "MissionDatabase") -> Subsystem:
    try:
        subsystem = database.subsystem(frame.spacecraft, frame.subsystem)
    except KeyError:
        raise _Unsound("the mission database has no such subsystem") from None
    if not 0 <= frame.time_ns <= MAX_TIME_NS:
        raise _Unsound("generation time out of range")
    if frame.received_ns not in _INT64 or frame.sequence not in _INT64:
        raise _Unsound("reception time or sequence number out of range")
    return subsystem


def _plainly_sound(frame: Frame, subsystem: Subsystem) -> bool:
    """Whether nothing of a frame needs a closer look: that of nearly all is spared."""
    if frame.invalid or not subsystem.fits(frame.values):
        return False
    numbers: Iterable[Any] = frame.values.values()
    if subsystem.strings:
        texts = [value for value in numbers if isinstance(value, str)]
        if not all(text.isascii() and len(text) <= MAX_STRING_BYTES for text in texts):
            return False
        numbers = [value for value in numbers if not isinstance(value, str)]
    return all(map(math.isfinite, numbers))


def _check_samples(
    frame: Frame, parameters: Mapping[str, Parameter], rejected: list[Rejected]
) -> tuple[dict[str, Value], dict[str, int]]:
    values: dict[str, Value] = {}
    invalid: dict[str, int] = {}
    for parameter, value in frame.values.items():
        try:
            values[parameter] = sound_value(_known(parameters, parameter).type, value)
        except _Unsound as why:
            rejected.append(rejection(frame, parameter, str(why)))
    for parameter, quality in frame.invalid.items():
        try:
            _known(parameters, parameter)
            if type(quality) is not int or not 0 < quality <= _MAX_QUALITY:
                raise _Unsound(f"quality {quality!r} is not one of 1 to {_MAX_QUALITY}")
        except _Unsound as why:
            rejected.append(rejection(frame, parameter, str(why)))
            continue
        if parameter not in values:
            invalid[parameter] = quality
    return values, invalid


def _known(parameters: Mapping[str, Parameter], parameter: str) -> Parameter:
    try:
        return parameters[parameter]
    except KeyError:
        raise _Unsound("unknown parameter") from None


def sound_value(kind: ParameterType, value: Any) -> Value:
    """The value as exactly the Python type that stands for `kind`."""
    match kind:
        case ParameterType.FLOAT:
            return _sound_float(value)
        case ParameterType.INTEGER | ParameterType.ENUMERATION:
            # a bool is an int to Python, not to us
            if isinstance(value, int) and not isinstance(value, bool):
                if value in _INT64:
                    return int(value)
                raise _Unsound("integer out of 64 bits")
        case ParameterType.BOOLEAN:
            if isinstance(value, bool):
                return value
        case ParameterType.STRING:
            if isinstance(value, str):
                return _sound_string(value)
    raise _Unsound(f"wrong type: {type(value).__name__} given, {kind} expected")


def _sound_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unsound(f"wrong type: {type(value).__name__} given, float expected")
    try:
        number = float(value)
    except OverflowError:
        raise _Unsound("integer too large for a float") from None
    if not math.isfinite(number):
        raise _Unsound(f"{number} is not finite")
    return number


def _sound_string(value: str) -> str:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise _Unsound("string is not Unicode (a lone surrogate)") from None
    if size > MAX_STRING_BYTES:
        raise _Unsound(f"string of {size} bytes, at most {MAX_STRING_BYTES}")
    return value
