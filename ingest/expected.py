"""The expected configuration: is everything as a hazardous activity needs it? Pure.

Go, or no-go with the reasons. What is unknown is no-go: nobody fires thrusters on a guess.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from telemetry.activity import Activity, LinkName, PlannedState
from telemetry.alarm import Alarm, State
from telemetry.clock import SECOND_NS
from telemetry.frame import Sample
from telemetry.limit import Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Value
from telemetry.plan import CheckItem, ConfigurationCheck

#: Above this share of their capacity the CMGs have too little left for a disturbance [A].
MAX_MOMENTUM_PCT: Final = 40.0
MIN_CMGS: Final = 3

UNKNOWN: Final = "unknown"

DESATURATION: Final = "USLAB000011"
GNC_MODE: Final = "USLAB000012"
MOMENTUM_PCT: Final = "USLAB000010"
CMGS: Final = "USLAB000005"
CONTROLLER: Final = "USLAB000016"
#: The caution and the warning; either says that attitude is not held.
CONTROL_LOST: Final = ("USLAB000041", "USLAB000042")
AUTHORITY: Final = "SIM_ISS_CONTROL"
PROPELLANT: Final = "SIM_SOYUZ_PROP_KG"

#: What is looked at, spacecraft -> parameters: the processor keeps their newest samples.
LOOKED_AT: Final[Mapping[str, tuple[str, ...]]] = {
    "iss": (
        DESATURATION,
        GNC_MODE,
        CONTROLLER,
        AUTHORITY,
        MOMENTUM_PCT,
        CMGS,
        *CONTROL_LOST,
    ),
    "soyuz": (PROPELLANT,),
}
#: Whose telemetry must be fresh: of the station, and of the vehicle that may fire.
_NEEDED: Final[Mapping[str, str]] = {"iss": "adcs", "soyuz": "propulsion"}

#: GNC modes: the CMGs hold attitude, alone or helped; others than the CMGs, or nobody.
_CMG_MODES: Final = frozenset({4, 5})
_OTHER_MODES: Final = frozenset({3, 7})
#: Who may hold attitude besides the CMGs when an activity plans a state; 0 is the CMGs.
_AUTHORITIES: Final[Mapping[PlannedState, frozenset[int]]] = {
    PlannedState.RS_CONTROL: frozenset({2, 3, 4}),
    PlannedState.FREE_DRIFT: frozenset({5}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What can be looked at.

    newest: the newest sample of a parameter of `LOOKED_AT`. heard: whether a subsystem is heard
    now. covered: how much of a span, 0 to 1, a link of a spacecraft is announced for.
    """

    database: MissionDatabase
    newest: Callable[[str, str], Sample | None]
    heard: Callable[[str, str], bool]
    covered: Callable[[str, LinkName, int, int], float]
    alarms: Iterable[Alarm]


def check(activity: Activity, time_ns: int, look: Look) -> ConfigurationCheck:
    """Every item, in the order a controller would ask for them."""
    items = (
        _control(activity, look),
        _desaturation(activity, look),
        _at_most("CMG momentum", MOMENTUM_PCT, MAX_MOMENTUM_PCT, "%", look),
        _at_least("CMGs on line", CMGS, MIN_CMGS, look),
        *_telemetry(activity, look),
        *_links(activity, time_ns, look),
        *_propellant(activity, look),
        _alarms(look),
    )
    return ConfigurationCheck(time_ns=time_ns, items=items)


def _item(name: str, go: bool, reason: str) -> CheckItem:
    return CheckItem(name=name, go=go, reason=reason)


def _value(look: Look, spacecraft: str, parameter: str) -> Value | None:
    sample = look.newest(spacecraft, parameter)
    return sample.value if sample else None


def _state(look: Look, parameter: str) -> str:
    value = _value(look, "iss", parameter)
    if value is None:
        return UNKNOWN
    return look.database.parameter("iss", parameter).display(value)


def _control(activity: Activity, look: Look) -> CheckItem:
    name, mode = "Attitude control", _value(look, "iss", GNC_MODE)
    lost = [_value(look, "iss", one) for one in CONTROL_LOST]
    if mode is None or None in lost:
        return _item(name, False, "GNC mode or loss of control is unknown")
    if any(lost):
        return _item(name, False, "attitude control is lost")
    authorities, modes = frozenset({0}), _CMG_MODES
    for state in activity.planned_states:
        if state in _AUTHORITIES:
            authorities |= _AUTHORITIES[state]
            modes |= _OTHER_MODES
    authority = _value(look, "iss", AUTHORITY)  # only a simulation sends it
    right = mode in modes and (authority is None or authority in authorities)
    known = [_state(look, one) for one in (GNC_MODE, CONTROLLER, AUTHORITY)]
    return _item(name, right, ", ".join(one for one in known if one != UNKNOWN))


def _desaturation(activity: Activity, look: Look) -> CheckItem:
    name, value = "Desaturation", _value(look, "iss", DESATURATION)
    if value is None:
        return _item(name, False, "desaturation request is unknown")
    inhibited, planned = bool(value), PlannedState.DESATURATION_INHIBITED in activity.planned_states
    text = f"is {_state(look, DESATURATION)}, planned {'INHIBITED' if planned else 'ENABLED'}"
    if inhibited:
        text += "; the CMGs alone cannot hold against a thruster that stays on"
    return _item(name, inhibited is planned, text)


def _at_most(name: str, parameter: str, most: float, unit: str, look: Look) -> CheckItem:
    # how old it is says nothing, for it is sent on change; that its subsystem is heard is an item
    # of its own
    value = _value(look, "iss", parameter)
    if value is None or isinstance(value, str):
        return _item(name, False, UNKNOWN)
    return _item(name, value <= most, f"{value:.3g} {unit}, at most {most:g} {unit}")


def _at_least(name: str, parameter: str, least: int, look: Look) -> CheckItem:
    value = _value(look, "iss", parameter)
    if value is None or isinstance(value, str):
        return _item(name, False, UNKNOWN)
    return _item(name, value >= least, f"{value:g}, at least {least}")


def _telemetry(activity: Activity, look: Look) -> Iterator[CheckItem]:
    vehicles = {one.partition("/")[0] for one in activity.may_fire} | {activity.spacecraft, "iss"}
    for spacecraft in sorted(vehicles & _NEEDED.keys()):
        subsystem = _NEEDED[spacecraft]
        heard = look.heard(spacecraft, subsystem)
        text = "is heard" if heard else "is not heard"
        yield _item(f"Telemetry {spacecraft}/{subsystem}", heard, text)


def _links(activity: Activity, time_ns: int, look: Look) -> Iterator[CheckItem]:
    from_ns = max(time_ns, activity.start_ns)
    for link in activity.links:
        name, craft = f"Link {link}", activity.spacecraft
        share = look.covered(craft, link, from_ns, activity.end_ns)
        if share < 1:
            # rounded down: 100 % would not be no-go
            yield _item(name, False, f"contact for {int(share * 100)} % of the window")
            continue
        if look.covered(craft, link, time_ns, time_ns + SECOND_NS) < 1:
            yield _item(name, True, "contact throughout the window, none expected now")
            continue
        silent = [one for one in _told_by(look, craft, link) if not look.heard(craft, one)]
        text = f"contact is expected, {', '.join(silent)} not heard" if silent else ""
        yield _item(name, not silent, text or "contact throughout")


def _told_by(look: Look, spacecraft: str, link: LinkName) -> list[str]:
    """The subsystems that come down by this link alone: they say whether it is up."""
    subsystems = look.database.spacecraft[spacecraft].subsystems.values()
    return [one.id for one in subsystems if one.links == (link,) and not one.derived]


def _propellant(activity: Activity, look: Look) -> Iterator[CheckItem]:
    if activity.propellant_kg is None or activity.spacecraft != "soyuz":
        return
    value = _value(look, "soyuz", PROPELLANT)
    if value is None or isinstance(value, str):
        yield _item("Propellant", False, UNKNOWN)
    else:
        text = f"{value:.0f} kg left, budget {activity.propellant_kg:g} kg"
        yield _item("Propellant", value > activity.propellant_kg, text)


def _alarms(look: Look) -> CheckItem:
    standing = [
        f"{alarm.spacecraft}/{alarm.id}"
        for alarm in look.alarms
        if (alarm.state is State.UNACK and alarm.severity >= Severity.WARNING)
        or (alarm.state is State.LATCHED_UNACK and alarm.highest >= Severity.WARNING)
    ]
    text = ", ".join(standing[:3]) + (f" and {len(standing) - 3} more" if len(standing) > 3 else "")
    return _item("Unacknowledged warnings", not standing, text or "none")
