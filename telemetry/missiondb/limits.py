"""The limits of one parameter, read from its table and held against what a limit has to be."""

from collections.abc import Mapping

from telemetry.activity import PlannedState
from telemetry.limit import LEVELS, Band, Context, Limits, Response, Severity
from telemetry.missiondb.table import Table, hint, listed
from telemetry.parameter import Parameter, ParameterType

#: The codes of an enumeration and their names.
States = Mapping[int, str]

_LEVELS = {level.name.lower(): level for level in LEVELS}
_PLANNED = {state.value: state for state in PlannedState}
_HAVE_STATES = (ParameterType.ENUMERATION, ParameterType.BOOLEAN)
#: What a limit can be; any of them, and the parameter has one.
_KINDS = {"range", "rate", "violating", "increase", "when"}
_MEAN_NOTHING_ALONE = ("persistence_s", "hysteresis", "latching", "response")


def read_limits(
    table: Table, kind: ParameterType | None, states: States, response: Response | None
) -> Limits:
    """The limits in a parameter's table; `kind` is None when its type could not be read."""
    limits = Limits(
        range=_read_bands(table, "range"),
        rate=_read_bands(table, "rate"),
        rate_over_s=table.not_negative("rate_over_s"),
        states=_read_violating(table, kind, states),
        increase=_read_bands(table, "increase"),
        increase_over_s=table.not_negative("increase_over_s"),
        contexts=_read_contexts(table, kind, states),
        persistence_s=table.not_negative("persistence_s"),
        hysteresis=table.not_negative("hysteresis"),
        latching=table.flag("latching"),
        response=response,
    )
    if kind is not None:
        _check_kind(table, kind)
    _check_hysteresis(table, limits)
    _check_spans(table, limits)
    if limits.highest >= Severity.CAUTION and "response" not in table:
        table.report("response", f"is missing; a limit of {_word(limits.highest)} must have one")
    if limits.highest is Severity.NOMINAL and not _KINDS & table.raw.keys():
        for key in _MEAN_NOTHING_ALONE:
            if key in table:
                table.report(key, "means nothing without a limit")
    return limits


def read_response(table: Table) -> Response:
    """The four texts, none of them empty."""
    return Response(
        cause=table.text("cause"),
        consequence=table.text("consequence"),
        action=table.text("action"),
        time_available=table.text("time_available"),
    )


def _read_bands(table: Table, key: str) -> dict[Severity, Band]:
    """Bands by severity, which must nest: it cannot be WARNING where it is not CAUTION."""
    levels = table.child(key)
    if levels is None:
        return {}
    bands: dict[Severity, Band] = {}
    for level in LEVELS:
        if one := levels.child(_word(level)):
            band = Band(low=one.number("low"), high=one.number("high"))
            one.finish()
            _check_band(one, band)
            _check_nesting(levels, level, band, bands)
            bands[level] = band
    levels.finish()
    if not levels.raw:
        table.report(key, "has no severity")
    return bands


def _check_band(table: Table, band: Band) -> None:
    if not {"low", "high"} & table.raw.keys():
        table.report("", "needs low or high")
    if band.low is not None and band.high is not None and band.low >= band.high:
        table.report("low", f"{band.low:g} is not below high, {band.high:g}")


def _check_nesting(
    levels: Table, level: Severity, band: Band, milder: Mapping[Severity, Band]
) -> None:
    if not milder:
        return
    inner_level = max(milder)
    inner = milder[inner_level]
    if band.low is not None and (inner.low is None or inner.low < band.low):
        wide = "open below" if inner.low is None else f"down to {inner.low:g}"
        levels.report(_word(level), f"low {band.low:g} cuts into {_word(inner_level)}, {wide}")
    if band.high is not None and (inner.high is None or inner.high > band.high):
        wide = "open above" if inner.high is None else f"up to {inner.high:g}"
        levels.report(_word(level), f"high {band.high:g} cuts into {_word(inner_level)}, {wide}")


def _read_violating(
    table: Table, kind: ParameterType | None, states: States
) -> dict[Severity, frozenset[int]]:
    """The codes that violate, by severity; a boolean's are 0 and 1."""
    levels = table.child("violating")
    if levels is None:
        return {}
    codes = {name: code for code, name in states.items()}
    violating: dict[Severity, frozenset[int]] = {}
    seen: dict[int, Severity] = {}
    for level in LEVELS:
        key = _word(level)
        if key not in levels:
            continue
        found = set()
        for item in levels.items(key):
            code = _code(levels, key, item, kind, codes)
            if code is None:
                continue
            if code in seen:
                levels.report(key, f"{item!r} violates as {_word(seen[code])} already")
            seen.setdefault(code, level)
            found.add(code)
        violating[level] = frozenset(found)
    levels.finish()
    if not levels.raw:
        table.report("violating", "has no severity")
    return violating


def _code(
    levels: Table, key: str, item: object, kind: ParameterType | None, codes: Mapping[str, int]
) -> int | None:
    """The code of one violating state; None, and a report, when there is no such state."""
    if kind is ParameterType.BOOLEAN:
        if isinstance(item, bool):
            return int(item)
        levels.report(key, f"a boolean's states are true and false, not {item!r}")
    elif not isinstance(item, str):
        levels.report(key, f"a state is given by its name, not as {item!r}")
    elif item in codes:
        return codes[item]
    elif codes:  # without, the states are wrong themselves and have been reported
        levels.report(key, f"no state {item!r}{hint(item, codes)}")
    return None


def _check_kind(table: Table, kind: ParameterType) -> None:
    for key in ("range", "rate", "increase"):
        if key in table and not kind.numeric:
            table.report(key, f"only a number has a {key}; this is of type {kind}")
    if "violating" in table and kind not in _HAVE_STATES:
        message = f"only an enumeration or a boolean has states; this is of type {kind}"
        table.report("violating", message)


def _check_spans(table: Table, limits: Limits) -> None:
    """A rate may be fitted over a time, and an increase must be counted over one."""
    if limits.rate_over_s and not limits.rate:
        table.report("rate_over_s", "means nothing without a rate")
    if limits.increase and not limits.increase_over_s:
        table.report("increase_over_s", "is missing: in what time may it grow so much?")
    if limits.increase_over_s and not limits.increase:
        table.report("increase_over_s", "means nothing without an increase")
    for level, band in limits.increase.items():
        if band.low is not None:
            message = f"{_word(level)} has a low; a counter does not shrink, it is reset"
            table.report("increase", message)


def _read_contexts(table: Table, kind: ParameterType | None, states: States) -> tuple[Context, ...]:
    """The tables under `[[parameter.<id>.when]]`, in order."""
    contexts = []
    for one in table.children("when"):
        if kind is not None:
            _check_kind(one, kind)
        planned, mode = _read_planned(one), _read_mode(one)
        if not planned and not mode:
            one.report("", "needs planned or mode: when does it hold?")
        none = one.flag("none")
        named = [key for key in ("range", "rate", "violating", "increase") if key in one]
        if none and named:
            one.report("none", f"says no limits, and {named[0]} says some")
        elif not none and not named:
            one.report("", "needs range, rate, violating, increase, or none = true")
        contexts.append(
            Context(
                planned=planned,
                mode=mode,
                range={} if none else _read_bands(one, "range") or None,
                rate={} if none else _read_bands(one, "rate") or None,
                states={} if none else _read_violating(one, kind, states) or None,
                increase={} if none else _read_bands(one, "increase") or None,
            )
        )
        one.finish()
    return tuple(contexts)


def _read_planned(table: Table) -> frozenset[PlannedState]:
    found = set()
    for item in table.items("planned") if "planned" in table else ():
        if isinstance(item, str) and item in _PLANNED:
            found.add(_PLANNED[item])
        else:
            table.report("planned", f"must be of {listed(_PLANNED)}, which {item!r} is not")
    return frozenset(found)


def _read_mode(table: Table) -> dict[str, frozenset[str]]:
    """State names by parameter; `check_modes` sees whether there are such."""
    mode = table.child("mode")
    if mode is None:
        return {}
    names: dict[str, frozenset[str]] = {}
    for parameter in mode.raw:
        items = mode.items(parameter)
        for item in items:
            if not isinstance(item, str):
                mode.report(parameter, f"a state is given by its name, not as {item!r}")
        names[parameter] = frozenset(item for item in items if isinstance(item, str))
    if not names:
        table.report("mode", "names no parameter")
    return names


def check_modes(table: Table, parameters: Mapping[str, Parameter]) -> None:
    """Whether every mode a context names is an enumeration of the subsystem and has the states.

    table: of all parameters, `[parameter]`.
    """
    for parameter in parameters.values():
        for context in parameter.limits.contexts:
            for name, states in context.mode.items():
                known = parameters[name].states.values() if name in parameters else ()
                if not known:
                    message = f"mode {name!r} is no enumeration of this subsystem"
                    table.report(parameter.id, message + hint(name, parameters))
                for state in sorted(states - set(known)) if known else ():
                    message = f"{name} has no state {state!r}{hint(state, known)}"
                    table.report(parameter.id, message)


def _check_hysteresis(table: Table, limits: Limits) -> None:
    """Half a band of hysteresis or more, and no value is ever back in limits."""
    if limits.hysteresis and not limits.range and (limits.rate or limits.states):
        table.report("hysteresis", "means nothing without a range")
    for level, band in limits.range.items():
        if band.low is None or band.high is None or band.low >= band.high:
            continue
        if limits.hysteresis >= (half := (band.high - band.low) / 2):
            message = f"{limits.hysteresis:g} reaches half the band of {_word(level)}, {half:g}"
            table.report("hysteresis", message)


def _word(level: Severity) -> str:
    return level.name.lower()
