"""Before Dash: what is no request of our pages is refused in one line.

Dash takes for granted that a callback is asked for as its own renderer does; a body of another
shape is an exception in it, answered with 500 like a fault of ours. Its WebSocket is not used.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from dashboard.doors import of_callback
from dashboard.person import may

#: A callback of ours gets at most a page's forms.
MAX_BODY_BYTES: Final = 4 << 20
_CALLBACK: Final = "/_dash-update-component"
_SUITES: Final = "/_dash-component-suites/"
_DASH: Final = "/_dash-"
#: Of a WebSocket that is none of ours.
NOT_HERE: Final = 4404

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
#: (component, property), in order.
_Places = list[tuple[str, str]]


class _Place(msgspec.Struct, frozen=True):
    id: str
    property: str
    value: Any = None


class _Asked(msgspec.Struct, frozen=True):
    output: str
    outputs: _Place | list[_Place]
    inputs: list[_Place]
    changedPropIds: list[str]  # noqa: N815 - as the renderer writes it
    state: list[_Place] = []


class WellFormed:
    """callbacks: Dash's own table of them, by output."""

    def __init__(self, app: Any, callbacks: Mapping[str, Any]) -> None:
        self._app = app
        self._callbacks = callbacks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket" and path.startswith(_DASH):
            await send({"type": "websocket.close", "code": NOT_HERE})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not path.isprintable():  # a route's `$` matches before a line end, too
            await _refuse(send, 404, "there is no such page")
        elif path.startswith(_SUITES):
            await self._app(scope, receive, _unless_failed(send))
        elif path == _CALLBACK and scope["method"] == "POST":
            body = await _body(receive)
            if not _is_json(scope):
                await _refuse(send, 415, "a callback is asked for in JSON")
            elif body is None:
                await _refuse(send, 413, f"at most {MAX_BODY_BYTES} bytes")
            elif why := self._wrong(body):
                await _refuse(send, 400, why)
            elif not may(role := of_callback(self._callbacks[_output(body)])):
                await _refuse(send, 403, f"that takes the role {role}")
            else:
                await self._app(scope, _again(body, receive), send)
        else:
            await self._app(scope, receive, send)

    def _wrong(self, body: bytes) -> str:
        """Why it is no request for a callback; empty if it is one."""
        try:
            asked = msgspec.json.decode(body, type=_Asked)
        except (ValueError, RecursionError):
            return "that is no request for a callback"
        row = self._callbacks.get(asked.output)
        if row is None:
            return "there is no such callback: load the page again"
        outputs = asked.outputs if isinstance(asked.outputs, list) else [asked.outputs]
        many = asked.output.startswith("..")
        same = (
            _keys(asked.inputs) == _places(row["inputs"])
            and _keys(asked.state) == _places(row["state"])
            and _keys(outputs) == _outputs(asked.output)
            and isinstance(asked.outputs, list) == many
            and set(asked.changedPropIds) <= {".".join(key) for key in _places(row["inputs"])}
        )
        return "" if same else "the callback has other inputs: load the page again"


def _output(body: bytes) -> str:
    return msgspec.json.decode(body, type=_Asked).output


def _keys(places: list[_Place]) -> _Places:
    return [(one.id, _plain(one.property)) for one in places]


def _places(rows: list[dict[str, str]]) -> _Places:
    return [(one["id"], one["property"]) for one in rows]


def _outputs(name: str) -> _Places:
    each = name.strip(".").split("...") if name.startswith("..") else [name]
    split = (one.rpartition(".") for one in each)
    return [(id_, _plain(property_)) for id_, _, property_ in split]


def _plain(property_: str) -> str:
    """Without what tells apart two callbacks of one output."""
    return property_.partition("@")[0]


def _is_json(scope: Scope) -> bool:
    """Written as Dash itself looks for it."""
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return [kind.partition(b";")[0].strip() for kind in kinds] == [b"application/json"]


async def _body(receive: Receive) -> bytes | None:
    """None if it is too long."""
    found = bytearray()
    while True:
        message = await receive()
        found += message.get("body", b"")
        if len(found) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(found)


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read, to be read by others."""
    given = False

    async def read() -> dict[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return read


def _unless_failed(send: Send) -> Send:
    """To Dash a file that it does not have is a fault."""
    failed = False

    async def instead(message: dict[str, Any]) -> None:
        nonlocal failed
        if message["type"] == "http.response.start" and message["status"] >= 500:
            failed = True
            await _refuse(send, 404, "there is no such file")
        elif not failed:
            await send(message)

    return instead


async def _refuse(send: Send, status: int, why: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": why.encode()})
