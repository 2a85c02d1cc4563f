"""What a page about a simulation shows, collected from its frames as they come. Bounded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.files.curve import WIDTHS, Curve
from simulators.scenarios.scenario import Scenario
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase

#: Changes of one state that are kept.
MOST_CHANGES: Final = 2_000

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """parameters: what each is called in it."""

    title: str
    unit: str
    parameters: Mapping[Key, str]


PANELS: Final = (
    Panel(
        title="Attitude error",
        unit="deg",
        parameters={
            ("iss", "USLAB000022"): "roll",
            ("iss", "USLAB000023"): "pitch",
            ("iss", "USLAB000024"): "yaw",
        },
    ),
    Panel(
        title="Inertial rate",
        unit="deg/s",
        parameters={
            ("iss", "USLAB000025"): "X",
            ("iss", "USLAB000026"): "Y",
            ("iss", "USLAB000027"): "Z",
        },
    ),
    Panel(
        title="CMG momentum",
        unit="% of capacity",
        parameters={("iss", "USLAB000010"): "momentum"},
    ),
    Panel(
        title="Control torque asked for",
        unit="N m",
        parameters={
            ("iss", "USLAB000006"): "roll",
            ("iss", "USLAB000007"): "pitch",
            ("iss", "USLAB000008"): "yaw",
        },
    ),
    Panel(
        title="Thruster on-time since reset",
        unit="s",
        parameters={("soyuz", f"SIM_SOYUZ_DPO{n:02}_ONTIME"): f"DPO-{n:02}" for n in range(1, 29)},
    ),
    Panel(
        title="Propellant used",
        unit="kg",
        parameters={
            ("soyuz", "SIM_SOYUZ_PROP_USED_KG"): "Soyuz, since reset",
            ("iss", "SIM_ISS_RS_PROP_KG"): "Russian segment",
        },
    ),
)
ON_TIME: Final = "Thruster on-time since reset"
#: What stands in a lane of states, in this order from the top.
LANES: Final[tuple[tuple[str, tuple[Key, ...]], ...]] = (
    (
        "Modes",
        (
            ("iss", "USLAB000012"),
            ("iss", "SIM_ISS_CONTROL"),
            ("iss", "USLAB000011"),
            ("iss", "USLAB000041"),
            ("iss", "USLAB000042"),
            ("iss", "RUSSEG000022"),
            ("iss", "RUSSEG000025"),
        ),
    ),
    (
        "Links",
        (
            ("iss", "SIM_ISS_LINK_KU"),
            ("iss", "SIM_ISS_LINK_S_BAND"),
            ("iss", "SIM_ISS_LINK_RUSSIAN"),
        ),
    ),
)


class Chart:
    """Takes a simulation's frames as they come; memory is bounded."""

    def __init__(
        self, scenario: Scenario, database: MissionDatabase, start_ns: int, end_ns: int
    ) -> None:
        self.scenario = scenario
        self.start_ns = start_ns
        self.end_ns = end_ns
        self.database = database
        width_ns = max(1, -(-(end_ns - start_ns) // WIDTHS))
        self.curves = {
            key: Curve(start_ns, width_ns) for panel in PANELS for key in panel.parameters
        }
        self.states: dict[Key, list[tuple[int, int]]] = {
            key: [] for _, keys in LANES for key in keys
        }
        self._heard_ns: dict[Key, int] = {}

    def take(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self._end_lines(frame)
            for parameter, value in frame.values.items():
                key = (frame.spacecraft, parameter)
                if key in self.curves:
                    self.curves[key].add(frame.time_ns, float(value))
                elif key in self.states:
                    changes = self.states[key]
                    new = not changes or changes[-1][1] != int(value)
                    if new and len(changes) < MOST_CHANGES:
                        changes.append((frame.time_ns, int(value)))

    def _end_lines(self, frame: Frame) -> None:
        key = (frame.spacecraft, frame.subsystem)
        heard_ns = self._heard_ns.get(key)
        self._heard_ns[key] = max(frame.time_ns, heard_ns or 0)
        subsystem = self.database.spacecraft[frame.spacecraft].subsystems[frame.subsystem]
        if heard_ns is None or frame.time_ns - heard_ns <= subsystem.stale_after_ns:
            return
        for parameter in subsystem.parameters:
            if curve := self.curves.get((frame.spacecraft, parameter)):
                curve.end_line(heard_ns)
