"""A small disk that can be filled, and given room again: a tmpfs, so it takes root."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from tests.real import require

_BALLAST: Final = "ballast"
_CHUNK: Final = bytes(64 << 10)


class Disk:
    """home: where it is mounted."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def free(self) -> int:
        """Bytes."""
        found = os.statvfs(self.home)
        return found.f_bavail * found.f_frsize

    def fill(self) -> None:
        """Not a byte is left."""
        with suppress(OSError), (self.home / _BALLAST).open("ab", buffering=0) as ballast:
            while True:
                ballast.write(_CHUNK)
        assert self.free == 0

    def make_room(self) -> None:
        """Give back what `fill` took."""
        (self.home / _BALLAST).unlink()


@contextmanager
def disk(home: Path, megabytes: int) -> Iterator[Disk]:
    """Mounted over a folder, with what is in it; that must not be in use. Gone at the end.

    Skipped where mounting is not allowed, failed there if REQUIRE_REAL is set.
    """
    mount, umount = require("mount"), require("umount")
    home.mkdir(parents=True, exist_ok=True)
    below = home.with_name(f"{home.name}.below")
    home.rename(below)
    home.mkdir()
    size = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(home)]
    done = subprocess.run([mount, *size], check=False, capture_output=True, text=True)
    if done.returncode:
        if os.environ.get("REQUIRE_REAL"):
            pytest.fail(f"no tmpfs: {done.stderr}")
        pytest.skip(f"a tmpfs cannot be mounted: {done.stderr.strip()}")
    try:
        shutil.copytree(below, home, dirs_exist_ok=True)
        yield Disk(home)
    finally:
        # Lazily: a process that a failed test left behind may still hold a file of it.
        subprocess.run([umount, "-l", str(home)], check=True)
