"""Back-tests asked for from the page: the product's own command as a child process. I/O.

One runs at a time, out of the way of everything else; the newest few are kept until the console
stops.
"""

import asyncio
import shutil
import sys
import tempfile
import uuid
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from telemetry.clock import Clock
from telemetry.errors import UsageError

MAX_KEPT: Final = 10
#: A week of every parameter takes half a minute; who asks for more is told to use the terminal.
WITHIN_S: Final = 1800.0
#: Of some tens of thousands of alarms.
MAX_OUTPUT_BYTES: Final = 32_000_000
#: Of what it says when it fails, the end.
_MAX_SAID_BYTES: Final = 64_000
_PIECE_BYTES: Final = 1 << 16
_NICE: Final = 10


class RunState(StrEnum):
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to judge. start, stop: as the command line takes them; limits: edited ones as TOML."""

    by: str
    start: str = ""
    stop: str = ""
    recording: str = ""
    events: tuple[str, ...] = ()
    limits: str = ""

    def arguments(self, edits: Path) -> list[str]:
        """edits: the file that holds `limits`."""
        given = []
        for option, value in (
            ("--recording", self.recording),
            ("--from", self.start),
            ("--to", self.stop),
        ):
            if value:
                given.append(f"{option}={value}")
        given += [f"--event={event}" for event in self.events]
        return [*given, f"--limits={edits}"] if self.limits.strip() else given


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """alarms: how many; false_alarms: those of them outside of events."""

    name: str
    alarms: int
    false_alarms: int


class _Side(msgspec.Struct):
    name: str
    alarms: list[msgspec.Raw]
    false_alarms: int


class _Found(msgspec.Struct):
    sides: list[_Side]


class _TooMuch(Exception):
    """It says more than can be held here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """found: what each side of `stationwatch backtest --json` came to. said: why there is none."""

    id: str
    asked: Asked
    began_ns: int
    state: RunState = RunState.RUNNING
    ended_ns: int = 0
    found: tuple[Side, ...] = ()
    said: str = ""


class BacktestRuns:
    """store, missiondb: as this console was given them. Leave with `aclose`."""

    def __init__(self, clock: Clock, store: str, missiondb: Path | None) -> None:
        self._clock = clock
        self._settings = [f"--store={store}", *([f"--missiondb={missiondb}"] if missiondb else [])]
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._folder: Path | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled_by = ""

    @property
    def newest_first(self) -> list[Run]:
        return list(reversed(self._runs.values()))

    @property
    def running(self) -> Run | None:
        return next((one for one in self._runs.values() if one.state is RunState.RUNNING), None)

    def get(self, id_: str) -> Run | None:
        return self._runs.get(id_)

    def report(self, id_: str) -> Path | None:
        """The page of one that is done."""
        run = self._runs.get(id_)
        if run is None or run.state is not RunState.DONE or self._folder is None:
            return None
        return self._folder / id_ / "report.html"

    def start(self, asked: Asked) -> Run:
        """:raises UsageError: while another is running."""
        if self.running is not None:
            raise UsageError("a back-test is running: wait for it, or cancel it")
        run = Run(id=uuid.uuid4().hex[:8], asked=asked, began_ns=self._clock.now_ns())
        self._runs[run.id] = run
        self._cancelled_by = ""
        self._task = asyncio.get_running_loop().create_task(self._run(run))
        while len(self._runs) > MAX_KEPT:
            old, _ = self._runs.popitem(last=False)
            if self._folder is not None:
                shutil.rmtree(self._folder / old, ignore_errors=True)
        return run

    def cancel(self, by: str) -> None:
        """by: who asks; stands with the run."""
        if self._task is not None and not self._task.done():
            self._cancelled_by = self._cancelled_by or by
            self._task.cancel()

    async def aclose(self) -> None:
        """End what runs, and keep nothing."""
        self.cancel("the console, which stops")
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _run(self, run: Run) -> None:
        end: dict[str, Any] = {"state": RunState.FAILED, "said": "it came to no end"}
        try:
            end = await self._judge(run)
        except asyncio.CancelledError:
            end = {"state": RunState.CANCELLED, "said": f"cancelled by {self._cancelled_by}"}
            raise
        except _TooMuch:
            end = {"state": RunState.FAILED, "said": "too many alarms to show here"}
        except TimeoutError:
            told = f"not done in {WITHIN_S / 60:g} min: use `stationwatch backtest`"
            end = {"state": RunState.FAILED, "said": told}
        except OSError as error:
            end = {"state": RunState.FAILED, "said": f"it cannot be run: {error}"}
        finally:
            if run.id in self._runs:
                self._runs[run.id] = replace(run, ended_ns=self._clock.now_ns(), **end)

    async def _judge(self, run: Run) -> dict[str, Any]:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="stationwatch-backtests-"))
        folder = self._folder / run.id
        folder.mkdir()
        edits = folder / "limits.toml"
        edits.write_text(run.asked.limits, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stationwatch",
            "backtest",
            *run.asked.arguments(edits),
            *self._settings,
            "--json",
            f"--html={folder / 'report.html'}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        with suppress(psutil.Error):
            psutil.Process(process.pid).nice(_NICE)
        try:
            async with asyncio.timeout(WITHIN_S):
                out, err = await asyncio.gather(_all(process), _end(process.stderr))
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                # To the end of what it said: wait() alone may never come back while a pipe is
                # full of what nobody reads
                await process.communicate()
        if process.returncode:
            return {"state": RunState.FAILED, "said": _last_words(err)}
        return {"state": RunState.DONE, "found": await asyncio.to_thread(_read, out)}


async def _all(process: asyncio.subprocess.Process) -> bytes:
    """What it says. As soon as that is too much it is killed.

    :raises _TooMuch: when it has ended.
    """
    said = bytearray()
    too_much = False
    while process.stdout is not None and (piece := await process.stdout.read(_PIECE_BYTES)):
        if too_much:
            continue
        said += piece
        if too_much := len(said) > MAX_OUTPUT_BYTES:
            process.kill()
    if too_much:
        raise _TooMuch
    return bytes(said)


async def _end(stream: asyncio.StreamReader | None) -> bytes:
    said = b""
    while stream is not None and (piece := await stream.read(_PIECE_BYTES)):
        said = (said + piece)[-_MAX_SAID_BYTES:]
    return said


def _read(out: bytes) -> tuple[Side, ...]:
    found = msgspec.json.decode(out, type=_Found)
    return tuple(
        Side(name=one.name, alarms=len(one.alarms), false_alarms=one.false_alarms)
        for one in found.sides
    )


def _last_words(err: bytes) -> str:
    """What a command of ours says when it fails: its mistakes, without its name."""
    lines = [line.strip() for line in err.decode(errors="replace").splitlines() if line.strip()]
    marked = [line.partition("error: ")[2] or line for line in lines]
    return "\n".join(marked[-6:]) or "it failed and said nothing"
