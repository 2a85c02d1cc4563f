"""A refused command must not use up an id: else whoever knows one suppresses the right one."""

from ingest.replay.book import Book as ReplayBook
from ingest.shift import ShiftBook
from telemetry.replay import ReplayChange, ReplayCommand, ReplayVerb
from telemetry.shift import ShiftCommand, ShiftVerb
from telemetry.training import TrainingCommand, TrainingVerb
from training.book import Book as TrainingBook


def test_shift_note() -> None:
    book = ShiftBook()
    assert book.command(
        ShiftVerb.NOTE, ShiftCommand(id="1", by="Eve", text="x", denied="no"), 1
    ).refused
    assert not book.command(ShiftVerb.NOTE, ShiftCommand(id="1", by="Ann", text="x"), 2).refused


def test_replay() -> None:
    book = ReplayBook()
    first = book.ask(ReplayVerb.CREATE, ReplayCommand(id="1", by="Eve", denied="no"), "s")
    assert isinstance(first, ReplayChange)
    second = book.ask(ReplayVerb.CREATE, ReplayCommand(id="1", by="Ann"), "s")
    assert isinstance(second, ReplayChange)
    assert second.refused == "it does not say what to replay"


def test_training() -> None:
    book = TrainingBook()
    book.answer(TrainingVerb.CREATE, TrainingCommand(id="1", by="Eve", denied="no"), "no")
    assert book.known("1") is None
