"""Secrets come by environment, or from a file that the environment names: never by an argument,
which every process list shows, and not in an address."""

import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from telemetry.errors import UsageError

INGEST_TOKEN: Final = "STATIONWATCH_INGEST_TOKEN"  # noqa: S105 - its name

#: Longer than any that is meant.
MAX_BYTES: Final = 64_000


def secret(variable: str, environment: Mapping[str, str] = os.environ) -> str:
    """What VARIABLE holds, else the file that VARIABLE_FILE names; empty if neither is set.

    :raises UsageError: if there is no such file; its content is never shown.
    """
    if found := environment.get(variable):
        return found
    named = environment.get(f"{variable}_FILE")
    if not named:
        return ""
    try:
        with Path(named).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UsageError(f"{variable}_FILE is {named}: over {MAX_BYTES} bytes, no secret")
        return content.decode().rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"{variable}_FILE is {named}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{variable}_FILE is {named}: not text") from None


def derived(token: str, name: str) -> str:
    """Another token for one purpose: whoever gets it by a trick has nothing for any other."""
    return hmac.new(token.encode(), name.encode(), "sha256").hexdigest() if token else ""


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token; none without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}
