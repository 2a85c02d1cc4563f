from msgspec.structs import replace

from dashboard.board import CONFIRM_NS, MAX_INCIDENTS, MAX_OVER, MAX_PLANS, Board
from telemetry.clock import SECOND_NS
from telemetry.plan import PlanChange, PlanState, PlanVerb
from tests.dashboard import scene

PLAN = scene.thruster_test()
KEY = ("soyuz", PLAN.activity.id)
NOW_NS = scene.NOW_NS


def ended(plan_id: str = "one", received_ns: int = NOW_NS, refused: str = "") -> PlanChange:
    activity = scene.undocking().activity
    activity = type(activity)(
        id=plan_id,
        title=activity.title,
        kind=activity.kind,
        spacecraft="soyuz",
        start_ns=activity.start_ns,
        end_ns=activity.end_ns,
    )
    return PlanChange(
        id=f"{plan_id}/close",
        verb=PlanVerb.CLOSE,
        time_ns=NOW_NS,
        received_ns=received_ns,
        by="P. Duty",
        plan=replace(PLAN, activity=activity, state=PlanState.CLOSED),
        refused=refused,
    )


def test_what_ended_this_shift_is_told_and_no_other() -> None:
    board = Board()
    board.take_plan_change("soyuz", ended("before", NOW_NS - 10 * SECOND_NS))
    board.take_plan_change("soyuz", ended("since", NOW_NS))
    board.take_plan_change("soyuz", ended("refused", NOW_NS, refused="it is over already"))
    assert [plan.activity.id for plan in board.ended(NOW_NS)] == ["since"]
    assert len(list(board.ended(0))) == 2


def test_what_is_over_is_kept_in_a_bounded_number() -> None:
    board = Board()
    for n in range(MAX_OVER + 5):
        board.take_plan_change("soyuz", ended(f"n{n}"))
        board.take_closed(replace(scene.incident(), id=f"n{n}", closed_ns=1), NOW_NS)
    assert len(list(board.ended(0))) == MAX_OVER
    closed = list(board.closed(0))
    assert len(closed) == MAX_OVER
    assert closed[-1].id == f"n{MAX_OVER + 4}"


def test_more_than_a_page_can_hold_is_refused() -> None:
    board = Board()
    incident = scene.incident()
    assert all(board.take_plan("soyuz", f"n{n}", PLAN) for n in range(MAX_PLANS))
    assert all(board.take_incident(f"n{n}", incident) for n in range(MAX_INCIDENTS))
    assert not board.take_plan("soyuz", "more", PLAN)
    assert not board.take_incident("more", incident)
    assert board.take_plan("soyuz", "n0", PLAN)  # a new version of one that is kept


def test_an_incident_that_is_over_stands_no_longer() -> None:
    board = Board()
    board.take_incident(scene.INCIDENT, scene.incident())
    board.take_incident(scene.INCIDENT, replace(scene.incident(), closed_ns=NOW_NS))
    assert not board.incidents


def test_what_a_new_connection_does_not_repeat_was_over() -> None:
    board = Board()
    board.connected(NOW_NS)
    for n in ("kept", "over"):
        board.take_plan("soyuz", n, PLAN)
        board.take_incident(n, scene.incident())
    board.connected(NOW_NS)
    board.take_plan("soyuz", "kept", PLAN)
    board.take_incident("kept", scene.incident())
    assert board.drop_unconfirmed(NOW_NS + CONFIRM_NS - 1) == (set(), set())
    assert board.drop_unconfirmed(NOW_NS + CONFIRM_NS) == ({("soyuz", "over")}, {"over"})
    assert board.plans.keys() == {("soyuz", "kept")}
    assert board.incidents.keys() == {"kept"}
    assert board.listening_since_ns == NOW_NS
