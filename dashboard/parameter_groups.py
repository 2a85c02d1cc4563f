"""The parameters of a subsystem in groups that belong together, by their names. Pure.

A mission database has no groups, but its names begin with what they are of: "CMG 1 vibration",
"Array 1A voltage", "Refused: not JSON". What stands alone is put together as the rest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from telemetry.parameter import Parameter

#: Fewer are no group.
_LEAST: Final = 2
#: Words that end no title.
_HANGING: Final = frozenset({"of", "the", "to", "in", "and", "by"})
#: What comes behind these says more of the same thing.
_BEHIND: Final = re.compile(r"[,:;].*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """title: empty for the rest. of_one: all are of one thing, whose name the title is."""

    title: str
    of_one: bool
    parameters: tuple[Parameter, ...]

    def short(self, parameter: Parameter) -> str:
        """A name below the title: "vibration" below "CMG 1"."""
        rest = parameter.name.removeprefix(self.title).lstrip(" ,:;")
        return rest if self.of_one and rest else parameter.name


def parameter_groups(parameters: Iterable[Parameter]) -> tuple[ParameterGroup, ...]:
    """In the order in which they begin in the mission database; the rest, if any, first."""
    found = list(parameters)
    ones = {one.id: _one(one.name) for one in found}
    of_one = {one for one, count in Counter(ones.values()).items() if one and count >= _LEAST}
    keys = {p.id: ones[p.id] if ones[p.id] in of_one else _words(p.name)[0] for p in found}
    counts = Counter(keys.values())
    groups: dict[str, list[Parameter]] = {"": []}
    for parameter in found:
        key = keys[parameter.id]
        groups.setdefault(key if counts[key] >= _LEAST else "", []).append(parameter)
    return tuple(
        ParameterGroup(
            title=key if key in of_one or not key else _title(members),
            of_one=key in of_one,
            parameters=tuple(members),
        )
        for key, members in groups.items()
        if members
    )


def _words(name: str) -> list[str]:
    return _BEHIND.sub("", name).split() or [name]


def _one(name: str) -> str:
    """The thing a name begins with, by its number or letter: "Array 1A", "Loop B"; else empty."""
    words = _words(name)
    for at, word in enumerate(words, 1):
        if any(map(str.isdigit, word)) or (at > 1 and len(word) == 1 and word.isupper()):
            return " ".join(words[:at])
    return ""


def _title(members: Sequence[Parameter]) -> str:
    """The words with which all their names begin."""
    common: list[str] = []
    for column in zip(*(_words(one.name) for one in members), strict=False):
        if len(set(column)) > 1:
            break
        common.append(column[0])
    while len(common) > 1 and common[-1] in _HANGING:
        common.pop()
    return " ".join(common)
