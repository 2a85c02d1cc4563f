"""A training: a simulation to practise on, with simulators and an ingest of its own.

A session lives under a topic root of its own, so that acknowledging, shelving and planning really
work in it and can touch nothing live. `stationwatch training` runs sessions, keeps what was
injected and how fast people reacted, and says it all in one retained message a session.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.clock import StreamClock
from telemetry.limit import Severity

MIN_SPEED: Final = 0.1
#: Faster than this nobody reacts to anything; ingest follows it easily.
MAX_SPEED: Final = 20.0
#: Of one session, the scenario's own among them.
MAX_FAULTS: Final = 50
#: Alarms whose reactions are told; what is annunciated beyond is counted only.
MAX_REACTIONS: Final = 500

_NS = Annotated[int, Meta(ge=0, le=2**62)]
_Id = Annotated[str, Meta(min_length=1, max_length=64)]
_Name = Annotated[str, Meta(max_length=64)]
#: As in `telemetry.wire.Injection`: `do` and its fields, which only simulators understand.
Action = dict[str, int | float | bool | str | list[str] | None]


class TrainingVerb(StrEnum):
    """What can be asked; the verb is in the topic."""

    CREATE = "create"
    INJECT = "inject"
    END = "end"


class TrainingState(StrEnum):
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    ENDED = "ENDED"


class FaultState(StrEnum):
    """planned: it waits for its moment. done: the simulators were told, or the scenario did it.
    refused: the simulators cannot do it. dropped: the session ended before its moment."""

    PLANNED = "PLANNED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    DROPPED = "DROPPED"


class WantedFault(msgspec.Struct, frozen=True, kw_only=True):
    """What an instructor asks for. at: time of day or seconds since the scenario's start, as a
    scenario writes it; empty for now."""

    action: Action
    at: Annotated[str, Meta(max_length=20)] = ""


class TrainingSpec(msgspec.Struct, frozen=True, kw_only=True):
    """at: where to join the scenario, as `simulate --at` takes it; empty for its start.

    speed: simulated seconds a second. faults: prepared beforehand.
    """

    scenario: _Id
    at: Annotated[str, Meta(max_length=20)] = ""
    speed: Annotated[float, Meta(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 1
    faults: Annotated[tuple[WantedFault, ...], Meta(max_length=MAX_FAULTS)] = ()


class TrainingCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What an instructor asks.

    id: chosen by the sender; the answer bears the same. session: which; empty for `create`.
    spec: for `create`. fault: for `inject`.
    """

    id: _Id
    by: _Id
    session: _Name = ""
    spec: TrainingSpec | None = None
    fault: WantedFault | None = None
    denied: Annotated[str, Meta(max_length=300)] = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes wrong in a session.

    time_ns: generation time it is planned for, and once done, it was done at. told_ns: on the wall
    clock, 0 before. by: who injected it; empty for the scenario's own.
    detected_by: the first alarm that is taken for its doing, as `spacecraft/alarm`; empty while
    there is none; subject and condition are those of that alarm, detected_ns its generation time.
    detected_held: it was held back as an incident's known consequence: shown, not heard.
    """

    id: str
    title: str
    action: Action
    state: FaultState
    time_ns: int
    told_ns: int = 0
    by: str = ""
    reason: str = ""
    detected_by: str = ""
    detected_subject: str = ""
    detected_condition: str = ""
    detected_ns: int = 0
    detected_held: bool = False

    @property
    def detected_after_s(self) -> float | None:
        """Simulated seconds; None while no alarm is taken for its doing."""
        return (self.detected_ns - self.time_ns) / 1e9 if self.detected_by else None


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """One annunciation, from being heard until somebody acknowledged it.

    severity: when it was annunciated. heard_ns: generation time of its cause. asked_ns: on the
    wall clock when ingest received that. answered_ns: likewise of the acknowledgement, 0 for none.
    fault: the one it is taken for the doing of; empty for none.
    """

    spacecraft: str
    alarm: str
    subject: str
    condition: str
    occurrence: str
    severity: Severity
    heard_ns: int
    asked_ns: int
    answered_ns: int = 0
    by: str = ""
    fault: str = ""

    @property
    def took_s(self) -> float | None:
        """None while nobody has acknowledged it."""
        return (self.answered_ns - self.asked_ns) / 1e9 if self.answered_ns else None


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """A session and its record; retained, and kept for some time after it has ended.

    root: where everything of it is published. title, label: of its scenario. start_ns: generation
    time where it was joined. began_ns, ended_ns, until_ns: on the wall clock; until_ns is when it
    ends by itself. ingest: address of its own ingest, empty when it has none any more.
    clock: of its stream, once it flies. unlisted: annunciations beyond `MAX_REACTIONS`.
    reason: why it ended.
    """

    id: str
    root: str
    by: str
    spec: TrainingSpec
    state: TrainingState
    title: str
    created_ns: int
    label: str = ""
    start_ns: int = 0
    began_ns: int = 0
    until_ns: int = 0
    ended_ns: int = 0
    ingest: str = ""
    clock: StreamClock | None = None
    faults: tuple[Fault, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    unlisted: int = 0
    reason: str = ""


class TrainingChange(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a command. refused: why nothing was done, empty when it was.

    session: which it was of, or which was created.
    """

    command: str
    verb: TrainingVerb
    by: str
    refused: str = ""
    session: str = ""


# --- what can be chosen ---


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something on a scenario's time line; end_ns: 0 for what has none. kind: event, fault,
    activity or gap."""

    kind: str
    start_ns: _NS
    says: str
    end_ns: _NS = 0


class ScenarioCard(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    summary: str
    start_ns: int
    duration_s: float
    label: str = ""
    moments: tuple[Moment, ...] = ()


class FieldCard(msgspec.Struct, frozen=True, kw_only=True):
    """A field of an action. kind: number, whole, flag, choice, names, jets or parameter.

    choices: of a choice. low, high: of a number, None for no bound; low itself is only allowed if
    `low_too`. default: as text, empty for none. help: what it must be, in words.
    """

    name: str
    kind: str
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_too: bool = True
    default: str = ""
    unit: str = ""


class ActionCard(msgspec.Struct, frozen=True, kw_only=True):
    """fault: whether it is something going wrong, and not something operators do."""

    name: str
    help: str
    fault: bool
    fields: tuple[FieldCard, ...] = ()


class TrainingCatalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What the service offers; retained. online: False is its last will.

    jets: of each vehicle. most: sessions at once.
    """

    online: bool
    since_ns: int
    most: int = 0
    scenarios: tuple[ScenarioCard, ...] = ()
    actions: tuple[ActionCard, ...] = ()
    jets: dict[str, tuple[str, ...]] = {}
