"""How a severity and a freshness look: colour, word and symbol, always all three.

Colours alone cannot be told apart by one man in twelve, nor by anyone on a bad projector. The style
sheet takes its colours from here, and the browser its words and symbols.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from telemetry.clock import StreamKind
from telemetry.limit import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    word: str
    symbol: str
    colour: str
    #: The same on a light ground.
    light: str

    @property
    def label(self) -> str:
        return f"{self.symbol} {self.word}"


class Freshness(StrEnum):
    """What can be said of the age of data.

    LIVE, SIM, PLAYED, REPLAY, TRAINING: data come as they should, and from where.
    LATE: data come, but they are older than a heartbeat allows.
    STALE: nothing has come for longer than a heartbeat allows. LOS: the sender is off the line.
    """

    LIVE = "LIVE"
    SIM = "SIM"
    PLAYED = "PLAYED"
    REPLAY = "REPLAY"
    TRAINING = "TRAINING"
    LATE = "LATE"
    STALE = "STALE"
    LOS = "LOS"
    NO_DATA = "NO DATA"


# fmt: off
SEVERITY_LOOKS: Final[Mapping[Severity, Look]] = {
    Severity.NOMINAL:   Look(word="NOMINAL",   symbol="○", colour="#6f8794", light="#4a6170"),
    Severity.ADVISORY:  Look(word="ADVISORY",  symbol="●", colour="#62b6ff", light="#0a5cab"),
    Severity.CAUTION:   Look(word="CAUTION",   symbol="▲", colour="#ffd23f", light="#745200"),
    Severity.WARNING:   Look(word="WARNING",   symbol="◆", colour="#ff6257", light="#b3180d"),
    Severity.EMERGENCY: Look(word="EMERGENCY", symbol="✖", colour="#ff3fa4", light="#a3005f"),
}

FRESHNESS_LOOKS: Final[Mapping[Freshness, Look]] = {
    Freshness.LIVE:    Look(word="LIVE",    symbol="●", colour="#58c98b", light="#0e683b"),
    Freshness.SIM:     Look(word="SIM",     symbol="◇", colour="#8fb4ff", light="#2f4fb0"),
    Freshness.PLAYED:  Look(word="PLAYED",  symbol="▶", colour="#d9a0ff", light="#7526b0"),
    Freshness.REPLAY:  Look(word="REPLAY",  symbol="↻", colour="#d9a0ff", light="#7526b0"),
    Freshness.TRAINING: Look(word="TRAINING", symbol="◈", colour="#5fd4c8", light="#0a625c"),
    Freshness.LATE:    Look(word="LATE",    symbol="◐", colour="#e8b86a", light="#7a4d09"),
    Freshness.STALE:   Look(word="STALE",   symbol="◌", colour="#f0a35e", light="#8a4400"),
    Freshness.LOS:     Look(word="LOS",     symbol="⊘", colour="#b0b8c4", light="#475260"),
    Freshness.NO_DATA: Look(word="NO DATA", symbol="□", colour="#7d8996", light="#586370"),
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What a stream that is not live has to say over the whole page."""

    banner: str
    freshness: Freshness


#: For any root that is not the live one, whatever the stream says of itself.
REPLAY_MODE: Final = Mode(banner="REPLAY - NOT LIVE", freshness=Freshness.REPLAY)
#: For the roots of trainings.
TRAINING_MODE: Final = Mode(banner="TRAINING - NOT LIVE", freshness=Freshness.TRAINING)

MODES: Final[Mapping[StreamKind, Mode]] = {
    StreamKind.LIVE: Mode(banner="", freshness=Freshness.LIVE),
    StreamKind.SIMULATED: Mode(banner="SIMULATION", freshness=Freshness.SIM),
    StreamKind.PLAYED: Mode(banner="PLAYED RECORDING - NOT LIVE", freshness=Freshness.PLAYED),
    StreamKind.REPLAYED: REPLAY_MODE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Grounds and inks of one theme. ink: on what is filled with a severity's colour."""

    name: str
    paper: str
    panel: str
    raised: str
    hover: str
    line: str
    grid: str
    text: str
    strong: str
    dim: str
    trace: str
    ink: str

    def colour(self, look: Look) -> str:
        return look.light if self.name == "light" else look.colour


# fmt: off
DARK: Final = Palette(
    name="dark", paper="#0b0f14", panel="#121921", raised="#22303d", hover="#1a2530",
    line="#182029", grid="#26313c", text="#dbe4ec", strong="#ffffff", dim="#8a98a6",
    trace="#9fc3dd", ink="#14100a",
)
LIGHT: Final = Palette(
    name="light", paper="#eef1f4", panel="#ffffff", raised="#dde5ec", hover="#e6ecf2",
    line="#e3e8ed", grid="#c3ccd5", text="#1a242d", strong="#000000", dim="#55616d",
    trace="#1f5f8b", ink="#ffffff",
)
# fmt: on


def palette(name: str) -> Palette:
    """Dark unless light is asked for."""
    return LIGHT if name == "light" else DARK


def css_name(word: str) -> str:
    """`NO DATA` -> `no-data`: as classes and variables of the style sheet bear it."""
    return word.lower().replace(" ", "-")


def css_variables() -> str:
    """The colours of both themes, as the style sheets and the canvases use them."""
    return f":root{{{_variables(DARK)}}}:root[data-theme=light]{{{_variables(LIGHT)}}}"


def _variables(chosen: Palette) -> str:
    looks = [*SEVERITY_LOOKS.values(), *FRESHNESS_LOOKS.values()]
    colours = {css_name(look.word): chosen.colour(look) for look in looks}
    colours |= {field.name: getattr(chosen, field.name) for field in fields(chosen)}
    scheme = colours.pop("name")
    return f"color-scheme:{scheme};" + "".join(f"--{k}:{v};" for k, v in colours.items())
