"""Inputs made of inputs, keeping their form: what is still JSON gets past the parser.

A mutator takes (data, most bytes, random) and gives what to try next; random comes from outside,
so that a run can be had again.
"""

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, Final

import msgspec

Mutator = Callable[[bytes, int, Random], bytes]

#: Where programs break: edges of types, what looks like a path, a command, markup or a number.
EDGES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 255, 256, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30,
    0.0, -0.0, 1e308, -1e-308, 0.1, "", "0", "nan", "\x00", "\n", "é", "\U0001f680", "a" * 300,
    "../../etc/passwd", "<script>", "%s%n", "' OR 1=1", "2021-13-45T25:00:00Z", [], {}, [[]],
    {"": None}, "tlm", "iss", "adcs",
)  # fmt: skip
#: A token of a text: a number, a word, a quoted text, or one sign.
_TOKEN: Final = re.compile(rb"[-+]?\d[\d.eE+:TZ-]*|[A-Za-z_][\w-]*|\"[^\"\n]*\"|\s+|.", re.DOTALL)
_TEXT_EDGES: Final = tuple(
    one.encode() for one in (
        "", "0", "-1", "1e999", "nan", "inf", "9" * 25, "9223372036854775808", "''", '"', '""', "[",
        "]", "{", "}", "=", ",", "\n", "\r", "\x00", "\ufeff", "é", "true", "[[a]]", "\t", ".", "-",
        "2021-10-15T09:02:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+23:59", "07:00:00",
    )
)  # fmt: skip


def plain(data: bytes, most: int, random: Random) -> bytes:
    """Bytes changed, cut out, put in twice."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(found) + 1)
        to = min(len(found), at + random.choice((1, 2, 4, 8, 64)))
        match random.randrange(5):
            case 0 if at < len(found):
                found[at] ^= 1 << random.randrange(8)
            case 1:
                del found[at:to]
            case 2:
                found[at:at] = bytes(found[at:to])
            case 3:
                found[at:to] = random.randbytes(to - at)
            case _:
                edge = random.choice((0, 1, 127, 255, 256, 2**16 - 1, 2**31 - 1, 2**32 - 1))
                size = random.choice((2, 4, 8))
                found[at : at + size] = (edge % 256**size).to_bytes(size, "little")
    return bytes(found[:most])


def text(data: bytes, most: int, random: Random) -> bytes:
    """Numbers, words and signs of a text in another's place; lines left out, moved and doubled."""
    if random.random() < 0.1:
        return plain(data, most, random)
    if random.random() < 0.3:
        lines = data.splitlines(keepends=True) or [b""]
        at, to = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(3):
            case 0:
                del lines[at]
            case 1:
                lines.insert(to, lines[at])
            case _:
                lines[at], lines[to] = lines[to], lines[at]
        return b"".join(lines)[:most]
    tokens = _TOKEN.findall(data) or [b""]
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(tokens))
        other = random.choice(_TEXT_EDGES) if random.random() < 0.6 else random.choice(tokens)
        tokens[at] = other if random.random() < 0.8 else tokens[at] + other
    return b"".join(tokens)[:most]


def as_json(data: bytes, most: int, random: Random) -> bytes:
    return _structured(data, most, random, _json, _of_json)


def as_msgpack(data: bytes, most: int, random: Random) -> bytes:
    return _structured(data, most, random, msgspec.msgpack.encode, msgspec.msgpack.decode)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")


def _of_json(data: bytes) -> Any:
    return json.loads(data)


def _structured(
    data: bytes,
    most: int,
    random: Random,
    encode: Callable[[Any], bytes],
    decode: Callable[[bytes], Any],
) -> bytes:
    if random.random() < 0.1:
        return plain(data, most, random)
    try:
        value = decode(data)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            value = _changed(value, value, random)
        found = encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError):
        return plain(data, most, random)
    return found if len(found) <= most else plain(data, most, random)


def _changed(value: Any, whole: Any, random: Random) -> Any:
    """The value with one thing in it changed, at any depth."""
    deeper = isinstance(value, dict | list) and value and random.random() < 0.85
    if not deeper:
        return _instead(value, whole, random)
    if isinstance(value, list):
        items, at = list(value), random.randrange(len(value))
        match random.randrange(8):
            case 0:
                del items[at]
            case 1:
                items.insert(random.randrange(len(items) + 1), items[at])
            case 2:
                random.shuffle(items)
            case _:
                items[at] = _changed(items[at], whole, random)
        return items
    fields, key = dict(value), random.choice(list(value))
    match random.randrange(10):
        case 0:
            del fields[key]
        case 1:
            fields[_name(key, random)] = fields.pop(key)
        case 2:
            fields[_name(key, random)] = fields[key]
        case _:
            fields[key] = _changed(fields[key], whole, random)
    return fields


def _instead(value: Any, whole: Any, random: Random) -> Any:
    match random.randrange(8):
        case 0:
            return _any_of(whole, random)
        case 1:
            return [value] if random.random() < 0.5 else {"id": value}
        case 2 | 3 | 4 if isinstance(value, bool | int | float | str | bytes):
            return _near(value, random)
        case 5 if random.random() < 0.1:
            for _ in range(random.choice((50, 2_000))):
                value = [value]
            return value
    return random.choice(EDGES)


def _near(value: Any, random: Random) -> Any:
    if isinstance(value, str):
        if value.isascii() and random.random() < 0.5:
            return text(value.encode(), 4_000, random).decode(errors="replace")
        return plain(value.encode(errors="replace"), 4_000, random).decode(errors="replace")
    if isinstance(value, bytes):
        return plain(value, 100_000, random)
    if isinstance(value, bool):
        return not value
    by = random.choice((1, -1, 10, -(10**9), 10**9, 60 * 10**9, 86_400 * 10**9, 2**62))
    return value + by if random.random() < 0.7 else -value


def _name(key: Any, random: Random) -> Any:
    return _near(key, random) if isinstance(key, str) else key


def _any_of(whole: Any, random: Random) -> Any:
    """Some value within it."""
    while isinstance(whole, dict | list) and whole and random.random() < 0.8:
        whole = random.choice(list(whole.values()) if isinstance(whole, dict) else whole)
    return whole
