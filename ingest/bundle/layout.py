"""The one way a bundle's bytes are laid out, as a zip file of stored entries. Pure.

Sections of APPNOTE.TXT 6.3.10: local file header 4.3.7, central directory header 4.3.12, end of
central directory record 4.3.16.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ingest.bundle.form import MAX_ENTRIES, BundleError, is_name, order

#: What to think of a file that is laid out in another way.
OTHERWISE: Final = "it was changed, or packed again by another program"
LOCAL_MAGIC: Final = b"PK\3\4"
_CENTRAL_MAGIC, _END_MAGIC = b"PK\1\2", b"PK\5\6"
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
#: Made by version 2.0 on Unix, needs version 2.0.
_MADE_BY, _NEEDS = 3 << 8 | 20, 20
#: 1980-01-01 00:00:00, the first there is; a regular file that all may read.
_TIME, _DATE, _MODE = 0, 1 << 5 | 1, 0o100644 << 16
_KIND, _LINK = 0o170000, 0o120000
_SEAL: Final = "stationwatch bundle, SHA-256 of all before: "
_MAX_NAME: Final = 300

#: The seal is the zip's comment; before it comes the end record.
SEAL_BYTES: Final = len(_SEAL) + 64
END_BYTES: Final = _END.size


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a bundle; start: of its first byte."""

    name: str
    start: int
    size: int
    crc: int

    @property
    def offset(self) -> int:
        """Of its local header."""
        return self.start - len(local_header(self))


def entry_at(offset: int, name: str, size: int, crc: int) -> Entry:
    """The entry whose local header is at an offset."""
    return Entry(name, offset + _LOCAL.size + len(name.encode()), size, crc)


def seal_text(sha256: str) -> bytes:
    return f"{_SEAL}{sha256}".encode()


def local_header(entry: Entry) -> bytes:
    name = entry.name.encode()
    head = (LOCAL_MAGIC, _NEEDS, 0, 0, _TIME, _DATE, entry.crc, entry.size, entry.size)
    return _LOCAL.pack(*head, len(name), 0) + name


def directory(entries: Iterable[Entry]) -> bytes:
    return b"".join(map(_central_header, entries))


def _central_header(entry: Entry) -> bytes:
    name = entry.name.encode()
    head = (_CENTRAL_MAGIC, _MADE_BY, _NEEDS, 0, 0, _TIME, _DATE, entry.crc)
    sizes = (entry.size, entry.size, len(name), 0, 0, 0, 0, _MODE, entry.offset)
    return _CENTRAL.pack(*head, *sizes) + name


def end_record(count: int, start: int, length: int) -> bytes:
    """start, length: of the directory."""
    return _END.pack(_END_MAGIC, 0, 0, count, count, length, start, SEAL_BYTES)


def read_end(record: bytes, end: int) -> tuple[int, int, int]:
    """Number of entries, start and length of the directory, from the end record at `end`.

    :raises BundleError: if it is not that of a bundle.
    """
    if len(record) != END_BYTES or not record.startswith(_END_MAGIC):
        raise BundleError(
            f"its end is missing or not that of a bundle: it was cut short, or {OTHERWISE}"
        )
    count, length, start = _END.unpack(record)[4:7]
    if count > MAX_ENTRIES or length > count * (_CENTRAL.size + _MAX_NAME):
        raise BundleError(
            f"it has {count} entries, listed in {length} bytes; a bundle has at most {MAX_ENTRIES}"
        )
    if start + length != end or record != end_record(count, start, length):
        raise BundleError(f"its table of contents is not where it must be: {OTHERWISE}")
    return count, start, length


def read_directory(data: bytes, count: int) -> dict[str, Entry]:
    """By name, in order.

    :raises BundleError: if there is anything in it that no bundle has.
    """
    entries: dict[str, Entry] = {}
    folded: set[str] = set()
    at = 0
    for n in range(1, count + 1):
        if len(data) < at + _CENTRAL.size or data[at : at + 4] != _CENTRAL_MAGIC:
            raise BundleError(f"its table of contents is damaged at entry {n}: {OTHERWISE}")
        (_, _, _, flags, method, _, _, crc, packed, size, length, _, _, _, _, mode, offset) = (
            _CENTRAL.unpack_from(data, at)
        )
        raw = data[at + _CENTRAL.size : at + _CENTRAL.size + length]
        name = raw.decode("ascii", errors="replace")
        _judge(name, flags, method, packed, size, mode >> 16)
        if name.casefold() in folded:
            raise BundleError(f"it has {name!a} twice")
        folded.add(name.casefold())
        entry = entries[name] = entry_at(offset, name, size, crc)
        header = _central_header(entry)
        if data[at : at + len(header)] != header:
            raise BundleError(f"the entry of {name} is not as it must be: {OTHERWISE}")
        at += len(header)
    if at != len(data) or list(entries) != sorted(entries, key=order):
        raise BundleError(f"its table of contents is not as it must be: {OTHERWISE}")
    return entries


def _judge(name: str, flags: int, method: int, packed: int, size: int, mode: int) -> None:
    """Say what is wrong with an entry, where there is a word for it."""
    shown = f"entry {name[:100]!a}"
    if mode & _KIND == _LINK:
        raise BundleError(f"{shown} is a symbolic link")
    if not is_name(name):
        raise BundleError(f"{shown} has a name that no file of a bundle has")
    if flags & 1:
        raise BundleError(f"{shown} is encrypted")
    if method:
        raise BundleError(f"{shown} is compressed, {size} bytes to {packed}; in a bundle none is")
    if packed != size:
        raise BundleError(f"{shown} says that it is of {packed} bytes, and of {size}")
