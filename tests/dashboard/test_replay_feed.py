"""Replay sessions on their way from ingest to the browsers: of the root they belong to, to all."""

import json

import pytest
from msgspec.structs import replace

from dashboard import messages
from dashboard.board import CONFIRM_NS, MAX_REPLAYS, Board
from dashboard.commands import Commands
from dashboard.feed import Feed
from dashboard.hub import Client, Hub
from dashboard.tree import home_of
from dashboard.view import LiveView
from telemetry import wire
from telemetry.clock import ManualClock
from telemetry.link import Message
from telemetry.missiondb import load
from telemetry.replay import ReplayChange, ReplayCommand, ReplayVerb
from telemetry.topics import Topics
from telemetry.wire import Reason
from tests.dashboard.replays import NOW_NS, SESSION

HOME = Topics()


class Guest:
    """The feed of a replay's root, as one console has it beside its own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.view = LiveView(load())
        hub = Hub(list)
        hub._clients.add(client)
        self.feed = Feed(
            view=self.view,
            hub=hub,
            topics=Topics("replay-k3f9"),
            clock=ManualClock(NOW_NS),
            home=HOME,
        )

    def take(self, topic: str, payload: bytes) -> None:
        self.feed.take(Message(topic, payload, False, 0, 0))

    def sent(self) -> list[dict[str, object]]:
        return [json.loads(text) for text in self.client._events]


@pytest.fixture
async def guest() -> Guest:
    return Guest(Client(list))


async def test_a_page_of_a_replay_hears_of_its_session(guest: Guest) -> None:
    topic = HOME.replay("k3f9")
    guest.take(topic, wire.encode(SESSION))
    assert guest.view.board.replays == {"k3f9": SESSION}
    guest.take(topic, b"")
    shown, gone = guest.sent()
    assert shown["k"] == "replay"
    assert shown["row"]["root"] == "replay-k3f9"  # type: ignore[index]
    assert (gone["k"], gone["id"]) == ("replaygone", "k3f9")
    assert guest.view.board.replays == {}


async def test_who_asked_is_told_what_became_of_it(guest: Guest) -> None:
    change = ReplayChange(command="c1", verb=ReplayVerb.SEEK, by="Ann", refused="it is outside")
    guest.take(HOME.replay_event, wire.encode(change))
    [answer] = guest.sent()
    assert (answer["k"], answer["command"]) == ("replayanswer", "c1")
    assert (answer["refused"], answer["row"]) == ("it is outside", None)


async def test_a_session_under_another_name_is_refused(guest: Guest) -> None:
    guest.take(HOME.replay("other"), wire.encode(SESSION))
    assert guest.sent() == []
    assert guest.feed.refused[Reason.WRONG_SHAPE] == 1


def test_sessions_are_listened_to_once() -> None:
    view = LiveView(load())
    for root, more in (("tlm", 0), ("replay-k3f9", 1)):
        feed = Feed(
            view=view,
            hub=Hub(list),
            topics=Topics(root),
            clock=ManualClock(NOW_NS),
            home=HOME,
        )
        filters = feed._filters()
        assert "tlm/v1/+/replay/+" in filters
        assert filters.count(HOME.replay_event) == more
        assert len(set(filters)) == len(filters)


@pytest.mark.parametrize(
    ("root", "home"),
    [("tlm", "tlm"), ("test-1", "test-1"), ("replay-a1", "tlm"), ("train-a", "tlm")],
)
def test_a_replay_s_own_console_asks_the_live_root(root: str, home: str) -> None:
    assert home_of(root) == home


async def test_commands_of_any_root_go_where_the_sessions_are() -> None:
    published: list[tuple[str, bytes]] = []

    async def publish(topic: str, payload: bytes) -> None:
        published.append((topic, payload))

    commands = Commands(Topics("replay-k3f9"), publish, HOME)
    command = ReplayCommand(id="c1", by="Ann", session="k3f9")
    assert await commands.replay(ReplayVerb.PAUSE, command) == "c1"
    [(topic, payload)] = published
    assert topic == "cmd/v1/ground/replay/pause"
    assert wire.decode_replay_command(payload) == command


def test_a_browser_that_comes_is_told_of_sessions_whatever_its_root() -> None:
    own = Board()
    own.take_replay("k3f9", SESSION)
    hello = messages.hello(LiveView(load()), "replay-k3f9", own)
    assert [row["id"] for row in hello["replays"]] == ["k3f9"]


def test_sessions_that_ended_while_the_console_was_away_are_forgotten() -> None:
    board = Board()
    other = replace(SESSION, id="b2")
    for one in (SESSION, other):
        board.take_replay(one.id, one)
    board.connected(NOW_NS)
    board.take_replay("b2", other)
    assert board.drop_unconfirmed_replays(NOW_NS + CONFIRM_NS - 1) == set()
    assert board.drop_unconfirmed_replays(NOW_NS + CONFIRM_NS) == {"k3f9"}
    assert set(board.replays) == {"b2"}


def test_sessions_are_bounded() -> None:
    board = Board()
    for n in range(MAX_REPLAYS):
        assert board.take_replay(str(n), SESSION)
    assert not board.take_replay("more", SESSION)
    assert board.take_replay("0", SESSION)
