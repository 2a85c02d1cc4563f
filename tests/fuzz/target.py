"""What is fuzzed: one row a target."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.mutate import Mutator

#: A folder for its own -> what takes one input. It raises what is a fault.
Subject = Callable[[Path], AbstractContextManager[Callable[[bytes], None]]]

#: What nobody outside is told: a stack trace, or where the product lies on its machine.
_TRACE: Final = re.compile(rb'Traceback|File "[^"]+\.py|\.py:\d+|site-packages')


class Fault(AssertionError):
    """What should not be, where nothing was raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """seeds: valid inputs, by the product's own encoders. designed: errors it may answer with."""

    name: str
    subject: Subject
    seeds: Callable[[], Iterable[bytes]]
    mutate: Mutator
    most_bytes: int = 20_000


def plainly(take: Callable[[bytes], object], *designed: type[Exception]) -> Subject:
    """A subject without a folder; `designed` are the errors it may answer with, in one line."""

    @contextmanager
    def subject(_: Path) -> Iterator[Callable[[bytes], None]]:
        yield lambda data: answered(lambda: take(data), *designed)

    return subject


def answered(ask: Callable[[], object], *designed: type[Exception]) -> None:
    try:
        ask()
    except designed as error:
        said = str(error)
        if not said or len(said) > 2_000 or _TRACE.search(said.encode(errors="replace")):
            raise Fault(f"{type(error).__name__} says {said[:2_000]!r}") from error


def judge_answer(status: int, body: bytes, *, lines: int = 1) -> None:
    """An answer by HTTP. :raises Fault: if nobody should be given it."""
    if status >= 500:
        raise Fault(f"{status}: {body[:300]!r}")
    if status >= 400 and (_TRACE.search(body) or body.strip().count(b"\n") >= lines):
        raise Fault(f"{status} tells too much: {body[:300]!r}")
