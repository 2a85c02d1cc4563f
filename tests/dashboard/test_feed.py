import json
from typing import Any

import msgspec
import pytest

from dashboard.feed import Feed
from dashboard.hub import Client, Hub
from dashboard.view import LiveView
from telemetry import wire
from telemetry.alarm import Alarm, Condition, EventKind, State
from telemetry.alarm import Event as AlarmEvent
from telemetry.clock import SECOND_NS, ManualClock, StreamClock, StreamKind
from telemetry.errors import LinkError
from telemetry.frame import Sample
from telemetry.limit import Severity
from telemetry.link import Message
from telemetry.topics import Topics
from telemetry.wire import LinkStatus, Reason
from tests.small import small_database

NOW_NS = 1_000_000 * SECOND_NS
TOPICS = Topics()


class Bench:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.view = LiveView(small_database())
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


async def test_publishing_without_a_broker_says_so(bench: Bench) -> None:
    with pytest.raises(LinkError, match="lost"):
        await bench.feed.publish("t", b"")
