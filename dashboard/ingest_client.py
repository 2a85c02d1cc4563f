"""What ingest tells over HTTP and not by message: logs, dead messages. I/O."""

import asyncio
from typing import Any, Final

import aiohttp
import msgspec

from telemetry.errors import StationwatchError
from telemetry.secret import bearer

ANSWER_WITHIN_S: Final = 5.0
MAX_BYTES: Final = 8_000_000


class IngestAway(StationwatchError):
    """It cannot be asked now."""


class IngestClient:
    """url: of ingest's HTTP endpoint; token: what it asks for.

    One short connection a question: they are rare.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self._url, self._headers = url, bearer(token)

    async def get_json(self, path: str) -> Any:
        """:raises IngestAway: if it does not answer, or not with what was asked for."""
        try:
            async with (
                asyncio.timeout(ANSWER_WITHIN_S),
                aiohttp.ClientSession(headers=self._headers) as session,
                session.get(self._url + path) as response,
            ):
                if response.status != 200:
                    raise IngestAway(f"ingest answered {response.status} to {path}")
                body = await response.content.read(MAX_BYTES + 1)
                while not response.content.at_eof() and len(body) <= MAX_BYTES:
                    body += await response.content.read(MAX_BYTES)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise IngestAway(f"ingest does not answer at {self._url}") from error
        if len(body) > MAX_BYTES:
            raise IngestAway(f"ingest's answer to {path} is over {MAX_BYTES // 1_000_000} MB")
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise IngestAway(f"ingest's answer to {path} is no JSON") from error
