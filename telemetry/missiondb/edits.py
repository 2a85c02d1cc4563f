"""Edited limits: a TOML file that says for some parameters what the mission database shall say.

    [iss.parameter.USLAB000010]           # spacecraft, then as in the files of the mission database
    range.caution = { high = 55 }         # this band instead; other severities stay as they are
    persistence_s = 5
    remove = ["range.warning", "rate"]    # says nothing about these any more

Only what a parameter says about limits can be edited: names, types and units are what was recorded.
What is edited is read like the rest, so it has to be as sound.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from telemetry.errors import Problem
from telemetry.missiondb.table import Raw, Table, hint
from telemetry.parameter import Spacecraft

#: Tables by severity, of which an edit replaces those it names.
_BY_SEVERITY: Final = ("range", "rate", "increase", "violating")
_LIMITS: Final = frozenset(
    (
        *_BY_SEVERITY,
        "rate_over_s",
        "increase_over_s",
        "persistence_s",
        "hysteresis",
        "latching",
        "response",
        "when",
    )
)
_REMOVE: Final = "remove"


class Edits:
    """What files of edits say, in order. contents: of each, the same on every machine."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self._edits: dict[tuple[str, str], list[Table]] = {}
        self._spacecraft: dict[str, list[Table]] = {}

    def add(self, file: Table, content: bytes) -> None:
        """The whole of a file."""
        self.contents.append(content)
        for craft in file.raw:
            table = file.child(craft)
            if table is None:
                continue
            self._spacecraft.setdefault(craft, []).append(table)
            if parameters := table.child("parameter"):
                for id_ in parameters.raw:
                    if one := parameters.child(id_):
                        self._edits.setdefault((craft, id_), []).append(one)
            elif "parameter" not in table.raw:
                table.report("parameter", "is missing: which parameters' limits?")
            table.finish()

    def apply(self, spacecraft: str, parameter: str, table: Table) -> Table:
        """A parameter's table as it is edited; the very same if it is not."""
        for edit in self._edits.get((spacecraft, parameter), ()):
            raw = _merged(table.raw, edit)
            table = Table(raw, file=edit.file, name=edit.name, problems=edit.problems)
        return table

    def finish(self, known: Mapping[str, Spacecraft], problems: list[Problem]) -> None:
        """Report what is edited and there is not."""
        for id_, tables in self._spacecraft.items():
            if id_ not in known:
                problems.extend(
                    Problem(one.file, id_, "", f"there is no such spacecraft{hint(id_, known)}")
                    for one in tables
                )
        for (craft, id_), edits in self._edits.items():
            if craft in known:
                ids = [name for one in known[craft].subsystems.values() for name in one.parameters]
                if id_ not in ids:
                    for edit in edits:
                        edit.report("", f"{craft} has no such parameter{hint(id_, ids)}")


def read_edits(files: Sequence[Path], path: Path, problems: list[Problem]) -> Edits:
    """Files of edits in order; one of the mission database in `path` is named as there."""
    edits = Edits()
    for file in files:
        name = file.relative_to(path).as_posix() if file.is_relative_to(path) else file.name
        try:
            content = file.read_bytes().replace(b"\r\n", b"\n")
            raw: Raw = tomllib.loads(content.decode())
        except OSError as error:
            problems.append(Problem(name, "", "", f"cannot be read: {error.strerror}"))
            continue
        except ValueError as error:
            problems.append(Problem(name, "", "", f"is not TOML: {error}"))
            continue
        if not raw:
            problems.append(Problem(name, "", "", "changes nothing: it is empty"))
        edits.add(Table(raw, file=name, name="", problems=problems), content)
    return edits


def _merged(base: Raw, edit: Table) -> Raw:
    """A parameter's table with what an edit puts in its place."""
    merged = dict(base)
    for key, value in edit.raw.items():
        if key == _REMOVE:
            continue
        if key not in _LIMITS:
            known = hint(key, _LIMITS) or "; only limits can be edited"
            edit.report(key, f"is no limit{known}")
            continue
        before = merged.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        if both and key in (*_BY_SEVERITY, "response"):
            merged[key] = {**before, **value}  # type: ignore[dict-item]
        else:
            merged[key] = value
    for name in _removed(edit):
        _remove(merged, name, edit)
    return merged


def _removed(edit: Table) -> Iterator[str]:
    for item in edit.items(_REMOVE) if _REMOVE in edit else ():
        if isinstance(item, str):
            yield item
        else:
            edit.report(_REMOVE, f'a limit is named like "range.caution", not as {item!r}')


def _remove(merged: Raw, name: str, edit: Table) -> None:
    key, _, severity = name.partition(".")
    if key not in _LIMITS:
        edit.report(_REMOVE, f"{name!r} is no limit{hint(key, _LIMITS)}")
        return
    inner = merged.get(key)
    if not severity and key in merged:
        del merged[key]
    elif severity and isinstance(inner, dict) and severity in inner:
        rest = {level: band for level, band in inner.items() if level != severity}
        merged[key] = rest
        if not rest:
            del merged[key]
    else:
        edit.report(_REMOVE, f"{name!r} is not there to be removed")
