"""Signing in and out over HTTP, and what of it stands in the audit."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from access.access import Access
from dashboard.guard import COOKIE
from dashboard.sign_in import place
from tests.dashboard.people import PASSWORD, closed_desk, people, signed_in


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    with people(tmp_path) as access:
        yield access


def form(http: aiohttp.ClientSession, url: str, **fields: str) -> Any:
    return http.post(url + "/sign-in", data=fields, allow_redirects=False)


async def test_who_knows_the_password_is_in_and_out_again(access: Access) -> None:
    async with signed_in(closed_desk(access), access) as (url, http):
        async with form(http, url, name=" Olga ", password=PASSWORD, next="/alarms?x=1") as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/alarms?x=1")
            said = answer.headers["Set-Cookie"]
            token = answer.cookies[COOKIE].value
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(said.split("; "))
        http.headers["Cookie"] = f"{COOKIE}={token}"
        async with http.get(url + "/_dash-layout") as answer:
            assert "Olga" in await answer.text()
        async with http.post(url + "/sign-out", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")
        async with http.get(url + "/_dash-layout") as answer:
            assert answer.status == 401
    assert [(e.who, e.did, e.outcome) for _, e in access.audit.read()] == [
        ("Olga", "sign in", "done"),
        ("Olga", "sign out", "done"),
    ]


async def test_each_time_the_session_is_another(access: Access) -> None:
    tokens = set()
    async with signed_in(closed_desk(access), access) as (url, http):
        for _ in range(2):
            http.headers["Cookie"] = f"{COOKIE}=chosen-by-somebody-else"
            async with form(http, url, name="Olga", password=PASSWORD) as answer:
                tokens.add(answer.cookies[COOKIE].value)
    assert len(tokens) == 2
    assert "chosen-by-somebody-else" not in tokens


@pytest.mark.parametrize(
    ("name", "password"),
    [("Olga", "guessed"), ("Nobody", PASSWORD), ("", ""), ("Olga", ""), ("olga", PASSWORD)],
)
async def test_who_does_not_learns_nothing(name: str, password: str, access: Access) -> None:
    async with (
        signed_in(closed_desk(access), access) as (url, http),
        form(http, url, name=name, password=password, next="/alarms") as answer,
    ):
        text = await answer.text()
        assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)
    assert "The name or the password is not right." in text
    assert password == "" or password not in text
    ((_, entry),) = access.audit.read()
    assert (entry.who, entry.outcome) == (name, "refused: wrong name or password")


async def test_guessing_is_made_to_wait(access: Access) -> None:
    async with signed_in(closed_desk(access), access) as (url, http):
        statuses = []
        for _ in range(7):
            async with form(http, url, name="Olga", password="guessed wrong") as answer:
                statuses.append(answer.status)
        assert statuses == [401] * 5 + [429] * 2
        async with form(http, url, name="Olga", password=PASSWORD) as answer:
            assert answer.status == 429
            assert "Too many tries. Wait " in await answer.text()


@pytest.mark.parametrize(
    "to",
    [
        "http://evil.example",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "",
        "/a\nb",
        "javascript:1",
    ],
)
def test_only_a_place_of_ours_is_gone_to(to: str) -> None:
    assert place(to) == "/"
    assert place("/alarms?root=train-1") == "/alarms?root=train-1"


async def test_what_is_shown_again_is_text(access: Access) -> None:
    script = '"><script>alert(1)</script>'
    async with (
        signed_in(closed_desk(access), access) as (url, http),
        form(http, url, name=script, password="x", next="/" + script) as answer,
    ):
        text = await answer.text()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


async def test_a_long_body_is_refused(access: Access) -> None:
    async with (
        signed_in(closed_desk(access), access) as (url, http),
        form(http, url, name="a" * 100_000, password=PASSWORD) as answer,
    ):
        assert answer.status == 400


async def test_guesses_made_at_once_are_counted_one_by_one(access: Access) -> None:
    async with signed_in(closed_desk(access), access) as (url, http):

        async def guess() -> int:
            async with form(http, url, name="Olga", password="guessed wrong") as answer:
                return int(answer.status)

        statuses = await asyncio.gather(*(guess() for _ in range(30)))
    assert statuses.count(401) <= 5 + 1  # two are looked at together
    assert set(statuses) == {401, 429}


async def test_by_https_only_the_cookie_no_neighbour_can_set_counts(access: Access) -> None:
    desk = closed_desk(access)
    desk.means = replace(desk.means, secure=True)
    token = access.sessions.begin("Olga", desk.clock.now_ns())
    async with signed_in(desk, access) as (url, http):
        for name, status in ((COOKIE, 401), (f"__Host-{COOKIE}", 200)):
            said = {"Cookie": f"{name}={token}"}
            async with http.get(url + "/_dash-layout", headers=said) as answer:
                assert answer.status == status
        async with form(http, url, name="Olga", password=PASSWORD) as answer:
            cookie = answer.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert cookie.startswith("__Host-")
