"""What is asked of which session: nothing twice, nothing of nobody, no more than can be done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.replay.book import MAX_ANSWERS, MAX_ASKED, MAX_SESSIONS, Book
from ingest.replay.order import Answer
from telemetry.replay import ReplayChange, ReplayCommand, ReplaySpec, ReplayVerb

SPEC = ReplaySpec(start_ns=1, stop_ns=2)


def create(book: Book, id_: str, session: str) -> ReplayChange | str:
    return book.ask(ReplayVerb.CREATE, ReplayCommand(id=id_, by="Ann", spec=SPEC), session)


def ask(book: Book, verb: ReplayVerb, id_: str, session: str) -> ReplayChange | str:
    return book.ask(verb, ReplayCommand(id=id_, by="Ann", session=session), "unused")


@pytest.fixture
def book() -> Book:
    """With one session `s`, created by command `c`."""
    book = Book()
    assert create(book, "c", "s") == "s"
    assert book.answered("s", Answer(command="c")) is not None
    return book


def test_a_command_goes_to_its_session_and_its_answer_to_who_asked(book: Book) -> None:
    assert ask(book, ReplayVerb.PAUSE, "1", "s") == "s"
    told = book.answered("s", Answer(command="1", refused="no"))
    assert told == ReplayChange(command="1", verb=ReplayVerb.PAUSE, by="Ann", refused="no")


def test_a_command_that_comes_again_is_answered_again_and_done_once(book: Book) -> None:
    assert ask(book, ReplayVerb.STEP, "1", "s") == "s"
    assert ask(book, ReplayVerb.STEP, "1", "s") == ""
    told = book.answered("s", Answer(command="1"))
    assert ask(book, ReplayVerb.STEP, "1", "s") == told
    assert book.answered("s", Answer(command="1")) is None


def test_a_session_is_created_once_however_often_it_is_asked_for() -> None:
    book = Book()
    assert create(book, "c", "s") == "s"
    assert create(book, "c", "other") == ""
    assert len(book) == 1
    told = book.answered("s", Answer(command="c"))
    assert create(book, "c", "another") == told
    assert ("s" in book, "other" in book) == (True, False)


def test_a_session_there_is_not_is_told_with_those_there_are(book: Book) -> None:
    told = ask(book, ReplayVerb.PLAY, "1", "x")
    assert isinstance(told, ReplayChange)
    assert told.refused == "no replay 'x'; there are: s"
    empty = ask(Book(), ReplayVerb.PLAY, "1", "x")
    assert isinstance(empty, ReplayChange)
    assert empty.refused == "no replay 'x'; there are: none"


def test_no_more_sessions_than_may_be_until_one_is_closed() -> None:
    book = Book()
    for n in range(MAX_SESSIONS):
        assert create(book, f"c{n}", f"s{n}") == f"s{n}"
    told = create(book, "more", "s")
    assert isinstance(told, ReplayChange)
    assert told.refused == (
        "8 replays are open, as many as may be; end one of: s0, s1, s2, s3, s4, s5, s6, s7"
    )
    book.close("s3")
    assert create(book, "again", "s") == "s"


def test_a_session_that_does_not_answer_takes_no_more_but_its_end(book: Book) -> None:
    for n in range(MAX_ASKED):
        assert ask(book, ReplayVerb.STEP, f"{n}", "s") == "s"
    told = ask(book, ReplayVerb.STEP, "more", "s")
    assert isinstance(told, ReplayChange)
    assert told.refused == "it has 50 commands to do before: ask again later"
    assert ask(book, ReplayVerb.END, "end", "s") == "s"


def test_who_waits_for_a_session_that_is_gone_is_told(book: Book) -> None:
    ask(book, ReplayVerb.PAUSE, "1", "s")
    ask(book, ReplayVerb.SEEK, "2", "s")
    told = book.close("s")
    assert [(one.command, one.verb) for one in told] == [
        ("1", ReplayVerb.PAUSE),
        ("2", ReplayVerb.SEEK),
    ]
    assert all("ended unexpectedly" in one.refused for one in told)
    assert ask(book, ReplayVerb.PAUSE, "1", "s") == told[0]


def test_a_creation_that_does_not_say_what_is_refused() -> None:
    told = Book().ask(ReplayVerb.CREATE, ReplayCommand(id="c", by="Ann"), "s")
    assert isinstance(told, ReplayChange)
    assert told.refused == "it does not say what to replay"


@given(ids=st.lists(st.integers(0, 2 * MAX_ANSWERS), max_size=300))
def test_every_command_is_answered_alike_each_time(ids: list[int]) -> None:
    book = Book()
    said: dict[int, ReplayChange | str] = {}
    for n in ids:
        told = ask(book, ReplayVerb.PLAY, str(n), f"session-{n}")
        assert said.setdefault(n, told) == told


def test_old_answers_are_forgotten(book: Book) -> None:
    for n in range(MAX_ANSWERS + 1):
        assert ask(book, ReplayVerb.PLAY, f"again-{n}", "s") == "s"
        book.answered("s", Answer(command=f"again-{n}"))
    assert isinstance(ask(book, ReplayVerb.PLAY, "again-1", "s"), ReplayChange)
    assert ask(book, ReplayVerb.PLAY, "again-0", "s") == "s"
