"""`stationwatch demo`: a supervisor that starts the production programs on embedded parts.

Every program says `ready` on a line of its standard output when others may rely on it. They are
started in that order and stopped in reverse; if one ends by itself, all are stopped and its last
words are shown.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry.errors import StationwatchError, UsageError

READY: Final = "ready"
START_S: Final = 60.0
STOP_S: Final = 15.0
LOOPBACK: Final = "127.0.0.1"

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


class ProgramEnded(StationwatchError):
    """A supervised program ended by itself."""


@dataclass(frozen=True, slots=True)
class Program:
    """A stationwatch command to supervise. `may_end`: its orderly end does not end the others."""

    name: str
    arguments: tuple[str, ...]
    may_end: bool = False


async def run_demo(
    programs: Sequence[Program],
    environment: Mapping[str, str],
    logs: Path,
    announce: Callable[[], None],
) -> None:
    """Run the programs until cancelled; `announce` once all are ready.

    :raises ProgramEnded: if one cannot be started or ends, with the end of its log.
    """
    async with contextlib.AsyncExitStack() as stack:
        running = []
        for program in programs:
            process = await stack.enter_async_context(_running(program, environment, logs))
            running.append((program, process))
        announce()
        watching = [asyncio.create_task(_watch(*one, logs)) for one in running]
        try:
            await asyncio.gather(*watching)
        finally:
            for task in watching:
                task.cancel()


async def _watch(program: Program, process: asyncio.subprocess.Process, logs: Path) -> None:
    error = await _ended(program, process, logs)
    if not program.may_end or process.returncode:
        raise error


@asynccontextmanager
async def _running(
    program: Program, environment: Mapping[str, str], logs: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    with (logs / f"{program.name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stationwatch",
            *program.arguments,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            # A terminal's Ctrl-C goes to all of its group: the order of stopping is ours.
            start_new_session=True,
        )
    try:
        await _await_ready(program, process, logs)
        yield process
    finally:
        await asyncio.shield(_stop(process))


async def _await_ready(program: Program, process: asyncio.subprocess.Process, logs: Path) -> None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        async with asyncio.timeout(START_S):
            while line := await process.stdout.readline():
                if line.decode(errors="replace").strip() == READY:
                    return
    except TimeoutError:
        raise ProgramEnded(f"{program.name} was not ready within {START_S:.0f} s") from None
    raise await _ended(program, process, logs)


async def _ended(program: Program, process: asyncio.subprocess.Process, logs: Path) -> ProgramEnded:
    code = await process.wait()
    words = (logs / f"{program.name}.log").read_text(errors="replace").strip().splitlines()
    last = f": {words[-1]}" if words else ""
    return ProgramEnded(f"{program.name} ended with exit code {code}{last}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


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


def free_ports(*preferred: int) -> list[int]:
    """Each preferred port if it is free on loopback, else any that is; no two the same."""
    ports = []
    with contextlib.ExitStack() as stack:
        for wanted in preferred:
            probe = stack.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, wanted))
            except (OSError, OverflowError):
                probe.bind((LOOPBACK, 0))
            probe.listen()  # or the next could have it too
            ports.append(int(probe.getsockname()[1]))
    return ports


async def run_broker(host: str, port: int, ready: Callable[[], None]) -> None:
    """The embedded broker, until cancelled. Sessions and queues live in memory only.

    :raises UsageError: if it is not installed here, or the port is taken.
    """
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
