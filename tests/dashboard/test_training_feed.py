"""Trainings on their way from their service to the browsers: to those of every root."""

import json

import pytest

from dashboard import messages
from dashboard.board import CONFIRM_NS, MAX_TRAININGS, Board
from dashboard.catalogue import looks
from dashboard.commands import Commands
from dashboard.feed import Feed
from dashboard.hub import Client, Hub
from dashboard.view import LiveView
from telemetry import wire
from telemetry.clock import ManualClock
from telemetry.link import Message
from telemetry.missiondb import load
from telemetry.topics import Topics
from telemetry.training import TrainingCatalogue, TrainingChange, TrainingCommand, TrainingVerb
from telemetry.wire import Reason
from tests.dashboard.trainings import CATALOGUE, NOW_NS, TRAINING

HOME = Topics()


class Guest:
    """The feed of a training's root, as one console has it beside its own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.view = LiveView(load())
        hub = Hub(list)
        hub._clients.add(client)
        self.feed = Feed(
            view=self.view,
            hub=hub,
            topics=Topics("train-a1b2"),
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


async def test_a_page_of_a_training_hears_of_it_and_of_its_end(guest: Guest) -> None:
    guest.take(HOME.training("a1b2"), wire.encode(TRAINING))
    assert guest.view.board.trainings == {"a1b2": TRAINING}
    guest.take(HOME.training("a1b2"), b"")
    shown, gone = guest.sent()
    assert (shown["k"], gone["k"], gone["id"]) == ("training", "traininggone", "a1b2")
    assert guest.view.board.trainings == {}


async def test_whether_trainings_can_be_had_is_told(guest: Guest) -> None:
    offline = TrainingCatalogue(online=False, since_ns=NOW_NS)
    for payload in (wire.encode(CATALOGUE), wire.encode(offline), b""):
        guest.take(HOME.training_catalogue, payload)
    assert [one["online"] for one in guest.sent()] == [True, False, False]
    assert guest.view.board.trainings == {}
    assert guest.view.board.training_catalogue is None


async def test_who_asked_is_told_what_became_of_it(guest: Guest) -> None:
    change = TrainingChange(command="c1", verb=TrainingVerb.INJECT, by="Ina", refused="no hull")
    guest.take(HOME.training_event, wire.encode(change))
    [answer] = guest.sent()
    assert (answer["k"], answer["command"]) == ("traininganswer", "c1")
    assert answer["refused"] == "no hull"


async def test_a_training_under_another_name_is_refused(guest: Guest) -> None:
    guest.take(HOME.training("other"), wire.encode(TRAINING))
    assert guest.sent() == []
    assert guest.feed.refused[Reason.WRONG_SHAPE] == 1


async def test_commands_of_any_root_go_where_the_service_hears_them() -> None:
    published: list[tuple[str, bytes]] = []

    async def publish(topic: str, payload: bytes) -> None:
        published.append((topic, payload))

    commands = Commands(Topics("train-a1b2"), publish, HOME)
    command = TrainingCommand(id="c1", by="Ina", session="a1b2")
    await commands.training(TrainingVerb.END, command)
    assert published == [("cmd/v1/ground/training/end", wire.encode(command))]


def test_trainings_are_bounded_and_those_not_repeated_forgotten() -> None:
    board = Board()
    for n in range(MAX_TRAININGS):
        assert board.take_training(str(n), TRAINING)
    assert not board.take_training("more", TRAINING)
    board.connected(NOW_NS)
    board.take_training("7", TRAINING)
    assert board.drop_unconfirmed_trainings(NOW_NS + CONFIRM_NS - 1) == set()
    assert len(board.drop_unconfirmed_trainings(NOW_NS + CONFIRM_NS)) == MAX_TRAININGS - 1
    assert set(board.trainings) == {"7"}


def test_a_browser_that_comes_is_told_of_trainings_whatever_its_root() -> None:
    own = Board()
    own.take_training("a1b2", TRAINING)
    hello = messages.hello(LiveView(load()), "train-a1b2", own)
    assert [row["root"] for row in hello["trainings"]] == ["train-a1b2"]
    assert not hello["live"]


@pytest.mark.parametrize(
    ("root", "banner"),
    [("train-a1b2", "TRAINING - NOT LIVE"), ("replay-k3f9", "REPLAY - NOT LIVE"), ("tlm", "")],
)
def test_a_training_says_that_it_is_one(root: str, banner: str) -> None:
    assert looks(root)["modes"]["live"]["banner"] == banner
