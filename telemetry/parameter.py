"""What the mission database says of a parameter, a subsystem and a spacecraft. Definitions only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from telemetry.activity import LinkName
from telemetry.limit import Limits, Response, Severity

#: A sample's value. Which of the four it must be is the parameter's type.
Value = float | int | bool | str

#: Staleness: a subsystem is late when its next frame has not come after this many periods (Yamcs).
STALE_AFTER_PERIODS = 1.9

_INT64: Final = range(-(2**63), 2**63)

#: Of so many different sets of parameters in a frame it is remembered what types they are of.
_KNOWN_SHAPES: Final = 256


class ParameterType(StrEnum):
    FLOAT = "float"
    INTEGER = "integer"
    ENUMERATION = "enumeration"
    BOOLEAN = "boolean"
    STRING = "string"

    @property
    def numeric(self) -> bool:
        """Whether minimum, maximum and mean mean something."""
        return self in (ParameterType.FLOAT, ParameterType.INTEGER)


_PYTHON: Final[Mapping[ParameterType, type]] = {
    ParameterType.FLOAT: float,
    ParameterType.INTEGER: int,
    ParameterType.ENUMERATION: int,
    ParameterType.BOOLEAN: bool,
    ParameterType.STRING: str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """The definition of one telemetry channel.

    id: the public id (PUI) of NASA's catalogue, or one plainly marked as simulated.
    unit: the unit values are delivered in, which is not always the catalogue's raw unit.
    states: for enumerations, the name of each code.
    period_s: how often it is sampled; None when it is sent only on change.
    """

    id: str
    name: str
    type: ParameterType
    unit: str = ""
    description: str = ""
    states: Mapping[int, str] = field(default_factory=dict)
    period_s: float | None = None
    limits: Limits = field(default_factory=Limits)

    def typed(self, loose: Value) -> Value | None:
        """A value as it came, as this parameter's type; None if it is of another, or no int64.

        A whole number is a float's value too, and a float that is whole an integer's: JSON has one
        kind of number, and senders write it as their language does.
        """
        if isinstance(loose, int) and loose not in _INT64:
            return None
        match self.type:
            case ParameterType.BOOLEAN if isinstance(loose, bool):
                return loose
            case ParameterType.STRING if isinstance(loose, str):
                return loose
            case _ if isinstance(loose, bool | str):  # Python counts True among the integers
                return None
            case ParameterType.FLOAT:
                return float(loose)
            case ParameterType.INTEGER | ParameterType.ENUMERATION:
                if isinstance(loose, int):
                    return loose
                if loose.is_integer() and abs(loose) < 2**53:
                    return int(loose)
        return None

    def display(self, value: Value) -> str:
        """The value as an operator reads it, without its unit; an unknown code shows as itself."""
        if self.type is ParameterType.ENUMERATION:
            return self.states.get(int(value), f"UNKNOWN STATE {value}")
        return f"{value:.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsystem:
    """Parameters that travel in one frame.

    period_s: the heartbeat; a frame comes at least this often, with values or without.
    stale: the severity of its silence, with `stale_response` for CAUTION and above.
    links: it comes down by any of these; none means that it needs no contact.
    derived_from: what ingest computes it from, if it does; nobody else may send it then.
    """

    id: str
    name: str
    period_s: float
    parameters: Mapping[str, Parameter]
    stale: Severity = Severity.ADVISORY
    stale_response: Response | None = None
    links: tuple[LinkName, ...] = ()
    derived_from: tuple[str, ...] = ()
    #: The Python type of each parameter's values, and those of which it is this one.
    types: Mapping[str, type] = field(init=False, repr=False, compare=False)
    integers: tuple[str, ...] = field(init=False, repr=False, compare=False)
    strings: tuple[str, ...] = field(init=False, repr=False, compare=False)
    #: By the parameters of a frame: the type of each.
    _shapes: dict[tuple[str, ...], list[type]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        types = {id_: _PYTHON[each.type] for id_, each in self.parameters.items()}
        object.__setattr__(self, "types", types)
        for name, kind in (("integers", int), ("strings", str)):
            object.__setattr__(self, name, tuple(id_ for id_ in types if types[id_] is kind))

    def fits(self, values: Mapping[str, Value | None]) -> bool:
        """Whether all are of parameters of this subsystem, and what `Parameter.typed` would return.

        Says no of what fits only after a conversion. Hardly a step of Python for each sample:
        there are hundreds of thousands a second.
        """
        # frames of a subsystem have the same parameters again and again
        names = tuple(values)
        types = self._shapes.get(names)
        if types is None:
            if not self.types.keys() >= set(names):
                return False
            types = [self.types[id_] for id_ in names]
            if len(self._shapes) >= _KNOWN_SHAPES:
                self._shapes.clear()
            self._shapes[names] = types
        if list(map(type, values.values())) != types:
            return False
        return all(values.get(id_, 0) in _INT64 for id_ in self.integers)

    @property
    def derived(self) -> bool:
        return bool(self.derived_from)

    @property
    def stale_after_ns(self) -> int:
        return int(self.period_s * STALE_AFTER_PERIODS * 1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacecraft:
    """source: whom to credit for the definitions, or that they are assumptions of ours."""

    id: str
    name: str
    subsystems: Mapping[str, Subsystem]
    source: str = ""

    @property
    def measured(self) -> "Spacecraft":
        """The spacecraft with only what it sends itself."""
        sent = {id_: each for id_, each in self.subsystems.items() if not each.derived}
        return replace(self, subsystems=sent)

    def subsystem_of(self, parameter: str) -> Subsystem:
        """:raises KeyError: if no subsystem has a parameter of that id."""
        for subsystem in self.subsystems.values():
            if parameter in subsystem.parameters:
                return subsystem
        raise KeyError(parameter)
