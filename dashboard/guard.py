"""Who comes in: the outermost of the console, in front of every route, file and WebSocket.

Always, whoever may use the console:
* only under a name of its own (another site's name may be made to point here: DNS rebinding);
* what changes something, and WebSockets, only from a page of our own; data to no other site's page.

Where there are users, besides: nothing but the sign-in page without a session, and nothing that
the role has no door to (`dashboard.doors`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match, Mount

from access.access import Access
from access.audit import Entry
from access.file import AccessError
from access.users import User
from dashboard import doors
from dashboard.person import ASKING
from telemetry.clock import SECOND_NS, Clock

COOKIE: Final = "stationwatch"
SIGN_IN: Final = "/sign-in"
#: Served to everybody.
OPEN: Final = frozenset({"/healthz", SIGN_IN})
#: Close codes of WebSockets, as the page knows them.
FOREIGN: Final = 4403
SIGNED_OUT: Final = 4401
#: How often it is looked whether who has a WebSocket open still may.
WATCH_S: Final = 2.0
#: A connection says where from; of a request that names nothing, a program has made it.
_OURS: Final = frozenset({"", "same-origin", "none"})
#: Refusals of doors that the audit gets in a minute.
NOTED_A_MINUTE: Final = 60
_MINUTE_NS: Final = 60 * SECOND_NS
_READS: Final = frozenset({"GET", "HEAD"})
_NO_STORE: Final = (b"cache-control", b"no-store")

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Guard:
    """access: None where nobody signs in. names: hosts under which the console is reached.

    routes: of the application, to know a request's door.
    """

    def __init__(
        self,
        app: Any,
        *,
        access: Access | None,
        clock: Clock,
        names: Collection[str],
        routes: Iterable[BaseRoute],
        secure: bool = False,
    ) -> None:
        self._app, self._access, self._clock = app, access, clock
        self._cookie = cookie(secure)
        self._refused: deque[int] = deque()
        self._names = {name.casefold() for name in names}
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._http(scope, receive, send)
            except AccessError as error:  # before an answer has begun: who may is asked first
                logger.error("%s", error)
                await refuse(send, 503, "who may sign in cannot be read now: try again")
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HTTPConnection(scope)
        method, path = scope["method"], scope["path"]
        if not self._named(request):
            await refuse(send, 421, "the console is not reached under that name")
        elif not ours(request, method):
            await refuse(send, 403, "asked by another site's page", method)
        elif self._access is None or path in OPEN:
            await self._app(scope, receive, send)
        elif (user := self._user(request)) is None:
            await _send_to_sign_in(request, send)
        elif user.role < (needed := self._needed(scope, method)):
            self._note(user, request, f"{method} {path}", f"it takes the role {needed}")
            why = f"that takes the role {needed}; {user.name} is {user.role}"
            await refuse(send, 403, why, method)
        else:
            await self._as(user, scope, receive, _unkept(send))

    async def _as(self, user: User, scope: Scope, receive: Receive, send: Send) -> None:
        token = ASKING.set(user)
        try:
            await self._app(scope, receive, send)
        finally:
            ASKING.reset(token)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HTTPConnection(scope)
        if not self._named(request) or not same_origin(request):
            # there is no CORS for WebSockets: without this any page of the web could read telemetry
            await send({"type": "websocket.close", "code": FOREIGN})
        elif self._access is None:
            await self._app(scope, receive, send)
        else:
            user = self._user(request)
            if user is None or user.role < self._needed(scope, "WEBSOCKET"):
                await _close(receive, send, SIGNED_OUT)
            else:
                await self._watched(user, request, scope, receive, send)

    async def _watched(
        self, user: User, request: HTTPConnection, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Until it ends, or whoever has it open may no longer."""
        serving = asyncio.ensure_future(self._as(user, scope, receive, send))
        try:
            while not serving.done():
                await asyncio.wait({serving}, timeout=WATCH_S)
                if not serving.done() and self._user(request) != user:
                    await send({"type": "websocket.close", "code": SIGNED_OUT})
                    return
            await serving
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    def _named(self, request: HTTPConnection) -> bool:
        try:
            name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            return False
        return name is not None and name.casefold() in self._names

    def _user(self, request: HTTPConnection) -> User | None:
        token = request.cookies.get(self._cookie)
        if self._access is None or not token:
            return None
        return self._access.sessions.user(token, self._clock.now_ns())

    def _needed(self, scope: Scope, method: str) -> Any:
        for route in self._routes:
            found, _ = route.matches(scope)
            if found is Match.FULL:
                path = str(getattr(route, "path", ""))
                return doors.of_route("GET" if isinstance(route, Mount) else method, path)
        return doors.of_route(method, "/")

    def _note(self, user: User, request: HTTPConnection, what: str, why: str) -> None:
        """So many a minute: whoever knocks on and on says nothing new."""
        now_ns = self._clock.now_ns()
        while self._refused and not 0 <= now_ns - self._refused[0] < _MINUTE_NS:
            self._refused.popleft()
        if self._access is not None and len(self._refused) < NOTED_A_MINUTE:
            self._refused.append(now_ns)
            self._access.audit.add(
                Entry(
                    at_ns=now_ns,
                    who=user.name,
                    where=f"console, {address(request)}",
                    did="door",
                    what=what,
                    outcome=f"refused: {why}",
                )
            )


def cookie(secure: bool) -> str:
    """Its name. One of that prefix no neighbouring site and no plain connection can set."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def address(request: HTTPConnection) -> str:
    """Of the transport: what a header says of it, anybody can write."""
    return request.client.host if request.client else "-"


def same_origin(request: HTTPConnection) -> bool:
    """Whether a page of ours asks, and no other site's."""
    try:
        origin = urlsplit(request.headers.get("origin", ""))
    except ValueError:
        return False
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


def ours(request: HTTPConnection, method: str) -> bool:
    """Whether that may be asked from where it was: a page of ours, or no page at all."""
    site = request.headers.get("sec-fetch-site", "")
    if method not in _READS:
        return same_origin(request) and site in _OURS
    # a link on another site may lead to a page of ours, and read nothing of it
    return site in _OURS or request.headers.get("sec-fetch-mode") == "navigate"


async def refuse(send: Send, status: int, why: str, method: str = "GET") -> None:
    """Scripts, who alone ask for more than to read, get what they show the operator."""
    kind, text = b"text/plain; charset=utf-8", why.encode()
    if method not in _READS:
        kind, text = b"application/json", msgspec.json.encode({"problem": why})
    headers = [(b"content-type", kind), _NO_STORE]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


async def _send_to_sign_in(request: HTTPConnection, send: Send) -> None:
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.scope["method"] not in _READS or not wants_page:
        await refuse(send, 401, "sign in first", request.scope["method"])
        return
    query = request.scope["query_string"].decode("latin-1")
    here = request.scope["path"] + (f"?{query}" if query else "")
    to = f"{SIGN_IN}?next={quote(here, safe='/')}"
    headers = [(b"location", to.encode()), _NO_STORE]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _close(receive: Receive, send: Send, code: int) -> None:
    """Accepted first: a browser tells its page nothing of a handshake that was refused."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code})


def _unkept(send: Send) -> Send:
    """What somebody was shown who signed in, no browser keeps; but libraries, which say so."""

    async def instead(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                message = {**message, "headers": [*headers, _NO_STORE]}
        await send(message)

    return instead
