"""A bundle is read exactly as it was written, or refused: damaged, edited, packed anew, hostile."""

import io
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.bundle import container as module
from ingest.bundle import layout
from ingest.bundle.container import Container, opened, write_bundle
from ingest.bundle.form import (
    ALWAYS,
    MANIFEST,
    MAX_BYTES,
    MAX_ENTRIES,
    BundleError,
    decode_manifest,
    encode_manifest,
)
from telemetry.errors import StationwatchError
from tests.bundles import baked_anew


def refusal(path: Path) -> str:
    """Why a bundle is refused."""
    with pytest.raises(BundleError) as caught, opened(path, "x.zip"):
        pass
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("x.zip is refused: ")
    return str(caught.value).removeprefix("x.zip is refused: ")


def contents(path: Path) -> dict[str, bytes]:
    with opened(path) as container:
        return {name: container.read(name, MAX_BYTES) for name in container.names}


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """As another program packs them."""
    with zipfile.ZipFile(path, "w", method) as zip_:
        for name, content in files.items():
            zip_.writestr(name, content)
    return path


def patched(good: Path, out: Path, edit: Callable[[bytearray], None]) -> Path:
    """A copy that was edited, and sealed again by who knows how."""
    data = bytearray(good.read_bytes()[: -layout.SEAL_BYTES])
    edit(data)
    out.write_bytes(bytes(data) + layout.seal_text(module.hashlib.sha256(data).hexdigest()))
    return out


def of_entry(data: bytearray, name: str) -> int:
    """Where in the directory an entry is."""
    start: int = layout.read_end(bytes(data[-layout.END_BYTES :]), len(data) - layout.END_BYTES)[1]
    return data.index(name.encode(), start) - 46


# --- well ---


def test_any_zip_program_reads_a_bundle(good: Path) -> None:
    with zipfile.ZipFile(good) as zip_:
        assert zip_.testzip() is None
        assert {info.filename: zip_.read(info) for info in zip_.infolist()} == contents(good)
        assert all(stat.S_ISREG(info.external_attr >> 16) for info in zip_.infolist())
    unzip = shutil.which("unzip")
    if unzip:
        assert subprocess.run([unzip, "-tq", good], check=False).returncode == 0


def test_the_same_files_give_the_same_bytes(good: Path, tmp_path: Path) -> None:
    again = baked_anew(good, tmp_path / "again.zip", lambda files: None)
    assert again.read_bytes() == good.read_bytes()


def test_a_file_can_be_read_in_any_order(good: Path) -> None:
    name = "samples.parquet"
    whole = contents(good)[name]
    with opened(good) as container, container.open(name) as file:
        assert file.seek(-7, io.SEEK_END) == len(whole) - 7
        assert file.read() == whole[-7:]
        assert file.seek(3) == 3
        assert file.read(5) == whole[3:8]
        assert file.seek(2, io.SEEK_CUR) == 10
        assert file.read(4) == whole[10:14]
        assert file.seek(10**12) == len(whole)
        assert file.read() == b""


def test_writing_leaves_nothing_half_done(good: Path, tmp_path: Path) -> None:
    with opened(good) as container:
        manifest = container.manifest
    with pytest.raises(FileNotFoundError):
        write_bundle(tmp_path / "out.zip", manifest, {"README.txt": tmp_path / "missing"})
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_gets_too_large_is_refused(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100_000)
    with pytest.raises(BundleError, match="choose a shorter range"):
        baked_anew(good, tmp_path / "out.zip", lambda files: None)


# --- damaged ---


@settings(max_examples=300)
@given(st.data())
def test_a_changed_byte_anywhere_is_refused(good: Path, data: st.DataObject) -> None:
    content = bytearray(good.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BundleError):
        Container(io.BytesIO(content), "x.zip")


@settings(max_examples=100)
@given(st.data())
def test_a_bundle_cut_short_or_longer_is_refused(good: Path, data: st.DataObject) -> None:
    content = good.read_bytes()
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    longer = content + data.draw(st.binary(min_size=1, max_size=200))
    before = data.draw(st.binary(min_size=1, max_size=20)) + content
    for wrong in (cut, longer, before):
        with pytest.raises(BundleError):
            Container(io.BytesIO(wrong), "x.zip")


@settings(max_examples=300)
@given(st.binary(max_size=600))
def test_nonsense_is_refused(content: bytes) -> None:
    for wrong in (content, b"PK\3\4" + content, content + layout.end_record(1, 0, len(content))):
        with pytest.raises(BundleError):
            Container(io.BytesIO(wrong), "x.zip")


@settings(max_examples=500)
@given(st.data())
def test_a_directory_that_was_edited_and_sealed_again_is_refused(
    good: Path, data: st.DataObject
) -> None:
    content = bytearray(good.read_bytes()[: -layout.SEAL_BYTES])
    end = len(content) - layout.END_BYTES
    start = layout.read_end(bytes(content[end:]), end)[1]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(start, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255).filter(lambda b: b != content[place]))  # noqa: B023
    if bytes(content) == good.read_bytes()[: len(content)]:
        return  # changed, and changed back
    sealed = bytes(content) + layout.seal_text(module.hashlib.sha256(content).hexdigest())
    with pytest.raises(BundleError):
        Container(io.BytesIO(sealed), "x.zip")


def test_the_damaged_file_is_named(good: Path, tmp_path: Path) -> None:
    content = bytearray(good.read_bytes())
    content[content.index(b"PAR1") + 100] ^= 1
    bad = tmp_path / "bad.zip"
    bad.write_bytes(content)
    assert refusal(bad) == "samples.parquet is damaged or was changed: its checksum is wrong"


def test_what_is_no_bundle_is_said(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("hello")
    assert refusal(path) == "it is no zip file, so it is no bundle of stationwatch"
    path.write_bytes(b"")
    assert refusal(path) == "it is no zip file, so it is no bundle of stationwatch"
    path.write_bytes(good.read_bytes()[:-1])
    assert refusal(path).startswith("its end is missing or not that of a bundle: it was cut short")
    with pytest.raises(BundleError, match="No such file"), opened(tmp_path / "missing.zip"):
        pass
    with pytest.raises(BundleError, match="cannot be read"), opened(tmp_path):
        pass


# --- edited, packed again, hostile ---


def test_packed_again_by_another_program_is_refused(good: Path, tmp_path: Path) -> None:
    again = zipped(tmp_path / "again.zip", contents(good))
    assert "packed again by another program" in refusal(again)


NAMES = (
    "../evil.toml",
    "/etc/passwd",
    "C:\\evil",
    "missiondb\\x\\a.toml",
    "missiondb/x/../../../evil.toml",
    "missiondb/x//a.toml",
    "missiondb/x/./a.toml",
    "missiondb/x/.hidden.toml",
    "missiondb/x/con.toml",
    "missiondb/LPT1/a.toml",
    "missiondb/x/a.toml ",
    "missiondb/x/a\n.toml",
    "missiondb/x/a\0.toml",
    "missiondb/a.toml",
    "missiondb/x/a.exe",
    "records/more",
    "Manifest.json",
    "missiondb/x/dir/",
    "",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_file_of_a_bundle_has_is_refused(
    good: Path, tmp_path: Path, name: str
) -> None:
    evil = baked_anew(good, tmp_path / "evil.zip", lambda files: files.update({name: b"x"}))
    assert f"entry {name!a} has a name that no file of a bundle has" in refusal(evil)
    assert {path.name for path in tmp_path.iterdir()} == {"evil.zip", "evil.files"}


def test_a_name_that_is_not_ascii_is_refused(good: Path, tmp_path: Path) -> None:
    def rename(data: bytearray) -> None:
        place = of_entry(data, "incidents.json") + 46
        data[place] = 0xE9

    assert "no file of a bundle has" in refusal(patched(good, tmp_path / "x.zip", rename))


def test_a_name_that_differs_only_in_case_is_refused(good: Path, tmp_path: Path) -> None:
    evil = baked_anew(
        good,
        tmp_path / "evil.zip",
        lambda files: files.update({"missiondb/x/a.toml": b"", "missiondb/X/a.toml": b""}),
    )
    assert "twice" in refusal(evil)


def test_a_name_that_stands_twice_is_refused(good: Path, tmp_path: Path) -> None:
    def double(data: bytearray) -> None:
        end = len(data) - layout.END_BYTES
        count, start, length = layout.read_end(bytes(data[end:]), end)
        first = bytes(data[start : start + 46 + len("README.txt")])
        data[end:] = first + layout.end_record(count + 1, start, length + len(first))

    assert "'README.txt' twice" in refusal(patched(good, tmp_path / "x.zip", double))


@pytest.mark.parametrize(
    ("offset", "form", "value", "said"),
    [
        (8, "<H", 1, "is encrypted"),
        (8, "<H", 1 << 11, "is not as it must be"),
        (10, "<H", zipfile.ZIP_DEFLATED, "is compressed"),
        (20, "<L", 5, "says that it is of 5 bytes"),
        (30, "<H", 4, "is not as it must be"),
        (34, "<H", 1, "is not as it must be"),
        (38, "<L", (stat.S_IFLNK | 0o777) << 16, "is a symbolic link"),
        (38, "<L", (stat.S_IFIFO | 0o777) << 16, "is not as it must be"),
        (42, "<L", 0, "is not as it must be"),
        (42, "<L", 0xFFFFFFFF, "is not as it must be"),
        (12, "<H", 77, "is not as it must be"),
    ],
)
def test_an_entry_that_is_more_than_a_plain_file_is_refused(
    good: Path, tmp_path: Path, offset: int, form: str, value: int, said: str
) -> None:
    def edit(data: bytearray) -> None:
        struct.pack_into(form, data, of_entry(data, "journal.jsonl") + offset, value)

    told = refusal(patched(good, tmp_path / "x.zip", edit))
    assert "journal.jsonl" in told
    assert said in told


def test_a_bomb_is_refused_before_it_is_looked_into(good: Path, tmp_path: Path) -> None:
    """One that is compressed, one that says it is small, one of a great many entries."""
    bomb = zipped(tmp_path / "b.zip", {"README.txt": bytes(10**8)}, zipfile.ZIP_DEFLATED)
    data = bomb.read_bytes()
    record = data[-22:-2] + struct.pack("<H", layout.SEAL_BYTES)
    sealed = data[:-22] + record
    seal = layout.seal_text(module.hashlib.sha256(sealed).hexdigest())
    bomb.write_bytes(sealed + seal)
    assert "is compressed, 100000000 bytes to 97" in refusal(bomb)
    many = layout.end_record(MAX_ENTRIES + 1, 4, 0)
    path = tmp_path / "m.zip"
    path.write_bytes(b"PK\3\4" + many + seal)
    assert f"it has {MAX_ENTRIES + 1} entries" in refusal(path)
    path.write_bytes(b"PK\3\4" + layout.end_record(1, 4, 1 << 31) + seal)
    assert "at most" in refusal(path)


def test_a_file_that_is_too_large_is_refused_unread(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # takes no room
    assert refusal(large) == f"it is of {MAX_BYTES + 1:,} bytes, a bundle has at most {MAX_BYTES:,}"


def test_entries_that_overlap_are_refused(good: Path, tmp_path: Path) -> None:
    def edit(data: bytearray) -> None:
        one, other = of_entry(data, "incidents.json"), of_entry(data, "journal.jsonl")
        data[other + 42 : other + 46] = data[one + 42 : one + 46]

    assert "is not as it must be" in refusal(patched(good, tmp_path / "x.zip", edit))


@pytest.mark.parametrize("name", sorted(ALWAYS - {MANIFEST}))
def test_a_file_that_is_missing_is_named(good: Path, tmp_path: Path, name: str) -> None:
    lacking = baked_anew(good, tmp_path / "x.zip", lambda files: files.pop(name) and None)
    assert refusal(lacking) == f"{name} is missing, which every bundle has"


def with_manifest(good: Path, out: Path, content: bytes) -> Path:
    """A bundle with whatever as its manifest."""
    data = contents(good) | {MANIFEST: content}
    entries: list[layout.Entry] = []
    whole = b""
    for name, body in data.items():
        entry = layout.entry_at(len(whole), name, len(body), module.zlib.crc32(body))
        entries.append(entry)
        whole += layout.local_header(entry) + body
    table = layout.directory(entries)
    whole += table + layout.end_record(len(entries), len(whole), len(table))
    out.write_bytes(whole + layout.seal_text(module.hashlib.sha256(whole).hexdigest()))
    return out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its manifest is not as it must be"),
        (b"{", "its manifest is not as it must be"),
        (b"\xff\xfe", "its manifest is not as it must be"),
        (b"[" * 100_000, "its manifest is not as it must be"),
        (b"[]", "its manifest is not as it must be"),
        (b'{"format": 1}', "missing required field"),
        (b'{"format": 0}', "which there never was"),
        (b'{"format": 2, "what": "is not known yet"}', "use a newer one"),
        (b'{"format": "1"}', "its manifest is not as it must be"),
        (b'{"format": 1e400}', "its manifest is not as it must be"),
        (b" " * (1 << 20) + b"{}", "manifest.json is of 1,048,578 bytes, at most 1,048,576"),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    good: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    assert said in refusal(with_manifest(good, tmp_path / "x.zip", content))


def test_a_manifest_that_does_not_fit_the_files_is_refused(good: Path, tmp_path: Path) -> None:
    text = contents(good)[MANIFEST]
    for old, new, said in (
        (b'"name": "journal.jsonl"', b'"name": "more.jsonl"', "'more.jsonl' is missing"),
        (b'"name": "journal.jsonl"', b'"name": "README.txt"', "lists a file twice"),
        (b'"name": "journal.jsonl"', b'"name": "manifest.json"', "lists a file twice, or itself"),
        (b'"by": "Ann"', b'"by": "Ann", "more": 1', "unknown field"),
        (b'"root": "tlm"', b'"root": "\\u001b[31m"', "its manifest is not as it must be"),
        (b'"missiondb": "', b'"missiondb": "../', "its manifest is not as it must be"),
        (b'"start_ns": 1', b'"start_ns": 2', "it ends before it starts"),
    ):
        assert old in text
        wrong = with_manifest(good, tmp_path / "x.zip", text.replace(old, new, 1))
        assert said in refusal(wrong)


def test_a_manifest_is_read_as_it_was_written(good: Path) -> None:
    manifest = decode_manifest(contents(good)[MANIFEST])
    assert encode_manifest(manifest) == contents(good)[MANIFEST]


def test_the_refusal_is_an_error_of_ours(good: Path) -> None:
    assert issubclass(BundleError, StationwatchError)
    assert BundleError.exit_code == 2
