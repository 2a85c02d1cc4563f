"""`python -m tests.fuzz [--seconds N] [--jobs N] [--seed N] [TARGET ...]`: fuzz, and say what came.

`python -m tests.fuzz --run FILE TARGET` gives a target one input, with whatever comes of it.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.child import HANG_S
from tests.fuzz.inputs import CORPUS
from tests.fuzz.table import TARGETS

_DONE: Final = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)/")
#: Beyond its time a target may take so long to start and to end.
_GRACE_S: Final = 120
#: Of what a run found worth keeping, for `--keep`.
_KEEP_BYTES: Final = 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """coverage, features, corpus: as libFuzzer counts; "-" by chance. found: files with faults."""

    name: str
    runs: int
    seconds: int
    coverage: str
    features: str
    corpus: str
    found: tuple[Path, ...]


def run(name: str, seconds: int, seed: int, keep: bool) -> Ran:
    found: list[Path] = []
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as temporary:
        folder = Path(temporary)
        words = [sys.executable, "-m", "tests.fuzz.child", name, str(seconds), str(seed), temporary]
        with (folder / "log").open("wb") as log:
            try:
                code = subprocess.run(
                    words, stdout=log, stderr=log, timeout=seconds + _GRACE_S, check=False
                ).returncode
            except subprocess.TimeoutExpired:
                code = -1
        log_text = (folder / "log").read_text("utf-8", "replace")
        for path in sorted(folder.glob("found-*")):
            kept = CORPUS / name / path.name
            if path.suffix == ".txt":
                print(f"--- {name}: {path.stem}\n{path.read_text('utf-8', 'replace')}", flush=True)
            else:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, kept)
                found.append(kept)
        if code and not found:
            found.append(Path("it-ended-early"))
            print(f"--- {name} ended with {code}:\n{log_text[-3_000:]}", flush=True)
        runs = folder / "runs"
        count = int(runs.read_text()) if runs.exists() else 0
        said = re.findall(r"stat::number_of_executed_units:\s+(\d+)", log_text)
        done = _DONE.findall(log_text)
        if keep and (folder / "corpus").exists():
            _keep(name, folder / "corpus")
        return Ran(
            name=name,
            runs=int(said[-1]) if said else count,
            seconds=seconds,
            coverage=done[-1][0] if done else "-",
            features=done[-1][1] if done else "-",
            corpus=done[-1][2] if done else "-",
            found=tuple(found),
        )


def _keep(name: str, corpus: Path) -> None:
    """The smallest of what was new, up to a bound."""
    target, held = TARGETS[name], CORPUS / name
    held.mkdir(parents=True, exist_ok=True)
    known = set(target.seeds())
    room = _KEEP_BYTES - sum(path.stat().st_size for path in held.iterdir())
    for path in sorted(corpus.iterdir(), key=lambda one: one.stat().st_size):
        size = path.stat().st_size
        if path.read_bytes() in known or (held / path.name[:12]).exists():
            continue
        if size > room:
            break
        shutil.copy(path, held / path.name[:12])
        room -= size


def table(ran: Sequence[Ran]) -> str:
    head = ("target", "inputs", "a second", "coverage", "features", "corpus", "found")
    rows = [
        (
            one.name,
            f"{one.runs:,}",
            f"{one.runs / max(one.seconds, 1):,.0f}",
            one.coverage,
            one.features,
            one.corpus,
            str(len(one.found)),
        )
        for one in ran
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    )
    return "\n".join(lines)


def give(name: str, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, TARGETS[name].subject(Path(folder)) as take:
        take(file.read_bytes())
    print(f"{name}: {file} is answered as it must be")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("--jobs", type=int, default=2, help="targets at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="add what was new to the corpus")
    parser.add_argument("--run", type=Path, metavar="FILE", help="one input alone")
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no target {sorted(unknown)[0]!r}; there are {', '.join(TARGETS)}")
    if options.run:
        give(names[0], options.run)
        return 0
    with ThreadPoolExecutor(options.jobs) as pool:
        ran = list(pool.map(lambda n: run(n, options.seconds, options.seed, options.keep), names))
    print(table(ran))
    for one in ran:
        for path in one.found:
            print(f"found: .venv/bin/python -m tests.fuzz --run {path} {one.name}")
    print(f"an input that takes over {HANG_S} s is a fault, and so is growth")
    return 1 if any(one.found for one in ran) else 0


if __name__ == "__main__":
    sys.exit(main())
