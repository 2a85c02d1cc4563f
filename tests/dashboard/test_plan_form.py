"""A form read as a plan file is, with what is wrong beside its field."""

from typing import Any

import msgspec
import pytest

from dashboard import plan_form
from dashboard.plan_form import PlanForm
from telemetry.activity import ActivityKind, LinkName, PlannedState
from tests.dashboard import scene

SHIPS = ("iss", "soyuz", "ground")
RIGHT = {
    "id": "test-2",
    "title": " Second test ",
    "kind": "thruster-test",
    "spacecraft": "soyuz",
    "start": "2021-288T09:12:18",
    "end": "2021-10-15 09:13",
    "may_fire": "soyuz, zvezda/5 zvezda/6",
    "longest_pulse_s": "0.5",
    "on_time_s": " 5 ",
    "planned_states": ["free-drift"],
    "links": ["russian"],
}


def wrong(**changes: Any) -> dict[str, str]:
    activity, problems = plan_form.read(msgspec.convert(RIGHT | changes, PlanForm), SHIPS)
    assert (activity is None) is bool(problems)
    return problems


def test_a_form_becomes_the_activity_that_is_meant() -> None:
    activity, problems = plan_form.read(msgspec.convert(RIGHT, PlanForm), SHIPS)
    assert problems == {}
    assert activity is not None
    assert (activity.id, activity.title, activity.kind) == (
        "test-2",
        "Second test",
        ActivityKind.THRUSTER_TEST,
    )
    assert (activity.start_ns, activity.end_ns) == (scene.FIRING_NS, scene.NOW_NS)
    assert activity.may_fire == ("soyuz", "zvezda/5", "zvezda/6")
    assert (activity.longest_pulse_s, activity.on_time_s, activity.propellant_kg) == (0.5, 5, None)
    assert activity.planned_states == (PlannedState.FREE_DRIFT,)
    assert activity.links == (LinkName.RUSSIAN,)


def test_an_activity_becomes_the_form_that_gives_it_again() -> None:
    activity = scene.thruster_test().activity
    form = msgspec.convert(plan_form.fields(activity), PlanForm)
    assert plan_form.read(form, SHIPS) == (activity, {})


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": " "}, "title", "is empty"),
        ({"id": "a b"}, "id", "must be of letters"),
        ({"kind": "test"}, "kind", "thruster-test"),
        ({"spacecraft": "sojuz"}, "spacecraft", "did you mean 'soyuz'?"),
        ({"spacecraft": "ground"}, "spacecraft", "there is no spacecraft 'ground'"),
        ({"start": ""}, "start", "is missing"),
        ({"end": "soon"}, "end", "is no time"),
        ({"end": "2021-10-15 09:00"}, "end", "must be after start"),
        ({"on_time_s": "0,5"}, "on_time_s", "'0,5' is no number"),
        ({"propellant_kg": "nan"}, "propellant_kg", "finite"),
        ({"on_time_s": "-1"}, "on_time_s", "must be above 0"),
        ({"on_time_s": "0.1"}, "longest_pulse_s", "is beyond the whole on_time_s 0.1"),
        ({"may_fire": ""}, "longest_pulse_s", "is a budget, but may_fire names nobody"),
        ({"links": ["radio"]}, "links", "'radio' is none of"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    changes: dict[str, Any], field: str, words: str
) -> None:
    problems = wrong(**changes)
    assert list(problems) == [field]
    assert words in problems[field]


def test_every_mistake_is_told_at_once() -> None:
    assert set(wrong(title="", start="x", on_time_s="y")) == {"title", "start", "on_time_s"}


def test_an_untouched_form_says_what_it_needs() -> None:
    activity, problems = plan_form.read(PlanForm(), SHIPS)
    assert activity is None
    assert set(problems) == {"id", "title", "kind", "spacecraft", "start", "end"}


def test_the_window_is_drawn_as_soon_as_it_can_be_read() -> None:
    form = PlanForm(start=RIGHT["start"], end=RIGHT["end"])  # type: ignore[arg-type]
    assert plan_form.window(form) == (scene.FIRING_NS / 1e6, scene.NOW_NS / 1e6)
    assert plan_form.window(PlanForm(start="2021-10-15 09:13", end="2021-10-15 09:13")) is None
    assert plan_form.window(PlanForm(start="2021-10-15 09:13")) is None
