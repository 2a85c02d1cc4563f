"""Tests against real programs: skipped where one is missing, failed where it must be there."""

import os
import shutil
from pathlib import Path

import pytest

#: Where Debian keeps daemons, which is not on everyone's PATH.
_MORE = ("/usr/sbin", "/usr/local/sbin")


def require(binary: str) -> Path:
    """The program's path. Without it the test is skipped, or fails if REQUIRE_REAL is set."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_MORE))
    if found := shutil.which(binary, path=path):
        return Path(found)
    reason = f"{binary} is not installed (tests/install-real.sh installs it)"
    if os.environ.get("REQUIRE_REAL"):
        pytest.fail(reason)
    pytest.skip(reason)
