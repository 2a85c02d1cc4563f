"""Tables of a scenario file: values as their types, references resolved, mistakes collected."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from simulators.scenarios.actions import ActionError
from simulators.scenarios.fields import convert_field, expected, show
from simulators.scenarios.names import must_be_one_of
from simulators.scenarios.parameters import ParameterValue
from simulators.scenarios.scenario import instant_ns
from telemetry.errors import Problem
from telemetry.missiondb.table import hint

#: The type of a field that is a time.
TIME: Final = "time"
MAX_ROWS: Final = 1_000
#: What a table may have: name -> type; a `?` says that it may be left out.
Fields = Mapping[str, Any]

_REFERENCE = re.compile(r"\{(\w+)\}")
_T = TypeVar("_T")


class Rows:
    """One file's tables. What is wrong is reported and left out, so that one pass finds all of it.

    values: what references stand for. referenced: the names that were used.
    start_ns: where times of day begin. shift_ns: how far every time is moved.
    """

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.values: dict[str, ParameterValue] = {}
        self.referenced: set[str] = set()
        self.start_ns = 0
        self.shift_ns = 0
        self.problems = problems
        self._file = file

    def each(self, key: str, raw: object, read: Callable[[dict[str, Any], str], _T]) -> list[_T]:
        """Every row of `[[key]]`, read; `read` is given the row and where it is."""
        if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
            self.report(key, f"must be written as [[{key}]] tables")
            return []
        if len(raw) > MAX_ROWS:
            self.report(key, f"there are {len(raw)}, at most {MAX_ROWS} can be")
            return []
        return [read(row, f"{key}[{n}]") for n, row in enumerate(raw, 1)]

    def row(
        self, row: Mapping[str, Any], fields: Fields, path: str = "", also: Iterable[str] = ()
    ) -> dict[str, Any] | None:
        """A row's values as their types; None if any is wrong. also: keys that others read."""
        before = len(self.problems)
        dot = f"{path}." if path else ""
        known = {*(name.rstrip("?") for name in fields), *also}
        for key in row:
            if key not in known:
                self.report(f"{dot}{plain(key)}", f"unknown key{hint(key, known)}")
        values = {}
        for name, wanted in fields.items():
            key = name.rstrip("?")
            try:
                if key in row:
                    values[key] = self._value(row[key], wanted)
                elif key == name:
                    what = "a time" if wanted is TIME else expected(wanted)
                    raise ValueError(f"is missing: it must be {what}")
            except ValueError as error:
                self.report(f"{dot}{key}", str(error))
        return values if len(self.problems) == before else None

    def resolved(self, given: Any) -> Any:
        """The value that a whole-text reference `"{name}"` stands for; anything else as it is.

        :raises ValueError: if there is no such parameter.
        """
        found = _REFERENCE.fullmatch(given) if isinstance(given, str) else None
        if found is None:
            return given
        name = found[1]
        self.referenced.add(name)
        if name not in self.values:
            raise ValueError(f"no parameter {name!r}{hint(name, self.values)}")
        value = self.values[name]
        return list(value) if isinstance(value, tuple) else value

    def must_be_one_of(self, path: str, name: str | None, known: Iterable[str]) -> None:
        try:
            if name is not None:
                must_be_one_of("", name, known)
        except ActionError as error:
            self.report(path, error.message)

    def report(self, key: str, message: str) -> None:
        self.problems.append(Problem(self._file, "", key, message))

    def _value(self, given: Any, wanted: Any) -> Any:
        given = self.resolved(given)
        if wanted is TIME:
            return instant_ns(given, self.start_ns) + self.shift_ns
        return convert_field(given, wanted)


def plain(key: str) -> str:
    """A key as it may stand in one line."""
    return show(key)[1:-1]
