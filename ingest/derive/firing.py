"""Soyuz thrusters against the plan: firing outside its window, longer than its pulse, over budget.

Every soyuz/propulsion frame gives a frame of soyuz/derived with the same generation time and the
same sequence number, so that what is lost or late of the one is so of the other. Thrusters are
judged by their cumulative on-time: pulses of 0.2-0.5 s alias in sampled commands.

DER_FIRING_UNPLANNED, DER_FIRING_OVERLONG, DER_CMD_NO_PRESSURE and DER_PRESSURE_NO_CMD stand for a
run of firing: the worst thruster's value since the last minute without such a thing began [A], so
that pulses of some tenths of a second do not come and go on the console. The budgets are absent
while no activity has one.

What comes late, behind newer frames, is judged from where contact was lost (`Track` of that time).
"""

import copy
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ingest.derive.permits import VEHICLE
from ingest.derive.track import Jet, Track
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.plan import Plan

SOURCE: Final = "propulsion"
DERIVED: Final = "derived"
#: A longer silence is loss of signal, of which a recorder may send later what was missed.
LOS_NS: Final = 2 * SECOND_NS
#: Losses of signal kept in mind; of more, the oldest are given up.
MOST_GAPS: Final = 8

_THRUSTER: Final = re.compile(r"SIM_SOYUZ_([A-Z]+)(\d+)_(CMD|PC|ONTIME)")
_USED: Final = "SIM_SOYUZ_PROP_USED_KG"


class _Gap(msgspec.Struct, kw_only=True):
    """Frames below `until` were missed; `track` is as it was then, and goes on with what comes."""

    until: int
    track: Track


class _State(msgspec.Struct, kw_only=True):
    present: Track
    gaps: list[_Gap] = []


class FiringDerivation:
    """A derivation (`ingest.derive.base`): soyuz/propulsion in, soyuz/derived out."""

    def __init__(self, database: MissionDatabase) -> None:
        ship = database.spacecraft.get(VEHICLE)
        known = ship.subsystems if ship else {}
        self._wanted = SOURCE in known and DERIVED in known
        #: Parameter -> thruster and which of its quantities; of one thruster each.
        self._channels: dict[str, tuple[str, str]] = {}
        for parameter in known[SOURCE].parameters if self._wanted else ():
            if found := _THRUSTER.fullmatch(parameter):
                self._channels[parameter] = (f"{found[1]}-{found[2]}", found[3])
        self._names = sorted({jet for jet, _ in self._channels.values()})
        self._state = self._new()

    def take(self, frame: Frame, plans: Sequence[Plan]) -> Sequence[Frame]:
        """The derived frame of a propulsion frame; none of another, or of one taken before.

        plans: with those that ended within the last ten minutes, so that what they permitted in
        an interval is known.
        """
        if not self._wanted or (frame.spacecraft, frame.subsystem) != (VEHICLE, SOURCE):
            return ()
        track = self._track_of(frame)
        if track is None:
            return ()
        values = track.take(frame, self._channels, _USED, plans)
        return (
            Frame(
                spacecraft=VEHICLE,
                subsystem=DERIVED,
                time_ns=frame.time_ns,
                received_ns=frame.received_ns,
                sequence=frame.sequence,
                values=values,
            ),
        )

    def start_run(self, spacecraft: str) -> None:
        """The ship's publisher started anew: nothing before it can be compared with it."""
        if spacecraft == VEHICLE:
            self._state = self._new()

    def snapshot(self) -> Any:
        return msgspec.to_builtins(self._state)

    def restore(self, state: Any) -> None:
        """Thrusters the mission database has no more are dropped, new ones begin."""
        self._state = msgspec.convert(state, _State)
        for track in (self._state.present, *(gap.track for gap in self._state.gaps)):
            track.jets = self._new().present.jets | {
                name: jet for name, jet in track.jets.items() if name in self._names
            }

    def _new(self) -> _State:
        return _State(present=Track(jets={name: Jet() for name in self._names}))

    def _track_of(self, frame: Frame) -> Track | None:
        """Where the frame belongs; None if nothing new can be in it."""
        present, gaps = self._state.present, self._state.gaps
        if present.sequence is None:
            return present
        if frame.time_ns > present.time_ns:
            missed = frame.sequence > present.sequence + 1
            if missed and frame.time_ns - present.time_ns > LOS_NS:
                gaps.append(_Gap(until=frame.sequence, track=copy.deepcopy(present)))
                del gaps[:-MOST_GAPS]
            return present
        if frame.sequence > present.sequence:
            if frame.time_ns < present.time_ns:
                gaps.clear()
                present.step_back(frame.time_ns)
            return present
        for gap in gaps:
            before = gap.track.sequence or 0
            if before < frame.sequence < gap.until and frame.time_ns > gap.track.time_ns:
                if frame.sequence + 1 == gap.until:
                    gaps.remove(gap)
                return gap.track
        return None
