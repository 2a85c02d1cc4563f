"""What pages ask of the plan over HTTP: from forms to commands, and what was before."""

import io
import json
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from dashboard import plan_form, plan_http
from dashboard.plan_http import Ask
from telemetry import wire
from telemetry.errors import UsageError
from telemetry.missiondb import load
from telemetry.plan import Plan, PlanChange, PlanState, PlanVerb
from tests.dashboard import scene
from tests.dashboard.desk import Desk
from tests.dashboard.serving import serving

ID = "0123456789abcdef" * 2
SHIPS = ("iss", "soyuz")
PLAN = scene.thruster_test()


def ask(**given: Any) -> Ask:
    known = {"id": ID, "by": " P. Duty ", "spacecraft": "soyuz", "plan": "test-1"}
    return msgspec.convert(known | given, Ask)


def change(plan: Plan, verb: PlanVerb, **more: Any) -> dict[str, Any]:
    """As ingest keeps it."""
    known: dict[str, Any] = {"time_ns": scene.NOW_NS, "received_ns": scene.NOW_NS, "by": "Ann"}
    id_ = f"{plan.activity.id}/{verb}/{plan.version}"
    made = PlanChange(id=id_, verb=verb, plan=plan, **(known | more))
    return dict(msgspec.to_builtins(made))


def test_an_approval_names_the_version_that_was_seen() -> None:
    asked = ask(version=3, comment=" fine ")
    command = plan_http.command(PlanVerb.APPROVE, asked, SHIPS)
    assert (command.id, command.by, command.plan) == (ID, "P. Duty", "test-1")
    assert (command.version, command.comment) == (3, "fine")
    assert plan_http.command(PlanVerb.ABORT, asked, SHIPS).version == 0


def test_more_time_is_asked_for_by_a_time_as_people_write_it() -> None:
    for until in ("2021-10-15T09:13:00.000Z", "2021-288T09:13"):
        command = plan_http.command(PlanVerb.EXTEND, ask(until=until), SHIPS)
        assert command.until_ns == scene.NOW_NS


def test_a_proposal_has_the_activity_of_its_form() -> None:
    form = plan_form.fields(PLAN.activity)
    command = plan_http.command(PlanVerb.PROPOSE, ask(activity=form), SHIPS)
    assert command.activity == PLAN.activity


def test_start_in_spite_of_no_go_needs_a_reason() -> None:
    with pytest.raises(UsageError, match="NO-GO: give the reason"):
        plan_http.command(PlanVerb.START, ask(override=True, comment=" "), SHIPS)
    given = ask(override=True, comment="flight rule 7")
    command = plan_http.command(PlanVerb.START, given, SHIPS)
    assert (command.override, command.comment) == (True, "flight rule 7")


@pytest.mark.parametrize(
    ("verb", "given", "words"),
    [
        (PlanVerb.ABORT, {"by": " "}, "enter your name"),
        (PlanVerb.ABORT, {"spacecraft": "mir"}, "no spacecraft 'mir'"),
        (PlanVerb.ABORT, {"plan": ""}, "without an id"),
        (PlanVerb.EXTEND, {}, "is no time"),
        (PlanVerb.PROPOSE, {}, "title: is empty"),
    ],
)
def test_what_could_not_be_asked_is_said(verb: PlanVerb, given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plan_http.command(verb, ask(**given), SHIPS)


async def test_over_is_what_ended_last_and_stands_no_more() -> None:
    closed = replace(PLAN, state=PlanState.CLOSED, version=4, ended_ns=scene.NOW_NS)
    again = replace(PLAN, state=PlanState.ABORTED, version=2, ended_ns=1)
    standing = scene.undocking()
    kept = [
        change(standing, PlanVerb.APPROVE),
        change(replace(standing, state=PlanState.ABORTED), PlanVerb.ABORT),
        change(closed, PlanVerb.CLOSE),
        change(closed, PlanVerb.ABORT, refused="it is CLOSED", command="c1"),
        change(again, PlanVerb.ABORT),
    ]
    desk = Desk(database=load(), ingest={"/log/plan": kept, "/log/incident": []})
    desk.view.board.take_plan("soyuz", standing.activity.id, standing)
    log = await plan_http.log(desk.means, desk.tree)
    assert [(row["state"], row["over"]) for row in log["over"]] == [("CLOSED", scene.NOW_NS / 1e6)]
    assert log["changes"][3]["refused"] == "it is CLOSED"
    assert [line["version"] for line in log["changes"]][2] == 4
    assert log["notes"] == []


async def test_what_was_never_in_force_has_no_end_of_it() -> None:
    aborted = replace(PLAN, state=PlanState.ABORTED, ended_ns=1)
    kept = [change(aborted, PlanVerb.ABORT)]
    desk = Desk(database=load(), ingest={"/log/plan": kept, "/log/incident": []})
    [row] = (await plan_http.log(desk.means, desk.tree))["over"]
    assert row["over"] == 0


async def test_silence_of_ingest_is_said_and_what_stands_is_known() -> None:
    desk = Desk(database=load())
    desk.view.board.take_incident(scene.INCIDENT, scene.incident())
    log = await plan_http.log(desk.means, desk.tree)
    assert (log["over"], log["changes"]) == ([], [])
    assert [one["id"] for one in log["incidents"]] == [scene.INCIDENT]
    assert "of the plan's journal nothing is known: ingest does not answer" in log["notes"]


class Browser:
    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def post(self, path: str, body: Any, origin: str | None = None) -> tuple[int, Any]:
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {"Origin": origin or self._url}
        async with self._http.post(self._url + path, data=data, headers=headers) as answer:
            return answer.status, await answer.json()


async def test_a_command_goes_out_under_the_id_its_sender_waits_for() -> None:
    desk = Desk(database=load())
    async with serving(desk) as (url, http):
        browser = Browser(url, http)
        asked = msgspec.to_builtins(ask(until="2021-10-15T09:13Z", comment="it slipped"))
        assert await browser.post("/plan/ask/extend", asked) == (200, {"command": ID})
        [(topic, payload)] = desk.published
        command = wire.decode_plan_command(payload)
        assert topic == "cmd/v1/soyuz/plan/extend"
        assert (command.id, command.until_ns) == (ID, scene.NOW_NS)

        status, told = await browser.post("/plan/ask/extend", {**asked, "until": "later"})
        assert status == 200
        assert "is no time" in told["problem"]
        assert (await browser.post("/plan/ask/explode", asked))[0] == 400
        assert (await browser.post("/plan/ask/extend", {"id": "me"}))[0] == 400
        assert (await browser.post("/plan/ask/abort", asked, "http://elsewhere"))[0] == 403
        gone = await browser.post("/plan/ask/abort?root=replay-gone", asked)
        assert "nothing is heard under replay-gone" in gone[1]["problem"]
        assert len(desk.published) == 1


async def test_a_lost_broker_is_said() -> None:
    async with serving(Desk(database=load(), broker=False)) as (url, http):
        asked = msgspec.to_builtins(ask())
        _, told = await Browser(url, http).post("/plan/ask/abort", asked)
        assert told == {"problem": "the broker is lost. Try again when it is back."}


async def test_a_form_and_a_file_are_checked_before_anything_is_asked() -> None:
    desk = Desk(database=load())
    async with serving(desk) as (url, http):
        browser = Browser(url, http)
        form = plan_form.fields(PLAN.activity)
        _, told = await browser.post("/plan/check", form)
        ends = PLAN.activity.start_ns / 1e6, PLAN.activity.end_ns / 1e6
        assert told == {"problems": {}, "hazardous": True, "window": list(ends)}
        _, told = await browser.post("/plan/check", {**form, "title": ""})
        assert told["problems"] == {"title": "is empty"}
        _, told = await browser.post("/plan/check", {"colour": "red"})
        assert "colour" in told["problems"]["form"]

        _, told = await browser.post("/plan/file?name=a.toml", b"[[activity]]\nid = 7\n")
        assert "a.toml: [activity[1]] id: must be a text, not the number 7" in told["problems"]
        _, told = await browser.post("/plan/file", FILE)
        [found] = told["activities"]
        assert (found["id"], found["start"]) == ("test-2", "2021-10-15 09:12:18")
        _, told = await browser.post("/plan/file", b"#" * (1 << 20) + b"#")
        assert "is larger than 1 MiB" in told["problems"][0]
    assert not desk.published


FILE = b"""
[[activity]]
id = "test-2"
title = "Second test"
kind = "thruster-test"
spacecraft = "soyuz"
start = 2021-10-15T09:12:18Z
end = 2021-10-15T09:13:00Z
"""


async def test_a_training_has_a_journal_of_its_own_ingest() -> None:
    kept = [change(PLAN, PlanVerb.PROPOSE)]
    means = Desk(database=load(), ingest={"/log/plan": kept}).means
    training = Desk(database=load(), root="train-a1b2c3").tree
    log = await plan_http.log(means, training)
    assert [line["verb"] for line in log["changes"]] == ["propose"]
    assert log["notes"] == []


async def test_the_log_of_a_replay_is_what_this_console_heard() -> None:
    desk = Desk(database=load(), ingest={"/log/plan": [change(PLAN, PlanVerb.PROPOSE)]})
    other = Desk(database=load(), root="replay-1").tree
    ended = replace(PLAN, state=PlanState.CLOSED, ended_ns=scene.NOW_NS)
    heard = msgspec.convert(change(ended, PlanVerb.CLOSE), PlanChange)
    other.view.board.take_plan_change("soyuz", heard)
    log = await plan_http.log(desk.means, other)
    assert [row["state"] for row in log["over"]] == ["CLOSED"]
    assert log["changes"] == []
    assert log["notes"] == ["in a replay the plan's journal is not kept"]
