"""What `stationwatch bundle` asks of ingest over its HTTP. I/O."""

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from ingest.bundle.container import opened
from ingest.bundle.form import BundleError
from ingest.bundle.shelf import name_of
from telemetry.errors import StoreUnavailable, UsageError
from telemetry.secret import INGEST_TOKEN, bearer, secret
from telemetry.settings import Settings

#: The writer is some seconds behind at most, unless the store is away or much came at once.
STORED_S: Final = 60.0
_LOOK_S: Final = 0.25
_UNWRITTEN: Final = re.compile(rb"^stationwatch_oldest_unwritten_age (\S+)$", re.MULTILINE)
#: A bundle is looked at before it is answered.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=1200)


def address(settings: Settings) -> str:
    return f"http://{settings.ingest_host}:{settings.ingest_port}"


async def send(url: str, path: Path) -> str:
    """Have ingest keep a bundle; its name there."""

    def seal() -> str:
        with opened(path) as container:
            return container.seal

    name = name_of(path.stem, await asyncio.to_thread(seal))
    if name in msgspec.json.decode(await _get(url, "/bundles"), type=list[str]):
        return name
    with await asyncio.to_thread(path.open, "rb") as file:
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, headers=_headers()) as session,
                session.post(f"{url}/bundles/{name}", data=file) as response,
            ):
                text = (await response.content.read(2_000)).decode(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _away(url, error) from None
    if response.status == 400:
        raise BundleError(text)
    if response.status != 201:
        raise UsageError(f"ingest does not keep it: HTTP {response.status} {text}".rstrip())
    return name


async def stored(url: str, within_s: float = STORED_S) -> None:
    """Return once what ingest had received by now is in the store.

    :raises StoreUnavailable: if that takes too long, and how long it has waited by then.
    """
    loop = asyncio.get_running_loop()
    asked_s = loop.time()
    while (age_s := _unwritten_s(await _get(url, "/metrics"))) > loop.time() - asked_s:
        if loop.time() - asked_s > within_s:
            raise StoreUnavailable(
                f"what ingest received {age_s:.0f} s ago is not in the store yet: try again when "
                "it has caught up, or make sure that the store answers"
            )
        await asyncio.sleep(_LOOK_S)


def _unwritten_s(metrics: bytes) -> float:
    """The age of the oldest record that is not stored; 0 where ingest does not say."""
    found = _UNWRITTEN.search(metrics)
    return float(found[1]) if found else 0.0


async def log(url: str, kind: str, of: Any) -> Any:
    """What ingest kept for good under a name, the newest first."""
    body = await _get(url, f"/log/{kind}")
    try:
        return msgspec.json.decode(body, type=list[of])
    except msgspec.DecodeError as error:
        raise UsageError(f"{url} is not an ingest of this version: {error}") from None


def _headers() -> dict[str, str]:
    return bearer(secret(INGEST_TOKEN))


async def _get(url: str, path: str) -> bytes:
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, headers=_headers()) as session,
            session.get(url + path) as response,
        ):
            if response.status != 200:
                raise UsageError(
                    f"{url}{path}: HTTP {response.status}; is it an ingest of this version?"
                )
            return await response.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _away(url, error) from None


def _away(url: str, error: Exception) -> StoreUnavailable:
    why = str(error) or type(error).__name__
    return StoreUnavailable(
        f"no ingest at {url}: {why}; name its address (--ingest-host, --ingest-port)"
    )
