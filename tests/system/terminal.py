"""A command of `stationwatch`, run to its end as an operator would."""

import asyncio
import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """Commands that go to one broker and root."""

    url: str
    root: str

    async def run(self, *arguments: str, **environment: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "stationwatch", *arguments, f"--broker={self.url}", f"--root={self.root}"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **environment},
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())
