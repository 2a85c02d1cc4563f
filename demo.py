"""`stationwatch demo`: a supervisor that starts the production programs on embedded parts.

Every program says `ready` on a line of its standard output when others may rely on it. Each is
started when those are ready that it comes after, and they are stopped in reverse; if one ends by
itself, all are stopped and its last words are shown.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from access.access import must_be_closed
from supervise import LOOPBACK, Program, ProgramEnded, ended, running
from telemetry.errors import UsageError

#: rumqttd's own defaults listen on every address, refuse frames over 20 kB and grow without bound.
BROKER_CONFIG: Final = """
id = 0

[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 16

[v4.1]
name = "stationwatch"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 100
dynamic_filters = true
"""


async def run_demo(
    programs: Sequence[Program],
    environment: Mapping[str, str],
    logs: Path,
    announce: Callable[[], None],
    serving: Sequence[str],
) -> None:
    """Run the programs until cancelled; `announce` once those named `serving` are ready: a page
    takes as long to load as the others to start.

    :raises ProgramEnded: if one cannot be started or ends, with the end of its log.
    """
    async with contextlib.AsyncExitStack() as stack:
        started: list[tuple[Program, asyncio.subprocess.Process]] = []
        ready = {program.name: asyncio.Event() for program in programs}

        async def start(program: Program) -> None:
            for name in program.after:
                await ready[name].wait()
            process = await stack.enter_async_context(running(program, environment, logs))
            started.append((program, process))
            ready[program.name].set()

        async def announce_served() -> None:
            for name in serving:
                await ready[name].wait()
            announce()

        async with asyncio.TaskGroup() as starting:
            for program in programs:
                starting.create_task(start(program))
            starting.create_task(announce_served())
        watching = [asyncio.create_task(_watch(*one, logs)) for one in started]
        try:
            await asyncio.gather(*watching)
        finally:
            for task in watching:
                task.cancel()


async def _watch(program: Program, process: asyncio.subprocess.Process, logs: Path) -> None:
    error = await ended(program, process, logs)
    if not program.may_end or process.returncode:
        raise error


#: Where other commands look for a broker and for ingest unless told otherwise.
BROKER_PORT: Final = 1883
INGEST_PORT: Final = 8600


def reach(environment: Mapping[str, str], ingest: int) -> str:
    """What to type in another terminal, so that commands there speak to this demo."""
    spoken = {
        **{name: environment[name] for name in ("STATIONWATCH_BROKER", "STATIONWATCH_ROOT")},
        "STATIONWATCH_STORE": f"remote+http://{LOOPBACK}:{ingest}",
        "STATIONWATCH_INGEST_PORT": str(ingest),
    }
    return " ".join(["export", *("=".join(pair) for pair in spoken.items())])


async def run_broker(host: str, port: int, ready: Callable[[], None]) -> None:
    """The embedded broker, until cancelled. Sessions and queues live in memory only.

    :raises UsageError: if it is not installed here, the port is taken, or others than programs of
        this machine would reach it.
    """
    must_be_closed(
        "the embedded broker", host, False, "it knows no users; mosquitto does (docker-compose.yml)"
    )
    try:
        from iotcore import Broker
    except ImportError:
        raise UsageError(
            "no embedded broker on this platform: start mosquitto and set STATIONWATCH_BROKER"
        ) from None
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(BROKER_CONFIG.format(host=host, port=port))
        config.flush()
        broker = Broker(config_path=config.name)
        try:
            await asyncio.to_thread(broker.start)
        except OSError as error:
            raise UsageError(f"the broker cannot listen on {host}:{port}: {error}") from None
        try:
            ready()
            while broker.is_running:  # noqa: ASYNC110 - iotcore offers nothing to wait for
                await asyncio.sleep(1)
            raise ProgramEnded("the embedded broker ended")
        finally:
            await asyncio.to_thread(broker.stop)
