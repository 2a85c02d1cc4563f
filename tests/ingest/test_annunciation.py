import msgspec
import pytest
from msgspec.structs import replace

from ingest.annunciation import MAX_TEXT, Annunciations
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.annunciation import CHATTER_SHOWN_NS
from telemetry.clock import SECOND_NS

WALL_S = 1_700_000_000


def s(seconds: float) -> int:
    return round(seconds * SECOND_NS)


def event(at_s: float, kind: EventKind, name: str = "ERR", *, annunciate: bool = False) -> Event:
    alarm = Alarm(spacecraft="iss", id=f"{name}.limit", subject=name, condition=Condition.LIMIT)
    return Event(
        id=f"{name}/{at_s}",
        kind=kind,
        time_ns=s(at_s),
        received_ns=s(WALL_S + at_s),
        previous=State.NORMAL,
        alarm=alarm,
        annunciate=annunciate,
    )


@pytest.fixture
def annunciations() -> Annunciations:
    return Annunciations()


def test_what_is_heard_is_counted_on_the_wall(annunciations: Annunciations) -> None:
    late = replace(event(50, EventKind.VIOLATED, annunciate=True), time_ns=s(-5000))
    annunciations.take(late)
    annunciations.take(event(60, EventKind.VIOLATED))
    annunciations.take(event(70, EventKind.UNSHELVED, annunciate=True))
    assert annunciations.values(lambda _: 0)["GND_ANNUNCIATIONS_10MIN"] == 2
    annunciations.tick(s(WALL_S + 655))
    assert annunciations.values(lambda _: 0)["GND_ANNUNCIATIONS_10MIN"] == 1


def test_a_flood_is_told(annunciations: Annunciations) -> None:
    for i in range(11):
        assert annunciations.values(lambda _: 0)["GND_ALARM_FLOOD"] == 0
        annunciations.take(event(i, EventKind.VIOLATED, annunciate=True))
    assert annunciations.values(lambda _: 0)["GND_ALARM_FLOOD"] == 1
    assert annunciations.flood_since_ns == s(WALL_S + 10)
    annunciations.tick(s(WALL_S + 700))
    assert annunciations.values(lambda _: 0)["GND_ALARM_FLOOD"] == 0


def test_chatter_is_told_for_ten_minutes(annunciations: Annunciations) -> None:
    for at_s in (0, 20, 40):
        annunciations.take(event(at_s, EventKind.VIOLATED, "B"))
        annunciations.take(event(at_s + 10, EventKind.RETURNED, "B"))
    values = annunciations.values(lambda _: s(50))
    assert (values["GND_ALARMS_CHATTERING"], values["GND_CHATTERING"]) == (1, "iss/B.limit")
    assert annunciations.chattering(lambda _: s(50) + CHATTER_SHOWN_NS) == []


def test_a_long_list_is_cut_and_says_so(annunciations: Annunciations) -> None:
    for name in (f"PARAMETER{i:03d}" for i in range(40)):
        for at_s in (0, 1, 2):
            annunciations.take(event(at_s, EventKind.RETURNED, name))
    text = str(annunciations.values(lambda _: s(2))["GND_CHATTERING"])
    assert len(text) <= MAX_TEXT
    shown, _, more = text.rpartition(" and ")
    assert shown.count("iss/") + int(more.removesuffix(" more")) == 40


def test_a_restart_anywhere_cannot_be_told() -> None:
    events = [event(i * 7, EventKind.VIOLATED, annunciate=True) for i in range(20)]
    events += [event(200 + i, EventKind.RETURNED) for i in range(4)]
    through = Annunciations()
    for one in events:
        through.take(one)
    for cut in range(len(events)):
        first, second = Annunciations(), Annunciations()
        for one in events[:cut]:
            first.take(one)
        second.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(first.snapshot())))
        for one in events[cut:]:
            second.take(one)
        assert second.snapshot() == through.snapshot()
