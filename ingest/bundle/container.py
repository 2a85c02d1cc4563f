"""The file of a bundle, in which every byte is accounted for. I/O: reads and writes it.

There is exactly one way to write a bundle down (`layout`), and what is written differently is not
read: so there is nothing to be compressed, encrypted, linked, hidden between entries or named
twice. Nothing is ever written to a path that a bundle names.
"""

import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from msgspec.structs import replace

from ingest.bundle.form import (
    ALWAYS,
    MANIFEST,
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_MANIFEST_BYTES,
    BundleError,
    Listed,
    Manifest,
    decode_manifest,
    encode_manifest,
    order,
)
from ingest.bundle.layout import (
    END_BYTES,
    LOCAL_MAGIC,
    OTHERWISE,
    SEAL_BYTES,
    Entry,
    directory,
    end_record,
    entry_at,
    local_header,
    read_directory,
    read_end,
    seal_text,
)

_CHUNK: Final = 1 << 20


class Container:
    """An open bundle whose every byte has been looked at. Use `opened`.

    seal: SHA-256 of it, in hexadecimal.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self.name = name
        try:
            self._entries, end = _entries(file)
            self.manifest = self._read_manifest()
            self._check_listed()
            for listed in self.manifest.files:
                self._check_sums(listed)
            self.seal = _check_seal(file, end)
        except BundleError as error:
            raise BundleError(f"{name} is refused: {error}") from None
        except OSError as error:
            raise BundleError(f"{name} cannot be read: {error.strerror or error}") from None

    @property
    def names(self) -> list[str]:
        return list(self._entries)

    def open(self, name: str) -> BinaryIO:
        """A file of it, to be read and sought in."""
        entry = self._entries[name]
        return io.BufferedReader(_Window(self._file, entry.start, entry.size), _CHUNK)

    def read(self, name: str, most: int) -> bytes:
        """All of a file. :raises BundleError: if it is larger than it may be."""
        if (size := self._entries[name].size) > most:
            raise BundleError(f"{name} is of {size:,} bytes, at most {most:,}")
        with self.open(name) as file:
            return file.read()

    def _read_manifest(self) -> Manifest:
        if MANIFEST not in self._entries:
            raise BundleError(f"it has no {MANIFEST}, so it is no bundle of stationwatch")
        return decode_manifest(self.read(MANIFEST, MAX_MANIFEST_BYTES))

    def _check_listed(self) -> None:
        """What is there is what the manifest says."""
        listed = [one.name for one in self.manifest.files]
        there, said = set(self._entries) - {MANIFEST}, set(listed)
        if len(listed) != len(said) or MANIFEST in said:
            raise BundleError("its manifest lists a file twice, or itself")
        if missing := sorted(said - there):
            raise BundleError(f"{missing[0]!a} is missing, which its manifest lists")
        if extra := sorted(there - said):
            raise BundleError(f"{extra[0]!a} is in it, which its manifest does not list")
        if missing := sorted(ALWAYS - there - {MANIFEST}):
            raise BundleError(f"{missing[0]} is missing, which every bundle has")

    def _check_sums(self, listed: Listed) -> None:
        entry = self._entries[listed.name]
        with self.open(listed.name) as file:
            sha256, crc = _sums(file)
        if (entry.size, sha256, crc) != (listed.size, listed.sha256, entry.crc):
            raise BundleError(f"{listed.name} is damaged or was changed: its checksum is wrong")


@contextmanager
def opened(path: Path, name: str = "") -> Iterator[Container]:
    """name: for messages, if another than its path.

    :raises BundleError: if it is not as it must be.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BundleError(f"{name or path} cannot be read: {error.strerror or error}") from None
    with file:
        yield Container(file, name or str(path))


def write_bundle(path: Path, manifest: Manifest, files: Mapping[str, Path]) -> Manifest:
    """Write a bundle of files; its manifest, with their sizes and checksums.

    It grows beside its final name and takes it when it is complete.
    :raises BundleError: if it would be larger than one may be.
    :raises OSError: if it cannot be written.
    """
    listed, crcs = [], {}
    for name in sorted(files, key=order):
        with files[name].open("rb") as file:
            sha256, crcs[name] = _sums(file)
            listed.append(Listed(name=name, size=file.tell(), sha256=sha256))
    size = sum(one.size for one in listed) + MAX_MANIFEST_BYTES
    if size > MAX_BYTES or len(listed) >= MAX_ENTRIES:
        raise BundleError(
            f"{path}: {size:,} bytes in {len(listed)} files are too much for a bundle, "
            f"which has at most {MAX_BYTES:,}: choose a shorter range"
        )
    whole = replace(manifest, files=tuple(listed))
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as out:
            _write(out, whole, files, crcs)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return whole


def _write(
    out: BinaryIO, manifest: Manifest, files: Mapping[str, Path], crcs: Mapping[str, int]
) -> None:
    said = encode_manifest(manifest)
    seal, at = hashlib.sha256(), 0

    def put(data: bytes) -> None:
        nonlocal at
        out.write(data)
        seal.update(data)
        at += len(data)

    sizes = {one.name: one.size for one in manifest.files} | {MANIFEST: len(said)}
    entries = []
    for name in sorted(sizes, key=order):
        crc = zlib.crc32(said) if name == MANIFEST else crcs[name]
        entries.append(entry_at(at, name, sizes[name], crc))
        put(local_header(entries[-1]))
        with io.BytesIO(said) if name == MANIFEST else files[name].open("rb") as file:
            while chunk := file.read(_CHUNK):
                put(chunk)
    start = at
    put(directory(entries))
    put(end_record(len(entries), start, at - start))
    out.write(seal_text(seal.hexdigest()))


def _entries(file: BinaryIO) -> tuple[dict[str, Entry], int]:
    """By name, in their order, without a byte between them; and where the seal begins."""
    size = file.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        raise BundleError(f"it is of {size:,} bytes, a bundle has at most {MAX_BYTES:,}")
    file.seek(0)
    if not file.read(len(LOCAL_MAGIC)) == LOCAL_MAGIC:
        raise BundleError("it is no zip file, so it is no bundle of stationwatch")
    end = max(size - SEAL_BYTES - END_BYTES, 0)
    file.seek(end)
    count, start, length = read_end(file.read(END_BYTES), end)
    file.seek(start)
    entries = read_directory(file.read(length), count)
    reached = 0
    for entry in entries.values():
        header = local_header(entry)
        file.seek(reached)
        if entry.offset != reached or file.read(len(header)) != header:
            raise BundleError(f"the head of {entry.name} is not as it must be: {OTHERWISE}")
        reached = entry.start + entry.size
    if reached != start:
        raise BundleError(f"there are bytes in it that belong to no file: {OTHERWISE}")
    return entries, end + END_BYTES


def _check_seal(file: BinaryIO, end: int) -> str:
    """All up to `end` against the seal, which follows."""
    seal = hashlib.sha256()
    with io.BufferedReader(_Window(file, 0, end), _CHUNK) as before:
        while chunk := before.read(_CHUNK):
            seal.update(chunk)
    file.seek(end)
    if file.read(SEAL_BYTES + 1) != seal_text(seal.hexdigest()):
        raise BundleError(f"its seal is broken: {OTHERWISE}")
    return seal.hexdigest()


def _sums(file: BinaryIO) -> tuple[str, int]:
    """SHA-256 and CRC-32 of what is left to be read."""
    sha256, crc = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        sha256.update(chunk)
        crc = zlib.crc32(chunk, crc)
    return sha256.hexdigest(), crc


class _Window(io.RawIOBase):
    """A run of bytes of a file, as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size = file, start, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = min(max(base + offset, 0), self._size)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        self._file.seek(self._start + self._at)
        data = self._file.read(min(len(buffer), self._size - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
