import pytest

from telemetry.training import (
    Training,
    TrainingCommand,
    TrainingSpec,
    TrainingState,
    TrainingVerb,
    WantedFault,
)
from training.book import MAX_ANSWERS, MAX_SESSIONS, Book, refusal

CREATE, INJECT, END = TrainingVerb.CREATE, TrainingVerb.INJECT, TrainingVerb.END
SPEC = TrainingSpec(scenario="ms18")
FAULT = WantedFault(action={"do": "leak"})


def training(id_: str, state: TrainingState = TrainingState.RUNNING) -> Training:
    return Training(
        id=id_, root=f"train-{id_}", by="Ina", spec=SPEC, state=state, title="MS-18", created_ns=1
    )


def command(
    session: str = "", spec: TrainingSpec | None = None, fault: WantedFault | None = None
) -> TrainingCommand:
    return TrainingCommand(id="c1", by="Ina", session=session, spec=spec, fault=fault)


OPEN = {"a1": training("a1"), "b2": training("b2", TrainingState.STARTING)}


@pytest.mark.parametrize(
    ("verb", "asked", "words"),
    [
        (CREATE, command(), "what to train"),
        (CREATE, command(spec=SPEC), "as many as may be: MS-18 by Ina, MS-18 by Ina"),
        (INJECT, command("zz", fault=FAULT), "no open training 'zz'"),
        (INJECT, command("a1"), "what to inject"),
        (INJECT, command("b2", fault=FAULT), "still starting"),
        (END, command("zz"), "no open training"),
    ],
)
def test_what_cannot_be_done_is_refused(
    verb: TrainingVerb, asked: TrainingCommand, words: str
) -> None:
    assert len(OPEN) == MAX_SESSIONS
    assert words in refusal(verb, asked, OPEN)


@pytest.mark.parametrize(
    ("verb", "asked"),
    [(INJECT, command("a1", fault=FAULT)), (END, command("a1")), (END, command("b2"))],
)
def test_what_can_be_tried_is_not(verb: TrainingVerb, asked: TrainingCommand) -> None:
    assert refusal(verb, asked, OPEN) == ""
    assert refusal(CREATE, command(spec=SPEC), {"a1": OPEN["a1"]}) == ""


def test_a_command_that_comes_again_is_answered_alike() -> None:
    book = Book()
    assert book.known("c1") is None
    answer = book.answer(CREATE, command(spec=SPEC), session="a1")
    assert (answer.session, answer.refused, answer.by) == ("a1", "", "Ina")
    assert book.known("c1") is answer


def test_answers_are_not_kept_for_ever() -> None:
    book = Book()
    for n in range(MAX_ANSWERS + 1):
        book.answer(END, TrainingCommand(id=str(n), by="Ina", session="a1"))
    assert book.known("0") is None
    assert book.known("1") is not None
