"""Limits as texts, and what changed in them from one mission database to the next. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from telemetry.limit import Band, Limits, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter

#: Of one line; a parameter whose limits are all new says how many more there are.
MAX_CHANGES: Final = 6
_NONE: Final = "none"


def limit_texts(database: MissionDatabase) -> dict[str, str]:
    """Every limit there is: `<spacecraft>/<parameter> <limit>` -> its value.

    For example `iss/USLAB000010 range.caution high` -> `60`. Responses and names are no limits.
    """
    texts = {}
    for craft in database.spacecraft.values():
        for subsystem in craft.subsystems.values():
            texts[f"{craft.id}/{subsystem.id} stale"] = subsystem.stale.name.lower()
            texts[f"{craft.id}/{subsystem.id} stale after"] = (
                f"{subsystem.stale_after_ns / 1e9:g} s"
            )
            for parameter in subsystem.parameters.values():
                for name, text in _of_parameter(parameter):
                    texts[f"{craft.id}/{parameter.id} {name}"] = text
    return texts


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """One line a parameter, `iss/USLAB000010: range.caution high 60 -> 55`, in order of id."""
    lines: dict[str, list[str]] = {}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, _NONE), after.get(key, _NONE)
        if old != new:
            subject, _, name = key.partition(" ")
            lines.setdefault(subject, []).append(f"{name} {old} -> {new}")
    return tuple(f"{subject}: {_joined(changes)}" for subject, changes in lines.items())


def _joined(changes: list[str]) -> str:
    shown = ", ".join(changes[:MAX_CHANGES])
    more = len(changes) - MAX_CHANGES
    return f"{shown} and {more} more" if more > 0 else shown


def _of_parameter(parameter: Parameter) -> Iterator[tuple[str, str]]:
    limits = parameter.limits
    yield from _of_limits(limits, parameter, "")
    for name, number in (
        ("rate_over_s", limits.rate_over_s),
        ("increase_over_s", limits.increase_over_s),
        ("persistence_s", limits.persistence_s),
        ("hysteresis", limits.hysteresis),
    ):
        if number:
            yield name, f"{number:g}"
    if limits.latching:
        yield "latching", "true"
    for context in limits.contexts:
        when = [state.value for state in sorted(context.planned)]
        when += [f"{mode} {'/'.join(sorted(states))}" for mode, states in context.mode.items()]
        prefix = f"when {' and '.join(when)}: "
        in_force = list(_of_limits(limits.in_context(context), parameter, prefix))
        yield from in_force or [(f"{prefix}limits", "off")]


def _of_limits(limits: Limits, parameter: Parameter, prefix: str) -> Iterator[tuple[str, str]]:
    for kind, bands in (
        ("range", limits.range),
        ("rate", limits.rate),
        ("increase", limits.increase),
    ):
        for severity, band in bands.items():
            yield from _of_band(f"{prefix}{kind}.{_word(severity)}", band)
    for severity, codes in limits.states.items():
        states = sorted(parameter.display(code) for code in codes)
        yield f"{prefix}violating.{_word(severity)}", "/".join(states)


def _of_band(name: str, band: Band) -> Iterator[tuple[str, str]]:
    for side, value in (("low", band.low), ("high", band.high)):
        if value is not None:
            yield f"{name} {side}", f"{value:g}"


def _word(severity: Severity) -> str:
    return severity.name.lower()
