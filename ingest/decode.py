"""Records -> frames whose every sample fits the mission database. Pure but for the clocks it keeps.

One bad sample never costs the others; what cannot be used is returned with its reason. Whoever
reads the spool decodes with one of these: its only state are the streams' clocks, and these are
in the records too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from ingest.record import Record
from telemetry import wire
from telemetry.clock import LIVE_CLOCK, SECOND_NS, StreamClock, StreamKind, utc
from telemetry.contact import ContactSchedule
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.plan import PlanCommand
from telemetry.samples import Reject, checked
from telemetry.shift import ShiftCommand
from telemetry.topics import GROUND, Address, Kind, Topics, parse
from telemetry.wire import Reason, WireError

#: A frame from further ahead of its stream's clock than this is absurd.
MAX_AHEAD_NS: Final = 60 * SECOND_NS
#: Older is absurd: onboard recorders are dumped within days.
MAX_BEHIND_NS: Final = 7 * 86_400 * SECOND_NS
#: A played recording runs at any speed: its clock only says where it began.
MAX_RECORDING_NS: Final = 400 * 86_400 * SECOND_NS


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A stream announced its clock; `new_run` when its publisher started anew."""

    spacecraft: str
    clock: StreamClock
    new_run: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator's command for one spacecraft; `verb` is not yet known to be one of ours."""

    spacecraft: str
    verb: str
    command: wire.Command


@dataclass(frozen=True, slots=True)
class AskedOfPlan:
    """An operator's command for an activity; `verb` is not yet known to be one of ours."""

    spacecraft: str
    verb: str
    command: PlanCommand


@dataclass(frozen=True, slots=True)
class AskedOfShift:
    verb: str
    command: ShiftCommand


@dataclass(frozen=True, slots=True)
class Announced:
    """When a spacecraft is expected to be heard; None when nothing is announced any more."""

    spacecraft: str
    schedule: ContactSchedule | None


Content = Frame | ClockChange | Asked | AskedOfPlan | AskedOfShift | Announced


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """`content` is None if nothing of the record can be used, or it is none of ours."""

    content: Content | None = None
    rejects: tuple[Reject, ...] = ()


class Decoder:
    """Decodes the records of one topic root in order."""

    def __init__(
        self,
        database: MissionDatabase,
        topics: Topics,
        clocks: Mapping[str, StreamClock] | None = None,
    ) -> None:
        self._database = database
        self._topics = topics
        self.clocks: dict[str, StreamClock] = dict(clocks or {})

    def decode(self, record: Record) -> Decoded:
        address = parse(record.topic)
        if address is None or address.spacecraft not in self._database.spacecraft:
            return _rejected(Reason.UNKNOWN_TOPIC, record.topic)
        try:
            content = self._content(record, address)
        except WireError as error:
            return _rejected(error.reason, str(error))
        if content is not None:
            return content
        if record.topic == self._topics.injection(address.spacecraft):
            return Decoded()  # simulators alone take notice; what it does comes as telemetry
        sessions = (Kind.REPLAY, Kind.TRAINING)
        if address.root == self._topics.command_root and address.kind in sessions:
            return Decoded()  # sessions are another's business, and touch nothing here
        return _rejected(Reason.UNKNOWN_TOPIC, record.topic)

    def _content(self, record: Record, address: Address) -> Decoded | None:
        """None for a topic that is none of ours."""
        craft, leaf, payload = address.spacecraft, address.leaf, record.payload
        if address.root == self._topics.command_root:
            match address.kind:
                case Kind.ALARM:
                    return Decoded(Asked(craft, leaf, wire.decode_command(payload)))
                case Kind.PLAN:
                    return Decoded(AskedOfPlan(craft, leaf, wire.decode_plan_command(payload)))
                case Kind.SHIFT if craft == GROUND:
                    return Decoded(AskedOfShift(leaf, wire.decode_shift_command(payload)))
        elif address.root == self._topics.root:
            match address.kind, leaf:
                case Kind.FRAME, _:
                    return self._frame(record, craft, leaf)
                case Kind.META, "clock":
                    return Decoded(self._clock(craft, payload))
                case Kind.META, "contacts":
                    schedule = wire.decode_contacts(payload) if payload else None
                    return Decoded(Announced(craft, schedule))
        return None

    def _clock(self, spacecraft: str, payload: bytes) -> ClockChange:
        clock = wire.decode_clock(payload)
        before = self.clocks.get(spacecraft)
        self.clocks[spacecraft] = clock
        new_run = before is None or before.run != clock.run or (not clock.run and before != clock)
        return ClockChange(spacecraft, clock, new_run)

    def _frame(self, record: Record, spacecraft: str, subsystem_id: str) -> Decoded:
        subsystem = self._database.spacecraft[spacecraft].subsystems.get(subsystem_id)
        if subsystem is None:
            return _rejected(Reason.UNKNOWN_TOPIC, record.topic)
        raw = wire.decode_frame(record.payload)
        clock = self.clocks.get(spacecraft, LIVE_CLOCK)
        if absurd := absurd_time(raw.body.t, record.received_ns, clock):
            return _rejected(Reason.ABSURD_TIME, absurd)

        return Decoded(*checked(raw, spacecraft, subsystem, record.received_ns))


def _rejected(reason: Reason, detail: str) -> Decoded:
    return Decoded(None, (Reject(reason, detail),))


def absurd_time(time_ns: int, received_ns: int, clock: StreamClock) -> str:
    """What is absurd about a generation time on its stream's clock; empty if nothing is."""
    if clock.kind is StreamKind.PLAYED:
        low, high = clock.epoch_ns - MAX_BEHIND_NS, clock.epoch_ns + MAX_RECORDING_NS
    else:
        now_ns = clock.at(received_ns)
        low, high = now_ns - MAX_BEHIND_NS, now_ns + round(MAX_AHEAD_NS * max(1.0, clock.rate))
    if low <= time_ns <= high:
        return ""
    return f"{utc(time_ns)} is not within {utc(low)} and {utc(high)}"
