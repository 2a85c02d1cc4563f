"""The handover page as a function of what the console knows, and what is asked from it."""

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from dashboard.handover import SILENT_NS, render
from dashboard.pages.handover import HandoverPage
from dashboard.view import LiveView
from telemetry import wire
from telemetry.alarm import State
from telemetry.clock import SECOND_NS, ManualClock, StreamClock, StreamKind
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.missiondb import load
from telemetry.plan import PlanChange, PlanState, PlanVerb
from telemetry.shift import Gap, Note, Shift, ShiftChange, ShiftVerb
from tests.dashboard import scene
from tests.dashboard.desk import Desk

DATABASE = load()
NOW_NS = scene.NOW_NS


def text(view: LiveView, now_ns: int = NOW_NS) -> str:
    """Every word on the page, with a bar between pieces."""
    components = json.dumps(
        render(view, "tlm", now_ns), default=lambda one: one.to_plotly_json(), ensure_ascii=False
    )
    pieces: list[str] = []

    def gather(node: Any) -> None:
        if isinstance(node, str):
            pieces.append(node)
        elif isinstance(node, list):
            for child in node:
                gather(child)
        elif isinstance(node, dict):
            gather(node.get("props", {}).get("children"))

    gather(json.loads(components))
    return " | ".join(pieces)


@pytest.fixture
def view() -> LiveView:
    """Connected, with ingest heard of just now."""
    view = LiveView(DATABASE)
    view.take_connection(True, NOW_NS)
    for craft in ("iss", "soyuz"):
        view.take_clock(craft, StreamClock(kind=StreamKind.LIVE, epoch_ns=NOW_NS, wall_ns=NOW_NS))
    view.take_frame(
        Frame(
            spacecraft="ground",
            subsystem="ingest",
            time_ns=NOW_NS,
            received_ns=NOW_NS,
            sequence=1,
            values={},
        )
    )
    view.board.shift = Shift(missiondb="abc", since_ns=NOW_NS, on_shift="P. Duty")
    return view


def test_quiet_shift_says_so_in_every_section(view: LiveView) -> None:
    said = text(view)
    for words in (
        "No alarm is open.",
        "No incident is open",
        "Nothing is held back.",
        "Nothing is shelved.",
        "Nothing is out of service.",
        "No activity is planned",
        "No limit was changed.",
        "No gap.",
        "No note.",
    ):
        assert words in said


def test_alarms_are_listed_by_severity_and_what_is_held_back_last(view: LiveView) -> None:
    view.take_alarm(scene.alarm("USLAB000022", inhibited_by="x-1"))
    view.take_alarm(scene.alarm("USLAB000023", severity=Severity.CAUTION, highest=Severity.CAUTION))
    view.take_alarm(scene.alarm("USLAB000024"))
    said = text(view)
    places = [said.index(f"(USLAB0000{n}.limit)") for n in (24, 23, 22)]
    assert places == sorted(places)
    assert "Open alarms (2)" in said
    assert "Held back (1)" in said
    assert "x-1 | ◆ WARNING | 1 | ISS Attitude error, roll (USLAB000022.limit)" in said


def test_what_an_incident_holds_back_is_one_row(view: LiveView) -> None:
    view.board.take_incident(scene.INCIDENT, scene.incident())
    for n in range(22, 28):
        view.take_alarm(scene.alarm(f"USLAB0000{n}", inhibited_by=scene.INCIDENT))
    said = text(view)
    assert "Open alarms (0)" in said
    assert "Soyuz thrusters fire unplanned | ◆ WARNING | 6 | " in said


def test_an_alarm_says_that_its_state_is_unknown_or_that_it_came_late(view: LiveView) -> None:
    view.take_alarm(scene.alarm(unknown_since_ns=NOW_NS))
    view.take_alarm(scene.alarm("USLAB000023", late=True))
    said = text(view)
    assert "STATE UNKNOWN since LOS 09:13:00" in said
    assert "found in late data" in said


def test_shelved_and_out_of_service_have_lists_of_their_own(view: LiveView) -> None:
    view.take_alarm(
        scene.alarm(
            state=State.NORMAL,
            severity=Severity.NOMINAL,
            shelved_until_ns=NOW_NS + 60 * SECOND_NS,
            shelved_by="P. Duty",
            shelf_reason="sensor under repair",
        )
    )
    view.take_alarm(
        scene.alarm(
            "USLAB000023",
            out_of_service=True,
            out_of_service_by="Anna",
            out_of_service_reason="replaced on Monday",
        )
    )
    said = text(view)
    assert "Anna | replaced on Monday" in said
    assert "Open alarms (0)" in said
    assert "Shelved (1)" in said
    assert "2021-10-15 09:14:00 | P. Duty | sensor under repair" in said
    assert "Out of service (1)" in said


def test_incidents_open_and_over_are_listed(view: LiveView) -> None:
    view.board.take_incident(scene.INCIDENT, scene.incident())
    over = replace(scene.incident(), id="cabin-leak-1", title="Cabin leak", closed_ns=NOW_NS)
    view.board.take_closed(over, NOW_NS)
    said = text(view)
    assert "Soyuz thrusters fire unplanned | OPEN" in said
    assert "Cabin leak | over 09:13:00" in said


def test_activities_now_next_and_ended(view: LiveView) -> None:
    for plan in (scene.thruster_test(go=False), scene.undocking()):
        view.board.take_plan("soyuz", plan.activity.id, plan)
    closed = replace(scene.undocking(), state=PlanState.ABORTED, comment="weather")
    view.board.take_plan_change(
        "soyuz",
        PlanChange(
            id="1",
            verb=PlanVerb.ABORT,
            time_ns=NOW_NS,
            received_ns=NOW_NS,
            by="P. Duty",
            plan=closed,
        ),
    )
    said = text(view)
    assert "NOW | Soyuz MS-18 thruster test before undocking" in said
    assert "NO-GO: desaturation: ENABLED, planned is INHIBITED" in said
    assert "NEXT | Soyuz MS-18 undocking" in said
    assert "ENDED | Soyuz MS-18 undocking" in said
    assert "ABORTED (weather)" in said


def test_shift_log_is_all_there(view: LiveView) -> None:
    gap = Gap(spacecraft="iss", subsystem="adcs", start_ns=NOW_NS - 60 * SECOND_NS)
    view.board.shift = Shift(
        since_ns=NOW_NS,
        on_shift="P. Duty",
        signed_out_by="P. Duty",
        signed_out_ns=NOW_NS,
        notes=(
            Note(time_ns=NOW_NS - 1, by="old", text="before"),
            Note(time_ns=NOW_NS, by="P. Duty", text="watch CMG 3"),
        ),
        gaps=(gap, replace(gap, subsystem="eps", end_ns=NOW_NS, announced=True, filled=True)),
        changed_limits=("iss USLAB000010: warning above 80 % -> 90 %",),
        missiondb="abc",
        older_notes=3,
        older_limits=2,
    )
    said = text(view)
    assert "watch CMG 3" in said
    assert "before (shift before)" in said
    assert "ISS | adcs | 2021-10-15 09:12:00 | LASTS | NO | missing" in said
    assert "ISS | eps | 2021-10-15 09:12:00 | 2021-10-15 09:13:00 | yes | came late" in said
    assert "USLAB000010: warning above 80 % -> 90 %" in said
    assert "and 3 older" in said
    assert "and 2 older" in said
    assert "Outgoing | P. Duty at 2021-10-15 09:13:00 UTC" in said


def test_page_says_why_it_may_not_be_true(view: LiveView) -> None:
    assert "not up to date" not in text(view)
    assert "STALE" not in text(view, NOW_NS + SILENT_NS)
    assert "STALE: ingest is silent since 09:13:00" in text(view, NOW_NS + SILENT_NS + 1)
    view.take_connection(False, NOW_NS)
    assert "BROKER LOST since 09:13:00" in text(view)
    never = LiveView(DATABASE)
    never.take_connection(True, NOW_NS)
    assert "Ingest was never heard of" in text(never)


def test_page_says_that_it_has_not_listened_for_the_whole_shift(view: LiveView) -> None:
    assert "began to listen" not in text(view)
    view.board.shift = Shift(since_ns=NOW_NS - 3600 * SECOND_NS, on_shift="P. Duty")
    assert len(re.findall("since 2021-10-15 09:13:00 UTC, when this console", text(view))) == 2


def test_what_is_not_live_says_so(view: LiveView) -> None:
    assert "SIMULATION" not in text(view)
    view.take_clock(
        "iss",
        StreamClock(
            kind=StreamKind.SIMULATED, epoch_ns=NOW_NS, wall_ns=NOW_NS, run="2", label="ms18"
        ),
    )
    assert "SIMULATION: ms18" in text(view)


class Bench:
    def __init__(self, view: LiveView, *, broker: bool = True) -> None:
        self.clock = ManualClock(NOW_NS)
        desk = Desk(view=view, broker=broker, clock=self.clock)
        self.published = desk.published
        self.board = view.board
        self.tree = desk.tree
        self.page = HandoverPage(desk.means)


@pytest.mark.parametrize("verb", ShiftVerb)
async def test_what_is_asked_bears_name_and_text(view: LiveView, verb: ShiftVerb) -> None:
    bench = Bench(view)
    problem, asked = await bench.page.ask(bench.tree, verb, " P. Duty ", " all quiet ")
    [(topic, payload)] = bench.published
    command = wire.decode_shift_command(payload)
    assert topic == f"cmd/v1/ground/shift/{verb.value}"
    assert (command.by, command.text) == ("P. Duty", "all quiet")
    assert problem is None
    assert asked is not None
    assert asked["command"] == command.id


@pytest.mark.parametrize(
    ("verb", "name", "words"), [(ShiftVerb.SIGN_OUT, " ", ""), (ShiftVerb.NOTE, "P. Duty", " ")]
)
async def test_nothing_is_asked_without_a_name_or_a_note(
    view: LiveView, verb: ShiftVerb, name: str, words: str
) -> None:
    bench = Bench(view)
    problem, asked = await bench.page.ask(bench.tree, verb, name, words)
    assert problem is not None
    assert asked is None
    assert not bench.published


async def test_operator_is_told_when_the_broker_is_lost(view: LiveView) -> None:
    bench = Bench(view, broker=False)
    problem, _ = await bench.page.ask(bench.tree, ShiftVerb.SIGN_IN, "P. Duty", "")
    assert problem is not None
    assert problem["title"] == "NOT done"


async def test_answer_is_that_of_ingest_or_that_there_is_none(view: LiveView) -> None:
    bench = Bench(view)
    assert bench.page.answer(bench.tree, None) == ""
    _, asked = await bench.page.ask(bench.tree, ShiftVerb.SIGN_IN, "P. Duty", "")
    assert asked is not None
    assert "waiting" in bench.page.answer(bench.tree, asked)
    bench.clock.advance(5)
    assert bench.page.answer(bench.tree, asked).startswith("NOT DONE")
    change = ShiftChange(id=asked["command"], verb=ShiftVerb.SIGN_IN, time_ns=0, by="P. Duty")
    bench.board.take_answer(replace(change, refused="another person must take over"))
    assert bench.page.answer(bench.tree, asked) == "Refused: another person must take over"
    bench.board.take_answer(change)
    assert bench.page.answer(bench.tree, asked) == "Signed in: the shift is yours."
