"""Alarm events as the machine makes them, routes, and a journal that is a list."""

import asyncio
from collections.abc import Sequence

import msgspec

from ingest.notify.deliver import MemorySender, Sender
from ingest.notify.delivery import Circumstances
from ingest.notify.notifier import Notifier
from ingest.notify.outbox import Outbox
from ingest.notify.routes import Route, Target
from ingest.spool import Line
from telemetry.alarm import Alarm, Cause, Condition, Event, EventKind, Policy, Stimulus, step
from telemetry.clock import SECOND_NS, Clock, SystemClock
from telemetry.limit import Severity
from tests.small import small_database

#: 2021-10-15T09:12:18Z
T0 = 1_634_289_138 * SECOND_NS
URL = "http://console.example.org"
LIVE = Circumstances()


def s(seconds: float) -> int:
    return T0 + round(seconds * SECOND_NS)


class Life:
    """One alarm, moved by the real machine; each call gives the event."""

    def __init__(
        self,
        subject: str = "ERR",
        spacecraft: str = "iss",
        condition: Condition = Condition.LIMIT,
        *,
        latching: bool = False,
    ) -> None:
        self.policy = Policy(latching=latching)
        self.alarm = Alarm(
            spacecraft=spacecraft,
            id=f"{subject}.{condition}",
            subject=subject,
            condition=condition,
        )

    def violate(
        self, at: float = 0, severity: Severity = Severity.CAUTION, value: float = 2.5
    ) -> Event:
        return self._step(Stimulus.VIOLATE, at, severity=severity, value=value, limit="above 2 deg")

    def escalate(self, at: float, severity: Severity = Severity.WARNING) -> Event:
        return self._step(Stimulus.ESCALATE, at, severity=severity, value=3.5, limit="above 3 deg")

    def back(self, at: float) -> Event:
        return self._step(Stimulus.RETURN, at, value=0.1)

    def acknowledge(self, at: float, by: str = "anna", comment: str = "") -> Event:
        return self._step(Stimulus.ACK, at, by=by, comment=comment)

    def shelve(self, at: float, until: float) -> Event:
        return self._silence(at, until)

    def unshelve(self, at: float) -> Event:
        return self._silence(at, None)

    def _step(self, stimulus: Stimulus, at: float, **cause: object) -> Event:
        about = msgspec.convert({"received_ns": s(at), **cause}, Cause)
        self.alarm, (event,) = step(self.alarm, stimulus, s(at), self.policy, about)
        return event

    def _silence(self, at: float, until: float | None) -> Event:
        before = self.alarm
        self.alarm = msgspec.structs.replace(
            before, events=before.events + 1, shelved_until_ns=0 if until is None else s(until)
        )
        return Event(
            id=f"{self.alarm.occurrence}/{self.alarm.events}",
            kind=EventKind.UNSHELVED if until is None else EventKind.SHELVED,
            time_ns=s(at),
            received_ns=s(at),
            previous=before.state,
            alarm=self.alarm,
        )


def many(count: int, severity: Severity = Severity.CAUTION) -> list[Event]:
    """So many alarms at once, of as many parameters."""
    return [Life(f"P{n:04}").violate(severity=severity) for n in range(count)]


def route(name: str = "ops", *urls: str, **settings: object) -> Route:
    """A route that does not wait for more to come."""
    to = tuple(
        Target(route=name, index=i, url=url)
        for i, url in enumerate(urls or (f"json://{name}.example.org",))
    )
    return msgspec.convert(  # type: ignore[no-any-return]
        {"name": name, "to": to, "group_s": 0.0, **settings}, Route, strict=False
    )


class Journal:
    """As the spool's: `lines` waits for what is not written yet."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.lines_: list[Line] = []
        self.passed_k = 0
        self._grown = asyncio.Condition()
        self.write(*events)

    def write(self, *events: Event) -> None:
        self.lines_ += [Line(len(self.lines_) + i, event) for i, event in enumerate(events, 1)]

    async def add(self, *events: Event) -> None:
        async with self._grown:
            self.write(*events)
            self._grown.notify_all()

    async def lines(self, after_k: int, limit: int) -> list[Line]:
        async with self._grown:
            await self._grown.wait_for(lambda: len(self.lines_) > after_k)
        return self.lines_[after_k : after_k + limit]

    async def passed(self, k: int) -> None:
        self.passed_k = k


def notifier(
    journal: Journal,
    outbox: Outbox,
    *routes: Route,
    sender: Sender | None = None,
    clock: Clock | None = None,
    circumstances: Circumstances = LIVE,
) -> Notifier:
    return Notifier(
        routes,
        outbox,
        sender or MemorySender(),
        clock or SystemClock(),
        small_database(),
        URL,
        journal.lines,
        journal.passed,
        lambda _: circumstances,
    )
