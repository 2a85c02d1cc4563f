"""Actions by message, while a simulation runs: sending one, and hearing them. I/O."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Callable
from typing import Final

from access.access import Sealer
from access.gate import Gate
from simulators.scenarios.actions import Action, convert, to_wire
from simulators.scenarios.names import check_names
from telemetry import wire
from telemetry.clock import Clock
from telemetry.errors import UsageError
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect, stay_connected
from telemetry.missiondb import MissionDatabase
from telemetry.topics import Topics

#: How long the broker may take to tell of simulators that are on line; it does at once.
_LISTEN_S: Final = 2.0
_BATCH: Final = 100
#: What comes again is known by its id: so many of the latest.
MAX_DONE: Final = 10_000

logger = logging.getLogger(__name__)


async def send(
    address: BrokerAddress,
    topics: Topics,
    action: Action,
    *,
    spacecraft: str,
    by: str,
    seal: Sealer,
    now_ns: int,
) -> str:
    """Have a running simulation of the spacecraft do something; the message's id.

    :raises UsageError: if no simulator of it is on line: nobody would hear.
    :raises LinkError: if the broker cannot be reached.
    """
    message = wire.Injection(id=uuid.uuid4().hex, by=by[:64], action=to_wire(action))
    async with connect(address, LinkOptions(identifier=f"inject-{message.id[:8]}")) as connection:
        if not await _simulated(connection, topics.link(spacecraft)):
            raise UsageError(
                f"no simulator of {spacecraft} is on line under root {topics.root} at {address}"
            )
        topic = topics.injection(spacecraft)
        await connection.publish(topic, seal(topic, wire.encode(message), now_ns))
    return message.id


async def _simulated(connection: Connection, topic: str) -> bool:
    """Whether the retained status of a spacecraft's publisher says that a simulator is."""
    await connection.subscribe([topic], qos=1)
    try:
        async with asyncio.timeout(_LISTEN_S):
            (*_, message) = await connection.receive(_BATCH)
        status = wire.decode_link(message.payload)
    except (TimeoutError, wire.WireError):
        return False
    return status.online and status.publisher == "simulator"


async def listen(
    address: BrokerAddress,
    topics: Topics,
    database: MissionDatabase,
    apply: Callable[[Action], None],
    *,
    identifier: str,
    gate: Gate | None,
    clock: Clock,
) -> None:
    """Hear what is asked for any spacecraft until cancelled, and have it done at once.

    What is no action, or comes again, is logged and left. identifier: of this connection, as none
    other has. gate: where it is authorised; None: everybody may.
    :raises LinkRefused: if the broker does not let us in; anything else is tried again.
    """

    done: deque[str] = deque(maxlen=MAX_DONE)

    async def session(connection: Connection) -> None:
        await connection.subscribe([topics.every_injection], qos=1)
        while True:
            for message in await connection.receive(_BATCH):
                payload: bytes | None = None if message.retained else message.payload
                if gate is not None and payload is not None:
                    now_ns = clock.now_ns()
                    payload = await asyncio.to_thread(gate.admit, message.topic, payload, now_ns)
                if payload is not None:
                    take(payload, database, apply, done)

    await stay_connected(address, LinkOptions(identifier=identifier), session)


def take(
    payload: bytes,
    database: MissionDatabase,
    apply: Callable[[Action], None],
    done: deque[str],
) -> None:
    """Have one message's action done, or say why not. done: ids of those that were."""
    try:
        message = wire.decode_injection(payload)
    except wire.WireError as error:
        logger.warning("an injection that cannot be read: %s", error)
        return
    if message.id in done:
        # a broker may say a thing twice: what became of it stands
        logger.info("injection %s by %s came again", message.id, message.by)
        return
    try:
        if message.denied:
            raise UsageError(message.denied)
        action = convert(message.action)
        check_names(action, database)
    except UsageError as error:
        logger.warning("injection %s by %s refused: %s", message.id, message.by, error)
        return
    logger.info("injection %s by %s: %s", message.id, message.by, action)
    done.append(message.id)
    apply(action)
