import math

from simulators.craft.iss_cabin import crew_activity, eclss_truth, station_cabin
from telemetry import missiondb
from telemetry.clock import SECOND_NS

MIDNIGHT_NS = 1_634_256_000 * SECOND_NS  # 15 October 2021


def test_the_day_of_the_crew_is_an_average_day() -> None:
    minutes = [crew_activity(MIDNIGHT_NS + minute * 60 * SECOND_NS) for minute in range(1_440)]
    assert math.isclose(sum(minutes) / 1_440, 1.0, rel_tol=1e-9)
    assert len(set(minutes)) == 2
    assert crew_activity(MIDNIGHT_NS) < 1 < crew_activity(MIDNIGHT_NS + 12 * 3_600 * SECOND_NS)


def test_two_quiet_days_stay_within_every_limit_and_move() -> None:
    cabin = station_cabin()
    parameters = missiondb.load().subsystem("iss", "eclss").parameters
    seen: dict[str, list[float]] = {identity: [] for identity in eclss_truth(cabin)}
    for second in range(2 * 86_400):
        cabin.step(1.0, activity=crew_activity(MIDNIGHT_NS + second * SECOND_NS))
        if second % 300 == 0:
            for identity, value in eclss_truth(cabin).items():
                seen[identity].append(value)
    for identity, values in seen.items():
        for band in parameters[identity].limits.range.values():
            assert band.low is None or min(values) > band.low, identity
            assert band.high is None or max(values) < band.high, identity
        assert max(values) > min(values), identity


def test_a_leak_shows_in_lab_node_and_airlock_alike() -> None:
    cabin = station_cabin()
    before = dict(eclss_truth(cabin))
    for _ in range(600):
        cabin.step(1.0, hole_mm=35.0)
    after = eclss_truth(cabin)
    assert after["USLAB000058"] == after["AIRLOCK000054"] < before["USLAB000058"] - 30
    for identity in ("USLAB000053", "USLAB000054", "NODE3000001", "NODE3000002"):
        assert after[identity] < 0.96 * before[identity]
