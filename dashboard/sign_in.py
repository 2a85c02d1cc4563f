"""Signing in and out: a page of plain HTML, which needs no script.

GET  /sign-in?next=   the form
POST /sign-in         name, password, next: a session, and back to where somebody wanted to be
POST /sign-out        the session is over, on the server too
"""

import asyncio
from html import escape
from io import StringIO
from typing import Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from access.access import Access
from access.attempts import Attempts
from access.audit import Entry
from access.command import write_csv
from access.sessions import AGE_NS
from dashboard import theme
from dashboard.guard import SIGN_IN, address, cookie
from dashboard.http_json import body
from dashboard.person import ASKING
from telemetry.clock import SECOND_NS, Clock
from telemetry.errors import UsageError

SIGN_OUT: Final = "/sign-out"
#: A name, a password, a place, all of them escaped.
MAX_BODY_BYTES: Final = 8_000
#: A look at one password takes 64 MB.
AT_ONCE: Final = 2
#: So many wait for theirs; whoever else comes is asked to come again.
MAX_WAITING: Final = 20
_ENDED: Final = "You are signed out: the session has ended. Sign in to go back."
_WRONG: Final = "The name or the password is not right."

_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in: stationwatch</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<meta name="color-scheme" content="dark light">
<style>%COLOURS%
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper);
       color: var(--text); font: 15px/1.5 var(--sans, system-ui, sans-serif); }
form { width: 19rem; padding: 1.75rem 2rem 2rem; background: var(--panel); border-radius: 6px;
       border: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.15rem; color: var(--strong); }
p { margin: .25rem 0 1rem; color: var(--dim); }
.wrong { color: var(--strong); border-left: 4px solid var(--caution); padding-left: .6rem; }
label { display: block; margin-top: .9rem; color: var(--text); }
input { box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .5rem .6rem;
        font: inherit; color: var(--strong); background: var(--paper);
        border: 1px solid var(--line); border-radius: 4px; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--live); outline-offset: 1px; }
button { width: 100%; margin-top: 1.4rem; padding: .55rem; font: inherit; font-weight: 600;
         color: var(--paper); background: var(--strong); border: 0; border-radius: 4px;
         cursor: pointer; }
</style></head>
<body><main><form method="post" action="/sign-in">
<h1>stationwatch</h1><p>Station and ship, watched. Sign in to look and to act.</p>
%SAID%
<label>Name<input name="name" autocomplete="username" maxlength="40" required autofocus
 value="%NAME%"></label>
<label>Password<input name="password" type="password" autocomplete="current-password"
 maxlength="256" required></label>
<input type="hidden" name="next" value="%NEXT%">
<button type="submit">Sign in</button>
</form></main></body></html>"""


def add_audit(server: FastAPI, access: Access, clock: Clock) -> None:
    @server.get("/audit.csv")
    async def audit(request: Request) -> Response:
        """All of it, for administrators; that it was taken is in it."""
        user = ASKING.get()
        access.audit.add(
            Entry(
                at_ns=clock.now_ns(),
                who=user.name if user else "",
                where=f"console, {address(request)}",
                did="export audit",
            )
        )

        def written() -> str:
            text = StringIO()
            write_csv(text, access.audit.read())
            return text.getvalue()

        return Response(await asyncio.to_thread(written), media_type="text/csv")


class SignIn:
    """secure: the console is reached by https, as its cookie then demands."""

    def __init__(self, access: Access, clock: Clock, *, secure: bool) -> None:
        self._access, self._clock, self._secure = access, clock, secure
        self._cookie = cookie(secure)
        self._attempts = Attempts()
        self._looking = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def add_routes(self, server: FastAPI) -> None:
        @server.get(SIGN_IN)
        async def form(next: str = "/", ended: str = "") -> Response:  # noqa: A002 - as in the query
            return page(place(next), said=_ENDED if ended else "")

        @server.post(SIGN_IN)
        async def sign_in(request: Request) -> Response:
            try:
                given = parse_qs((await body(request, MAX_BODY_BYTES)).decode(), max_num_fields=8)
            except (UsageError, ValueError):
                return page("/", said=_WRONG, status=400)
            name, password, to = (given.get(n, [""])[0] for n in ("name", "password", "next"))
            return await self._sign_in(request, name.strip(), password, place(to))

        @server.post(SIGN_OUT)
        async def sign_out(request: Request) -> Response:
            if token := request.cookies.get(self._cookie):
                user = self._access.sessions.user(token, self._clock.now_ns())
                self._access.sessions.end(token)
                self._note(request, user.name if user else "", "sign out")
            answer = RedirectResponse(SIGN_IN, 303)
            answer.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True)
            return answer

    async def _sign_in(self, request: Request, name: str, password: str, to: str) -> Response:
        client = address(request)
        if self._waiting >= MAX_WAITING:
            return page(to, name, "Many sign in at once. Try again in a moment.", 429)
        self._waiting += 1
        try:
            async with self._looking:  # whoever asks many at once has them counted one by one
                if wait_ns := self._attempts.wait_ns(name, client, _now_ns()):
                    said = f"Too many tries. Wait {-(-wait_ns // SECOND_NS)} s."
                    return page(to, name, said, 429)
                # counted before it is looked at: two are looked at together
                self._attempts.failed(name, client, _now_ns())
                user = await asyncio.to_thread(self._access.users.verify, name, password)
        finally:
            self._waiting -= 1
        if user is None:
            self._note(request, name, "sign in", "refused: wrong name or password")
            return page(to, name, _WRONG, 401)
        self._attempts.succeeded(name, client)
        token = self._access.sessions.begin(user.name, self._clock.now_ns())
        self._note(request, user.name, "sign in")
        answer = RedirectResponse(to, 303)
        answer.set_cookie(
            self._cookie,
            token,
            max_age=AGE_NS // SECOND_NS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    def _note(self, request: Request, who: str, did: str, outcome: str = "done") -> None:
        self._access.audit.add(
            Entry(
                at_ns=self._clock.now_ns(),
                who=who,
                where=f"console, {address(request)}",
                did=did,
                outcome=outcome,
            )
        )


def _now_ns() -> int:
    return round(asyncio.get_running_loop().time() * SECOND_NS)


def place(to: str) -> str:
    """A place on this console; `/` for anything else, such as another site."""
    plain = to.isascii() and to.isprintable() and "\\" not in to
    return to if plain and to.startswith("/") and not to.startswith("//") else "/"


def page(to: str, name: str = "", said: str = "", status: int = 200) -> Response:
    wrong = f'<p class="wrong" role="alert">{escape(said)}</p>' if said else ""
    text = (
        _PAGE.replace("%COLOURS%", theme.css_variables())
        .replace("%SAID%", wrong)
        .replace("%NAME%", escape(name[:40]))
        .replace("%NEXT%", escape(to))
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})
