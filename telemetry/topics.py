"""Every topic name, in one place. Five fixed levels, ASCII, no leading slash.

    <root>/v1/<spacecraft>/frame/<subsystem>   QoS 1            a frame
    <root>/v1/<spacecraft>/meta/clock          QoS 1 retained   the stream's clock
    <root>/v1/<spacecraft>/meta/<subsystem>    QoS 1 retained   names, units, types
    <root>/v1/<spacecraft>/status/link         QoS 1 retained   publisher on line; off by last will
    <root>/v1/<spacecraft>/alarm/<alarm>       QoS 1 retained   an alarm while it is standing
    <root>/v1/<spacecraft>/event/alarm         QoS 1            each line of the alarm journal
    <root>/v1/<spacecraft>/meta/contacts       QoS 1 retained   when it is expected to be heard
    <root>/v1/<spacecraft>/status/signal       QoS 1 retained   what of it is out of contact
    <root>/v1/<spacecraft>/plan/<activity>     QoS 1 retained   an activity until it is over
    <root>/v1/<spacecraft>/event/plan          QoS 1            each change of the plan
    <root>/v1/ground/incident/<incident>       QoS 1 retained   an incident while it is open
    <root>/v1/ground/event/incident            QoS 1            an incident that is over
    <root>/v1/ground/shift/log                 QoS 1 retained   what the next shift must know
    <root>/v1/ground/event/shift               QoS 1            each note and signature
    <root>/v1/ground/replay/<session>          QoS 1 retained   a replay session until it has ended
    <root>/v1/ground/event/replay              QoS 1            the answer to each command
    <root>/v1/ground/training/<session>        QoS 1 retained   a training, and its record after it
    <root>/v1/ground/training/catalogue        QoS 1 retained   what can be trained; off by will
    <root>/v1/ground/event/training            QoS 1            the answer to each command
    <commands>/v1/<spacecraft>/alarm/<verb>    QoS 1            what an operator asks for an alarm
    <commands>/v1/<spacecraft>/plan/<verb>     QoS 1            ... for an activity
    <commands>/v1/ground/shift/<verb>          QoS 1            ... for the shift log
    <commands>/v1/ground/replay/<verb>         QoS 1            ... of replay
    <commands>/v1/ground/training/<verb>       QoS 1            ... of training
    <commands>/v1/<spacecraft>/simulator/inject  QoS 1          what a simulation is made to do
    <dead>/v1/<spacecraft>/<kind>/<reason>     QoS 1 retained   the last that could not be used

The root of live telemetry is `tlm`, and its commands are `cmd`. Anything played from a file or
replayed has a root of its own, with commands of its own, so that it can never be taken for live.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from telemetry.errors import UsageError
from telemetry.plan import PlanVerb
from telemetry.replay import ReplayVerb
from telemetry.shift import ShiftVerb
from telemetry.training import TrainingVerb

LIVE_ROOT = "tlm"
PLAY_ROOT = "play"
REPLAY_ROOT = "replay"
TRAINING_ROOT = "train"
VERSION = "v1"
#: The spacecraft that is none: ingest itself, and what concerns all of them.
GROUND = "ground"

#: Characters. MQTT allows 65,535; what is longer than this is none of ours, and is not remembered.
MAX_TOPIC = 512

_LEVEL = re.compile(r"[A-Za-z0-9_.-]+")
_ROOT = re.compile(r"[a-z][a-z0-9-]*")


class Kind(StrEnum):
    FRAME = "frame"
    META = "meta"
    STATUS = "status"
    ALARM = "alarm"
    EVENT = "event"
    SIMULATOR = "simulator"
    PLAN = "plan"
    INCIDENT = "incident"
    SHIFT = "shift"
    REPLAY = "replay"
    TRAINING = "training"


class Verb(StrEnum):
    """What an operator can ask for an alarm."""

    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    OUT_OF_SERVICE = "out-of-service"
    IN_SERVICE = "in-service"


@dataclass(frozen=True, slots=True)
class Address:
    """The levels of a topic that say what a message is about."""

    root: str
    spacecraft: str
    kind: str
    leaf: str


def parse(topic: str) -> Address | None:
    """The address a topic names; None if it is not one of ours."""
    return _parsed(topic) if len(topic) <= MAX_TOPIC else None


@lru_cache(maxsize=4_096)
def _parsed(topic: str) -> Address | None:
    levels = topic.split("/")
    if len(levels) != 5 or levels[1] != VERSION or not all(map(_LEVEL.fullmatch, levels)):
        return None
    return Address(levels[0], levels[2], levels[3], levels[4])


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics under one root.

    :raises UsageError: if the root is not lower-case letters, digits and hyphens.
    """

    root: str = LIVE_ROOT

    def __post_init__(self) -> None:
        if not _ROOT.fullmatch(self.root):
            raise UsageError(
                f"topic root {self.root!r}: use lower-case letters, digits and hyphens"
            )

    @property
    def command_root(self) -> str:
        return "cmd" if self.root == LIVE_ROOT else f"{self.root}-cmd"

    @property
    def dead_root(self) -> str:
        return "dead" if self.root == LIVE_ROOT else f"{self.root}-dead"

    def frame(self, spacecraft: str, subsystem: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.FRAME}/{subsystem}"

    def clock(self, spacecraft: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.META}/clock"

    def meta(self, spacecraft: str, subsystem: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.META}/{subsystem}"

    def link(self, spacecraft: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.STATUS}/link"

    def alarm(self, spacecraft: str, alarm: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.ALARM}/{alarm}"

    def event(self, spacecraft: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.EVENT}/alarm"

    def contacts(self, spacecraft: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.META}/contacts"

    def signal(self, spacecraft: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.STATUS}/signal"

    def plan(self, spacecraft: str, activity: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.PLAN}/{activity}"

    def plan_event(self, spacecraft: str) -> str:
        return f"{self.root}/{VERSION}/{spacecraft}/{Kind.EVENT}/plan"

    def incident(self, incident: str) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.INCIDENT}/{incident}"

    @property
    def incident_event(self) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.EVENT}/incident"

    @property
    def shift(self) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.SHIFT}/log"

    @property
    def shift_event(self) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.EVENT}/shift"

    def plan_command(self, spacecraft: str, verb: PlanVerb) -> str:
        return f"{self.command_root}/{VERSION}/{spacecraft}/{Kind.PLAN}/{verb}"

    def shift_command(self, verb: ShiftVerb) -> str:
        return f"{self.command_root}/{VERSION}/{GROUND}/{Kind.SHIFT}/{verb}"

    def replay(self, session: str) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.REPLAY}/{session}"

    @property
    def replay_event(self) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.EVENT}/replay"

    def replay_command(self, verb: ReplayVerb) -> str:
        return f"{self.command_root}/{VERSION}/{GROUND}/{Kind.REPLAY}/{verb}"

    def replay_root(self, session: str) -> str:
        """The root of what a session of ours publishes."""
        return f"{REPLAY_ROOT}-{session}"

    def training(self, session: str) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.TRAINING}/{session}"

    @property
    def training_catalogue(self) -> str:
        """No session is called so."""
        return self.training("catalogue")

    @property
    def training_event(self) -> str:
        return f"{self.root}/{VERSION}/{GROUND}/{Kind.EVENT}/training"

    def training_command(self, verb: TrainingVerb) -> str:
        return f"{self.command_root}/{VERSION}/{GROUND}/{Kind.TRAINING}/{verb}"

    def training_root(self, session: str) -> str:
        """The root of a session's simulators and ingest."""
        return f"{TRAINING_ROOT}-{session}"

    def command(self, spacecraft: str, verb: Verb) -> str:
        return f"{self.command_root}/{VERSION}/{spacecraft}/{Kind.ALARM}/{verb}"

    def injection(self, spacecraft: str) -> str:
        return f"{self.command_root}/{VERSION}/{spacecraft}/{Kind.SIMULATOR}/inject"

    def dead(self, spacecraft: str, kind: str, reason: str) -> str:
        return f"{self.dead_root}/{VERSION}/{spacecraft}/{kind}/{reason}"

    def every(self, kind: Kind) -> str:
        """A filter for one kind of message of every spacecraft."""
        return f"{self.root}/{VERSION}/+/{kind}/+"

    @property
    def every_command(self) -> str:
        return f"{self.command_root}/{VERSION}/+/+/+"

    @property
    def every_replay_command(self) -> str:
        return f"{self.command_root}/{VERSION}/{GROUND}/{Kind.REPLAY}/+"

    @property
    def every_training_command(self) -> str:
        return f"{self.command_root}/{VERSION}/{GROUND}/{Kind.TRAINING}/+"

    @property
    def every_injection(self) -> str:
        return self.injection("+")
