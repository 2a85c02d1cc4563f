"""A replay session that plays."""

from telemetry.clock import SECOND_NS
from telemetry.replay import Replay, ReplaySpec, ReplayState

NOW_NS = 1_000_000 * SECOND_NS
SESSION = Replay(
    id="k3f9",
    root="replay-k3f9",
    by="Ann",
    spec=ReplaySpec(start_ns=NOW_NS, stop_ns=NOW_NS + 60 * SECOND_NS),
    state=ReplayState.PLAYING,
    start_ns=NOW_NS,
    stop_ns=NOW_NS + 60 * SECOND_NS,
    position_ns=NOW_NS + SECOND_NS,
    speed=10.0,
    created_ns=NOW_NS,
)
