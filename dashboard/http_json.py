"""What pages ask for over HTTP besides Dash: bodies that are bounded, answers in JSON."""

from typing import Any

import msgspec
from fastapi import Request, Response

from telemetry.errors import UsageError


async def body(request: Request, most_bytes: int) -> bytes:
    """:raises UsageError: if it is longer than anything that can be asked."""
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > most_bytes:
            raise UsageError(f"that is too long: at most {most_bytes // 1000} kB")
    return found


def answer(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
