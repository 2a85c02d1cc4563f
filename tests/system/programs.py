"""stationwatch commands as processes of their own, as in production."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 30
STOP_S = 20


class Program:
    """A running command. Its standard error is a file beside the test."""

    def __init__(self, log: Path, *arguments: str, environment: Mapping[str, str] = {}) -> None:
        self.log = log
        self.arguments = arguments
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stationwatch", *arguments],
                stdout=subprocess.PIPE,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
                text=True,
            )

    def line(self) -> str:
        """Its next line of output; empty when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def await_ready(self) -> None:
        said = self.line()
        assert said == "ready", f"{self.arguments}: {said!r}\n{self.log.read_text()[-2000:]}"

    def kill(self) -> None:
        """As a crash."""
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(START_S + STOP_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def stop(self) -> int:
        """As an operator or a supervisor does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()


@contextmanager
def running(log: Path, *arguments: str, **environment: str) -> Iterator[Program]:
    """A program that is ready, stopped at the end if it has not ended before."""
    program = Program(log, *arguments, environment=environment)
    try:
        program.await_ready()
        yield program
    finally:
        program.stop()


def get(url: str) -> str:
    """The body of a page; empty while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


def metric(port: int, name: str) -> float:
    """A metric of ingest; -1 while it does not answer."""
    for line in get(f"http://127.0.0.1:{port}/metrics").splitlines():
        if line.startswith(f"stationwatch_{name} "):
            return float(line.split()[1])
    return -1.0
