"""Roots besides the console's own: listened to while somebody looks, and no longer."""

import asyncio

import pytest

from dashboard import tree
from dashboard.hub import TooFarBehind
from dashboard.tree import MAX_GUESTS, NoTree, Tree, Trees
from tests.dashboard.desk import Desk


class Listening:
    """Which roots are listened to."""

    def __init__(self) -> None:
        self.roots: list[str] = []
        desk = Desk()
        self.own = desk.tree
        self.trees = Trees(desk.tree, desk.means.database, desk.clock, self._run)

    async def _run(self, one: Tree) -> None:
        self.roots.append(one.root)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.roots.remove(one.root)

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_tree_nobody_hears_any_more_is_told_at_once_and_made_anew() -> None:
    dying = asyncio.Event()
    desk = Desk()

    async def run(_: Tree) -> None:
        await dying.wait()
        raise RuntimeError("the feed broke")

    trees = Trees(desk.tree, desk.means.database, desk.clock, run)
    async with trees.look("replay-7") as first:
        with first.hub.join() as browser:
            dying.set()
            with pytest.raises(TooFarBehind):
                await asyncio.wait_for(anext(aiter(browser.messages())), 20)
        with pytest.raises(NoTree):
            trees.at("?root=replay-7")
        dying.clear()
        async with trees.look("replay-7") as second:
            assert second is not first
        # who looked at the dead one leaves without taking the new one along
        assert trees.at("?root=replay-7") is second
    assert trees.at("?root=replay-7") is second
    await trees.aclose()


async def test_own_root_is_not_listened_to_again() -> None:
    one = Listening()
    async with one.trees.look("") as first, one.trees.look("tlm") as second:
        assert first is second is one.own
        assert one.trees.at("?range=6h") is one.own
        await one.settle()
        assert one.roots == []


async def test_a_root_is_listened_to_once_for_all_who_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "LINGER_S", 0.0)
    one = Listening()
    async with one.trees.look("replay-7") as first:
        async with one.trees.look("replay-7") as second:
            assert first is second
            assert one.trees.at("?root=replay-7") is first
        await asyncio.sleep(0)
        await one.settle()
        assert one.roots == ["replay-7"]
    async with asyncio.timeout(5):
        while one.roots:
            await asyncio.sleep(0)
    with pytest.raises(NoTree, match="nothing is heard under replay-7"):
        one.trees.at("?root=replay-7")


async def test_who_comes_back_in_time_finds_it_as_it_was() -> None:
    one = Listening()
    async with one.trees.look("train-a1") as first:
        pass
    async with one.trees.look("train-a1") as second:
        assert first is second
    await one.trees.aclose()
    assert one.roots == []


@pytest.mark.parametrize(
    "root", ["-", "tlm2", "replay-", "replay-#", "replay-a/b", "cmd", "replay-A"]
)
async def test_what_is_no_replay_or_training_is_not_listened_to(root: str) -> None:
    one = Listening()
    with pytest.raises(NoTree):
        async with one.trees.look(root):
            pass


async def test_roots_are_bounded_and_one_nobody_looks_at_makes_room() -> None:
    one = Listening()
    looks = [one.trees.look(f"replay-{n}") for n in range(MAX_GUESTS)]
    for look in looks:
        await look.__aenter__()
    with pytest.raises(NoTree, match="looked at already"):
        async with one.trees.look("replay-more"):
            pass
    await looks[0].__aexit__(None, None, None)
    async with one.trees.look("replay-more"):
        await one.settle()
        assert "replay-0" not in one.roots
        assert "replay-more" in one.roots
    for look in looks[1:]:
        await look.__aexit__(None, None, None)
    await one.trees.aclose()
