"""One training as it runs: its two programs, what they are told, what is read of them. I/O."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from socket import gethostname
from typing import Any, Final

from access.access import Sealer
from supervise import LOOPBACK, Program, ProgramEnded, ended, free_ports, running
from telemetry import wire
from telemetry.clock import LAST_NS, Clock
from telemetry.errors import LinkError, StoreError
from telemetry.missiondb import MissionDatabase
from telemetry.secret import INGEST_TOKEN, derived
from telemetry.settings import Settings
from telemetry.store.open import open_store
from telemetry.topics import Topics
from telemetry.training import Fault
from training.course import Course

#: Live telemetry comes first.
NICENESS: Final = 10
#: How often it is looked whether a fault's moment has come, or the session's end.
TICK_S: Final = 0.2
#: So long its journal may take to be read a last time.
_READ_S: Final = 5.0
#: What the simulators' log says of what they cannot do.
_REFUSED: Final = re.compile(r"(?:injected (\S+)|injection \S+?-(\w+) by .*?) refused: (.*)")

Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(slots=True)
class Session:
    """publish: on the service's connection. asked: to be set with the reason, to end it."""

    course: Course
    settings: Settings
    database: MissionDatabase
    folder: Path
    clock: Clock
    publish: Publish
    asked: asyncio.Future[str] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    _store: str = ""

    @property
    def _token(self) -> str:
        """What its ingest asks for."""
        return derived(self.settings.ingest_token, self.course.training.root)

    @property
    def topics(self) -> Topics:
        return Topics(self.course.training.root)

    async def run(self) -> str:
        """Until its end, when its programs have ended too; why that was."""
        async with AsyncExitStack() as stack:
            flying = asyncio.ensure_future(self._fly(stack))
            try:
                await asyncio.wait((flying, self.asked), return_when=asyncio.FIRST_COMPLETED)
            finally:
                flying.cancel()
                await asyncio.gather(flying, return_exceptions=True)
            reason = self.asked.result() if self.asked.done() else flying.result()
            await self.read_journal()
            self.course.close()  # that its own programs fall silent now is no alarm of anybody's
        return reason

    async def _fly(self, stack: AsyncExitStack) -> str:
        """Start its programs, which the stack ends, and see to it; why it must end."""
        (port,) = free_ports(0)
        self._store = f"remote+http://{LOOPBACK}:{port}"
        tasks: list[asyncio.Future[Any]] = []
        try:
            for program in programs(self.course, self.settings, self.folder, port):
                process = await stack.enter_async_context(
                    running(program, self._environment(), self.folder)
                )
                tasks.append(asyncio.ensure_future(ended(program, process, self.folder)))
            self.course.began(_address(self.settings.ingest_host, port), self.clock.now_ns())
            tasks.append(asyncio.ensure_future(self._conduct()))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return str(done.pop().result())
        except ProgramEnded as error:
            return str(error)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _conduct(self) -> str:
        """See that what is planned happens; why it must end."""
        log = _lines(self.folder / "simulators.log")
        while True:
            for fault in self.course.due(self.clock.now_ns()):
                if not await self.inject(fault):
                    break  # the broker is away: when it is back
            for line in next(log):
                if found := _REFUSED.search(line):
                    self.course.refused(found[1] or found[2], found[3])
            if reason := self.course.over(self.clock.now_ns()):
                return reason
            await asyncio.sleep(TICK_S)

    async def inject(self, fault: Fault) -> bool:
        """Whether the simulators were told."""
        training = self.course.training
        message = wire.Injection(
            id=f"{training.id}-{fault.id}", by=fault.by, action=dict(fault.action)
        )
        to = str(fault.action.get("spacecraft", "iss"))
        topic = self.topics.injection(to)
        payload = Sealer.of(self.settings)(topic, wire.encode(message), self.clock.now_ns())
        try:
            await self.publish(topic, payload)
        except LinkError:
            return False
        self.course.told(fault, self.clock.now_ns())
        return True

    async def read_journal(self) -> None:
        """From its ingest, which has all of it; whatever was heard so far stays if it is away."""
        if not self._store:
            return
        try:
            async with (
                asyncio.timeout(_READ_S),
                open_store(self._store, self.database, self._token) as store,
            ):
                self.course.rebuild([one async for one in store.read_events(0, LAST_NS)])
        except (StoreError, TimeoutError):
            return

    def _environment(self) -> dict[str, str]:
        settings = self.settings
        return {
            "STATIONWATCH_BROKER": settings.broker,
            "STATIONWATCH_BROKER_CA": settings.broker_ca,
            "STATIONWATCH_ACCESS": str(settings.access or ""),
            INGEST_TOKEN: self._token,
            "STATIONWATCH_MISSIONDB": str(settings.missiondb or ""),
            # nobody is called out of bed for a training
            "STATIONWATCH_NOTIFY": "",
        }


def programs(
    course: Course, settings: Settings, folder: Path, port: int
) -> tuple[Program, Program]:
    """Ingest and simulators of a session. port: of its ingest."""
    training = course.training
    root, spec = f"--root={training.root}", training.spec
    ingest = (
        "ingest",
        root,
        f"--state={folder}",
        f"--store=duckdb://{folder / 'telemetry.duckdb'}",
        f"--ingest-host={settings.ingest_host}",
        f"--ingest-port={port}",
    )
    simulate = (
        "simulate",
        root,
        f"--scenario={spec.scenario}",
        f"--speed={spec.speed:g}",
        f"--seed={spec.seed}",
        *([f"--at={spec.at}"] if spec.at else []),
    )
    return (
        Program("ingest", ingest, niceness=NICENESS),
        Program("simulators", simulate, niceness=NICENESS),
    )


def _address(host: str, port: int) -> str:
    """Where others reach its ingest. One that listens on every address has the machine's name."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        host = gethostname()
    return f"http://{host}:{port}"


def _lines(path: Path) -> Iterator[list[str]]:
    """What has been written since the last time, as whole lines."""
    at = 0
    while True:
        with path.open("rb") as file:
            file.seek(at)
            text = file.read(1 << 16)
        whole = text[: text.rfind(b"\n") + 1]
        at += len(whole)
        yield whole.decode(errors="replace").splitlines()
