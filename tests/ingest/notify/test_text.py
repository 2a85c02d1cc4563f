from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from ingest.notify.delivery import Circumstances, Delivery, Why
from ingest.notify.text import IN_FULL, MAX_TITLE, Composer, Message, trial
from ingest.notify.words import MAX_WORDS, spell
from telemetry.alarm import Alarm, Condition, Event
from telemetry.clock import StreamClock, StreamKind
from telemetry.limit import Severity
from tests.ingest.notify.samples import LIVE, URL, Life, many, s
from tests.small import small_database

NOW = s(40)


def owed(event: Event, why: Why = Why.RAISED, circumstances: Circumstances = LIVE) -> Delivery:
    return Delivery(
        event=event, route="ops", target=0, why=why, taken_ns=NOW, circumstances=circumstances
    )


def compose(*deliveries: Delivery, now_ns: int = NOW, newest: Alarm | None = None) -> Message:
    composer = Composer(small_database(), URL + "/", lambda _: newest)
    return composer.compose(deliveries, now_ns)


def at(kind: StreamKind, label: str = "", *, wall: float = 40, stream: float = 40) -> Circumstances:
    clock = StreamClock(kind=kind, epoch_ns=s(stream), wall_ns=s(wall), label=label)
    return Circumstances(clock=clock)


def test_a_message_says_value_limit_duration_circumstances_response_and_where_to_look() -> None:
    circumstances = Circumstances(activities=("Thruster test",), incident="Unplanned firing")
    message = compose(owed(Life().violate(0), circumstances=circumstances))
    assert message.title == "CAUTION: ISS Attitude error 2.5 deg, above 2 deg"
    assert message.body == (
        "CAUTION: ISS Attitude error 2.5 deg, above 2 deg\n"
        "For 40 s, since 2021-10-15T09:12:18.000Z\n"
        "Incident: Unplanned firing\n"
        "Activity in force: Thruster test\n"
        "Cause: c\n"
        "Consequence: c\n"
        "Action: a\n"
        "Time available: t\n"
        "Look: http://console.example.org/?at=2021-10-15T09%3A12Z&craft=iss&parameter=ERR\n"
        "\n"
        "ids (spacecraft/alarm/occurrence/transition):\n"
        "iss/ERR.limit/1634289138000000000/1\n"
    )
    assert message.severity is Severity.CAUTION
    assert message.ids == ("iss/ERR.limit/1634289138000000000/1",)


@pytest.mark.parametrize(
    ("circumstances", "begins"),
    [
        (LIVE, "CAUTION: "),
        (at(StreamKind.LIVE), "CAUTION: "),
        (at(StreamKind.SIMULATED), "SIMULATION: CAUTION: "),
        (
            at(StreamKind.SIMULATED, "ms18: reconstruction, not flight data"),
            "SIMULATION (ms18: reconstruction, not flight data): CAUTION: ",
        ),
        (at(StreamKind.PLAYED), "REPLAY: CAUTION: "),
        (at(StreamKind.LIVE, "rehearsal"), "rehearsal: CAUTION: "),
        (Circumstances(root="play"), "NOT LIVE (play): CAUTION: "),
    ],
)
def test_what_is_not_live_says_so_before_anything_else(
    circumstances: Circumstances, begins: str
) -> None:
    for why in Why:
        title = compose(owed(Life().violate(), why, circumstances)).title
        assert title.startswith(begins.removesuffix("CAUTION: "))
    assert compose(owed(Life().violate(), circumstances=circumstances)).title.startswith(begins)


def test_time_is_that_of_the_stream() -> None:
    """A day of 2021 flown now, ten minutes into it."""
    circumstances = at(StreamKind.SIMULATED, wall=1e8, stream=600)
    body = compose(owed(Life().violate(0), circumstances=circumstances), now_ns=s(1e8 + 60)).body
    assert "Occurred 11 min ago, since 2021-10-15T09:12:18.000Z" in body


def test_what_was_found_in_late_data_says_when_it_occurred() -> None:
    life = Life()
    event = life.violate(0)
    late = msgspec.structs.replace(event, alarm=msgspec.structs.replace(event.alarm, late=True))
    message = compose(owed(late), now_ns=s(370))
    assert message.title.startswith("OCCURRED 6 min ago: CAUTION: ")
    assert "Found in late data: occurred 6 min ago, since 2021-10-15T09:12:18" in message.body


@pytest.mark.parametrize(
    ("condition", "subject", "value", "says"),
    [
        (Condition.STALE, "adcs", None, "ISS adcs is silent"),
        (Condition.INVALID, "ERR", None, "ISS Attitude error is invalid"),
        (Condition.RATE, "RATE", 12.5, "ISS Rate limited changes by 12.5 deg/s"),
        (Condition.INCREASE, "COUNT", 7, "ISS Counter grew by 7"),
        (Condition.LIMIT, "MODE", 2, "ISS Mode LOST"),
        (Condition.LIMIT, "GONE", 2.5, "ISS GONE 2.5"),
    ],
)
def test_each_kind_of_alarm_has_its_words(
    condition: Condition, subject: str, value: float | None, says: str
) -> None:
    event = Life(subject, condition=condition).violate()
    alarm = msgspec.structs.replace(event.alarm, value=value, limit="is LOST")
    message = compose(owed(msgspec.structs.replace(event, alarm=alarm)))
    assert message.title == f"CAUTION: {says}"
    assert ("parameter=" in message.body) is (condition is not Condition.STALE)


def test_a_reminder_an_escalation_and_good_news_say_what_they_are() -> None:
    life = Life()
    event = life.violate()
    reminder = msgspec.structs.replace(owed(event, Why.REPEATED), turn=3)
    assert compose(reminder).title.startswith("REMINDER 3, NOT ACKNOWLEDGED: CAUTION: ")
    assert compose(owed(event, Why.ESCALATED)).title.startswith("NOBODY HAS ACKNOWLEDGED: CAUTION")
    acknowledged = compose(owed(life.acknowledge(50, comment="on it"), Why.FOLLOW_UP))
    assert acknowledged.title.startswith("ACKNOWLEDGED: CAUTION: ")
    assert "Acknowledged by anna: on it" in acknowledged.body
    back = compose(owed(life.back(100), Why.FOLLOW_UP))
    assert back.title.startswith("BACK IN LIMITS: CAUTION: ")
    assert "over after 100 s" in back.body
    assert (acknowledged.good_news, back.good_news, compose(reminder).good_news) == (1, 1, 0)


def test_what_happened_since_is_told_too() -> None:
    life = Life()
    event = life.violate()
    life.back(20)
    body = compose(owed(event), newest=life.alarm).body
    assert "Back in limits since, not acknowledged" in body
    life.acknowledge(30)
    life.violate(35)
    assert "since, by" not in compose(owed(event), newest=life.alarm).body  # another occurrence
    other = Life()
    event = other.violate()
    other.acknowledge(10, by="boris")
    assert "Acknowledged since, by boris" in compose(owed(event), newest=other.alarm).body


def test_a_group_is_told_by_severity_then_time() -> None:
    first, second, red = Life("ERR").violate(5), Life("SLOW").violate(3), Life("VOLT").violate(9)
    red = msgspec.structs.replace(
        red, alarm=msgspec.structs.replace(red.alarm, severity=Severity.WARNING)
    )
    message = compose(*map(owed, (first, second, red)))
    assert message.title.startswith("3 alarms, highest WARNING: ISS Voltage")
    assert message.severity is Severity.WARNING
    heads = [line for line in message.body.splitlines() if line.startswith(("WARN", "CAUT"))]
    assert [head.split()[2] for head in heads] == ["Voltage", "Persistent", "Attitude"]


def test_an_alarm_is_told_once_with_every_transition_of_it() -> None:
    life = Life()
    events = [life.violate(0), life.escalate(1)]
    message = compose(*map(owed, events))
    assert message.title == "WARNING: ISS Attitude error 3.5 deg, above 3 deg"
    assert message.body.count("Attitude error") == 1
    assert message.ids == tuple(event.id for event in events)


def test_a_message_is_bounded_and_names_every_alarm() -> None:
    events = many(50)
    message = compose(*map(owed, events))
    assert set(message.ids) == {event.id for event in events}
    assert all(event.id in message.body for event in events)
    assert message.body.count("\n- CAUTION: ") == 50 - IN_FULL
    assert len(message.body) < 50 * (MAX_WORDS + 100) + IN_FULL * 1000
    assert len(message.title) <= MAX_TITLE


def test_words_from_outside_stay_in_their_line() -> None:
    event = Life("NAME").violate()
    alarm = msgspec.structs.replace(event.alarm, value="x\r\nBcc: all\x1b[31m" + "y" * 5000)
    message = compose(owed(msgspec.structs.replace(event, alarm=alarm)))
    assert "\n" not in message.title
    assert "\r" not in message.title + message.body
    assert "\x1b" not in message.title + message.body
    assert len(message.title) == MAX_TITLE
    assert len(message.body) < 2000


def test_links_only_show() -> None:
    life = Life()
    for event in (life.violate(), life.back(1), life.acknowledge(2)):
        for why in Why:
            words = compose(owed(event, why)).body.split()
            (link,) = [word for word in words if "://" in word]
            parts = urlsplit(link)
            assert (parts.netloc, parts.path) == ("console.example.org", "/")
            assert parse_qs(parts.query) == {
                "at": ["2021-10-15T09:12Z"],
                "craft": ["iss"],
                "parameter": ["ERR"],
            }


def test_a_test_message_says_that_it_is_one() -> None:
    message = trial("ops")
    assert message.title.startswith("TEST: ")
    assert "no alarm" in message.body


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (370, "6 min"),
        (7500, "2 h 5 min"),
        (9e5, "10 days"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, says: str) -> None:
    assert spell(seconds) == says
