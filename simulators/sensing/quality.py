"""How well each channel is measured and how often it is sent: `simulators/sensing/*.toml`.

`units.toml` serves every spacecraft, `<spacecraft>.toml` overrules it for one::

    [unit."deg/s"]            # floats of this unit; "1" for those without
    quantum = 1e-5            # the step values are sent in
    noise = 1e-4              # standard deviation of white noise, added before quantising
    threshold = 3e-4          # a smaller change is not sent

    [channel.S1000001]        # any of these; what it lacks, the unit's row or the mission
    period_s = 1.0            # database has; here: how often it is looked at
    refresh_s = 60.0          # it is sent again when it has not been sent for so long
    source = "recording"      # or "assumed", which is also what every unit's row is

An assumption's noise can be scaled, to see what hangs on it; what was measured stands.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from telemetry.errors import Problem, UsageError
from telemetry.missiondb.read import DIMENSIONLESS
from telemetry.missiondb.table import Raw, Table, hint
from telemetry.parameter import Parameter, ParameterType, Spacecraft

#: The sensors of the spacecraft that ship with the product.
SHIPPED: Final = Path(__file__).parent
#: A value that does not change is sent again after this long, for those who came in between.
REFRESH_S: Final = 60.0
#: Of periods and refresh times.
SHORTEST_S: Final = 0.1
LONGEST_S: Final = 1e6


class Source(StrEnum):
    """Where a channel's quality is from."""

    RECORDING = "recording"
    ASSUMED = "assumed"


_SOURCES: Final = {source.value: source for source in Source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What becomes of one channel's true value; all but the times in its unit.

    period_s: how often it is looked at; None at every tick, so that a change is seen at once.
    threshold: None stands for three times the noise, or the quantum where that is more.
    """

    period_s: float | None = None
    quantum: float = 1e-6
    noise: float = 0.0
    threshold: float | None = None
    refresh_s: float = REFRESH_S
    source: Source = Source.ASSUMED

    def scaled(self, noise_scale: float) -> "Quality":
        """The same with more or less noise, if the noise is an assumption."""
        if self.source is not Source.ASSUMED:
            return self
        return replace(self, noise=self.noise * noise_scale)

    @property
    def smallest_change(self) -> float:
        """A change smaller than this is taken for noise and not sent."""
        if self.threshold is None:
            return max(self.quantum, 3 * self.noise)
        return self.threshold


#: By parameter id, one for every parameter of a spacecraft.
Qualities = Mapping[str, Quality]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What a file says of a unit or a channel, and None where it says nothing."""

    period_s: float | None = None
    quantum: float | None = None
    noise: float | None = None
    threshold: float | None = None
    refresh_s: float | None = None
    source: Source | None = None


#: What is computed on board and not measured: times, quaternions, counters.
_EXACT: Final = _Row(quantum=1e-6)


def load_qualities(spacecraft: Spacecraft, folder: Path = SHIPPED) -> Qualities:
    """The quality of every parameter of a spacecraft; its own file need not be there.

    :raises UsageError: with file, row and key of the first mistake.
    """
    parameters = {p.id: p for s in spacecraft.subsystems.values() for p in s.parameters.values()}
    units: dict[str, _Row] = {}
    channels: dict[str, _Row] = {}
    problems: list[Problem] = []
    for name in ("units.toml", f"{spacecraft.id}.toml"):
        file = _read(folder / name, problems)
        units |= {unit: _unit(row) for unit, row in _rows(file, "unit")}
        channels |= {
            identity: _channel(row, identity, parameters)
            for identity, row in _rows(file, "channel")
        }
        file.finish()
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise UsageError(f"{problems[0]}{more}")
    return {
        identity: _quality(parameter, units, channels.get(identity, _Row()))
        for identity, parameter in parameters.items()
    }


def _read(path: Path, problems: list[Problem]) -> Table:
    file = f"sensors/{path.name}"
    raw: Raw = {}
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except OSError as error:
        problems.append(Problem(file, "", "", f"cannot be read: {error.strerror}"))
    except ValueError as error:
        problems.append(Problem(file, "", "", f"is not TOML: {error}"))
    return Table(raw, file=file, name="", problems=problems)


def _rows(file: Table, kind: str) -> list[tuple[str, Table]]:
    table = file.child(kind)
    if table is None:
        return []
    rows = [(name, table.child(name)) for name in table.raw]
    return [(name, row) for name, row in rows if row is not None]


def _unit(table: Table) -> _Row:
    row = _Row(
        quantum=table.positive("quantum", required=True),
        noise=_noise(table),
        threshold=table.positive("threshold"),
    )
    table.finish()
    return row


def _channel(table: Table, identity: str, parameters: Mapping[str, Parameter]) -> _Row:
    row = _Row(
        period_s=_span(table, "period_s"),
        quantum=table.positive("quantum"),
        noise=_noise(table),
        threshold=table.positive("threshold"),
        refresh_s=_span(table, "refresh_s"),
        source=table.choice("source", _SOURCES) if "source" in table else None,
    )
    table.finish()
    parameter = parameters.get(identity)
    if parameter is None:
        table.report("", f"no such parameter{hint(identity, parameters)}")
    elif not parameter.type.numeric and any((row.quantum, row.noise, row.threshold)):
        table.report("", f"only a number has quantum, noise, threshold; type {parameter.type}")
    return row


def _span(table: Table, key: str) -> float | None:
    value = table.positive(key)
    if value is not None and not SHORTEST_S <= value <= LONGEST_S:
        table.report(key, f"must be {SHORTEST_S:g} to {LONGEST_S:g} s, not {value:g}")
        return None
    return value


def _noise(table: Table) -> float | None:
    return table.not_negative("noise") if "noise" in table else None


def _quality(parameter: Parameter, units: Mapping[str, _Row], channel: _Row) -> Quality:
    unit = _Row(quantum=1.0)
    if parameter.type is ParameterType.FLOAT:
        unit = units.get(parameter.unit or DIMENSIONLESS, _EXACT)
    # a channel's own noise or step makes the unit's threshold meaningless for it
    own = channel.noise is not None or channel.quantum is not None
    return Quality(
        period_s=channel.period_s or parameter.period_s,
        quantum=channel.quantum or unit.quantum or 1.0,
        noise=(unit.noise if channel.noise is None else channel.noise) or 0.0,
        threshold=channel.threshold or (None if own else unit.threshold),
        refresh_s=channel.refresh_s or REFRESH_S,
        source=channel.source or Source.ASSUMED,
    )
