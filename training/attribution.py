"""Which fault an alarm is taken for the doing of. Pure.

An assumption [A], consistent with and no proof: of the faults that were there before the violation,
the newest in whose subsystems such an alarm first shows. A sensor's fault shows in alarms of that
parameter or subsystem, a lost link in alarms of silence. What fits none is nobody's doing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from telemetry.alarm import Alarm, Condition
from telemetry.missiondb import MissionDatabase
from telemetry.topics import GROUND
from telemetry.training import Fault, FaultState

#: Says of an alarm what it is about: `spacecraft/subsystem`, empty if that is unknown.
Where = Callable[[Alarm], str]

_CMG: Final = frozenset({"iss/adcs", "iss/derived", "iss/sim"})
_AIR: Final = frozenset({"iss/eclss", "soyuz/cabin"})
_ELSEWHERE: Final = frozenset({"iss/itcs", "iss/eva"})
#: Of each action, where it shows first; whatever is not named here shows anywhere but in air and
#: what has nothing to do with motion.
_SHOWS: Final[Mapping[str, frozenset[str]]] = {
    "leak": _AIR,
    "bearing-wear": _CMG,
    "cmg-off": _CMG,
}
_NOT_OF_MOTION: Final = _AIR | _ELSEWHERE


def where_in(database: MissionDatabase) -> Where:
    def where(alarm: Alarm) -> str:
        craft = database.spacecraft.get(alarm.spacecraft)
        if craft is None:
            return ""
        if alarm.subject in craft.subsystems:
            return f"{craft.id}/{alarm.subject}"
        try:
            return f"{craft.id}/{craft.subsystem_of(alarm.subject).id}"
        except KeyError:
            return ""

    return where


def attributed(alarm: Alarm, faults: Sequence[Fault], where: Where) -> str:
    """The id of the fault; empty for none."""
    if alarm.spacecraft == GROUND:  # its times are of the wall clock, its alarms of ingest itself
        return ""
    before = [
        one
        for one in faults
        if _is_there(one) and one.time_ns <= alarm.since_ns and _may_show(one, alarm, where(alarm))
    ]
    # a fault of this very parameter says more than one of anything
    newest = max(before, key=lambda one: (_do(one) == "sensor-fault", one.time_ns), default=None)
    return newest.id if newest else ""


def _is_there(fault: Fault) -> bool:
    """The scenario does its own by itself, and an alarm may be quicker than our noticing that."""
    return fault.state is FaultState.DONE or (fault.state is FaultState.PLANNED and not fault.by)


def _may_show(fault: Fault, alarm: Alarm, subsystem: str) -> bool:
    do = _do(fault)
    if do == "sensor-fault":
        craft, named = fault.action.get("spacecraft"), fault.action.get("parameter")
        return craft == alarm.spacecraft and named in (
            alarm.subject,
            alarm.spacecraft,
            subsystem.partition("/")[2],
        )
    if do == "gap":
        return alarm.condition is Condition.STALE
    if alarm.condition is Condition.STALE:
        return False
    return subsystem in _SHOWS[do] if do in _SHOWS else subsystem not in _NOT_OF_MOTION


def _do(fault: Fault) -> str:
    return str(fault.action.get("do"))
