"""What is asked of training, and what is refused. Pure. A command that comes again is answered
again, and not done twice."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from telemetry.training import (
    Training,
    TrainingChange,
    TrainingCommand,
    TrainingState,
    TrainingVerb,
)

#: At once: each is two more programs on this machine.
MAX_SESSIONS: Final = 2
#: Answers kept for commands that come again.
MAX_ANSWERS: Final = 500


class Book:
    """The answers that were given."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, TrainingChange] = OrderedDict()

    def known(self, command: str) -> TrainingChange | None:
        return self._answers.get(command)

    def answer(
        self, verb: TrainingVerb, command: TrainingCommand, refused: str = "", session: str = ""
    ) -> TrainingChange:
        change = TrainingChange(
            command=command.id,
            verb=verb,
            by=command.by,
            refused=refused,
            session=session or command.session,
        )
        if command.denied:  # takes no place: nobody uses up another's id
            return change
        self._answers[command.id] = change
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        return change


def refusal(verb: TrainingVerb, command: TrainingCommand, open_: Mapping[str, Training]) -> str:
    """Why it cannot be done at all; empty if it may be tried. open_: sessions that have not ended,
    by id."""
    if command.denied:
        return command.denied
    if verb is TrainingVerb.CREATE:
        if command.spec is None:
            return "it does not say what to train"
        if len(open_) >= MAX_SESSIONS:
            who = ", ".join(f"{one.title} by {one.by}" for one in open_.values())
            return f"{MAX_SESSIONS} trainings are open, as many as may be: {who}"
        return ""
    training = open_.get(command.session)
    if training is None:
        return f"there is no open training {command.session!r}"
    if verb is TrainingVerb.INJECT:
        if command.fault is None:
            return "it does not say what to inject"
        if training.state is not TrainingState.RUNNING:
            return "it is still starting: inject when it runs"
    return ""
