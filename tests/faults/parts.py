"""The parts of a rig: real processes that can be killed, stopped and started with their state."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from tests.faults.publisher import Flying, read_counts
from tests.system.programs import Program

_ROOT: Final = Path(__file__).parents[2]


class Part:
    """One process after another, with the same state."""

    async def start(self) -> None:
        """Return once it is ready."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        raise NotImplementedError

    async def wait(self) -> None:
        """Until the process has ended, and was waited for."""
        raise NotImplementedError

    async def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        await self.wait()

    async def stop(self) -> None:
        """In order, as a supervisor does."""
        os.kill(self.pid, signal.SIGTERM)
        await self.wait()

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP, and go on after so long."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(self.pid, signal.SIGCONT)


class Server(Part):
    """Mosquitto or influxd, of tests/servers."""

    def __init__(self, server: Any) -> None:
        self.server = server

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)

    @property
    def pid(self) -> int:
        process = self.server._process
        assert process is not None
        return int(process.pid)

    async def wait(self) -> None:
        await asyncio.to_thread(self.server._process.wait)


class Command(Part):
    """A command of stationwatch. environment: of the next start."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        self.arguments = list(arguments)
        self.environment: Mapping[str, str] = {}
        self.program: Program | None = None
        self.rss_mb = 0
        self.starts = 0

    async def start(self, *, ready: bool = True) -> None:
        """ready: False where what it needs to become ready is away."""
        self.program = Program(self.log, *self.arguments, environment=self.environment)
        self.starts += 1
        if ready:
            await asyncio.to_thread(self.program.await_ready)

    @property
    def pid(self) -> int:
        assert self.program is not None
        return self.program.process.pid

    @property
    def running(self) -> bool:
        return self.program is not None and self.program.process.poll() is None

    async def wait(self) -> None:
        assert self.program is not None
        await asyncio.to_thread(self.program.wait)

    async def kill(self) -> None:
        self.look()
        await super().kill()

    async def stop(self) -> None:
        if self.running:
            self.look()
            await super().stop()

    def look(self) -> None:
        """Note the most memory it has had."""
        if self.running:
            status = Path(f"/proc/{self.pid}/status").read_text()
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    self.rss_mb = max(self.rss_mb, int(line.split()[1]) // 1000)

    @property
    def threads(self) -> int:
        return psutil.Process(self.pid).num_threads()


class Publisher(Part):
    """Flies what it is given. It keeps what it said: a second start is another flight."""

    def __init__(self, folder: Path, flying: Flying) -> None:
        self.flying = flying
        self._log = folder / "publisher.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.faults.publisher", msgspec.json.encode(self.flying).decode()),
                cwd=_ROOT,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def wait(self) -> None:
        assert self._process is not None
        code = await self._process.wait()
        assert code in (0, -signal.SIGKILL), self._log.read_text()[-2000:]

    async def stop(self) -> None:
        """Say no more, and end when the broker has acknowledged everything."""
        if self.running:
            await super().stop()

    @property
    def sent(self) -> int:
        """Messages."""
        return self._counts()[0]

    @property
    def acknowledged(self) -> int:
        """Messages."""
        return self._counts()[1]

    def _counts(self) -> tuple[int, int]:
        path = Path(self.flying.counts)
        return read_counts(path) if path.exists() and path.stat().st_size else (0, 0)
