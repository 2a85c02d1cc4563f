"""The parameters of a simulation: what a scenario, or `--set`, may change, and within which bounds.

`PARAMETERS` are those the models read; a scenario file may declare more of its own. [A] marks an
assumption of ours; where no [A] stands, the number is published or follows from one that is.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeGuard

from simulators.scenarios.fields import show
from telemetry.missiondb.table import listed

#: A number, a flag, a text (a choice, a name, a time of day) or a list of names.
ParameterValue = float | int | bool | str | tuple[str, ...]

MAX_NAMES: Final = 64
#: Hours, minutes, seconds, tenths.
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d))?)?")
_FLAGS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class ParameterKind(StrEnum):
    """In words, as a message says what is expected."""

    NUMBER = "a number"
    WHOLE = "a whole number"
    FLAG = "true or false"
    TEXT = "a text"
    TIME = "a time such as 09:12 or 09:12:18"
    NAMES = "a list of names"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioParameter:
    """One parameter. low, high: of a number, both allowed. choices: of a text, if any."""

    name: str
    kind: ParameterKind
    default: ParameterValue
    help: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return listed(self.choices)
        bounds = "" if math.isinf(self.low) else f" from {self.low:g} to {self.high:g}"
        return f"{self.kind}{bounds}{f' ({self.unit})' if self.unit else ''}"

    def value(self, given: object) -> ParameterValue:
        """A value as a scenario file gives it.

        :raises ValueError: saying what was expected.
        """
        value = _typed(self.kind, given)
        if value is None or not self._allows(value):
            raise ValueError(f"must be {self.expected}, not {show(given)}")
        return value

    def parse(self, text: str) -> ParameterValue:
        """A value as `--set` gives it; a list is written `a,b`.

        :raises ValueError: saying what was expected.
        """
        given: object = text
        match self.kind:
            case ParameterKind.FLAG:
                given = _FLAGS.get(text.lower(), text)
            case ParameterKind.NAMES:
                given = [part.strip() for part in text.split(",")]
            case ParameterKind.NUMBER | ParameterKind.WHOLE:
                given = _number(text)
        return self.value(given)

    def _allows(self, value: ParameterValue) -> bool:
        if isinstance(value, bool | tuple):
            return True
        if isinstance(value, str):
            return not self.choices or value in self.choices
        return self.low <= value <= self.high


def declared(name: str, given: object) -> ScenarioParameter | None:
    """A scenario's own parameter, of the kind its value has; None if it can be no parameter.

    given: the value, or a table of `value`, `unit` and `help`.
    """
    about: Mapping[str, object] = given if isinstance(given, dict) else {"value": given}
    unit, text = about.get("unit", ""), about.get("help", "")
    if about.keys() - {"value", "unit", "help"} or not (_is_short(unit) and _is_short(text)):
        return None
    for kind in (
        ParameterKind.FLAG,
        ParameterKind.NUMBER,
        ParameterKind.TIME,
        ParameterKind.TEXT,
        ParameterKind.NAMES,
    ):
        value = _typed(kind, about.get("value"))
        if value is not None:
            return ScenarioParameter(name=name, kind=kind, default=value, unit=unit, help=text)
    return None


def _is_short(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and len(text) <= 200


def _typed(kind: ParameterKind, given: object) -> ParameterValue | None:
    """The value as its kind; None if it is of another."""
    match kind, given:
        case ParameterKind.FLAG, bool():
            return given
        case ((ParameterKind.NUMBER | ParameterKind.WHOLE), bool()):
            return None
        case ParameterKind.WHOLE, int():
            return given if abs(given) < 2**53 else None
        case ParameterKind.NUMBER, int() | float():
            return given if abs(given) < 2**53 else None  # false for NaN
        case ParameterKind.TEXT, str() if given and len(given) <= 200:
            return given
        case ParameterKind.TIME, str() if found := TIME_OF_DAY.fullmatch(given):
            return f"{found[1]}:{found[2]}:{found[3] or '00'}.{found[4] or '0'}".removesuffix(".0")
        case ParameterKind.NAMES, list() if 0 < len(given) <= MAX_NAMES and all(
            isinstance(one, str) and one for one in given
        ):
            return tuple(given)
    return None


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _number_of(
    name: str, default: float, low: float, high: float, unit: str, text: str
) -> ScenarioParameter:
    return ScenarioParameter(
        name=name,
        kind=ParameterKind.NUMBER,
        default=default,
        low=low,
        high=high,
        unit=unit,
        help=text,
    )


def _choice_of(name: str, choices: tuple[str, ...], text: str) -> ScenarioParameter:
    """The first choice is the default."""
    return ScenarioParameter(
        name=name, kind=ParameterKind.TEXT, default=choices[0], choices=choices, help=text
    )


def _flag_of(name: str, default: bool, text: str) -> ScenarioParameter:
    return ScenarioParameter(name=name, kind=ParameterKind.FLAG, default=default, help=text)


# fmt: off
_ALL: Final = (
    # control
    _choice_of("control_mode", ("momentum-management", "attitude-hold", "free-drift"),
               "how the US segment holds attitude at the start"),
    _choice_of("desat", ("enabled", "inhibited"),
               "whether the CMGs may ask thrusters for help: enabled is CMG/thruster assist, "
               "inhibited is CMGs only"),
    _number_of("natural_frequency_rad_s", 0.0045, 0.0005, 0.05, "rad/s",
               "of the attitude controller; 100 % momentum comes 29 s into ms18's firing [A]"),
    _number_of("damping", 1.0, 0.2, 3.0, "", "ratio of the attitude controller [A]"),
    _number_of("initial_momentum_pct", 13.0, 0.0, 90.0, "% of capacity",
               "CMG momentum at the start; 11-15 is typical of the feed"),
    _number_of("loac_error_deg", 2.0, 0.1, 45.0, "deg",
               "attitude error beyond which saturated CMGs have lost control [A]"),
    _number_of("loac_momentum_pct", 99.5, 50.0, 100.0, "% of capacity",
               "momentum above which CMGs are saturated [A]"),
    _number_of("rs_delay_s", 150.0, 0.0, 3_600.0, "s",
               "from loss of control to Russian-segment thrusters: arrays are feathered first [A]"),
    _number_of("rs_rate_deg_s", 0.08, 0.01, 0.5, "deg/s",
               "fastest return to attitude under Russian-segment thrusters [A]"),
    _number_of("us_return_s", 600.0, 0.0, 86_400.0, "s",
               "from attitude regained to control handed back to the CMGs [A]"),
    # the station
    _choice_of("inertia", ("trimmed", "derived", "jeod", "assembly-complete"),
               "tensor of the stack: by parallel axes and trimmed to fly in equilibrium [A], by "
               "parallel axes alone, or another one published"),
    _number_of("aero_scale", 1.0, 0.0, 10.0, "", "of the aerodynamic torque; 1 is 3 N m [A]"),
    _number_of("step_s", 0.1, 0.02, 0.1, "s", "of the motion while something fires"),
    # Soyuz
    _number_of("soyuz_propellant_kg", 440.0, 20.0, 880.0, "kg",
               "aboard at the start; 300-500 are usual before undocking [A]"),
    _number_of("propellant_limit_kg", 13.5, 0.1, 880.0, "kg",
               "consumption since reset at which a Soyuz closes its thrusters [A]"),
    _flag_of("soyuz_telemetry", True, "false: nothing of the Soyuz is received"),
    # sensors
    _number_of("noise_scale", 1.0, 0.0, 20.0, "", "of noise that is assumed, not recorded"),
    # links
    _choice_of("ku_link", ("always", "geometry"),
               "Ku contact as if always in view, or by the geometry of relay satellites"),
    _choice_of("s_band_link", ("always", "geometry"), "the same for S-band"),
    _choice_of("russian_link", ("always", "geometry"),
               "the same for the Russian link, over ground stations"),
    _flag_of("luch", False, "relay satellites extend the Russian link"),
    _flag_of("recorder_dump", False, "what is taken without contact is kept and sent afterwards"),
    ScenarioParameter(name="seed", kind=ParameterKind.WHOLE, default=1, low=0, high=2**31 - 1,
                      help="the same seed gives the same telemetry"),
)
# fmt: on
PARAMETERS: Final[Mapping[str, ScenarioParameter]] = {one.name: one for one in _ALL}
