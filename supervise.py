"""Our own programs as children of another: started until they say `ready`, stopped in order. I/O.

`demo` runs all of the product this way, `training` each of its sessions.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry.errors import StationwatchError

READY: Final = "ready"
START_S: Final = 60.0
STOP_S: Final = 15.0
LOOPBACK: Final = "127.0.0.1"
#: The last words of a program that ended, as they are told.
_LAST_WORDS: Final = 300


class ProgramEnded(StationwatchError):
    """A supervised program ended by itself."""


@dataclass(frozen=True, slots=True)
class Program:
    """A stationwatch command to supervise.

    after: names of those that it relies on.
    may_end: its orderly end does not end the others. niceness: how far it stands back behind other
    work of this machine.
    """

    name: str
    arguments: tuple[str, ...]
    after: tuple[str, ...] = ()
    may_end: bool = False
    niceness: int = 0


@asynccontextmanager
async def running(
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
            # A terminal's Ctrl-C goes to all of its group: the order of stopping is ours. What is
            # to stand back stays in our session: one of its own would have as good a claim to the
            # processor as any, however nice it is (autogroups)
            start_new_session=not program.niceness,
            process_group=0 if program.niceness else None,
        )
    try:
        if program.niceness:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, program.niceness)
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
    raise await ended(program, process, logs)


async def ended(program: Program, process: asyncio.subprocess.Process, logs: Path) -> ProgramEnded:
    """Wait for its end; what to say of it, with its last words."""
    code = await process.wait()
    words = (logs / f"{program.name}.log").read_text(errors="replace").strip().splitlines()
    last = f": {words[-1][:_LAST_WORDS]}" if words else ""
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
