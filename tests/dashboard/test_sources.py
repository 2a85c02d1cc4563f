"""Where history comes from: never from live telemetry's store on a page of a training."""

import pytest
from msgspec.structs import replace

from dashboard.board import Board
from dashboard.history import History
from dashboard.ingest_client import IngestAway, IngestClient
from dashboard.sources import Sources
from telemetry.errors import StoreUnavailable
from telemetry.missiondb import load
from telemetry.secret import derived
from telemetry.store.base import Store
from telemetry.store.memory import MemoryStore
from tests.dashboard.trainings import TRAINING

LIVE = IngestClient("http://live")


class Room:
    def __init__(self) -> None:
        self.board = Board()
        self.opened: list[str] = []
        self.live = History(lambda: self.open_store("live", "of live"))
        self.shown: list[str] = []
        self.sources = Sources(self.board, self.live, LIVE, self.open_store, "of live")

    def open_store(self, url: str, token: str) -> Store:
        self.opened.append(url)
        self.shown.append(token)
        return MemoryStore(load())


@pytest.mark.parametrize("root", ["tlm", "replay-a1", "play"])
def test_what_is_no_training_has_the_console_s_own(root: str) -> None:
    room = Room()
    assert room.sources.history(root) is room.live
    assert room.sources.ingest(root) is LIVE


async def test_a_training_has_its_own_opened_once_and_closed_with_the_console() -> None:
    room = Room()
    room.board.take_training("a1b2", TRAINING)
    async with room.sources as sources:
        for _ in range(2):
            assert await sources.history(TRAINING.root).recordings() == []
        assert room.opened == ["remote+http://127.0.0.1:4711"]
        # whoever says on the broker that a training is at his address is not shown live's token
        assert room.shown == [derived("of live", TRAINING.root)] != ["of live"]
        assert sources.ingest(TRAINING.root)._url == "http://127.0.0.1:4711"


async def test_one_that_has_ended_has_none_and_says_so() -> None:
    room = Room()
    room.board.take_training("a1b2", replace(TRAINING, ingest=""))
    async with room.sources as sources:
        with pytest.raises(StoreUnavailable, match="has ended"):
            await sources.history(TRAINING.root).recordings()
        with pytest.raises(IngestAway):
            await sources.ingest(TRAINING.root).get_json("/log/plan")
    assert room.opened == []
