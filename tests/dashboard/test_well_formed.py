"""What is no request of our pages is refused before Dash, in one line."""

import io
import json
from typing import Any

import aiohttp
import pytest

from dashboard.well_formed import MAX_BODY_BYTES
from tests.dashboard.desk import Desk
from tests.dashboard.serving import serving

CALLBACK = "/_dash-update-component"
#: The Database page's search, as Dash's renderer asks for it.
SEARCH: dict[str, Any] = {
    "output": "database-found.children",
    "outputs": {"id": "database-found", "property": "children"},
    "inputs": [{"id": "database-query", "property": "value", "value": "rate"}],
    "changedPropIds": ["database-query.value"],
    "state": [
        {"id": "where", "property": "pathname", "value": "/database"},
        {"id": "where", "property": "search", "value": ""},
    ],
}


async def test_what_a_page_of_ours_asks_is_answered() -> None:
    async with serving(Desk()) as (url, http), http.post(url + CALLBACK, json=SEARCH) as answer:
        assert answer.status == 200
        assert "database-found" in (await answer.json(content_type=None))["response"]


def _post(http: aiohttp.ClientSession, url: str, said: Any) -> Any:
    kind = {"Content-Type": "application/json"}
    return http.post(url + CALLBACK, data=json.dumps(said), headers=kind)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"output": "database-found.children"},
        SEARCH | {"output": "nothing.children"},
        SEARCH | {"inputs": []},
        SEARCH | {"outputs": [SEARCH["outputs"]]},
        SEARCH | {"outputs": {"id": "login", "property": "children"}},
        SEARCH | {"state": [{"id": {"x": 1}, "property": "a"}]},
        SEARCH | {"changedPropIds": ["other.value"]},
    ],
)
async def test_what_no_page_of_ours_asks_is_refused_in_a_line(said: Any) -> None:
    async with serving(Desk()) as (url, http), _post(http, url, said) as answer:
        assert answer.status == 400
        assert (await answer.text()).count("\n") == 0


async def test_a_value_no_page_of_ours_sends_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Found by fuzzing: Dash answered 500, and its reason was in no log."""
    forged = SEARCH | {"inputs": [SEARCH["inputs"][0] | {"value": {"a": [1]}}]}
    async with serving(Desk()) as (url, http), _post(http, url, forged) as answer:
        assert answer.status in (200, 204)
        assert "Traceback" not in await answer.text()
    assert "a callback failed" in caplog.text


async def test_a_body_that_is_no_json_or_too_long_is_refused() -> None:
    whole = json.dumps(SEARCH)
    async with serving(Desk()) as (url, http):
        async with http.post(url + CALLBACK, data=whole) as answer:
            assert answer.status == 415
        kind = {"Content-Type": "application/json"}
        async with http.post(url + CALLBACK, data="[" * 9_000, headers=kind) as answer:
            assert answer.status == 400
        too_long = io.BytesIO(b" " * (MAX_BODY_BYTES + 1))
        async with http.post(url + CALLBACK, data=too_long, headers=kind) as answer:
            assert answer.status == 413


@pytest.mark.parametrize("path", ["/%0A", "/_dash-component-suites/x/y.js", "/database%00"])
async def test_what_is_not_there_is_not_found(path: str) -> None:
    async with serving(Desk()) as (url, http), http.get(url + path) as answer:
        assert answer.status == 404


async def test_the_socket_of_dash_is_closed() -> None:
    async with serving(Desk()) as (url, http):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(url + "/_dash-ws-callback", headers={"Origin": url})
        assert caught.value.status == 403
