"""The record archive of a running ingest, read over its HTTP (`ingest.archive_http`). I/O."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Self

import aiohttp
import msgspec

from ingest.archive import Checkpoint, Span
from ingest.record import Record
from ingest.segment import ArchiveError, Segment, Timed
from telemetry.secret import bearer

_TIMEOUT: Final = aiohttp.ClientTimeout(total=120, sock_connect=5)


class ArchiveClient:
    """url: `http://127.0.0.1:<port>` of ingest; token: what it asks for.

    Every method: ArchiveError if it is not there.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self._headers = bearer(token)
        self._url = url.rstrip("/")

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()

    async def laps(self) -> list[tuple[int, int, int]]:
        """(lap, from_ns, to_ns) of each lap there is telemetry of, earliest first."""
        found: list[tuple[int, int, int]] = self._json(
            await self._get("laps"), list[tuple[int, int, int]]
        )
        return found

    async def find(self, start_ns: int, stop_ns: int) -> Span | None:
        """The records received while the stream was in [start, stop), of the latest such lap."""
        body = await self._get("find", start=start_ns, stop=stop_ns)
        found: Span | None = self._json(body, Span | None)
        return found

    async def segments(self, first_n: int, last_n: int) -> AsyncIterator[Segment]:
        """Those with any record of first_n to last_n, both inclusive, in order."""
        while first_n <= last_n:
            body = await self._get("segment", first=first_n, last=last_n)
            segment = self._msgpack(body, Segment | None)
            if segment is None:
                return
            yield segment
            first_n = segment.last_n + 1

    async def announcements(self, lap: int, last_n: int) -> list[Timed]:
        body = await self._get("announcements", lap=lap, last=last_n)
        rows = self._msgpack(body, list[tuple[int, int, int, str, bytes]])
        return [Timed(time_ns, Record(*record)) for time_ns, *record in rows]

    async def checkpoint(self, n: int) -> Checkpoint | None:
        """The newest at or before record n from which every record up to n is kept."""
        found: Checkpoint | None = self._msgpack(
            await self._get("checkpoint", n=n), Checkpoint | None
        )
        return found

    async def missiondb_files(self, version: str) -> Mapping[str, bytes]:
        body = await self._get("missiondb", version=version)
        files: dict[str, bytes] | None = self._msgpack(body, dict[str, bytes] | None)
        if files is None:
            raise ArchiveError(f"{self._url} does not hold mission database {version}")
        return files

    async def _get(self, what: str, **query: Any) -> bytes:
        url = f"{self._url}/archive/{what}"
        try:
            async with self._session.get(url, params=query) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            why = str(error) or type(error).__name__
            raise ArchiveError(
                f"no ingest at {self._url}: {why}; name its address (--ingest-host, --ingest-port)"
            ) from error
        if response.status != 200:
            text = body[:300].decode(errors="replace")
            raise ArchiveError(f"{url}: HTTP {response.status} {text}".rstrip())
        return body

    def _json(self, body: bytes, kind: Any) -> Any:
        return self._decoded(msgspec.json.decode, body, kind)

    def _msgpack(self, body: bytes, kind: Any) -> Any:
        return self._decoded(msgspec.msgpack.decode, body, kind)

    def _decoded(self, decode: Any, body: bytes, kind: Any) -> Any:
        try:
            return decode(body, type=kind)
        except msgspec.DecodeError as error:
            raise ArchiveError(f"{self._url} is not an ingest of this version: {error}") from error
