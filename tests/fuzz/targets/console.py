"""The console in this process: every route by arbitrary requests, every callback, both sockets."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import unquote

from dash.exceptions import DependencyException, PreventUpdate
from fastapi import FastAPI

from dashboard.app import create_app
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.store.memory import MemoryStore
from tests.dashboard.desk import NOW_NS, Desk
from tests.fuzz import mutate
from tests.fuzz.http import MAX_ANSWER_BYTES, parts, request
from tests.fuzz.target import Fault, Target, judge_answer
from tests.small import small_database

#: An input that is not answered within this is a hang.
ANSWER_S: Final = 8.0
_HOST: Final = "127.0.0.1:8050"
_ORIGIN: Final = f"http://{_HOST}"


async def _no_program(*_: object, **__: object) -> None:
    raise OSError(2, "no program is started here")


async def _raise(_: object, error: Exception, *__: object) -> None:
    """Dash answers 500 and does not say why."""
    if isinstance(error, PreventUpdate | DependencyException):  # 204, and 404 of ours
        return
    raise error


async def _desk() -> Desk:
    store = MemoryStore(small_database())
    await store.write(
        [
            Frame(
                spacecraft="iss",
                subsystem="adcs",
                time_ns=NOW_NS - second * SECOND_NS,
                received_ns=NOW_NS,
                sequence=second,
                values={"ERR": second / 8, "MODE": second % 3},
            )
            for second in range(40)
        ]
    )
    return Desk(store=lambda: store, ingest={"/log/plan": [], "/log/incident": [], "/bundles": []})


@contextmanager
def _console(
    ask: Callable[[Any, bytes], Any],
) -> Iterator[Callable[[bytes], None]]:
    with (
        asyncio.Runner() as runner,
        patch("asyncio.create_subprocess_exec", _no_program),
        patch("dash.backends._fastapi.DashMiddleware._handle_error", _raise),
    ):
        desk = runner.run(_desk())
        app = create_app(desk.means)

        def take(data: bytes) -> None:
            runner.run(ask(app, data))
            desk.published.clear()

        try:
            yield take
        finally:
            runner.run(desk.means.trees.aclose())


def _scope(kind: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    where, _, query = path.partition("?")
    given = {"host": _HOST, "origin": _ORIGIN} | {key.lower(): v for key, v in headers.items()}
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": unquote(where) if where.startswith("/") else "/" + unquote(where),
        "raw_path": where.encode(errors="replace"),
        "query_string": query.encode(errors="replace"),
        "root_path": "",
        "headers": [
            (key.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for key, value in given.items()
        ],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8050),
        "subprotocols": [],
        "state": {},
    }


async def _ask(app: Any, data: bytes) -> None:
    try:
        method, path, headers, body = parts(json.loads(data))
    except (ValueError, RecursionError):
        return
    scope = _scope("http", path, headers) | {"method": method.upper()[:20]}
    coming: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    answer, status = bytearray(), 0

    async def receive() -> dict[str, Any]:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        if len(answer) < MAX_ANSWER_BYTES:
            answer.extend(message.get("body", b""))

    try:
        async with asyncio.timeout(ANSWER_S):
            await app(scope, receive, send)
    except TimeoutError:
        raise Fault("no answer") from None
    judge_answer(status, bytes(answer))


async def _talk(app: Any, data: bytes) -> None:
    """A WebSocket: JSON {path, headers, messages}; a browser says them, and leaves."""
    try:
        said = json.loads(data)
        _, path, headers, _ = parts(said)
        messages = said.get("messages", [])
    except (ValueError, RecursionError):
        return
    coming: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    for one in messages if isinstance(messages, list) else ():
        key = "text" if isinstance(one, str) else "bytes"
        body = one if isinstance(one, str) else json.dumps(one).encode()
        coming.append({"type": "websocket.receive", key: body})
    coming.append({"type": "websocket.disconnect", "code": 1001})
    told = 0

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return coming.pop(0) if len(coming) > 1 else coming[0]

    async def send(message: dict[str, Any]) -> None:
        nonlocal told
        told += 1
        if len(message.get("reason") or "") > 123 or told > 10_000:
            raise Fault(f"too much is said: {message!r:.200}")

    try:
        async with asyncio.timeout(ANSWER_S):
            await app(_scope("websocket", path, headers), receive, send)
    except TimeoutError:
        raise Fault("it does not end when the browser has left") from None


# --- what a browser says when all is well ---


def _paths(app: FastAPI) -> Iterator[bytes]:
    """Each route, with something where it has a name in it."""
    for route in app.routes:
        path = getattr(route, "path", "")
        for method in sorted(getattr(route, "methods", None) or ()):
            for name in ("acknowledge", "csv", "x"):
                filled = "/".join(
                    name if one.startswith("{") else one.replace("{kind}", name)
                    for one in path.split("/")
                )
                yield request(method, filled, {} if method == "POST" else "")


def _dependencies(app: Any) -> list[dict[str, Any]]:
    answer = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answer.extend(message.get("body", b""))

    scope = _scope("http", "/_dash-dependencies", {}) | {"method": "GET"}
    asyncio.run(app(scope, receive, send))
    found: list[dict[str, Any]] = json.loads(answer)
    return found


def _callback(row: dict[str, Any]) -> bytes:
    """As the renderer asks for it, with nothing in any field."""

    def given(one: dict[str, Any]) -> dict[str, Any]:
        return {"id": one["id"], "property": one["property"], "value": None}

    outputs = []
    for one in row["output"].strip(".").split("..."):
        id_, _, name = one.rpartition(".")
        outputs.append({"id": id_, "property": name.split("@")[0]})
    body = {
        "output": row["output"],
        "outputs": outputs if row["output"].startswith("..") else outputs[0],
        "inputs": [given(one) for one in row["inputs"]],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in row["inputs"][:1]],
        "state": [given(one) for one in row.get("state", ())],
    }
    return request("POST", "/_dash-update-component", body, **{"Content-Type": "application/json"})


def _route_seeds() -> Iterator[bytes]:
    app = create_app(asyncio.run(_desk()).means)
    yield from dict.fromkeys(_paths(app))
    yield request("GET", "/trends/chart.json?p=iss/ERR&from=1970-01-12T13:46:00Z&to=now")
    yield request("GET", "/alarms/journal.json?root=tlm&spacecraft=iss&from=1970-01-12T00:00:00Z")
    form = {"spacecraft": "iss", "id": "turn", "title": "A turn", "kind": "manoeuvre"}
    yield request("POST", "/plan/check", form)
    yield request("POST", "/plan/ask/approve", {"spacecraft": "iss", "plan": "turn", "by": "Ann"})
    yield request("POST", "/plan/file?name=a.toml", '[[activity]]\nid = "a"\n')
    yield request("POST", "/replay/ask/create", {"by": "Ann", "spec": {"start_ns": 1}})
    yield request("POST", "/training/ask/create", {"by": "Ann", "spec": {"scenario": "ms18"}})


def _callback_seeds() -> Iterator[bytes]:
    app = create_app(asyncio.run(_desk()).means)
    for row in _dependencies(app):
        if not row.get("clientside_function"):
            yield _callback(row)


def _socket_seeds() -> Iterator[bytes]:
    for path in ("/ws/live", "/ws/live?root=replay-1", "/ws/live?root=train-x", "/nowhere"):
        for origin in (_ORIGIN, "http://else.where"):
            yield json.dumps({"path": path, "headers": {"origin": origin}, "messages": []}).encode()
    app = create_app(asyncio.run(_desk()).means)
    for route in app.routes:
        if "ebsocket" in type(route).__name__.lower():
            path = getattr(route, "path", "")
            yield json.dumps({"path": path, "headers": {}, "messages": ["{}", [1]]}).encode()


TARGETS: Final = (
    Target(
        name="console-http",
        subject=lambda _: _console(_ask),
        seeds=_route_seeds,
        mutate=mutate.as_json,
    ),
    Target(
        name="console-callbacks",
        subject=lambda _: _console(_ask),
        seeds=_callback_seeds,
        mutate=mutate.as_json,
    ),
    Target(
        name="console-sockets",
        subject=lambda _: _console(_talk),
        seeds=_socket_seeds,
        mutate=mutate.as_json,
    ),
)
