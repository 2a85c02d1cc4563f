"""A value as the type its field has, and that type in words: for tables, messages, command lines.

Types are Python's with msgspec's bounds. A mistake is told as what was expected, in words a person
who never saw the code can act on.
"""

import math
from typing import Any

import msgspec

from telemetry.missiondb.table import listed


def show(value: object) -> str:
    """A wrong value, for one line of a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def convert_field(value: object, wanted: Any, *, text: bool = False) -> Any:
    """A value as the type a field has.

    :raises ValueError: saying what the field must be and is not.
    """
    given = value
    info = msgspec.inspect.type_info(wanted)
    if text and isinstance(value, str):
        if _is_list(info):
            given = [part.strip() for part in value.split(",")]
        elif isinstance(info, msgspec.inspect.LiteralType) and value.isdecimal():
            given = int(value)
    try:
        converted = msgspec.convert(given, wanted, strict=not text)
    except (msgspec.ValidationError, ValueError, OverflowError):
        raise ValueError(f"must be {expected(wanted)}, not {show(value)}") from None
    if isinstance(converted, float) and not math.isfinite(converted):
        raise ValueError(f"must be {expected(wanted)}, not {show(value)}")
    return converted


def expected(wanted: Any) -> str:
    """A field's type in words."""
    return _words(msgspec.inspect.type_info(wanted))


def _words(info: msgspec.inspect.Type) -> str:
    match info:
        case msgspec.inspect.UnionType():
            (something,) = (each for each in info.types if not _is_none(each))
            return _words(something)
        case msgspec.inspect.LiteralType():
            return listed([str(value) for value in info.values])
        case msgspec.inspect.EnumType():
            return listed([str(member.value) for member in info.cls])
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.StrType():
            return f"a text of at most {info.max_length} letters, digits and _+./-"
        case msgspec.inspect.IntType():
            return f"a whole number{_bounds(info)}"
        case msgspec.inspect.FloatType():
            return f"a number{_bounds(info)}"
        case msgspec.inspect.VarTupleType():
            item = info.item_type
            of = f" of {_words(item)}" if isinstance(item, msgspec.inspect.EnumType) else ""
            return f"a list{of}, {info.min_length or 0} to {info.max_length} of them"
    raise AssertionError(f"no field has the type {info}")


def _bounds(info: msgspec.inspect.IntType | msgspec.inspect.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f" from {info.ge:g} to {info.le:g}"
    if info.gt is not None and info.le is not None:
        return f" above {info.gt:g} and at most {info.le:g}"
    return ""


def _is_none(info: msgspec.inspect.Type) -> bool:
    return isinstance(info, msgspec.inspect.NoneType)


def _is_list(info: msgspec.inspect.Type) -> bool:
    return isinstance(info, msgspec.inspect.VarTupleType)
