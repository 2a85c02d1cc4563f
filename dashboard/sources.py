"""Where history and what ingest tells come from, by root: a training has an ingest of its own.

What live telemetry left in its store must never stand on a page of a training.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final, Self

from dashboard.board import Board
from dashboard.catalogue import is_training
from dashboard.history import History
from dashboard.ingest_client import IngestClient
from telemetry.errors import StoreUnavailable
from telemetry.secret import derived
from telemetry.store.base import Store

#: Nobody listens there: what is asked of a training that has ended is answered so at once.
_NOWHERE: Final = "http://127.0.0.1:9"


class Sources:
    """board: of the console's own root, which knows of trainings. open_store: of a URL and the
    token its ingest asks for. token: of live ingest.

    `history` and `ingest` are those of every root that is no training's.
    """

    def __init__(
        self,
        board: Board,
        history: History,
        ingest: IngestClient,
        open_store: Callable[[str, str], Store],
        token: str = "",
    ) -> None:
        self._board, self._history, self._ingest = board, history, ingest
        self._open_store, self._token = open_store, token
        #: By address of its ingest; a console hears of few trainings in its life.
        self._trainings: dict[str, History] = {}

    def history(self, root: str) -> History:
        """A store that is not there raises `StoreUnavailable` when it is asked."""
        if not is_training(root):
            return self._history
        address = self._address(root)
        if address not in self._trainings:
            self._trainings[address] = History(lambda: self._open(address, root))
        return self._trainings[address]

    def ingest(self, root: str) -> IngestClient:
        if not is_training(root):
            return self._ingest
        return IngestClient(self._address(root) or _NOWHERE, derived(self._token, root))

    def _address(self, root: str) -> str:
        """Of a training's ingest; empty if there is none now."""
        trainings = self._board.trainings.values()
        return next((one.ingest for one in trainings if one.root == root), "")

    def _open(self, address: str, root: str) -> Store:
        if not address:
            raise StoreUnavailable("the training has ended, and its telemetry with it")
        # where it is was read from the broker: only what is of use there is shown there
        return self._open_store(f"remote+{address}", derived(self._token, root))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        async with AsyncExitStack() as stack:
            for history in self._trainings.values():
                stack.push_async_callback(history.__aexit__, None, None, None)
            self._trainings.clear()
