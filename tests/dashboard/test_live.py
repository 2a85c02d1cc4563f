"""The pages without a browser: their callbacks' work, and that none of them blocks."""

import inspect
import json
from typing import Any

import pytest
from dash import Dash
from fastapi import FastAPI

from dashboard.app import create_pages
from dashboard.commands import Commands
from dashboard.history import History
from dashboard.pages.desk import Desk
from dashboard.pages.handover import Handover
from dashboard.pages.live import Live
from dashboard.pages.scorecard import ScorecardPage
from dashboard.pages.shell import Shell
from dashboard.view import LiveView
from telemetry import wire
from telemetry.clock import SECOND_NS, ManualClock
from telemetry.errors import LinkError, StoreUnavailable
from telemetry.store.base import Store
from telemetry.topics import Topics
from tests.small import small_database

NOW_NS = 1_000_000 * SECOND_NS
ROW = {"spacecraft": "iss", "alarm": "ERR.limit", "occurrence": "iss/ERR.limit/1"}
CHOSEN = {"spacecraft": "iss", "subsystem": "adcs", "parameter": "ERR", "now": 1_000_000}


class Bench:
    """Pages whose commands are kept, or refused for want of a broker."""

    def __init__(self, *, broker: bool = True) -> None:
        self.published: list[tuple[str, bytes]] = []
        self._broker = broker
        self.view = LiveView(small_database())
        self.clock = ManualClock(NOW_NS)
        commands = Commands(Topics(), self._publish)
        self.desk = Desk(self.view.database, commands, self.clock)
        history = History(self._no_store)
        self.page = Live(self.view.database, self.desk, history)
        self.handover = Handover(view=self.view, commands=commands, clock=self.clock, root="tlm")
        self.scorecard = ScorecardPage(history=history, clock=self.clock)
        self.shell = Shell([self.page, self.handover, self.scorecard])

    async def _publish(self, topic: str, payload: bytes) -> None:
        if not self._broker:
            raise LinkError("the broker is lost")
        self.published.append((topic, payload))

    def _no_store(self) -> Store:
        raise StoreUnavailable("nobody answers")

    async def ask(self, verb: str, rows: list[Any], name: str, comment: str = "") -> str | None:
        """The title of what the operator is told."""
        request = {"verb": verb, "rows": rows}
        told = await self.desk.alarms(request, name, comment, "1 h")
        return None if told is None else str(told["title"])


def text_of(component: Any) -> str:
    return json.dumps(component, default=lambda one: one.to_plotly_json(), ensure_ascii=False)


def test_every_callback_is_a_coroutine() -> None:
    pages: Dash = create_pages(FastAPI(), Bench().shell)
    callbacks = [entry["callback"] for entry in pages.callback_map.values() if "callback" in entry]
    assert len(callbacks) >= 9
    for callback in callbacks:
        assert inspect.iscoroutinefunction(callback), callback


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/", "alarm-grid"), ("/handover", "Shift handover"), ("/scorecard/", "Alarm scorecard")],
)
def test_each_path_has_its_page(path: str, shown: str) -> None:
    assert shown in text_of(Bench().shell.page(path, ""))


def test_a_path_of_nothing_says_so_and_leads_back() -> None:
    text = text_of(Bench().shell.page("/nosuch", ""))
    assert "no such page" in text
    assert "/handover" in text


async def test_acknowledgement_names_the_occurrence_the_operator_saw() -> None:
    bench = Bench()
    assert await bench.ask("acknowledge", [ROW], " P. Duty ", "seen") is None
    [(topic, payload)] = bench.published
    command = wire.decode_command(payload)
    assert topic == "cmd/v1/iss/alarm/acknowledge"
    assert (command.alarm, command.occurrence) == ("ERR.limit", "iss/ERR.limit/1")
    assert (command.by, command.comment) == ("P. Duty", "seen")
    assert command.id


@pytest.mark.parametrize(("rows", "name"), [([], "P. Duty"), ([ROW], " ")])
async def test_nothing_is_asked_without_a_row_or_a_name(
    rows: list[dict[str, str]], name: str
) -> None:
    bench = Bench()
    assert await bench.ask("acknowledge", rows, name) == "Nothing acknowledged"
    assert not bench.published


async def test_operator_is_told_when_the_broker_is_lost() -> None:
    bench = Bench(broker=False)
    assert await bench.ask("acknowledge", [ROW], "P. Duty") == "NOT acknowledged"
    assert await bench.ask("reset", [ROW], "P. Duty") == "NOT done"


async def test_unknown_spacecraft_reaches_no_topic() -> None:
    bench = Bench()
    assert await bench.ask("acknowledge", [ROW | {"spacecraft": "#"}], "P. Duty") is None
    assert not bench.published


async def test_unknown_verb_is_not_asked() -> None:
    bench = Bench()
    assert await bench.ask("explode", [ROW], "P. Duty") == "Nothing done"
    assert not bench.published


@pytest.mark.parametrize("verb", ["shelve", "out-of-service"])
async def test_silencing_needs_a_reason(verb: str) -> None:
    bench = Bench()
    assert await bench.ask(verb, [ROW], "P. Duty", " ") == "Nothing done"
    assert not bench.published
    assert await bench.ask(verb, [ROW], "P. Duty", "sensor under repair") is None
    assert bench.published[0][0] == f"cmd/v1/iss/alarm/{verb}"


async def test_a_shelf_ends_when_it_was_chosen_to() -> None:
    bench = Bench()
    await bench.ask("shelve", [ROW], "P. Duty", "repair")
    await bench.ask("unshelve", [ROW], "P. Duty")
    until = [wire.decode_command(payload).until_ns for _, payload in bench.published]
    assert until == [NOW_NS + 3600 * SECOND_NS, 0]


PLAN = {"verb": "approve", "spacecraft": "soyuz", "plan": "test-1", "override": False}


async def test_a_plan_is_asked_for_by_name() -> None:
    bench = Bench()
    assert await bench.desk.plan(PLAN, "P. Duty", "fine") is None
    [(topic, payload)] = bench.published
    command = wire.decode_plan_command(payload)
    assert topic == "cmd/v1/soyuz/plan/approve"
    assert (command.plan, command.by, command.comment) == ("test-1", "P. Duty", "fine")
    assert not command.override


@pytest.mark.parametrize(
    ("change", "name", "comment"),
    [
        ({"verb": "explode"}, "P. Duty", ""),
        ({"spacecraft": "mir"}, "P. Duty", ""),
        ({}, " ", ""),
        ({"verb": "start", "override": True}, "P. Duty", " "),
    ],
)
async def test_nothing_is_asked_of_a_plan_without_all_it_needs(
    change: dict[str, Any], name: str, comment: str
) -> None:
    bench = Bench()
    told = await bench.desk.plan(PLAN | change, name, comment)
    assert told is not None
    assert told["title"] == "Nothing done"
    assert not bench.published


async def test_start_in_spite_of_no_go_says_so_to_ingest() -> None:
    bench = Bench()
    await bench.desk.plan(PLAN | {"verb": "start", "override": True}, "P. Duty", "flight rule 7")
    command = wire.decode_plan_command(bench.published[0][1])
    assert command.override
    assert command.comment == "flight rule 7"


async def test_history_says_that_the_store_is_away() -> None:
    _, note = await Bench().page.chart(CHOSEN, "15 min")
    assert "store is away" in note
    assert "nobody answers" in note


@pytest.mark.parametrize("subject", ["ERR", "adcs"])
def test_response_is_that_of_the_parameter_or_of_the_silent_subsystem(subject: str) -> None:
    row = ROW | {"subject": subject, "name": "x"}
    assert "First action" in text_of(Bench().page.response([row]))


def test_drawer_has_definition_limits_and_response() -> None:
    title, text = Bench().page.about(CHOSEN)
    assert title == "Attitude error (ERR)"
    shown = text_of(text)
    for expected in ("deg", "outside -1 to 1 deg", "CAUTION", "First action"):
        assert expected in shown
