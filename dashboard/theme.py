"""How a severity and a freshness look: colour, word and symbol, always all three.

Colours alone cannot be told apart by one man in twelve, nor by anyone on a bad projector. The style
sheet takes its colours from here, and the browser its words and symbols.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telemetry.clock import StreamKind
from telemetry.limit import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    word: str
    symbol: str
    colour: str

    @property
    def label(self) -> str:
        return f"{self.symbol} {self.word}"


class Freshness(StrEnum):
    """What can be said of the age of data.

    LIVE, SIM, PLAYED, REPLAY: data come as they should, and from where.
    LATE: data come, but they are older than a heartbeat allows.
    STALE: nothing has come for longer than a heartbeat allows. LOS: the sender is off the line.
    """

    LIVE = "LIVE"
    SIM = "SIM"
    PLAYED = "PLAYED"
    REPLAY = "REPLAY"
    LATE = "LATE"
    STALE = "STALE"
    LOS = "LOS"
    NO_DATA = "NO DATA"


# fmt: off
SEVERITY_LOOKS: Final[Mapping[Severity, Look]] = {
    Severity.NOMINAL:   Look(word="NOMINAL",   symbol="○", colour="#6f8794"),
    Severity.ADVISORY:  Look(word="ADVISORY",  symbol="●", colour="#62b6ff"),
    Severity.CAUTION:   Look(word="CAUTION",   symbol="▲", colour="#ffd23f"),
    Severity.WARNING:   Look(word="WARNING",   symbol="◆", colour="#ff6257"),
    Severity.EMERGENCY: Look(word="EMERGENCY", symbol="✖", colour="#ff3fa4"),
}

FRESHNESS_LOOKS: Final[Mapping[Freshness, Look]] = {
    Freshness.LIVE:    Look(word="LIVE",    symbol="●", colour="#58c98b"),
    Freshness.SIM:     Look(word="SIM",     symbol="◇", colour="#8fb4ff"),
    Freshness.PLAYED:  Look(word="PLAYED",  symbol="▶", colour="#d9a0ff"),
    Freshness.REPLAY:  Look(word="REPLAY",  symbol="↻", colour="#d9a0ff"),
    Freshness.LATE:    Look(word="LATE",    symbol="◐", colour="#e8b86a"),
    Freshness.STALE:   Look(word="STALE",   symbol="◌", colour="#f0a35e"),
    Freshness.LOS:     Look(word="LOS",     symbol="⊘", colour="#b0b8c4"),
    Freshness.NO_DATA: Look(word="NO DATA", symbol="□", colour="#7d8996"),
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What a stream that is not live has to say over the whole page."""

    banner: str
    freshness: Freshness


#: For any root that is not the live one, whatever the stream says of itself.
REPLAY_MODE: Final = Mode(banner="REPLAY - NOT LIVE", freshness=Freshness.REPLAY)

MODES: Final[Mapping[StreamKind, Mode]] = {
    StreamKind.LIVE: Mode(banner="", freshness=Freshness.LIVE),
    StreamKind.SIMULATED: Mode(banner="SIMULATION", freshness=Freshness.SIM),
    StreamKind.PLAYED: Mode(banner="PLAYED RECORDING - NOT LIVE", freshness=Freshness.PLAYED),
    StreamKind.REPLAYED: REPLAY_MODE,
}

PAPER: Final = "#0b0f14"
PANEL: Final = "#121921"
TEXT: Final = "#dbe4ec"
DIM: Final = "#8a98a6"
GRID: Final = "#26313c"
TRACE: Final = "#9fc3dd"


def css_name(word: str) -> str:
    """`NO DATA` -> `no-data`: as classes and variables of the style sheet bear it."""
    return word.lower().replace(" ", "-")


def css_variables() -> str:
    """The colours, as the style sheet and the strip charts use them."""
    looks = {look.word: look.colour for look in SEVERITY_LOOKS.values()}
    looks |= {look.word: look.colour for look in FRESHNESS_LOOKS.values()}
    plain = {"paper": PAPER, "panel": PANEL, "text": TEXT, "dim": DIM, "grid": GRID, "trace": TRACE}
    colours = {css_name(word): colour for word, colour in looks.items()} | plain
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in colours.items()) + "}"
