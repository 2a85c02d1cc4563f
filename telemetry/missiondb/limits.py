"""The limits of one parameter, read from its table and held against what a limit has to be."""

from collections.abc import Mapping

from telemetry.limit import LEVELS, Band, Limits, Response, Severity
from telemetry.missiondb.table import Table, hint
from telemetry.parameter import ParameterType

#: The codes of an enumeration and their names.
States = Mapping[int, str]

_LEVELS = {level.name.lower(): level for level in LEVELS}
_HAVE_STATES = (ParameterType.ENUMERATION, ParameterType.BOOLEAN)
_MEAN_NOTHING_ALONE = ("persistence_s", "hysteresis", "latching", "response")


def read_limits(
    table: Table, kind: ParameterType | None, states: States, response: Response | None
) -> Limits:
    """The limits in a parameter's table; `kind` is None when its type could not be read."""
    limits = Limits(
        range=_read_bands(table, "range"),
        rate=_read_bands(table, "rate"),
        states=_read_violating(table, kind, states),
        persistence_s=table.not_negative("persistence_s"),
        hysteresis=table.not_negative("hysteresis"),
        latching=table.flag("latching"),
        response=response,
    )
    if kind is not None:
        _check_kind(table, kind)
    _check_hysteresis(table, limits)
    if limits.highest >= Severity.CAUTION and "response" not in table:
        table.report("response", f"is missing; a limit of {_word(limits.highest)} must have one")
    if limits.highest is Severity.NOMINAL and not {"range", "rate", "violating"} & table.raw.keys():
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
    for key in ("range", "rate"):
        if key in table and not kind.numeric:
            table.report(key, f"only a number has a {key}; this is of type {kind}")
    if "violating" in table and kind not in _HAVE_STATES:
        message = f"only an enumeration or a boolean has states; this is of type {kind}"
        table.report("violating", message)


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
