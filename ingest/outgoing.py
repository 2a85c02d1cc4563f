"""What an alarm event is for the world: a line of the journal, and the alarm as it stands. Pure."""

from collections.abc import Iterator

from ingest.record import Outgoing
from telemetry.alarm import Event, EventKind
from telemetry.topics import Topics
from telemetry.wire import encode


def told(event: Event, topics: Topics) -> Iterator[Outgoing]:
    alarm = event.alarm
    yield Outgoing(topics.event(alarm.spacecraft), encode(event))
    if event.kind is not EventKind.REFUSED:
        payload = encode(alarm) if alarm.standing else b""
        yield Outgoing(topics.alarm(alarm.spacecraft, alarm.id), payload, retain=True)
