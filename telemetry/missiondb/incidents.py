"""Incident rules, from `incidents.toml` in the mission database's own folder.

    [group.thrusters]                     # consequences that rules share, by name
    up_to = "warning"                     # the most severe class they are held back at
    alarms = ["soyuz/SIM_SOYUZ_DPO*_ONTIME.limit"]

    [rule.uncommanded-firing]
    title = "A docked ship's thrusters fire unplanned"
    roots = ["soyuz/DER_FIRING_UNPLANNED.limit"]    # open an incident; always heard
    cascade = ["iss/USLAB000042.limit"]   # optional: belong to it, heard all the same
    consequences = ["thrusters"]          # groups: belong to it, not said aloud
    evidence = ["soyuz/DER_FIRING_JETS"]  # optional: parameters the card shows

An alarm is `<spacecraft>/<parameter or subsystem>.<condition>`; `*` is any run of characters. An
alarm both in the cascade and in a group is held back up to the group's class and heard above it.
The roots of a rule are of one subsystem: which of two came first, and with it the incident's name,
must not depend on which subsystem's frame arrived first. No alarm is a root of two rules. A rule
that lists what another begins with takes that other's incidents in, so of two only one may.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path
from typing import Final

from telemetry.alarm import Condition
from telemetry.errors import Problem
from telemetry.incident import Consequence, IncidentRule, alarm_pattern
from telemetry.limit import LEVELS, Limits, Severity
from telemetry.missiondb.table import Raw, Table, hint, listed
from telemetry.parameter import Spacecraft

FILE: Final = "incidents.toml"

#: A rule's name is part of a topic.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LEVELS = {level.name.lower(): level for level in LEVELS}

#: Every alarm there can be, `<spacecraft>/<alarm id>` -> the subsystem it is of.
Alarms = Mapping[str, str]


def read_rules(
    path: Path, spacecraft: Mapping[str, Spacecraft], problems: list[Problem]
) -> dict[str, IncidentRule]:
    """The rules in a file, by name; none when there is no such file. Mistakes go to `problems`."""
    if not path.exists():
        return {}
    try:
        raw: Raw = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        problems.append(Problem(path.name, "", "", f"cannot be read: {error.strerror}"))
    except ValueError as error:  # tomllib's own, or not UTF-8
        problems.append(Problem(path.name, "", "", f"is not TOML: {error}"))
    else:
        return rules_of(Table(raw, file=path.name, name="", problems=problems), spacecraft)
    return {}


def rules_of(file: Table, spacecraft: Mapping[str, Spacecraft]) -> dict[str, IncidentRule]:
    """The rules in a file read already; it is finished here."""
    alarms = _possible(spacecraft)
    groups = {
        one.name.partition(".")[2]: _read_group(one, alarms) for one in _tables(file, "group")
    }
    used: set[str] = set()
    rules = {}
    for table in _tables(file, "rule"):
        name = table.name.partition(".")[2]
        if not _NAME.fullmatch(name):
            table.report("", f"a rule's name is of a-z, 0-9 and -, which {name!r} is not")
        named = _read_groups(table, groups)
        used.update(named)
        consequences = tuple(one for group in named for one in groups[group])
        rules[name] = _read_rule(name, table, consequences, alarms, spacecraft)
    for name in sorted(groups.keys() - used):
        file.problems.append(Problem(file.file, f"group.{name}", "", "is used by no rule"))
    _check_between(file, rules, alarms)
    file.finish()
    return rules


def _tables(file: Table, key: str) -> list[Table]:
    parent = file.child(key)
    children = [] if parent is None else [parent.child(name) for name in parent.raw]
    return [child for child in children if child is not None]


def _read_group(table: Table, alarms: Alarms) -> tuple[Consequence, ...]:
    up_to = table.choice("up_to", _LEVELS) or Severity.ADVISORY
    names = _read_alarms(table, "alarms", alarms)
    table.finish()
    return tuple(Consequence(alarm=name, up_to=up_to) for name in names)


def _read_rule(
    name: str,
    table: Table,
    consequences: tuple[Consequence, ...],
    alarms: Alarms,
    spacecraft: Mapping[str, Spacecraft],
) -> IncidentRule:
    rule = IncidentRule(
        name=name,
        title=table.text("title"),
        roots=_read_alarms(table, "roots", alarms),
        consequences=consequences,
        cascade=_read_alarms(table, "cascade", alarms) if "cascade" in table else (),
        evidence=_read_evidence(table, spacecraft) if "evidence" in table else (),
    )
    _check_rule(table, rule, alarms)
    table.finish()
    return rule


def _read_groups(table: Table, groups: Mapping[str, tuple[Consequence, ...]]) -> list[str]:
    """Names of groups there are, each once."""
    found: list[str] = []
    for item in table.items("consequences"):
        if not isinstance(item, str) or item not in groups:
            near = hint(item, groups) if isinstance(item, str) else ""
            table.report("consequences", f"no [group.{item}]{near}")
        elif item in found:
            table.report("consequences", f"names {item!r} twice")
        else:
            found.append(item)
    return found


def _read_alarms(table: Table, key: str, alarms: Alarms) -> tuple[str, ...]:
    """Alarms that there can be, each named once."""
    found: list[str] = []
    for item in table.items(key):
        if not isinstance(item, str):
            table.report(key, f"an alarm is given as a text, not as {item!r}")
        elif item in found:
            table.report(key, f"names {item!r} twice")
        else:
            found.append(item)
            if not _matching(item, alarms):
                table.report(key, _why_none(item, alarms))
    return tuple(found)


def _why_none(item: str, alarms: Alarms) -> str:
    if "*" in item:
        return f"no alarm matches {item!r}"
    subject, dot, condition = item.rpartition(".")
    conditions = [one for one in Condition if f"{subject}.{one}" in alarms]
    if not dot or "/" not in subject:
        return f"{item!r} is no <spacecraft>/<parameter or subsystem>.<condition>"
    if conditions:
        return f"{subject} has no alarm {condition!r}, only {listed(conditions)}"
    return f"there is no alarm {item!r}{hint(item, alarms)}"


def _read_evidence(table: Table, spacecraft: Mapping[str, Spacecraft]) -> tuple[str, ...]:
    known = [
        f"{craft.id}/{parameter}"
        for craft in spacecraft.values()
        for subsystem in craft.subsystems.values()
        for parameter in subsystem.parameters
    ]
    found: list[str] = []
    for item in table.items("evidence"):
        if not isinstance(item, str) or item not in known:
            near = hint(item, known) if isinstance(item, str) else ""
            table.report("evidence", f"there is no parameter {item!r}{near}")
        elif item in found:
            table.report("evidence", f"names {item!r} twice")
        else:
            found.append(item)
    return tuple(found)


def _check_rule(table: Table, rule: IncidentRule, alarms: Alarms) -> None:
    roots = {name for text in rule.roots for name in _matching(text, alarms)}
    if len({alarms[name] for name in roots}) > 1:
        table.report("roots", "are of several subsystems; make a rule of each")
    cascade = {name for text in rule.cascade for name in _matching(text, alarms)}
    for name in sorted(roots & cascade):
        table.report("cascade", f"{name} is a root already")
    for one in rule.consequences:
        matched = set(_matching(one.alarm, alarms))
        for name in sorted(matched & roots):
            table.report("consequences", f"{name} is a root of this rule (as {one.alarm!r})")
        if one.up_to is max(LEVELS):
            for name in sorted(matched & cascade):
                message = f"{name} is held back at every severity, so it is never heard"
                table.report("cascade", message)


def _check_between(file: Table, rules: Mapping[str, IncidentRule], alarms: Alarms) -> None:
    """No two rules begin with the same alarm, and none explains, round about, what explains it."""

    def matched(texts: Iterable[str]) -> set[str]:
        return {name for text in texts for name in _matching(text, alarms)}

    roots = {rule.name: matched(rule.roots) for rule in rules.values()}
    for one, other in combinations(rules, 2):
        for name in sorted(roots[one] & roots[other]):
            message = f"{name} is a root of {one!r} already"
            file.problems.append(Problem(file.file, f"rule.{other}", "roots", message))
    explains = {}
    for rule in rules.values():
        lists = matched((*rule.cascade, *(one.alarm for one in rule.consequences)))
        explains[rule.name] = [o for o in rules if o != rule.name and lists & roots[o]]
    try:
        TopologicalSorter(explains).prepare()
    except CycleError as error:
        round_about = " -> ".join(reversed(error.args[1]))
        message = f"each lists a root of the next: {round_about}"
        file.problems.append(Problem(file.file, "rule", "", message))


def _matching(text: str, alarms: Alarms) -> list[str]:
    if "*" not in text:
        return [text] if text in alarms else []
    pattern = alarm_pattern(text)
    return [name for name in alarms if pattern.fullmatch(name)]


def _possible(spacecraft: Mapping[str, Spacecraft]) -> dict[str, str]:
    alarms = {}
    for craft in spacecraft.values():
        for subsystem in craft.subsystems.values():
            where = f"{craft.id}/{subsystem.id}"
            if subsystem.stale:
                alarms[f"{where}.{Condition.STALE}"] = where
            for parameter in subsystem.parameters.values():
                for condition in _conditions(parameter.limits):
                    alarms[f"{craft.id}/{parameter.id}.{condition}"] = where
    return alarms


def _conditions(limits: Limits) -> list[Condition]:
    every = (limits, *map(limits.in_context, limits.contexts))
    found = [Condition.INVALID]
    if any(one.range or one.states for one in every):
        found.append(Condition.LIMIT)
    if any(one.rate for one in every):
        found.append(Condition.RATE)
    if any(one.increase for one in every):
        found.append(Condition.INCREASE)
    return found
