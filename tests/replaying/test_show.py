"""A session as an operator reads it."""

import pytest
from msgspec.structs import replace

from replaying.show import created, print_sessions, told
from telemetry.clock import SECOND_NS
from telemetry.replay import (
    AS_FAST_AS_IT_GOES,
    Replay,
    ReplayGaps,
    ReplayLimits,
    ReplaySpec,
    ReplayState,
)

START_NS = 1_634_289_000 * SECOND_NS
REPLAY = Replay(
    id="0a1b2c3d",
    root="replay-0a1b2c3d",
    by="Ann",
    spec=ReplaySpec(recording="ms18", gaps=ReplayGaps.SKIP, limits=ReplayLimits.NOW),
    state=ReplayState.PLAYING,
    start_ns=START_NS,
    stop_ns=START_NS + 60 * SECOND_NS,
    position_ns=START_NS + 18 * SECOND_NS,
    speed=20.0,
    created_ns=1,
    missiondb="abc123",
    frames=7,
    events=2,
    note="warmed up from 2021-10-15T03:10:00.000Z",
)


def test_what_was_created_says_how_to_look_at_it() -> None:
    assert created(REPLAY).splitlines() == [
        "replay 0a1b2c3d: PLAYING, as-received of recording ms18, "
        "2021-10-15T09:10:00.000Z to 2021-10-15T09:11:00.000Z, 20x, gaps skipped",
        "judged by the limits of now, mission database abc123",
        "warmed up from 2021-10-15T03:10:00.000Z",
        "look at it: stationwatch console --root replay-0a1b2c3d --console-port 8051",
    ]


def test_where_it_is_is_one_line_and_why_it_ended_too() -> None:
    assert told(REPLAY) == (
        "replay 0a1b2c3d: PLAYING at 2021-10-15T09:10:18.000Z, 20x, 7 frames, 2 alarm events"
    )
    ended = replace(
        REPLAY, state=ReplayState.ENDED, speed=AS_FAST_AS_IT_GOES, reason="ended by Bob"
    )
    assert told(ended).endswith("as fast as it goes, 7 frames, 2 alarm events: ended by Bob")


def test_the_table_has_every_session_with_what_is_to_be_known_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_sessions([REPLAY, replace(REPLAY, id="ffff0000", reason="its process was lost")])
    text = " ".join(capsys.readouterr().out.split())
    for word in ("0a1b2c3d", "ffff0000", "PLAYING", "20x", "as-received", "now", "Ann"):
        assert word in text
    assert "its process was lost" in text
