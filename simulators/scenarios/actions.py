"""What can be made to happen in a simulation, as data: the vocabulary of scenarios and `inject`.

An action says what is done, not what follows: the station's physics works that out. In TOML, in a
message and on the command line alike it is its tag (`do = "fire"`) and its fields.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from simulators.scenarios.fields import convert_field, expected, show
from simulators.sensing.fault import Fault, FaultKind
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.missiondb.table import hint, listed

#: A vehicle, port, jet or parameter: whether there is one, the station says.
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+./ -]+$")]
#: Ten days: nothing here is longer.
Seconds = Annotated[float, Meta(gt=0, le=864_000)]
Pulse = Annotated[float, Meta(ge=0.1, le=60)]
Degrees = Annotated[float, Meta(ge=-360, le=360)]
Finite = Annotated[float, Meta(ge=-1e12, le=1e12)]
Jets = Annotated[tuple[Name, ...], Meta(min_length=1, max_length=32)]
Cmg = Literal[1, 2, 3, 4]


class ActionError(UsageError):
    """An action that is none. field: which of its fields is wrong; empty for all of it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}" if field else message)


class Base(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="do",
):
    """Every action; its tag is its name in words with hyphens."""


class Fire(Base, frozen=True, tag="fire"):
    """Open a vehicle's thrusters and leave them open: the fault as it came on 15 October 2021.

    for_s: closes them after so long; without it only the propellant cut-off or `stop-firing` does.
    """

    vehicle: Name
    jets: Jets
    for_s: Seconds | None = None


class StopFiring(Base, frozen=True, tag="stop-firing"):
    """Close every thruster of a vehicle."""

    vehicle: Name


class PulseTest(Base, frozen=True, tag="pulse-test"):
    """Fire a vehicle's thrusters one opposed pair after the other, manifold 1 before 2.

    pairs: how many pulses in all, one every `every_s` seconds of `pulse_s` each.
    """

    vehicle: Name
    pulse_s: Pulse = 0.4
    every_s: Annotated[float, Meta(ge=1, le=600)] = 30.0
    pairs: Annotated[int, Meta(ge=1, le=200)] = 19

    def __post_init__(self) -> None:
        if self.pulse_s >= self.every_s:
            raise ActionError("pulse_s", f"must be below every_s, which is {self.every_s:g}")


class CloseManifold(Base, frozen=True, tag="close-manifold"):
    """Close a manifold's isolation valve, so that its thrusters get nothing; `open` opens it."""

    vehicle: Name
    manifold: Literal[1, 2]
    open: bool = False


class ResetCounters(Base, frozen=True, tag="reset-counters"):
    """Set a vehicle's on-time and consumption since reset to zero; ends a propellant cut-off."""

    vehicle: Name


class Control(Base, frozen=True, tag="control"):
    """Choose how the US segment holds attitude."""

    mode: Literal["attitude-hold", "momentum-management", "free-drift"]


class Desaturation(Base, frozen=True, tag="desaturation"):
    """Let the CMGs ask thrusters to take momentum off them, or not."""

    state: Literal["enabled", "inhibited"]


class Handover(Base, frozen=True, tag="handover"):
    """Give control of attitude to Russian-segment thrusters (`rs`) or to the CMGs (`us`)."""

    to: Literal["rs", "us"]


class Manoeuvre(Base, frozen=True, tag="manoeuvre"):
    """Turn to a commanded attitude, yaw then pitch then roll (deg) from LVLH, at `rate_deg_s`."""

    yaw_deg: Degrees
    pitch_deg: Degrees
    roll_deg: Degrees
    rate_deg_s: Annotated[float, Meta(ge=0.005, le=0.5)] = 0.05


class Reboost(Base, frozen=True, tag="reboost"):
    """Raise the orbit: a vehicle's axial thrusters fire until `delta_v_m_s` is reached."""

    vehicle: Name
    delta_v_m_s: Annotated[float, Meta(gt=0, le=5)]


class Approach(Base, frozen=True, tag="approach"):
    """A vehicle comes to a port: Kurs range falls from `from_range_m` to contact in `for_s`."""

    vehicle: Name
    port: Name
    from_range_m: Annotated[float, Meta(gt=0, le=200_000)] = 400.0
    for_s: Seconds = 1_200.0


class Dock(Base, frozen=True, tag="dock"):
    """A vehicle is at a port from now on; mass properties and docking flags follow."""

    vehicle: Name
    port: Name


class Undock(Base, frozen=True, tag="undock"):
    """A vehicle leaves its port."""

    vehicle: Name


class Leak(Base, frozen=True, tag="leak"):
    """A hole of `hole_mm` diameter in a volume's wall."""

    volume: Literal["station", "soyuz"]
    hole_mm: Annotated[float, Meta(gt=0, le=200)]


class SealLeak(Base, frozen=True, tag="seal-leak"):
    """Close the volume's hole."""

    volume: Literal["station", "soyuz"]


class BearingWear(Base, frozen=True, tag="bearing-wear"):
    """A CMG's spin bearing begins to fail: damage grows by `per_hour` of its life (1) an hour."""

    cmg: Cmg
    per_hour: Annotated[float, Meta(ge=0, le=100)]


class CmgOff(Base, frozen=True, tag="cmg-off"):
    """Take a CMG out of the steering law and let its wheel run down."""

    cmg: Cmg


class Arrays(Base, frozen=True, tag="arrays"):
    """Let the solar arrays track the Sun, or hold them feathered."""

    mode: Literal["autotrack", "feathered"]


class Gap(Base, frozen=True, tag="gap"):
    """A link is lost for `for_s` seconds; `announced` if the contact schedule says so."""

    link: LinkName
    for_s: Seconds
    announced: bool = False


class SensorFault(Base, frozen=True, tag="sensor-fault"):
    """A measurement goes wrong; what is measured does not.

    parameter: its id, or a subsystem's for kinds that act on whole frames. for_s: None for ever.
    kind, value, rate_per_s: as `simulators.sensing.fault.Fault` has them.
    """

    spacecraft: Name
    parameter: Name
    kind: FaultKind
    for_s: Seconds | None = None
    value: Finite | None = None
    rate_per_s: Finite | None = None

    def fault(self, at_ns: int) -> Fault:
        """What it is, beginning then."""
        return Fault(
            spacecraft=self.spacecraft,
            parameter=self.parameter,
            kind=self.kind,
            start_ns=at_ns,
            end_ns=None if self.for_s is None else at_ns + round(self.for_s * SECOND_NS),
            value=self.value,
            rate_per_s=self.rate_per_s,
        )


Action: TypeAlias = (
    Fire
    | StopFiring
    | PulseTest
    | CloseManifold
    | ResetCounters
    | Control
    | Desaturation
    | Handover
    | Manoeuvre
    | Reboost
    | Approach
    | Dock
    | Undock
    | Leak
    | SealLeak
    | BearingWear
    | CmgOff
    | Arrays
    | Gap
    | SensorFault
)
ACTIONS: Final[Mapping[str, type[Action]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Action)
}


def convert(raw: Mapping[str, object], *, text: bool = False) -> Action:
    """The action a table or message says: `do` and its fields.

    text: values are texts, as from a command line; a list is written `a,b`.
    :raises ActionError: with what was expected.
    """
    tag = raw.get("do")
    if not isinstance(tag, str) or tag not in ACTIONS:
        said = "is missing" if tag is None else f"no action {show(tag)}{hint(str(tag), ACTIONS)}"
        raise ActionError("do", f"{said}; actions are {listed(ACTIONS)}")
    kind = ACTIONS[tag]
    given = {key: value for key, value in raw.items() if key != "do"}
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in given:
        if key not in fields:
            has = f"{tag} has {', '.join(fields)}"
            raise ActionError(key, f"unknown field{hint(key, fields)}; {has}")
    values = {}
    for name, field in fields.items():
        if name in given:
            value = given[name]
            try:
                values[name] = convert_field(value, field.type, text=text)
            except ValueError as error:
                raise ActionError(name, str(error)) from None
        elif field.required:
            raise ActionError(name, f"is missing: {tag} needs {expected(field.type)}")
    return kind(**values)


def to_wire(action: Action) -> dict[str, Any]:
    """The action as a message has it: `do` and what is not left at its default."""
    plain: dict[str, Any] = msgspec.to_builtins(action)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
