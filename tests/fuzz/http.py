"""A request as an input: JSON {method, path, headers, body}, so that its parts change, not only its
bytes; anything else is sent as it stands."""

import asyncio
import base64
import json
from typing import Any, Final

#: Of an answer, more is not kept.
MAX_ANSWER_BYTES: Final = 4 << 20


#: With one of these a client may say that more is to come.
_OPEN: Final = {"content-length", "transfer-encoding", "expect", "connection", "upgrade"}


def raw(data: bytes) -> tuple[bytes, bool]:
    """As bytes of HTTP/1.1; whether they are surely a whole request, of a client that asks once."""
    try:
        method, path, headers, body = parts(json.loads(data))
    except (ValueError, RecursionError):
        return data, False
    given = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body))} | headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{key}: {value}" for key, value in given.items())]
    head = "\r\n".join([*lines, "", ""]).encode(errors="replace")
    odd = any(key.strip().lower() in _OPEN for key in headers) or head.count(b"\r\n\r\n") > 1
    return head + body, not (odd or method == "CONNECT")


def parts(said: Any) -> tuple[str, str, dict[str, str], bytes]:
    """Method, path, headers, body. :raises ValueError: if it is no request."""
    if not isinstance(said, dict) or not isinstance(said.get("headers", {}), dict):
        raise ValueError("no request")
    body = said.get("body", "")
    if isinstance(said.get("base64"), str):
        whole = base64.b64decode(said["base64"] + "==")
    else:
        whole = (body if isinstance(body, str) else json.dumps(body)).encode(errors="replace")
    headers = {str(key): str(value) for key, value in said.get("headers", {}).items()}
    return str(said.get("method", "GET")), str(said.get("path", "/")), headers, whole


def request(method: str, path: str, body: Any = "", **headers: str) -> bytes:
    said: dict[str, Any] = {"method": method, "path": path, "headers": headers}
    if isinstance(body, bytes):
        said["base64"] = base64.b64encode(body).decode()
    else:
        said["body"] = body
    return json.dumps(said).encode()


class Wire(asyncio.Transport):
    """The connection of a client on this machine that has said all it has to say."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 40_000), "sockname": ("127.0.0.1", 80)})
        self.answer = bytearray()
        self.closed = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if len(self.answer) < MAX_ANSWER_BYTES:
            self.answer += data

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        self.closed.set()

    def abort(self) -> None:
        self.closed.set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_reading(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0
