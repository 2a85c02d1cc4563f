from collections.abc import Mapping

from dashboard.hub import Hub
from dashboard.prime import AFTER_S, prime
from dashboard.view import LiveView
from telemetry.clock import SECOND_NS, ManualClock
from telemetry.errors import StoreUnavailable
from telemetry.frame import Sample
from tests.small import small_database

NOW_NS = 1_000_000 * SECOND_NS


class Stored:
    """A history that is away at first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked: list[tuple[str, str, int | None]] = []

    async def last(
        self, spacecraft: str, subsystem: str, before_ns: int | None = None
    ) -> Mapping[str, Sample]:
        self.asked.append((spacecraft, subsystem, before_ns))
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("away")
        return {"MODE": Sample(NOW_NS, 1)} if subsystem == "adcs" else {}


async def test_a_view_is_filled_when_the_store_has_come_back() -> None:
    view, stored, pauses = LiveView(small_database()), Stored(failures=1), []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    await prime(view, Hub(lambda: ()), stored, ManualClock(NOW_NS), "iss", sleep)  # type: ignore[arg-type]
    assert pauses == list(AFTER_S)
    assert view.samples["iss", "MODE"] == Sample(NOW_NS, 1)
    assert stored.asked[-1] == ("iss", "eps", NOW_NS + SECOND_NS)
