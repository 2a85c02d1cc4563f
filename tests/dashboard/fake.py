"""What simulators and ingest would send, as far as a console can tell. Speaks to a real broker."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from ingest.shift import ShiftBook
from telemetry import wire
from telemetry.alarm import Alarm, Cause, Condition, Event, Policy, Stimulus, refusal, step
from telemetry.clock import SECOND_NS, StreamClock, StreamKind, SystemClock
from telemetry.frame import Frame
from telemetry.limit import Severity
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Value
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.shift import Shift, ShiftVerb
from telemetry.topics import Address, Kind, Topics, Verb, parse

#: 15 October 2021, 09:13 UTC.
EPOCH_NS = 1_634_289_180 * SECOND_NS


class Flight:
    """Publishes frames and alarms, and answers acknowledgements as ingest does."""

    def __init__(self, connection: Connection, database: MissionDatabase, root: str) -> None:
        self.topics = Topics(root)
        self.database = database
        self.alarms: dict[tuple[str, str], Alarm] = {}
        self.clocks: dict[str, StreamClock] = {}
        self.shift = ShiftBook(Shift(missiondb=database.version))
        self.plan_commands: list[tuple[PlanVerb, PlanCommand]] = []
        self._connection = connection
        self._sequence = 0

    def now_ns(self, craft: str) -> int:
        return self.clocks[craft].at(SystemClock().now_ns())

    async def announce(self, kind: StreamKind = StreamKind.SIMULATED, label: str = "") -> None:
        for craft in self.database.spacecraft:
            now_ns = SystemClock().now_ns()
            ground = craft == "ground"
            self.clocks[craft] = clock = StreamClock(
                kind=StreamKind.LIVE if ground else kind,
                epoch_ns=now_ns if ground else EPOCH_NS,
                wall_ns=now_ns,
                heartbeat=ground or kind is not StreamKind.PLAYED,
                run="one",
                label="" if ground else label,
            )
            await self.retain(self.topics.clock(craft), wire.encode(clock))
            await self.link(craft, online=True)

    async def link(self, craft: str, *, online: bool) -> None:
        since_ns = SystemClock().now_ns()
        status = wire.LinkStatus(online=online, publisher="fake", instance="1", since_ns=since_ns)
        await self.retain(self.topics.link(craft), wire.encode(status))

    async def retain(self, topic: str, payload: bytes) -> None:
        await self._connection.publish(topic, payload, retain=True)

    async def frame(
        self,
        craft: str,
        subsystem: str,
        values: dict[str, Value],
        invalid: dict[str, int] | None = None,
    ) -> None:
        self._sequence += 1
        frame = Frame(
            spacecraft=craft,
            subsystem=subsystem,
            time_ns=self.now_ns(craft),
            received_ns=0,
            sequence=self._sequence,
            values=values,
            invalid=invalid or {},
        )
        await self._connection.publish(
            self.topics.frame(craft, subsystem), wire.encode_frame(frame)
        )

    async def violate(
        self, craft: str, parameter: str, severity: Severity, value: Value, limit: str
    ) -> Alarm:
        fresh = Alarm(
            spacecraft=craft,
            id=f"{parameter}.limit",
            subject=parameter,
            condition=Condition.LIMIT,
        )
        before = self.alarms.get((craft, fresh.id), fresh)
        cause = Cause(severity=severity, value=value, limit=limit)
        return await self._step(before, Stimulus.VIOLATE, cause)

    async def return_to_normal(self, craft: str, parameter: str) -> Alarm:
        return await self._step(self.alarms[craft, f"{parameter}.limit"], Stimulus.RETURN, Cause())

    async def _step(self, alarm: Alarm, stimulus: Stimulus, cause: Cause) -> Alarm:
        after, events = step(alarm, stimulus, self.now_ns(alarm.spacecraft), Policy(), cause)
        self.alarms[alarm.spacecraft, alarm.id] = after
        payload = wire.encode(after) if after.standing else b""
        await self.retain(self.topics.alarm(alarm.spacecraft, alarm.id), payload)
        await self._tell(events)
        return after

    async def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            topic = self.topics.event(event.alarm.spacecraft)
            await self._connection.publish(topic, wire.encode(event))

    async def answer(self) -> None:
        """Answer acknowledgements until cancelled."""
        await self._connection.subscribe([self.topics.every_command], qos=1)
        while True:
            for message in await self._connection.receive(10):
                address = parse(message.topic)
                assert address is not None
                match address.kind:
                    case Kind.ALARM:
                        await self._answer(address, wire.decode_command(message.payload))
                    case Kind.PLAN:
                        command = wire.decode_plan_command(message.payload)
                        self.plan_commands.append((PlanVerb(address.leaf), command))
                    case Kind.SHIFT:
                        await self._sign(ShiftVerb(address.leaf), message.payload)

    async def _answer(self, address: Address, command: wire.Command) -> None:
        craft = address.spacecraft
        alarm = self.alarms[craft, command.alarm]
        cause = Cause(by=command.by, comment=command.comment, reference=command.id)
        if command.occurrence != alarm.occurrence:
            why = "it is for another occurrence"
            await self._tell((refusal(alarm, self.now_ns(craft), cause, why),))
        elif address.leaf == Verb.SHELVE:
            shelved = replace(
                alarm,
                shelved_until_ns=command.until_ns,
                shelved_by=command.by,
                shelf_reason=command.comment,
            )
            await self.put(shelved)
        else:
            assert address.leaf == Verb.ACKNOWLEDGE
            await self._step(alarm, Stimulus.ACK, cause)

    async def put(self, alarm: Alarm) -> None:
        """Publish an alarm as it is."""
        self.alarms[alarm.spacecraft, alarm.id] = alarm
        payload = wire.encode(alarm) if alarm.standing else b""
        await self.retain(self.topics.alarm(alarm.spacecraft, alarm.id), payload)

    async def log_shift(self) -> None:
        await self.retain(self.topics.shift, wire.encode(self.shift.shift))

    async def _sign(self, verb: ShiftVerb, payload: bytes) -> None:
        now_ns = SystemClock().now_ns()
        change = self.shift.command(verb, wire.decode_shift_command(payload), now_ns)
        await self._connection.publish(self.topics.shift_event, wire.encode(change))
        await self.log_shift()

    async def fly(self) -> None:
        """Frames of every subsystem at its period, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for craft in self.database.spacecraft.values():
                for subsystem in craft.subsystems:
                    tasks.create_task(self._fly_one(craft.id, subsystem))

    async def _fly_one(self, craft: str, subsystem: str) -> None:
        definition = self.database.subsystem(craft, subsystem)
        noise = random.Random(subsystem)
        step_count = 0
        while True:
            values = {
                p.id: _value(p, step_count * definition.period_s, noise)
                for p in definition.parameters.values()
                if p.period_s is not None or step_count == 0 or noise.random() < 0.02
            }
            await self.frame(craft, subsystem, values)
            step_count += 1
            await asyncio.sleep(definition.period_s)


def _value(parameter: Parameter, at_s: float, noise: random.Random) -> Value:
    match parameter.type:
        case ParameterType.ENUMERATION:
            return noise.choice(list(parameter.states)[:2])
        case ParameterType.BOOLEAN:
            return noise.random() < 0.5
        case ParameterType.STRING:
            return "abc"
        case ParameterType.INTEGER:
            return int(100 + 10 * math.sin(at_s / 20))
    band = next(iter(parameter.limits.range.values()), None)
    low = band.low if band and band.low is not None else 0.0
    high = band.high if band and band.high is not None else low + 10
    phase = sum(map(ord, parameter.id)) % 7
    wave = 0.25 * math.sin(at_s / 15 + phase) + noise.gauss(0, 0.02)
    return (low + high) / 2 + (high - low) * wave


@asynccontextmanager
async def flight(port: int, database: MissionDatabase, root: str = "tlm") -> AsyncIterator[Flight]:
    async with connect(BrokerAddress("127.0.0.1", port), LinkOptions(identifier="fake")) as link:
        flight = Flight(link, database, root)
        answering = asyncio.create_task(flight.answer())
        try:
            yield flight
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
