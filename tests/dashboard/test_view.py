import pytest

from dashboard.view import (
    CONFIRM_NS,
    FUTURE_NS,
    HISTORY_NS,
    HISTORY_POINTS,
    REPLAY_BACK_NS,
    LiveView,
)
from telemetry.alarm import Alarm, Condition, State
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.frame import Frame, Sample
from telemetry.limit import Severity
from telemetry.parameter import Value
from tests.small import small_database

NOW_NS = 1_000_000 * SECOND_NS


@pytest.fixture
def view() -> LiveView:
    return LiveView(small_database())


def frame(time_ns: int, invalid: dict[str, int] | None = None, **values: Value) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=time_ns,
        received_ns=NOW_NS,
        sequence=0,
        values=values,
        invalid=invalid or {},
    )


def alarm(state: State = State.UNACK) -> Alarm:
    return Alarm(
        spacecraft="iss",
        id="ERR.limit",
        subject="ERR",
        condition=Condition.LIMIT,
        state=state,
        severity=Severity.WARNING,
        occurrence="iss/ERR.limit/1",
    )


def clock(run: str) -> StreamClock:
    return StreamClock(kind=StreamKind.SIMULATED, epoch_ns=NOW_NS, wall_ns=NOW_NS, run=run)


def test_latest_sample_is_the_newest_by_generation_time(view: LiveView) -> None:
    view.take_frame(frame(NOW_NS, ERR=1.0))
    view.take_frame(frame(NOW_NS - SECOND_NS, ERR=2.0, SLOW=3.0))
    assert view.samples["iss", "ERR"] == Sample(NOW_NS, 1.0)
    assert view.samples["iss", "SLOW"] == Sample(NOW_NS - SECOND_NS, 3.0)
    assert view.receptions["iss", "adcs"].time_ns == NOW_NS


def test_invalid_sample_replaces_the_value_and_breaks_the_track(view: LiveView) -> None:
    view.take_frame(frame(NOW_NS, ERR=1.0))
    view.take_frame(frame(NOW_NS + 1, {"ERR": 7}))
    assert view.samples["iss", "ERR"] == Sample(NOW_NS + 1, None, 7)
    assert list(view.track("iss", "ERR")) == [(NOW_NS, 1.0), (NOW_NS + 1, None)]


def test_frame_far_ahead_of_its_clock_is_refused(view: LiveView) -> None:
    assert not view.take_frame(frame(NOW_NS + FUTURE_NS + 1, ERR=1.0))
    assert not view.samples


def test_track_is_bounded_in_time_and_points(view: LiveView) -> None:
    start_ns = NOW_NS - 2 * HISTORY_NS
    for n in range(HISTORY_POINTS * 2):
        view.take_frame(frame(start_ns + n * SECOND_NS // 10, ERR=float(n)))
    assert len(list(view.track("iss", "ERR"))) == HISTORY_POINTS
    view.take_frame(frame(NOW_NS, ERR=0.0))
    assert list(view.track("iss", "ERR")) == [(NOW_NS, 0.0)]


def test_gap_of_frames_breaks_every_track_but_silence_of_one_parameter_does_not(
    view: LiveView,
) -> None:
    view.take_frame(frame(NOW_NS, ERR=1.0, SLOW=1.0))
    view.take_frame(frame(NOW_NS + SECOND_NS, SLOW=1.0))
    view.take_frame(frame(NOW_NS + 10 * SECOND_NS, ERR=2.0))
    assert [value for _, value in view.track("iss", "ERR")] == [1.0, None, 2.0]
    assert [value for _, value in view.track("iss", "SLOW")] == [1.0, 1.0, None]


def test_another_run_of_a_stream_forgets_the_last(view: LiveView) -> None:
    assert not view.take_clock("iss", clock("one"))
    view.take_frame(frame(NOW_NS, ERR=1.0))
    assert not view.take_clock("iss", clock("one"))
    assert view.samples
    assert view.take_clock("iss", clock("two"))
    assert not view.samples
    assert not view.receptions
    assert not list(view.track("iss", "ERR"))


def test_alarm_stands_until_it_is_normal(view: LiveView) -> None:
    assert view.take_alarm(alarm())
    assert view.alarms
    assert not view.take_alarm(alarm(State.NORMAL))
    assert not view.alarms


def test_alarm_cleared_while_the_console_was_away_is_dropped(view: LiveView) -> None:
    view.take_connection(True, NOW_NS)
    view.take_alarm(alarm())
    view.take_connection(False, NOW_NS + 1)
    view.take_connection(True, NOW_NS + 2)
    assert not view.drop_unconfirmed(NOW_NS + 2)
    assert list(view.drop_unconfirmed(NOW_NS + 2 + CONFIRM_NS)) == [("iss", "ERR.limit")]
    assert not view.alarms


def test_alarm_repeated_by_the_broker_is_kept(view: LiveView) -> None:
    view.take_connection(True, NOW_NS)
    view.take_alarm(alarm())
    view.take_connection(False, NOW_NS + 1)
    view.take_connection(True, NOW_NS + 2)
    view.take_alarm(alarm())
    assert not view.drop_unconfirmed(NOW_NS + 2 + CONFIRM_NS)
    assert view.alarms


def test_the_store_fills_in_what_is_not_known_and_nothing_else(view: LiveView) -> None:
    view.take_clock("iss", clock("1"))
    view.take_frame(frame(NOW_NS + 5, ERR=1.0))
    stored = {
        "ERR": Sample(NOW_NS + 4, 9.0),
        "MODE": Sample(NOW_NS + 3, 2),
        "SLOW": Sample(NOW_NS - 1, 9.0),
    }
    view.take_stored("iss", stored)
    assert view.samples["iss", "ERR"] == Sample(NOW_NS + 5, 1.0)
    assert view.samples["iss", "MODE"] == Sample(NOW_NS + 3, 2)
    assert ("iss", "SLOW") not in view.samples, "of another run"
    assert ("iss", "adcs") in view.receptions
    assert list(view.track("iss", "ERR")) == [(NOW_NS + 5, 1.0)]


def test_a_replay_begins_with_what_stood_the_day_before(view: LiveView) -> None:
    clock = StreamClock(
        kind=StreamKind.REPLAYED, epoch_ns=NOW_NS, wall_ns=NOW_NS, run="a", rate=1.0
    )
    view.take_clock("iss", clock)
    old = NOW_NS - REPLAY_BACK_NS
    view.take_stored("iss", {"MODE": Sample(old, 2), "ERR": Sample(old - 1, 1.0)})
    assert view.samples["iss", "MODE"] == Sample(old, 2)
    assert ("iss", "ERR") not in view.samples


def test_a_live_stream_has_no_runs_to_tell_apart(view: LiveView) -> None:
    view.take_stored("iss", {"MODE": Sample(NOW_NS - 1, 2)})
    assert view.samples["iss", "MODE"] == Sample(NOW_NS - 1, 2)
    assert ("iss", "adcs") not in view.receptions, "what is stored is no sign of life"
