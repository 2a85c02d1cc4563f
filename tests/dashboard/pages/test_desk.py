"""What operators ask for from pages, without a browser."""

from typing import Any

import pytest

from dashboard.pages.desk import Desk
from telemetry import wire
from telemetry.clock import SECOND_NS
from tests.dashboard import desk
from tests.dashboard.desk import NOW_NS

ROW = {"spacecraft": "iss", "alarm": "ERR.limit", "occurrence": "iss/ERR.limit/1"}


class Bench(desk.Desk):
    async def ask(self, verb: str, rows: list[Any], name: str, comment: str = "") -> str | None:
        """The title of what the operator is told."""
        request = {"verb": verb, "rows": rows, "comment": comment, "shelf": "1 h"}
        told = await Desk(self.means).alarms(self.tree.commands, request, name)
        return None if told is None else str(told["title"])


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
