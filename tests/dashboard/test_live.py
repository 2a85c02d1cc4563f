"""The live page without a browser: its callbacks' work, and that none of them blocks."""

import inspect
import json

import pytest
from dash import Dash
from fastapi import FastAPI

from dashboard.app import create_pages
from dashboard.commands import Commands
from dashboard.history import History
from dashboard.pages.live import Live
from telemetry import wire
from telemetry.errors import LinkError, StoreUnavailable
from telemetry.store.base import Store
from telemetry.topics import Topics
from tests.small import small_database

ROW = {"spacecraft": "iss", "alarm": "ERR.limit", "occurrence": "iss/ERR.limit/1"}
CHOSEN = {"spacecraft": "iss", "subsystem": "adcs", "parameter": "ERR", "now": 1_000_000}


class Desk:
    """A page whose commands are kept, or refused for want of a broker."""

    def __init__(self, *, broker: bool = True) -> None:
        self.published: list[tuple[str, wire.Command]] = []
        self._broker = broker
        database = small_database()
        self.page = Live(database, Commands(Topics(), self._publish), History(self._no_store))

    async def _publish(self, topic: str, payload: bytes) -> None:
        if not self._broker:
            raise LinkError("the broker is lost")
        self.published.append((topic, wire.decode_command(payload)))

    def _no_store(self) -> Store:
        raise StoreUnavailable("nobody answers")


def test_every_callback_is_a_coroutine() -> None:
    pages: Dash = create_pages(FastAPI(), Desk().page)
    callbacks = [entry["callback"] for entry in pages.callback_map.values() if "callback" in entry]
    assert len(callbacks) >= 4
    for callback in callbacks:
        assert inspect.iscoroutinefunction(callback), callback


async def test_acknowledgement_names_the_occurrence_the_operator_saw() -> None:
    desk = Desk()
    assert await desk.page.acknowledge([ROW], " P. Duty ", "seen") is None
    [(topic, command)] = desk.published
    assert topic == "cmd/v1/iss/alarm/acknowledge"
    assert (command.alarm, command.occurrence) == ("ERR.limit", "iss/ERR.limit/1")
    assert (command.by, command.comment) == ("P. Duty", "seen")
    assert command.id


@pytest.mark.parametrize(("rows", "name"), [([], "P. Duty"), ([ROW], " ")])
async def test_nothing_is_asked_without_a_row_or_a_name(
    rows: list[dict[str, str]], name: str
) -> None:
    desk = Desk()
    told = await desk.page.acknowledge(rows, name, "")
    assert told is not None
    assert told["title"] == "Nothing acknowledged"
    assert not desk.published


async def test_operator_is_told_when_the_broker_is_lost() -> None:
    told = await Desk(broker=False).page.acknowledge([ROW], "P. Duty", "")
    assert told is not None
    assert told["title"] == "NOT acknowledged"
    assert "lost" in told["message"]


async def test_unknown_spacecraft_reaches_no_topic() -> None:
    desk = Desk()
    await desk.page.acknowledge([ROW | {"spacecraft": "#"}], "P. Duty", "")
    assert not desk.published


async def test_history_says_that_the_store_is_away() -> None:
    _, note = await Desk().page.chart(CHOSEN, "15 min")
    assert "store is away" in note
    assert "nobody answers" in note


@pytest.mark.parametrize("subject", ["ERR", "adcs"])
def test_response_is_that_of_the_parameter_or_of_the_silent_subsystem(subject: str) -> None:
    row = ROW | {"subject": subject, "name": "x"}
    card = Desk().page.response([row])
    assert "First action" in json.dumps(card.to_plotly_json(), default=lambda o: o.to_plotly_json())


def test_drawer_has_definition_limits_and_response() -> None:
    title, text = Desk().page.about(CHOSEN)
    assert title == "Attitude error (ERR)"
    shown = json.dumps(text, default=lambda o: o.to_plotly_json())
    for expected in ("deg", "outside -1 to 1 deg", "CAUTION", "First action"):
        assert expected in shown
