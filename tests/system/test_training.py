"""`stationwatch training` with a real broker: a session's own simulators and ingest, its reactions,
and that nothing of it is ever left behind or live.
"""

import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from telemetry import wire
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.question import retained
from telemetry.topics import VERSION, Kind, Topics, Verb
from telemetry.training import (
    FaultState,
    Training,
    TrainingChange,
    TrainingCommand,
    TrainingSpec,
    TrainingState,
    TrainingVerb,
    WantedFault,
)
from tests.eventually import eventually
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, running

#: The cabin pressure: one measurement that cannot be made any more.
FAULT = WantedFault(
    action={
        "do": "sensor-fault",
        "spacecraft": "iss",
        "parameter": "USLAB000058",
        "kind": "invalid",
    }
)
ALARM = "USLAB000058.invalid"


@dataclass(frozen=True)
class Room:
    """ear: hears the root the service is asked under; nothing of a session may be there."""

    broker: Mosquitto
    topics: Topics
    service: Program
    connection: Connection
    ear: Listener

    async def ask(
        self,
        verb: TrainingVerb,
        session: str = "",
        *,
        spec: TrainingSpec | None = None,
        fault: WantedFault | None = None,
    ) -> TrainingChange:
        command = TrainingCommand(
            id=uuid.uuid4().hex, by="Ina", session=session, spec=spec, fault=fault
        )
        await self.connection.publish(self.topics.training_command(verb), wire.encode(command))

        def answers() -> list[TrainingChange]:
            told = self.ear.payloads(self.topics.training_event)
            made = map(wire.decode_training_change, told)
            return [one for one in made if one.command == command.id]

        await self.ear.until(lambda: bool(answers()))
        return answers()[0]

    def now(self, session: str) -> Training | None:
        told = [one for one in self.ear.payloads(self.topics.training(session)) if one]
        return wire.decode_training(told[-1]) if told else None

    async def until(self, session: str, state: TrainingState) -> Training:
        await self.ear.until(lambda: (now := self.now(session)) is not None and now.state is state)
        now = self.now(session)
        assert now is not None
        return now

    async def create(self, scenario: str = "nominal-day") -> Training:
        answer = await self.ask(TrainingVerb.CREATE, spec=TrainingSpec(scenario=scenario))
        assert answer.refused == ""
        return await self.until(answer.session, TrainingState.RUNNING)

    def programs(self, training: Training) -> dict[str, psutil.Process]:
        """Of a session, by the command they run."""
        found = {}
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if f"--root={training.root}" in words:
                found[words[words.index("stationwatch") + 1]] = process
        return found

    async def left(self, training: Training) -> dict[str, bytes]:
        return await retained(self.connection, f"{training.root}/{VERSION}/+/+/+")


@pytest.fixture
def service(broker: Mosquitto, root: str, tmp_path: Path) -> Iterator[Program]:
    with serving(broker, root, tmp_path) as program:
        yield program


def serving(broker: Mosquitto, root: str, folder: Path):  # type: ignore[no-untyped-def]
    return running(
        folder / "training.log",
        "training",
        f"--broker={broker.url}",
        f"--root={root}",
        f"--state={folder / 'state'}",
    )


@asynccontextmanager
async def entering(broker: Mosquitto, root: str, service: Program) -> AsyncIterator[Room]:
    options = LinkOptions(identifier=f"instructor-{uuid.uuid4().hex[:8]}")
    async with (
        listening(broker.url, root, uuid.uuid4().hex) as ear,
        connect(BrokerAddress.parse(broker.url), options) as connection,
    ):
        yield Room(broker, Topics(root), service, connection, ear)


@pytest.fixture
async def room(broker: Mosquitto, root: str, service: Program) -> AsyncIterator[Room]:
    async with entering(broker, root, service) as room:
        yield room


async def test_a_fault_is_injected_seen_and_answered_and_the_record_outlives_it(
    room: Room,
) -> None:
    training = await room.create()
    topics = Topics(training.root)
    assert set(room.programs(training)) == {"ingest", "simulate"}

    assert (await room.ask(TrainingVerb.INJECT, training.id, fault=FAULT)).refused == ""
    async with listening(room.broker.url, training.root, uuid.uuid4().hex) as ear:
        await ear.until(lambda: any(ear.payloads(topics.alarm("iss", ALARM))))
        alarm = wire.decode_alarm(ear.payloads(topics.alarm("iss", ALARM))[-1])
        command = wire.Command(id="c1", alarm=ALARM, by="Ann", occurrence=alarm.occurrence)
        await room.connection.publish(topics.command("iss", Verb.ACKNOWLEDGE), wire.encode(command))

        def answered() -> bool:
            now = room.now(training.id)
            return now is not None and any(one.by == "Ann" for one in now.reactions)

        await room.ear.until(answered)

    assert (await room.ask(TrainingVerb.END, training.id)).refused == ""
    record = await room.until(training.id, TrainingState.ENDED)
    assert record.reason == "ended by Ina"
    [fault] = record.faults
    assert (fault.state, fault.detected_by) == (FaultState.DONE, f"iss/{ALARM}")
    assert fault.detected_after_s is not None
    assert 0 <= fault.detected_after_s < 60
    (reaction,) = (one for one in record.reactions if one.alarm == ALARM)
    assert (reaction.by, reaction.fault) == ("Ann", fault.id)
    assert reaction.took_s is not None
    assert 0 < reaction.took_s < 60

    # Nothing of it was ever said of live telemetry, and nothing is left of it.
    kinds = {topic.split("/")[3] for topic in room.ear.topics()}
    assert kinds == {Kind.TRAINING, Kind.EVENT}
    assert room.programs(training) == {}
    assert await eventually(lambda: room.left(training), lambda found: found == {}) == {}


async def test_a_dead_program_ends_its_training_and_no_other(room: Room) -> None:
    one, other = await room.create(), await room.create("cabin-leak")
    third = await room.ask(TrainingVerb.CREATE, spec=TrainingSpec(scenario="ms18"))
    assert "as many as may be" in third.refused

    room.programs(one)["simulate"].kill()
    ended = await room.until(one.id, TrainingState.ENDED)
    assert "simulators ended with exit code -9" in ended.reason
    assert room.programs(one) == {}
    assert set(room.programs(other)) == {"ingest", "simulate"}
    now = room.now(other.id)
    assert now is not None
    assert now.state is TrainingState.RUNNING


async def test_what_cannot_be_done_is_refused_in_words(room: Room) -> None:
    for spec, words in (
        (TrainingSpec(scenario="no-such"), "no scenario 'no-such'"),
        (TrainingSpec(scenario="ms18", at="11:00"), "ms18 ends"),
        (TrainingSpec(scenario="ms18", faults=(WantedFault(action={"do": "x"}),)), "no action"),
    ):
        assert words in (await room.ask(TrainingVerb.CREATE, spec=spec)).refused
    training = await room.create()
    undock = WantedFault(action={"do": "undock", "vehicle": "nauka"})
    assert (await room.ask(TrainingVerb.INJECT, training.id, fault=undock)).refused == ""

    def told() -> bool:
        now = room.now(training.id)
        return now is not None and any(one.state is FaultState.REFUSED for one in now.faults)

    # whether it is docked only the simulators know
    await room.ear.until(told)


async def test_a_killed_service_leaves_nothing_that_the_next_does_not_end(
    broker: Mosquitto, root: str, tmp_path: Path
) -> None:
    with serving(broker, root, tmp_path) as service:
        async with entering(broker, root, service) as room:
            training = await room.create()
            os.kill(service.process.pid, signal.SIGKILL)
            service.wait()
            catalogue = room.topics.training_catalogue
            await room.ear.until(
                lambda: not wire.decode_training_catalogue(room.ear.payloads(catalogue)[-1]).online
            )
            assert set(room.programs(training)) == {"ingest", "simulate"}
            with serving(broker, root, tmp_path):
                lost = await room.until(training.id, TrainingState.ENDED)
                assert lost.reason == "it was lost with its service"
                assert room.programs(training) == {}
                assert list((tmp_path / "state" / "training" / "sessions").iterdir()) == []
                assert (
                    await eventually(lambda: room.left(training), lambda found: found == {}) == {}
                )


async def test_a_service_that_is_stopped_ends_its_trainings_in_order(
    broker: Mosquitto, root: str, tmp_path: Path
) -> None:
    with serving(broker, root, tmp_path) as service:
        async with entering(broker, root, service) as room:
            training = await room.create()
            assert service.stop() == 0
            ended = await room.until(training.id, TrainingState.ENDED)
            assert ended.reason == "the training service was stopped"
            assert room.programs(training) == {}
            assert await room.left(training) == {}
