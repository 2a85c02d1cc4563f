"""What an incident bundle is: its files, its manifest, its bounds. Values only.

A bundle is a zip file, so that anybody can look into it:

| file | what is in it |
|---|---|
| `README.txt` | what this is, for who finds it in five years |
| `manifest.json` | what, when, by whom, and the size and checksum of every other file |
| `samples.parquet` | every sample of the range (`telemetry.sample_file`) |
| `journal.jsonl` | alarm events, one a line, in the order they were received |
| `commands.jsonl` | what was asked and announced, one a line: for people, not for the replay |
| `activities.json`, `incidents.json` | what was planned, and what became an incident |
| `missiondb/<version>/...toml` | each mission database that judged |
| `records/segments` | what ingest received, in order: what a replay "as received" plays |
| `records/checkpoints` | snapshots of the processor, newest first, the last from before the range |
| `records/announcements` | what had been planned and scheduled by then |

Entries are not compressed: what is large is so already, and nothing can be made to grow by reading
it. They stand in order of their names, manifest and README first, dated 1980: equal content gives
equal bytes. The zip's comment has the SHA-256 of all before it.

Checksums tell damage and careless edits. They tell nothing of who forges a bundle with the tool:
it is not signed.
"""

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ingest.archive import Span
from telemetry.clock import LAST_NS
from telemetry.errors import RecordingError

#: Of what is written; a newer one is refused.
FORMAT: Final = 1

README: Final = "README.txt"
MANIFEST: Final = "manifest.json"
SAMPLES: Final = "samples.parquet"
JOURNAL: Final = "journal.jsonl"
COMMANDS: Final = "commands.jsonl"
ACTIVITIES: Final = "activities.json"
INCIDENTS: Final = "incidents.json"
SEGMENTS: Final = "records/segments"
CHECKPOINTS: Final = "records/checkpoints"
ANNOUNCEMENTS: Final = "records/announcements"
MISSIONDB: Final = "missiondb/"

#: Every bundle has these, and beside them mission databases only.
ALWAYS: Final = frozenset(
    {
        README,
        MANIFEST,
        SAMPLES,
        JOURNAL,
        COMMANDS,
        ACTIVITIES,
        INCIDENTS,
        SEGMENTS,
        CHECKPOINTS,
        ANNOUNCEMENTS,
    }
)
_PART: Final = r"[A-Za-z0-9_-]{1,64}"
_MISSIONDB_FILE: Final = re.compile(rf"{MISSIONDB}({_PART})/((?:{_PART}/){{0,3}}{_PART}\.toml)")
#: Names that are devices on some systems, whatever follows the dot.
_DEVICE: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")

#: Some days of telemetry; a bundle is for an incident.
MAX_BYTES: Final = 1 << 30
MAX_ENTRIES: Final = 2_000
MAX_MANIFEST_BYTES: Final = 1 << 20
#: Of a file that is read whole: a mission database's, what was planned, incidents.
MAX_WHOLE_BYTES: Final = 16 << 20
#: All files of all mission databases.
MAX_MISSIONDB_BYTES: Final = 32 << 20
#: One line, or one piece of the records.
MAX_LINE_BYTES: Final = 1 << 20
MAX_PIECE_BYTES: Final = 64 << 20
MAX_ROWS: Final = 200_000_000
MAX_EVENTS: Final = 200_000
#: Records expand to this many bytes at most, all together.
MAX_RECORDS_BYTES: Final = 16 << 30

_NS = Annotated[int, Meta(ge=0, le=LAST_NS)]
_Count = Annotated[int, Meta(ge=0, le=2**62)]
#: Shown as it is, so it can have nothing in it that a terminal obeys.
_Word = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.+-]{1,64}$")]


class BundleError(RecordingError):
    """A bundle that is refused; the message says what is wrong, perhaps in words of the bundle."""

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


def plain(text: str) -> str:
    """A text as one line, with nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


class Listed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the bundle."""

    name: Annotated[str, Meta(min_length=1, max_length=300)]
    size: Annotated[int, Meta(ge=0, le=MAX_BYTES)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Counts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is in it. records: of which some lie before the range; see `records/checkpoints`."""

    samples: _Count = 0
    frames: _Count = 0
    events: _Count = 0
    commands: _Count = 0
    activities: _Count = 0
    incidents: _Count = 0
    records: _Count = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bundle says of itself.

    stationwatch: the version that wrote it. created_ns: on the wall clock.
    start_ns, stop_ns: the half-open range, generation time. centre_ns: what it is about happened
    then; 0 if nobody said. incident: the id of the one it was made for, if any.
    root: of the topics it was received by. heartbeat: whether silence in it means something.
    missiondb: the version the samples were written with.
    span: the records of the range; None where nothing was received, as of an import.
    """

    format: int
    stationwatch: _Word
    created_ns: _NS
    by: Annotated[str, Meta(min_length=1, max_length=64)]
    spacecraft: Annotated[tuple[_Word, ...], Meta(max_length=100)]
    start_ns: _NS
    stop_ns: _NS
    centre_ns: _NS = 0
    incident: Annotated[str, Meta(max_length=200)] = ""
    notes: Annotated[str, Meta(max_length=4_000)] = ""
    root: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,63}$")]
    heartbeat: bool = True
    missiondb: _Word
    span: Span | None = None
    counts: Counts
    files: Annotated[tuple[Listed, ...], Meta(max_length=MAX_ENTRIES)]


class FirstOut(msgspec.Struct, frozen=True, kw_only=True):
    """What it began with. title: of the incident; empty where there is only an alarm."""

    spacecraft: str
    alarm: str
    time_ns: int
    severity: str
    limit: str = ""
    title: str = ""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a sound bundle.

    seal: its SHA-256. notes: what a replay of it cannot do, for people. missiondbs: by version,
    how many files.
    """

    manifest: Manifest
    seal: str
    missiondbs: dict[str, int]
    first_out: FirstOut | None = None
    notes: tuple[str, ...] = ()


class _Format(msgspec.Struct):
    format: int


def decode_manifest(content: bytes) -> Manifest:
    """:raises BundleError: if it is newer than this program, or no manifest."""
    try:
        number = msgspec.json.decode(content, type=_Format).format
        if number > FORMAT:
            raise BundleError(
                f"it is of format {number}, this version of stationwatch knows up to {FORMAT}: "
                "use a newer one"
            )
        if number != FORMAT:
            raise BundleError(f"its manifest says format {number}, which there never was")
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"its manifest is not as it must be: {error}") from None
    if manifest.stop_ns <= manifest.start_ns:
        raise BundleError("its manifest says that it ends before it starts")
    return manifest


def encode_manifest(manifest: Manifest) -> bytes:
    """As people can read it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def missiondb_name(version: str, path: str) -> str:
    return f"{MISSIONDB}{version}/{path}"


def missiondb_of(name: str) -> tuple[str, str] | None:
    """Version and path of a mission database's file; None if the name is not that of one."""
    found = _MISSIONDB_FILE.fullmatch(name)
    if found is None or any(map(_DEVICE.match, name.split("/"))):
        return None
    return found[1], found[2]


def is_name(name: str) -> bool:
    """Whether a bundle may have such a file. There is no other way into a path anywhere."""
    return name in ALWAYS or missiondb_of(name) is not None


def order(name: str) -> tuple[bool, bool, str]:
    """The order of files in a bundle: what people want first, then by name."""
    return name != README, name != MANIFEST, name
