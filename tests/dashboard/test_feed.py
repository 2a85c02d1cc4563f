import json
from typing import Any

import msgspec
import pytest

from dashboard import messages
from dashboard.feed import Feed
from dashboard.hub import Client, Hub
from dashboard.view import LiveView
from telemetry import wire
from telemetry.activity import LinkName
from telemetry.alarm import Alarm, Condition, EventKind, State
from telemetry.alarm import Event as AlarmEvent
from telemetry.clock import SECOND_NS, ManualClock, StreamClock, StreamKind
from telemetry.contact import Contact, ContactSchedule
from telemetry.errors import LinkError
from telemetry.frame import Sample
from telemetry.limit import Severity
from telemetry.link import Message
from telemetry.missiondb import MissionDatabase, load
from telemetry.plan import PlanChange, PlanVerb
from telemetry.shift import Shift, ShiftChange, ShiftVerb
from telemetry.topics import Topics
from telemetry.wire import LinkStatus, Reason
from tests.dashboard import scene
from tests.small import small_database

NOW_NS = 1_000_000 * SECOND_NS
TOPICS = Topics()


class Bench:
    def __init__(self, client: Client, database: MissionDatabase | None = None) -> None:
        self.client = client
        self.view = LiveView(database or small_database())
        hub = Hub(list)
        hub._clients.add(client)
        self.feed = Feed(view=self.view, hub=hub, topics=TOPICS, clock=ManualClock(NOW_NS))

    def take(self, topic: str, payload: bytes) -> None:
        self.feed.take(Message(topic, payload, False, 0, 0))

    def sent(self) -> list[dict[str, Any]]:
        texts = [*self.client._events, *self.client._telemetry]
        return [json.loads(text) for text in texts]


@pytest.fixture
async def bench() -> Bench:
    return Bench(Client(list))


@pytest.fixture
async def ground() -> Bench:
    """With a mission database that has `ground`."""
    return Bench(Client(list), load())


ALARM = Alarm(
    spacecraft="iss",
    id="ERR.limit",
    subject="ERR",
    condition=Condition.LIMIT,
    state=State.UNACK,
    severity=Severity.CAUTION,
    highest=Severity.WARNING,
    occurrence="iss/ERR.limit/1",
    since_ns=NOW_NS,
    value=2.5,
    limit="above 2 deg",
)


async def test_frame_becomes_samples_and_one_message(bench: Bench) -> None:
    body = {"t": NOW_NS, "seq": 1, "values": {"ERR": 1.5, "MODE": None}, "q": {"MODE": 4}}
    bench.take(TOPICS.frame("iss", "adcs"), json.dumps(body).encode())
    assert bench.view.samples["iss", "ERR"] == Sample(NOW_NS, 1.5)
    [message] = bench.sent()
    assert message["k"] == "frame"
    assert message["v"] == {"ERR": 1.5, "MODE": None}
    assert message["q"] == {"MODE": 4}
    assert message["t"] == message["wall"] == NOW_NS / 1e6


async def test_bad_samples_cost_no_other(bench: Bench) -> None:
    body = {"t": NOW_NS, "seq": 1, "values": {"ERR": "hot", "FLAG": 1, "NOSUCH": 1, "SLOW": 2}}
    bench.take(TOPICS.frame("iss", "adcs"), json.dumps(body).encode())
    assert bench.view.samples.keys() == {("iss", "SLOW")}
    assert bench.feed.refused == {Reason.WRONG_TYPE: 2, Reason.UNKNOWN_PARAMETER: 1}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("tlm/v1/mir/frame/adcs", b"{}", Reason.UNKNOWN_TOPIC),
        ("tlm/v1/iss/frame/nosuch", b"{}", Reason.UNKNOWN_TOPIC),
        ("tlm/v1/iss/frame/adcs", b"\xff", Reason.NOT_JSON),
        ("tlm/v1/iss/frame/adcs", b'{"t": 1}', Reason.WRONG_SHAPE),
        ("tlm/v1/iss/alarm/other.limit", wire.encode(ALARM), Reason.WRONG_SHAPE),
        ("tlm/v1/iss/meta/clock", b"[]", Reason.WRONG_SHAPE),
        ("tlm/v1/soyuz/plan/other", wire.encode(scene.thruster_test()), Reason.WRONG_SHAPE),
        ("tlm/v1/iss/incident/other", wire.encode(scene.incident()), Reason.WRONG_SHAPE),
        (
            f"tlm/v1/iss/incident/{scene.INCIDENT}",
            wire.encode(msgspec.structs.replace(scene.incident(), members=())),
            Reason.WRONG_SHAPE,
        ),
        ("tlm/v1/iss/status/signal", b"{}", Reason.WRONG_SHAPE),
        ("tlm/v1/iss/meta/contacts", b"[]", Reason.WRONG_SHAPE),
        ("tlm/v1/iss/shift/log", b"7", Reason.WRONG_SHAPE),
        ("tlm/v1/iss/event/plan", wire.encode(ALARM), Reason.WRONG_SHAPE),
        (
            "tlm/v1/iss/frame/adcs",
            b'{"t": 9000000000000000000, "seq": 1, "values": {}}',
            Reason.ABSURD_TIME,
        ),
    ],
)
async def test_what_cannot_be_used_is_counted(
    bench: Bench, topic: str, payload: bytes, reason: Reason
) -> None:
    bench.take(topic, payload)
    assert bench.feed.refused == {reason: 1}
    assert not bench.sent()


async def test_alarm_becomes_a_row_and_its_end_removes_it(bench: Bench) -> None:
    bench.take(TOPICS.alarm("iss", "ERR.limit"), wire.encode(ALARM))
    bench.take(TOPICS.alarm("iss", "ERR.limit"), b"")
    shown, gone = bench.sent()
    row = shown["row"]
    assert row["class"] == "▲ CAUTION"
    assert row["state"] == "UNACK, was WARNING"
    assert (row["name"], row["value"], row["limit"]) == ("Attitude error", "2.5 deg", "above 2 deg")
    assert row["occurrence"] == ALARM.occurrence
    assert gone["k"] == "gone"
    assert gone["id"] == row["id"]
    assert not bench.view.alarms


async def test_returned_alarm_keeps_the_class_it_had(bench: Bench) -> None:
    returned = msgspec.structs.replace(ALARM, state=State.RTN_UNACK, severity=Severity.NOMINAL)
    bench.take(TOPICS.alarm("iss", "ERR.limit"), wire.encode(returned))
    assert bench.sent()[0]["row"]["class"] == "◆ WARNING"


async def test_refusal_is_passed_on_with_its_reason(bench: Bench) -> None:
    event = AlarmEvent(
        id="refused/1",
        kind=EventKind.REFUSED,
        time_ns=NOW_NS,
        received_ns=NOW_NS,
        previous=State.UNACK,
        alarm=ALARM,
        by="me",
        reason="another occurrence",
    )
    bench.take(TOPICS.event("iss"), wire.encode(event))
    [message] = bench.sent()
    assert (message["kind"], message["by"]) == ("REFUSED", "me")
    assert message["reason"] == "another occurrence"


async def test_clock_of_another_run_resets_the_browsers(bench: Bench) -> None:
    for run in ("one", "two"):
        clock = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=0, wall_ns=NOW_NS, run=run)
        bench.take(TOPICS.clock("iss"), wire.encode(clock))
    assert [message["reset"] for message in bench.sent()] == [False, True]


async def test_link_is_kept_and_told(bench: Bench) -> None:
    status = LinkStatus(online=False, publisher="p", instance="i", since_ns=NOW_NS)
    bench.take(TOPICS.link("iss"), wire.encode(status))
    assert bench.view.links == {"iss": status}
    assert bench.sent()[0]["link"]["online"] is False


async def test_signal_is_not_taken_for_a_link(bench: Bench) -> None:
    signal = scene.signal()
    bench.take(TOPICS.signal("iss"), wire.encode(signal))
    assert bench.view.board.signals == {"iss": signal}
    assert not bench.view.links
    [message] = bench.sent()
    assert message["k"] == "signal"
    assert message["signal"]["standing"] == 4
    assert message["signal"]["out"][0] == {
        "u": "eps",
        "last": signal.out[0].last_ns / 1e6,
        "announced": True,
        "back": signal.out[0].back_ns / 1e6,
    }


async def test_plan_becomes_a_line_and_its_end_removes_it(bench: Bench) -> None:
    plan = scene.thruster_test()
    topic = TOPICS.plan("soyuz", plan.activity.id)
    bench.take(topic, wire.encode(plan))
    bench.take(topic, b"")
    shown, gone = bench.sent()
    assert (shown["k"], shown["row"]["verbs"]) == ("plan", ["check", "extend", "close", "abort"])
    assert (gone["k"], gone["id"]) == ("plangone", shown["row"]["id"])
    assert not bench.view.board.plans


async def test_a_contact_schedule_is_told_until_it_is_withdrawn(bench: Bench) -> None:
    contact = Contact(link=LinkName.RUSSIAN, start_ns=NOW_NS, end_ns=NOW_NS + SECOND_NS)
    schedule = ContactSchedule(
        from_ns=0, to_ns=2 * NOW_NS, links=(LinkName.RUSSIAN,), contacts=(contact,)
    )
    bench.take(TOPICS.contacts("soyuz"), wire.encode(schedule))
    assert bench.view.board.contacts == {"soyuz": schedule}
    hello = messages.hello(bench.view, "tlm", bench.view.board)
    bench.take(TOPICS.contacts("soyuz"), b"")
    told, gone = bench.sent()
    assert (told["k"], told["s"]) == ("contacts", "soyuz")
    assert told["contacts"]["windows"][0]["start"] == NOW_NS / 1e6
    assert hello["contacts"]["soyuz"] == told["contacts"]
    assert (gone["k"], gone["contacts"]) == ("contacts", None)
    assert not bench.view.board.contacts


async def test_refused_plan_command_is_passed_on_to_who_asked(bench: Bench) -> None:
    change = PlanChange(
        id="1",
        verb=PlanVerb.APPROVE,
        time_ns=NOW_NS,
        received_ns=NOW_NS,
        by="planner",
        plan=scene.thruster_test(),
        refused="another person must approve it",
        command="c1",
    )
    bench.take(TOPICS.plan_event("soyuz"), wire.encode(change))
    [message] = bench.sent()
    assert (message["k"], message["by"]) == ("planevent", "planner")
    assert message["refused"] == "another person must approve it"
    assert not list(bench.view.board.ended(0))


async def test_incident_becomes_a_card_and_its_end_removes_it(ground: Bench) -> None:
    incident = scene.incident()
    topic = TOPICS.incident(incident.id)
    ground.take(topic, wire.encode(incident))
    assert ground.view.board.incidents == {incident.id: incident}
    ground.take(topic, b"")
    over = msgspec.structs.replace(incident, closed_ns=NOW_NS)
    ground.take(TOPICS.incident_event, wire.encode(over))
    shown, gone = ground.sent()
    assert (shown["k"], shown["row"]["id"]) == ("incident", incident.id)
    assert (gone["k"], gone["id"]) == ("incidentgone", incident.id)
    assert list(ground.view.board.closed(NOW_NS)) == [over]
    assert not list(ground.view.board.closed(NOW_NS + 1))


async def test_shift_log_and_its_answers_are_kept_for_the_handover(ground: Bench) -> None:
    shift = Shift(on_shift="P. Duty", since_ns=NOW_NS)
    ground.take(TOPICS.shift, wire.encode(shift))
    change = ShiftChange(id="c1", verb=ShiftVerb.NOTE, time_ns=NOW_NS, by="P. Duty", refused="no")
    ground.take(TOPICS.shift_event, wire.encode(change))
    assert ground.view.board.shift == shift
    assert ground.view.board.answer("c1") == change
    assert ground.view.board.answer("c2") is None
    assert not ground.sent()


async def test_topic_of_a_kind_unknown_here_is_left_alone(bench: Bench) -> None:
    for topic in ("tlm/v1/iss/status/other", "tlm/v1/iss/event/other", "tlm/v1/iss/meta/adcs"):
        bench.take(topic, b"{")
    assert not bench.sent()
    assert not bench.feed.refused


async def test_publishing_without_a_broker_says_so(bench: Bench) -> None:
    with pytest.raises(LinkError, match="lost"):
        await bench.feed.publish("t", b"")
