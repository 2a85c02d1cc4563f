"""The mission database: names, units, types, rates, limits and responses, and nowhere else.

One folder a spacecraft, one TOML file a subsystem, `spacecraft.toml` for the spacecraft itself::

    [subsystem]
    name = "Attitude determination and control"
    period_s = 1.0                        # heartbeat: a frame comes at least this often
    [stale]                               # what its silence means, an advisory if left out;
                                          # the four texts from caution on
    severity = "caution"
    cause = "..."
    consequence = "..."
    action = "..."
    time_available = "..."

    [parameter.USLAB000022]
    name = "Attitude error, roll"
    description = "..."                   # optional
    type = "float"                        # float | integer | enumeration | boolean | string
    unit = "deg"                          # as delivered; float and integer must have one
    period_s = 2.0                        # leave out what is sent on change only
    range.caution = { low = -1.5, high = 1.5 }
    rate.warning = { high = 0.2 }         # units a second
    persistence_s = 2.0
    hysteresis = 0.1                      # of the range, in the parameter's unit
    latching = false
    response.cause = "..."                # all four, from caution on
    ...

    [parameter.USLAB000011]
    name = "Desaturation request"
    type = "enumeration"
    states = { 0 = "ENABLED", 1 = "INHIBITED" }
    violating.advisory = ["INHIBITED"]    # for a boolean: [true] or [false]

    [[parameter.USLAB000026.when]]        # limits that hold instead; the first that applies
    planned = ["manoeuvre"]               # while an activity in force plans any of these states
    mode.USLAB000012 = ["FREE DRIFT"]     # and while an enumeration of this file is in such a state
    range.caution = { high = 0.2 }        # replaces the range; or none = true for no limits at all

    [parameter.GND_DEAD_TOTAL]            # a counter
    increase.advisory = { high = 10 }     # grows by more than that
    increase_over_s = 600.0               # in that time; a fall is a reset

`rate_over_s` fits the rate over a time, where two samples have too much noise. A `[subsystem]` may
say by which `links` its frames come down (any of ku, s-band, russian), and what ingest computes it
from (`derived_from = ["adcs"]`). `incidents.toml` beside the folders has the rules that make one
incident of many alarms (`telemetry.missiondb.incidents`).

Limits may also be changed without touching these files: `telemetry.missiondb.edits` has the form,
and `changes/` of the folder what was proposed, by whom and why, and whether it is approved.

The unit "1" says that a number truly has none; it is loaded as "". What several parameters of a
file share is written once, as `[states.<name>]` or `[response.<name>]`, and used by its name:
`states = "<name>"`, `response = "<name>"`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from telemetry.errors import MissionDatabaseError, Problem
from telemetry.incident import IncidentRules
from telemetry.missiondb.read import read_directory
from telemetry.parameter import Parameter, Spacecraft, Subsystem

#: The database that ships with the product.
SHIPPED = Path(__file__).parent

__all__ = ["SHIPPED", "MissionDatabase", "check", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissionDatabase:
    """Everything the product knows of the spacecraft it watches.

    version: names the content, the same on every machine; stored with what was judged by it.
    incidents: which alarms are one incident, by rule.
    """

    spacecraft: Mapping[str, Spacecraft]
    version: str
    incidents: IncidentRules = field(default_factory=dict)

    def has(self, spacecraft: str, parameter: str) -> bool:
        craft = self.spacecraft.get(spacecraft)
        return craft is not None and any(
            parameter in one.parameters for one in craft.subsystems.values()
        )

    def subsystem(self, spacecraft: str, subsystem: str) -> Subsystem:
        """:raises KeyError: if there is none of that id."""
        return self.spacecraft[spacecraft].subsystems[subsystem]

    def parameter(self, spacecraft: str, parameter: str) -> Parameter:
        """:raises KeyError: if there is none of that id."""
        return self.spacecraft[spacecraft].subsystem_of(parameter).parameters[parameter]


def load(path: Path | None = None, edited: Path | None = None) -> MissionDatabase:
    """Read the mission database in `path`, or the one that ships with the product.

    edited: a file of other limits for some parameters (`telemetry.missiondb.edits`).
    :raises MissionDatabaseError: with every mistake in it, if there is any.
    """
    content = read_directory(SHIPPED if path is None else path, edited)
    if content.problems:
        raise MissionDatabaseError(content.problems)
    return MissionDatabase(
        spacecraft=content.spacecraft, version=content.version, incidents=content.incidents
    )


def check(path: Path) -> tuple[Problem, ...]:
    """Every mistake in the mission database in `path`; none means it can be loaded."""
    return read_directory(path).problems
