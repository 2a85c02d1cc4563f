"""Every input that was kept, each fault once found among them, is answered as it must be."""

import gc
import tracemalloc
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.inputs import CORPUS, inputs, kept
from tests.fuzz.table import TARGETS

#: What a target may hold on to after its inputs have come again and again.
MAX_HELD_BYTES = 2 << 20
MAX_CORPUS_BYTES = 300_000


@pytest.mark.parametrize("name", TARGETS)
def test_all_that_was_kept_is_answered_as_it_must_be(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    with target.subject(tmp_path) as take:
        for path in kept(name):
            take(path.read_bytes())
        for data in target.seeds():
            take(data)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_made_of_a_seed_is_answered_too(name: str, tmp_path: Path) -> None:
    target, random = TARGETS[name], Random(0)
    seeds = list(target.seeds())
    with target.subject(tmp_path) as take:
        for _ in range(20):
            take(target.mutate(random.choice(seeds), target.most_bytes, random))


@pytest.mark.parametrize("name", ["wire", "gate", "console-sockets", "console-callbacks"])
def test_the_same_again_takes_no_more_memory(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    found = inputs(target)
    with target.subject(tmp_path) as take:

        def all_of_them(times: int) -> int:
            for _ in range(times):
                for data in found:
                    take(data)
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            before = all_of_them(2)
            assert all_of_them(5) - before < MAX_HELD_BYTES
        finally:
            tracemalloc.stop()


def test_the_corpus_stays_small_and_every_part_of_it_has_a_target() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MAX_CORPUS_BYTES
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)
