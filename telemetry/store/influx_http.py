"""HTTP to InfluxDB 1.8+, 2.x and 3: write by `/api/v2/write`, read by InfluxQL on `/query`.

They are the one pair all three answer with the same `Authorization: Token` header. Nothing is
retried here: every failure is raised as one that may pass or one that will not.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

import aiohttp
import msgspec
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

from telemetry.errors import StoreError, StoreUnavailable

_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=30)

#: The server will not have some of the body, and says so for the body as a whole.
_REFUSED: Final = frozenset((400, 413, 422))
_CHUNK_ROWS: Final = 65_536
_STATEMENTS_A_QUERY: Final = 100

#: Errors InfluxDB gives inside a successful answer that pass by themselves.
_PASSING: Final = (
    "timeout",
    "timed out",
    "engine is closed",
    "max-concurrent-queries",
    "shard is disabled",
)


class Refused(StoreError):
    """The server would not take a body, or not all of it; some of it may be stored."""

    def __init__(self, where: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{where}: {reason}")


class Series(msgspec.Struct):
    name: str = ""
    tags: dict[str, str] = {}
    columns: list[str] = []
    values: list[list[Any]] = []


class _Result(msgspec.Struct):
    series: list[Series] = []
    error: str = ""


class _Answer(msgspec.Struct):
    results: list[_Result] = []
    error: str = ""


class InfluxHttp:
    """url: without the bucket. bucket: `name`, or `database/policy` for InfluxDB 1.x."""

    def __init__(self, url: str, bucket: str, token: str, org: str) -> None:
        self.where = f"{url}/{bucket}"
        self._url = url.rstrip("/")
        self._bucket = bucket
        self._token = token
        # 1.x and 3 ignore the organisation, but the client insists on one
        self._org = org or "-"
        self.version = ""

    async def __aenter__(self) -> Self:
        self._client = InfluxDBClientAsync(
            url=self._url, token=self._token, org=self._org, timeout=_TIMEOUT
        )
        headers = {"Authorization": f"Token {self._token}"} if self._token else {}
        self._session = aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT)
        try:
            await self._ping()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._session.close()
        await self._client.close()  # type: ignore[no-untyped-call]

    async def _ping(self) -> None:
        with self._failures():
            async with self._session.get(f"{self._url}/ping") as response:
                self._raise_for(response.status, await response.text())
                self.version = response.headers.get("X-Influxdb-Version", "").lstrip("v")

    async def write(self, body: bytes) -> None:
        """:raises Refused: if the server would not take all of it."""
        with self._failures():
            try:
                done = await self._client.write_api().write(self._bucket, self._org, record=body)
            except InfluxDBError as error:
                status = getattr(error, "status", None) or 0
                text = getattr(error, "body", None) or str(error)
                self._raise_for(status, _message(text))
                raise StoreUnavailable(f"{self.where}: {text}") from error
        if not done:
            raise StoreUnavailable(f"{self.where}: the answer to a write was not the expected one")

    async def query(self, influxql: str) -> list[list[Series]]:
        """The series of each statement. Integers are exact; a whole float may come as an int."""
        text = await self._post(influxql, "application/json", {})
        try:
            answer = msgspec.json.decode(text, type=_Answer)
        except msgspec.DecodeError as error:
            raise StoreUnavailable(f"{self.where}: an answer that is no JSON: {error}") from None
        for problem in (answer.error, *(result.error for result in answer.results)):
            if problem:
                self._raise_error(problem)
        return [result.series for result in answer.results]

    async def queries(self, statements: Sequence[str]) -> list[list[Series]]:
        """The answers of many statements, some at a time."""
        answers: list[list[Series]] = []
        for at in range(0, len(statements), _STATEMENTS_A_QUERY):
            answers += await self.query("; ".join(statements[at : at + _STATEMENTS_A_QUERY]))
        return answers

    async def query_csv(self, influxql: str) -> bytes:
        """The CSV of one statement; empty if it has no rows."""
        options = {"chunked": "true", "chunk_size": str(_CHUNK_ROWS)}
        text = await self._post(influxql, "application/csv", options)
        if not text.strip():
            # an error that comes up while running leaves CSV empty; only JSON tells it
            await self.query(influxql)
            return b""
        return text

    async def _post(self, influxql: str, accept: str, options: Mapping[str, str]) -> bytes:
        database, _, policy = self._bucket.partition("/")
        form = {"db": database, "q": influxql, "epoch": "ns", **options}
        if policy:
            form["rp"] = policy
        with self._failures():
            async with self._session.post(
                f"{self._url}/query",
                data=form,
                # the server is near: zipping takes it twice the time of the answer
                headers={"Accept": accept, "Accept-Encoding": "identity"},
            ) as response:
                text = await response.read()
                if response.status >= 300:  # a long answer is not looked through for a message
                    self._raise_for(response.status, _message(text))
                return text

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            what = str(error) or type(error).__name__
            raise StoreUnavailable(f"{self.where}: {what}") from error

    def _raise_for(self, status: int, message: str) -> None:
        if 200 <= status < 300:
            return
        if status in _REFUSED:
            raise Refused(self.where, message or f"HTTP {status}")
        if status in (401, 403):
            raise StoreError(f"{self.where}: access refused, check INFLUXDB_TOKEN ({message})")
        if status == 404:
            raise StoreError(f"{self.where}: not found, create the bucket first ({message})")
        if status in (0, 408, 425, 429) or status >= 500:
            raise StoreUnavailable(f"{self.where}: HTTP {status} {message}")
        raise StoreError(f"{self.where}: HTTP {status} {message}")

    def _raise_error(self, problem: str) -> None:
        if any(word in problem for word in _PASSING):
            raise StoreUnavailable(f"{self.where}: {problem}")
        hint = ", create the bucket first" if "database not found" in problem else ""
        raise StoreError(f"{self.where}: {problem}{hint}")


def _message(text: bytes | str) -> str:
    """What a server's error answer says: `{"error": ...}`, `{"message": ...}` or plain text."""
    try:
        answer = msgspec.json.decode(text)
        said = answer.get("message") or answer.get("error") or ""
    except (msgspec.DecodeError, AttributeError):
        said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(str(said).split())[:500]
