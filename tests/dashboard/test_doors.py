"""Every door of the console, tried by everybody: routes, callbacks, WebSockets, commands."""

import gc
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from dash import Dash
from fastapi import FastAPI
from starlette.routing import Mount, WebSocketRoute

from access.access import Access
from access.roles import NEEDED, Role, needed
from access.seal import Sealed, authentic
from dashboard import doors
from dashboard.app import create_app
from dashboard.commands import NotPermitted
from dashboard.person import ASKING
from telemetry import wire
from telemetry.plan import PlanVerb
from telemetry.shift import ShiftVerb
from telemetry.topics import Topics, parse
from tests.dashboard.people import KEY, PEOPLE, closed_desk, people, signed_in

EVERYBODY = ("", *PEOPLE)
#: Not Dash's own WebSocket: `dashboard.well_formed` closes it to everybody.
CLOSED = {("WEBSOCKET", "/_dash-ws-callback")}


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    with people(tmp_path_factory.mktemp("people")) as access:
        yield access


def application(access: Access) -> tuple[FastAPI, Dash]:
    before = {id(one) for one in gc.get_objects() if isinstance(one, Dash)}
    app = create_app(closed_desk(access).means)
    made = [one for one in gc.get_objects() if isinstance(one, Dash) and id(one) not in before]
    return app, made[-1]


def routes(app: FastAPI) -> set[tuple[str, str]]:
    found = set()
    for route in app.routes:
        path = str(getattr(route, "path", ""))
        if isinstance(route, Mount):
            found.add(("GET", path))
        elif isinstance(route, WebSocketRoute):
            found.add(("WEBSOCKET", path))
        else:
            found |= {(method, path) for method in getattr(route, "methods", ())}
    return found - CLOSED


def test_every_route_and_callback_has_a_row(access: Access) -> None:
    app, pages = application(access)
    open_ = {("GET", "/healthz"), ("GET", "/sign-in"), ("POST", "/sign-in")}
    assert routes(app) - open_ - set(doors.ROUTES) == set()
    first = {
        f"{row['inputs'][0]['id']}.{row['inputs'][0]['property']}"
        for row in pages.callback_map.values()
    }
    assert first == set(doors.CALLBACKS)


def test_what_has_no_row_takes_an_administrator() -> None:
    assert doors.of_route("POST", "/something/new") is Role.ADMINISTRATOR
    row = {"inputs": [{"id": "new", "property": "n_clicks"}]}
    assert doors.of_callback(row) is Role.ADMINISTRATOR


@pytest.mark.parametrize("name", EVERYBODY)
async def test_every_route_opens_to_whom_it_is_for(name: str, access: Access) -> None:
    role = PEOPLE.get(name, 0)
    async with signed_in(closed_desk(access), access, name) as (url, http):
        for (method, path), least in doors.ROUTES.items():
            if method == "WEBSOCKET" or path == "/sign-out":
                continue
            where = url + path.replace("{path:path}", "/any").replace("{kind}", "csv")
            async with http.request(method, where, json=None, allow_redirects=False) as answer:
                shut = answer.status in (401, 403)
                assert shut is (role < least), (name, method, path, answer.status)


@pytest.mark.parametrize("name", EVERYBODY)
async def test_every_callback_opens_to_whom_it_is_for(name: str, access: Access) -> None:
    _, pages = application(access)
    role = PEOPLE.get(name, 0)
    async with signed_in(closed_desk(access), access, name) as (url, http):
        for output, row in pages.callback_map.items():
            async with http.post(
                f"{url}/_dash-update-component", json=_asked(output, row)
            ) as answer:
                shut = answer.status in (401, 403)
                assert shut is (role < doors.of_callback(row)), (name, output, answer.status)


def _asked(output: str, row: dict[str, Any]) -> dict[str, Any]:
    """As Dash's renderer asks, with nothing in it."""
    each = output.strip(".").split("...") if output.startswith("..") else [output]
    outputs = [
        {"id": id_, "property": name.partition("@")[0]}
        for id_, _, name in (one.rpartition(".") for one in each)
    ]
    first = row["inputs"][0]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [one | {"value": None} for one in row["inputs"]],
        "state": [one | {"value": None} for one in row["state"]],
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }


@pytest.mark.parametrize("name", PEOPLE)
async def test_a_command_is_asked_and_sealed_in_the_name_of_who_is_signed_in(
    name: str, access: Access
) -> None:
    desk = closed_desk(access)
    user = access.users.find(name)
    assert user is not None
    token = ASKING.set(user)
    try:
        if user.role < Role.OPERATOR:
            with pytest.raises(NotPermitted, match="takes the role operator"):
                await desk.tree.commands.shift(ShiftVerb.NOTE, by="Somebody Else", text="x")
            assert desk.published == []
            return
        await desk.tree.commands.shift(ShiftVerb.NOTE, by="Somebody Else", text="x")
    finally:
        ASKING.reset(token)
    ((topic, payload),) = desk.published
    envelope = msgspec.json.decode(payload, type=Sealed)
    assert authentic(envelope, topic, KEY.public)
    assert wire.decode_shift_command(bytes(envelope.sealed)).by == name


async def test_without_anybody_signed_in_nothing_is_asked(access: Access) -> None:
    desk = closed_desk(access)
    with pytest.raises(NotPermitted, match="nobody is signed in"):
        await desk.tree.commands.shift(ShiftVerb.NOTE, by="Olga", text="x")
    assert desk.published == []


def test_what_permits_and_what_silences_takes_a_lead() -> None:
    topics = Topics()
    for verb in (PlanVerb.APPROVE, PlanVerb.EXTEND):
        address = parse(topics.plan_command("iss", verb))
        assert address is not None
        assert needed(address) is Role.LEAD
    assert min(NEEDED.values()) is Role.OPERATOR


async def test_a_handover_by_a_viewer_reaches_nobody(access: Access) -> None:
    """The whole way, from a forged request of a page to the broker."""
    desk = closed_desk(access)
    _, pages = application(access)
    (output,) = [one for one in pages.callback_map if "handover-asked" in one and "shift" in one]
    asked = _asked(output, pages.callback_map[output])
    asked["inputs"][0]["value"] = 1
    for one in asked["state"]:
        one["value"] = {"operator": "Lea", "shift-text": "all is well"}.get(one["id"], "")
    for name, many in (("Vic", 0), ("Olga", 1)):
        async with (
            signed_in(desk, access, name) as (url, http),
            http.post(f"{url}/_dash-update-component", json=asked) as answer,
        ):
            assert answer.status == (403 if name == "Vic" else 200), await answer.text()
        assert len(desk.published) == many
    command = json.loads(bytes(msgspec.json.decode(desk.published[0][1], type=Sealed).sealed))
    assert (command["by"], command["text"]) == ("Olga", "all is well")
