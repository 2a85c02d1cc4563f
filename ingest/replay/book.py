"""What is asked of which replay session, and what was answered. Pure.

A command that comes again is answered again, and not done twice.
"""

from collections import OrderedDict
from typing import Final

from ingest.replay.order import Answer, Asked
from telemetry.replay import Replay, ReplayChange, ReplayCommand, ReplayVerb

MAX_SESSIONS: Final = 8
#: Commands that one session has not answered.
MAX_ASKED: Final = 50
#: Answers kept for commands that come again.
MAX_ANSWERS: Final = 1_000
_GONE: Final = "its process ended unexpectedly; ingest's log says more"


class Book:
    def __init__(self) -> None:
        #: Commands not answered, by session and id.
        self._asked: dict[str, dict[str, Asked]] = {}
        self._answers: OrderedDict[str, ReplayChange] = OrderedDict()

    def __len__(self) -> int:
        return len(self._asked)

    def __contains__(self, session: str) -> bool:
        return session in self._asked

    def ask(self, verb: ReplayVerb, command: ReplayCommand, fresh: str) -> ReplayChange | str:
        """The answer, or for which session it is; empty if that has it already.

        fresh: the name of a session that may be opened for it.
        """
        if command.denied:  # takes no place: nobody uses up another's id
            return ReplayChange(
                command=command.id, verb=verb, by=command.by, refused=command.denied
            )
        if command.id in self._answers:
            return self._answers[command.id]
        if any(command.id in asked for asked in self._asked.values()):
            return ""
        session = fresh if verb is ReplayVerb.CREATE else command.session
        if refused := self._refused(verb, command):
            return self._answer(verb, command, refused)
        self._asked.setdefault(session, {})[command.id] = Asked(verb=verb, command=command)
        return session

    def answered(self, session: str, answer: Answer) -> ReplayChange | None:
        """What to tell of a session's answer; None if nobody waits for it."""
        asked = self._asked[session].pop(answer.command, None)
        if asked is None:
            return None
        return self._answer(asked.verb, asked.command, answer.refused, answer.replay)

    def close(self, session: str, reason: str = _GONE) -> list[ReplayChange]:
        """A session is no more; what to tell those who still wait for it."""
        asked = self._asked.pop(session).values()
        return [self._answer(one.verb, one.command, reason) for one in asked]

    def _refused(self, verb: ReplayVerb, command: ReplayCommand) -> str:
        there = ", ".join(self._asked) or "none"
        if verb is ReplayVerb.CREATE:
            if command.spec is None:
                return "it does not say what to replay"
            if len(self._asked) >= MAX_SESSIONS:
                return f"{MAX_SESSIONS} replays are open, as many as may be; end one of: {there}"
        elif command.session not in self._asked:
            return f"no replay {command.session!r}; there are: {there}"
        elif len(self._asked[command.session]) >= MAX_ASKED and verb is not ReplayVerb.END:
            return f"it has {MAX_ASKED} commands to do before: ask again later"
        return ""

    def _answer(
        self, verb: ReplayVerb, command: ReplayCommand, refused: str, replay: Replay | None = None
    ) -> ReplayChange:
        change = ReplayChange(
            command=command.id, verb=verb, by=command.by, refused=refused, replay=replay
        )
        self._answers[command.id] = change
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        return change
