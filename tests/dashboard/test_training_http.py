"""What the training page asks over HTTP, and what is refused before it leaves the console."""

import json
from typing import Any

import pytest

from telemetry import wire
from telemetry.missiondb import load
from telemetry.training import TrainingSpec, WantedFault
from tests.dashboard.desk import Desk
from tests.dashboard.serving import serving
from tests.dashboard.trainings import CATALOGUE, TRAINING

ID = "0123456789abcdef" * 2
SPEC = {"scenario": "ms18", "at": "09:12", "speed": 2}
FAULT = {"action": {"do": "leak", "hole_mm": 4.5}, "at": ""}


async def post(desk: Desk, verb: str, body: dict[str, Any], origin: str = "") -> tuple[int, Any]:
    async with (
        serving(desk) as (url, http),
        http.post(
            f"{url}/training/ask/{verb}",
            data=json.dumps(body),
            headers={"Origin": origin or url},
        ) as response,
    ):
        return response.status, await response.json()


async def test_what_is_asked_goes_to_the_service() -> None:
    desk = Desk()
    for verb, more in (("create", {"spec": SPEC}), ("inject", {"session": "a1", "fault": FAULT})):
        found = await post(desk, verb, {"id": ID, "by": " Ina ", **more})
        assert found == (200, {"command": ID})
    (create, first), (inject, second) = desk.published
    assert (create, inject) == ("cmd/v1/ground/training/create", "cmd/v1/ground/training/inject")
    asked = wire.decode_training_command(first)
    assert (asked.by, asked.spec) == ("Ina", TrainingSpec(scenario="ms18", at="09:12", speed=2.0))
    assert wire.decode_training_command(second).fault == WantedFault(action=FAULT["action"])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"id": ID, "by": " ", "spec": SPEC}, 200, "enter your name"),
        ({"id": ID, "by": "Ina", "spec": SPEC | {"speed": 100}}, 400, "<= 20.0"),
        ({"id": "x", "by": "Ina"}, 400, "matching regex"),
        ({"id": ID, "by": "Ina", "more": 1}, 400, "unknown field"),
        ({"id": ID, "by": "I" * 60_000}, 200, "too long"),
    ],
)
async def test_what_cannot_be_asked_never_leaves(
    body: dict[str, Any], status: int, words: str
) -> None:
    desk = Desk()
    got, found = await post(desk, "create", body)
    assert got == status
    assert words in found["problem"]
    assert desk.published == []


async def test_another_site_s_page_asks_in_vain() -> None:
    desk = Desk()
    body = {"id": ID, "by": "Ina", "session": "a1"}
    status, _ = await post(desk, "end", body, origin="http://elsewhere.example")
    assert status == 403
    assert desk.published == []


async def test_a_lost_broker_is_said() -> None:
    _, found = await post(Desk(broker=False), "end", {"id": ID, "by": "Ina", "session": "a1"})
    assert "the broker is lost" in found["problem"]


async def test_the_offer_and_the_tables_are_there_for_every_page() -> None:
    desk = Desk(database=load())
    desk.view.board.training_catalogue = CATALOGUE
    desk.view.board.take_training("a1b2", TRAINING)
    async with serving(desk) as (url, http):
        async with http.get(f"{url}/training/offer") as response:
            assert (await response.json())["online"]
        async with http.get(f"{url}/training/debrief/a1b2") as response:
            assert [one["state"] for one in (await response.json())["faults"]] == [
                "DONE",
                "PLANNED",
            ]
        async with http.get(f"{url}/training/debrief/gone") as response:
            assert response.status == 404
            assert "nothing is kept" in (await response.json())["problem"]
