"""Where commands come in: opened, and authorised again, whoever let them through before.

Behind the gate a command is what it always was; if it may not be done it bears `denied`, and
whoever does commands refuses it, in the journal and to the one who asked. What comes again is for
them too: they know the ids of what they have done.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from access.audit import Audit, Entry
from access.file import AccessError
from access.roles import Role, needed, trained
from access.seal import Sealed, authentic, opened
from access.users import User, Users
from telemetry.clock import SECOND_NS
from telemetry.topics import parse

#: What waited for an ingest that was away is still done; what is older, nobody means any more.
MAX_AGE_NS: Final = 24 * 3600 * SECOND_NS
#: Where nothing waits for who is away, and what was done is forgotten at a start.
PROMPT_NS: Final = 300 * SECOND_NS
#: How far the clock of who asks may be ahead of ours: further than any that is merely wrong.
MAX_AHEAD_NS: Final = 2 * 3600 * SECOND_NS
#: So many that may not be done are answered in a minute; a flood of them is only counted. Those of
#: who has shown a key by themselves: a stranger's flood must not keep them out of the audit.
ANSWERED_A_MINUTE: Final = 60
#: Signatures of the latest that were noted: what comes again is not noted again.
MAX_NOTED: Final = 10_000
_MINUTE_NS: Final = 60 * SECOND_NS
#: Put before what cannot be read: no JSON begins so, and nobody behind the gate reads it either,
#: who may pass over what it falls over.
_SPOILT: Final = b"not read: "

logger = logging.getLogger(__name__)


class Verdict(StrEnum):
    PERMITTED = "permitted"
    UNREADABLE = "not a command that can be read"
    UNSIGNED = "not signed: set STATIONWATCH_COMMAND_KEY (`stationwatch user key NAME` makes one)"
    UNKNOWN_SIGNER = "signed by nobody known here"
    FORGED = "its signature is not that of its signer"
    EXPIRED = "signed too long ago"
    AHEAD = "signed in the future: are the clocks right?"
    NOT_THE_SIGNER = "signed by another person than it names"
    UNKNOWN_PERSON = "asked by nobody known here"
    UNDECIDED = "who may ask cannot be read now: try again"
    NOT_PERMITTED = "the role does not permit it"


#: Of these nobody can say who sent them.
_ANYBODY: Final = frozenset(
    {
        Verdict.UNREADABLE,
        Verdict.UNSIGNED,
        Verdict.UNKNOWN_SIGNER,
        Verdict.FORGED,
        Verdict.UNDECIDED,
    }
)


class _Asked(msgspec.Struct, frozen=True):
    """What all commands have."""

    id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """signature: the envelope's. command: the command itself; None if it cannot be read. why: as
    told to who asked."""

    verdict: Verdict
    by: str = ""
    signer: str = ""
    signature: str = ""
    command: bytes | None = None
    why: str = ""


def judge(
    topic: str,
    payload: bytes,
    now_ns: int,
    find: Callable[[str], User | None],
    max_age_ns: int = MAX_AGE_NS,
) -> Judgement:
    """What there is to say of a message on a command topic. find: a user by name."""
    address = parse(topic)
    envelope = opened(payload)
    if address is None:
        return Judgement(verdict=Verdict.UNREADABLE)
    if envelope is None:
        asked = _asked(payload)
        if asked is None:
            return Judgement(verdict=Verdict.UNREADABLE)
        return _said(Verdict.UNSIGNED, asked, payload)
    command = bytes(envelope.sealed)
    asked = _asked(command)
    if asked is None:
        return Judgement(verdict=Verdict.UNREADABLE, signer=envelope.signer)
    try:
        verdict, role = _verdict(envelope, asked, topic, now_ns, find, max_age_ns)
    except AccessError as error:
        # users are a file, which may be locked or damaged: no reason to stop watching
        logger.error("%s", error)
        return _said(Verdict.UNDECIDED, asked, command, envelope)
    if verdict is Verdict.PERMITTED and role < (least := needed(address)):
        why = f"it takes the role {least}; {asked.by} is {role}"
        return _said(Verdict.NOT_PERMITTED, asked, command, envelope, why)
    return _said(verdict, asked, command, envelope)


def _said(
    verdict: Verdict, asked: _Asked, command: bytes, envelope: Sealed | None = None, why: str = ""
) -> Judgement:
    return Judgement(
        verdict=verdict,
        by=asked.by,
        signer=envelope.signer if envelope else "",
        signature=envelope.signature if envelope else "",
        command=command,
        why=why or str(verdict),
    )


def _verdict(
    envelope: Sealed,
    asked: _Asked,
    topic: str,
    now_ns: int,
    find: Callable[[str], User | None],
    max_age_ns: int,
) -> tuple[Verdict, Role]:
    """Whether it is from whom it names, and which role that is."""
    signer = find(envelope.signer)
    if signer is None or not signer.key:
        return Verdict.UNKNOWN_SIGNER, Role.VIEWER
    if not authentic(envelope, topic, signer.key):
        return Verdict.FORGED, Role.VIEWER
    if now_ns - envelope.at_ns > max_age_ns:
        return Verdict.EXPIRED, Role.VIEWER
    if envelope.at_ns - now_ns > MAX_AHEAD_NS:
        return Verdict.AHEAD, Role.VIEWER
    if asked.by == signer.name:
        return Verdict.PERMITTED, signer.role
    if not signer.service:
        return Verdict.NOT_THE_SIGNER, Role.VIEWER
    person = find(asked.by)
    if (person is None or person.service) and trained(topic):
        return Verdict.PERMITTED, Role.OPERATOR  # those whom a scenario plays
    if person is None or person.service:
        return Verdict.UNKNOWN_PERSON, Role.VIEWER
    return Verdict.PERMITTED, person.role


def _asked(command: bytes) -> _Asked | None:
    """None unless all of it can be read: what is passed over unread may be no text at all."""
    try:
        content = msgspec.json.decode(command, type=dict[str, Any])
        return msgspec.convert(content, _Asked)
    except (ValueError, RecursionError):
        return None


class Gate:
    """where: the program, as the audit names it. refused: how many may not be done, so far."""

    def __init__(
        self, users: Users, audit: Audit, where: str, max_age_ns: int = MAX_AGE_NS
    ) -> None:
        self._users, self._audit, self._where = users, audit, where
        self._max_age_ns = max_age_ns
        #: When the latest were answered that may not be done; True: of those anybody may have sent.
        self._answered: dict[bool, deque[int]] = {True: deque(), False: deque()}
        self._noted: dict[str, None] = {}
        #: One program asks from several threads.
        self._keeping = threading.Lock()
        self.refused = 0

    def admit(self, topic: str, payload: bytes, now_ns: int) -> bytes | None:
        """The command as it is to be done or refused; None: nobody need hear of it."""
        found = judge(topic, payload, now_ns, self._users.find, self._max_age_ns)
        anybody = found.verdict in _ANYBODY
        again = not anybody and self._again(found.signature)
        if found.verdict is Verdict.PERMITTED:
            if not again:
                self._note(topic, found, now_ns, "permitted")
            return found.command
        self.refused += 1
        if again or not self._answers(anybody, now_ns):
            return None
        self._note(topic, found, now_ns, f"refused: {found.why or found.verdict}")
        logger.warning("%s by %r (%r): %s", topic, found.by, found.signer, found.verdict)
        return _SPOILT + payload if found.command is None else _denied(found.command, found.why)

    def _again(self, signature: str) -> bool:
        """Whether that was noted already; it is from now on."""
        with self._keeping:
            if signature in self._noted:
                return True
            self._noted[signature] = None
            if len(self._noted) > MAX_NOTED:
                del self._noted[next(iter(self._noted))]
            return False

    def _answers(self, anybody: bool, now_ns: int) -> bool:
        """Whether one more of those that may not be done is answered now."""
        with self._keeping:
            answered = self._answered[anybody]
            while answered and not 0 <= now_ns - answered[0] < _MINUTE_NS:
                answered.popleft()
            if len(answered) >= ANSWERED_A_MINUTE:
                return False
            answered.append(now_ns)
            return True

    def _note(self, topic: str, found: Judgement, now_ns: int, outcome: str) -> None:
        address = parse(topic)
        did = f"{address.kind} {address.leaf}" if address else "command"
        self._audit.add(
            Entry(
                at_ns=now_ns,
                who=found.by,
                where=f"{self._where}, signed by {found.signer}" if found.signer else self._where,
                did=did,
                what=_subject(topic, found.command or b""),
                outcome=outcome,
            )
        )


def _subject(topic: str, command: bytes) -> str:
    """What it is about: the first of what commands name it by, and where."""
    address = parse(topic)
    try:
        content: dict[str, Any] = msgspec.json.decode(command, type=dict[str, Any])
    except (ValueError, RecursionError):
        content = {}
    names = (content.get(one) for one in ("alarm", "plan", "session", "text"))
    name = next((str(one) for one in names if one), "")
    where = "" if address is None else f"{address.root}/{address.spacecraft}"
    return f"{where} {name}".strip()


def _denied(command: bytes, why: str) -> bytes:
    content: dict[str, Any] = msgspec.json.decode(command, type=dict[str, Any])
    return msgspec.json.encode(content | {"denied": why})
