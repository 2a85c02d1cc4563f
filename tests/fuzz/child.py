"""One target in a process of its own: `python -m tests.fuzz.child TARGET SECONDS SEED FOLDER`.

With atheris the coverage of the product leads; where there is none, inputs are made of the corpus
by chance. Each fault is written down once, by where it came from, and the run goes on.
"""

import hashlib
import logging
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psutil

from recordings.memory import bound_memory
from tests.fuzz.inputs import inputs
from tests.fuzz.target import Fault, Target

#: Longer for one input is a hang.
HANG_S: Final = 10
MAX_GROWTH_BYTES: Final = 300 << 20
_WARM_RUNS: Final = 1_000
_PRODUCT: Final = ("telemetry", "ingest", "recordings", "dashboard", "training", "access")


class Watch:
    """Gives inputs to a subject, and keeps what was wrong with it."""

    def __init__(self, take: Callable[[bytes], None], folder: Path) -> None:
        self._take, self._folder = take, folder
        self._known: set[str] = set()
        self._process = psutil.Process()
        self._base = 0
        self.runs = 0

    def __call__(self, data: bytes) -> None:
        try:
            self._take(data)
        except Exception as error:
            self._keep(data, error)
        self.runs += 1
        if self.runs % _WARM_RUNS == 0:
            self._look_at_growth(data)
            self.save()

    def save(self) -> None:
        (self._folder / "runs").write_text(str(self.runs), encoding="ascii")

    def _look_at_growth(self, data: bytes) -> None:
        now = self._process.memory_info().rss
        self._base = self._base or now
        if now > self._base + MAX_GROWTH_BYTES:
            self._keep(data, Fault(f"grown from {self._base >> 20} to {now >> 20} MiB"))
            self._base = now

    def _keep(self, data: bytes, error: Exception) -> None:
        where = fault_of(error)
        if where in self._known:
            return
        self._known.add(where)
        name = "found-" + hashlib.sha256(where.encode()).hexdigest()[:8]
        (self._folder / name).write_bytes(data)
        said = "".join(traceback.format_exception(error))
        (self._folder / f"{name}.txt").write_text(said, "utf-8", "backslashreplace")


def fault_of(error: Exception) -> str:
    """What tells one fault from another: its kind, and the last place of ours it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if any(f"/{name}/" in one.filename for name in _PRODUCT)]
    at = (ours or frames)[-1]
    said = str(error)[:40] if isinstance(error, Fault) else ""
    return f"{type(error).__name__} {Path(at.filename).name}:{at.lineno} {said}"


def by_chance(target: Target, watch: Watch, seconds: float, seed: int) -> None:
    chance = random.Random(seed)
    known = inputs(target)
    for data in known:
        watch(data)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = chance.choice(known)
        for _ in range(chance.choice((1, 1, 2, 3))):
            data = target.mutate(data, target.most_bytes, chance)
        watch(data)


def by_coverage(
    atheris: Any, target: Target, watch: Watch, seconds: int, seed: int, folder: Path
) -> None:
    corpus = folder / "corpus"
    corpus.mkdir()
    for data in inputs(target):
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    def mutate(data: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.15:  # libFuzzer's own, which knows what the code compared with
            return bytes(atheris.Mutate(data, min(most, target.most_bytes)))
        return target.mutate(data, min(most, target.most_bytes), chance)

    options = {
        "max_total_time": seconds,
        "timeout": HANG_S,
        "max_len": target.most_bytes,
        "seed": seed,
        "rss_limit_mb": 3_000,
        "print_final_stats": 1,
        "artifact_prefix": f"{folder}/found-",
        "reload": 0,
    }
    words = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *words, str(corpus)], watch, custom_mutator=mutate)
    atheris.Fuzz()  # ends the process


def main(name: str, seconds: int, seed: int, folder: Path) -> None:
    bound_memory()  # as commands that read files do
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", RuntimeWarning)  # numpy says so that a value was made up
    atheris: Any = import_module("atheris") if find_spec("atheris") else None
    with ExitStack() as stack:
        if atheris:
            with atheris.instrument_imports(include=list(_PRODUCT)):
                from tests.fuzz.table import TARGETS
        else:
            from tests.fuzz.table import TARGETS
        target = TARGETS[name]
        scratch = folder / "scratch"
        scratch.mkdir()
        watch = Watch(stack.enter_context(target.subject(scratch)), folder)
        if atheris:
            by_coverage(atheris, target, watch, seconds, seed, folder)
        else:
            by_chance(target, watch, seconds, seed)
        watch.save()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
