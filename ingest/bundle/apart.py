"""Looks at a bundle in a process apart: what is hostile in it can harm nobody else. I/O.

`python -m ingest.bundle.apart FILE NAME` says what it found, or what is wrong, as JSON. Its memory
and time are bounded, and it comes after everything else this machine has to do.
"""

import asyncio
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

import msgspec

from ingest.bundle.container import opened
from ingest.bundle.form import BundleError, Looked
from telemetry.errors import StationwatchError

#: Of address space, most of which is never used; what Arrow reserves is in it.
MEMORY_BYTES: Final = 8 << 30
#: Of a processor: the largest bundle takes a minute or two [A].
CPU_S: Final = 900
_NICENESS: Final = 10


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    looked: Looked | None = None
    refused: str = ""


async def look_apart(path: Path, name: str = "") -> Looked:
    """name: for messages, if another than its path.

    :raises BundleError: with what is wrong with the bundle.
    """
    name = name or str(path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(path), name),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        # Arrow on what no program ever wrote, or no end of it
        raise BundleError(f"{name} is refused: {_end(process.returncode)} while looking into it")
    verdict = msgspec.json.decode(said, type=_Verdict)
    if verdict.looked is None:
        raise BundleError(verdict.refused)
    return verdict.looked


def _end(code: int) -> str:
    if code == -signal.SIGXCPU:
        return f"its reader took over {CPU_S} s"
    return f"its reader ended with {signal.Signals(-code).name if code < 0 else f'code {code}'}"


def main(path: Path, name: str) -> None:
    from ingest.bundle.look import look  # here alone: Arrow's readers are large

    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    try:
        with opened(path, name) as container:
            verdict = _Verdict(looked=look(container))
    except StationwatchError as error:
        verdict = _Verdict(refused=str(error))
    except MemoryError:
        verdict = _Verdict(refused=f"{name} is refused: it takes too much memory to read")
    sys.stdout.buffer.write(msgspec.json.encode(verdict))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
