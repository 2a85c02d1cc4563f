"""A wall clock to be set for one process: libfaketime, told by a file. Monotonic time is true."""

from pathlib import Path

from tests.real import require


def steering(folder: Path) -> Path:
    """The file that says by how many seconds the clock is off, as `+3600`."""
    clock = folder / "faketime"
    clock.write_text("+0\n")
    return clock


def steered(clock: Path) -> dict[str, str]:
    """What a process to be steered has in its environment; skips where libfaketime is missing."""
    require("faketime")
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DISABLE_SHM": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
