"""Journals as a processor would write them, for what is made of them."""

from collections.abc import Sequence

from backtest.run import Journal
from ingest.alarms import AlarmBook
from ingest.detect import Detection
from telemetry.alarm import Condition, Event
from telemetry.clock import SECOND_NS
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from tests.small import small_database

START_NS = 1_634_289_120 * SECOND_NS
DATABASE = small_database()


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


#: (second, parameter, severity): a violation, or with NOMINAL a return.
Said = tuple[float, str, Severity]


def events(said: Sequence[Said], database: MissionDatabase = DATABASE) -> list[Event]:
    book = AlarmBook(database)
    found: list[Event] = []
    for second, parameter, severity in said:
        one = Detection(parameter, Condition.LIMIT, severity, at(second), 1.0, "above 1")
        found += book.detect("iss", one, at(second))
    return found


def journal(said: Sequence[Said], early: Sequence[Said] = ()) -> Journal:
    every = events([*early, *said])
    return Journal(
        DATABASE,
        events=[one for one in every if one.received_ns >= START_NS],
        early=[one for one in every if one.received_ns < START_NS],
        frames=100,
        judged=3,
    )
