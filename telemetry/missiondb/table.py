"""One table of a TOML file, read key by key; what is wrong with it is collected, never raised."""

import difflib
import math
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Generic, TypeVar

from telemetry.errors import Problem

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

#: A table as tomllib gives it.
Raw = dict[str, object]


class Table:
    """A reader that reports a missing, mistyped or unknown key and carries on.

    A read returns a harmless stand-in where the value is wrong, so that one pass finds everything;
    whoever reads must not use what was read once `problems` has entries. Ask for every key there
    can be, then `finish()` reports the others.
    """

    def __init__(self, raw: Raw, *, file: str, name: str, problems: list[Problem]) -> None:
        self.raw = raw
        self.file = file
        self.name = name
        self.problems = problems
        self._known: set[str] = set()

    def report(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.file, self.name, key, message))

    def __contains__(self, key: str) -> bool:
        """Whether the key is there, right or wrong."""
        self._known.add(key)
        return key in self.raw

    def text(self, key: str, *, required: bool = True) -> str:
        """A text; where it is required it must say something."""
        if key not in self:
            return self._absent(key, "", required)
        value = self.raw[key]
        if not isinstance(value, str):
            return self._mistyped(key, "a text", value, "")
        if required and not value.strip():
            self.report(key, "is empty")
        return value

    def number(self, key: str, *, required: bool = False) -> float | None:
        """A finite number, integer or float."""
        if key not in self:
            return self._absent(key, None, required)
        value = self.raw[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._mistyped(key, "a number", value, None)
        try:
            number = float(value)
        except OverflowError:  # TOML's integers have no end
            number = math.inf
        if not math.isfinite(number):
            self.report(key, f"must be a finite number, not {number}")
            return None
        return number

    def positive(self, key: str, *, required: bool = False) -> float | None:
        value = self.number(key, required=required)
        if value is not None and value <= 0:
            self.report(key, f"must be above 0, not {value:g}")
        return value

    def not_negative(self, key: str) -> float:
        """A number from 0 up; 0 when it is absent."""
        value = self.number(key)
        if value is not None and value < 0:
            self.report(key, f"must not be negative, as {value:g} is")
        return value or 0.0

    def flag(self, key: str) -> bool:
        """A boolean; false when it is absent."""
        if key not in self:
            return False
        value = self.raw[key]
        return value if isinstance(value, bool) else self._mistyped(key, "a boolean", value, False)

    def choice(self, key: str, choices: dict[str, E]) -> E | None:
        """One of the named choices, which is required; None when it is no such thing."""
        value = self.text(key)
        if value and value not in choices:
            self.report(key, f"must be {listed(choices)}, not {value!r}{hint(value, choices)}")
        return choices.get(value)

    def child(self, key: str) -> "Table | None":
        """The table under `key`; None when it is absent or no table."""
        if key not in self:
            return None
        value = self.raw[key]
        if not isinstance(value, dict):
            return self._mistyped(key, "a table", value, None)
        name = f"{self.name}.{key}" if self.name else key
        return Table(value, file=self.file, name=name, problems=self.problems)

    def children(self, key: str) -> "list[Table]":
        """The tables of the array of tables under `key`; none when it is absent."""
        if key not in self:
            return []
        value = self.raw[key]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            return self._mistyped(key, "tables, [[...]]", value, [])
        name = f"{self.name}.{key}" if self.name else key
        return [
            Table(one, file=self.file, name=f"{name}[{i}]", problems=self.problems)
            for i, one in enumerate(value, 1)
        ]

    def items(self, key: str) -> list[object]:
        """The list under `key`, which must hold something."""
        value = self.raw[key] if key in self else None
        if not isinstance(value, list):
            return self._mistyped(key, "a list", value, [])
        if not value:
            self.report(key, "is an empty list")
        return value

    def finish(self) -> None:
        """Report every key that nobody asked for."""
        for key in sorted(self.raw.keys() - self._known):
            self.report(key, f"unknown key{hint(key, self._known)}")

    def _absent(self, key: str, stand_in: T, required: bool) -> T:
        if required:
            self.report(key, "is missing")
        return stand_in

    def _mistyped(self, key: str, wanted: str, value: object, stand_in: T) -> T:
        self.report(key, f"must be {wanted}, not {_kind(value)}")
        return stand_in


class Shared(Generic[T]):
    """What the parameters of a file may write once and use by name: `[<key>.<name>]`."""

    def __init__(self, file: Table, key: str, read: Callable[[Table], T]) -> None:
        self._file = file
        self._key = key
        self._read = read
        shared = file.child(key)
        tables = {} if shared is None else {name: shared.child(name) for name in shared.raw}
        self._read_once = {
            name: None if table is None else read(table) for name, table in tables.items()
        }
        self._used: set[str] = set()

    def of(self, table: Table, *, required: bool) -> T | None:
        """What a parameter's own table says under the key, there or by name."""
        name = table.raw[self._key] if self._key in table else None
        if not isinstance(name, str):
            own = table.child(self._key)
            if own is None and required and name is None:
                table.report(self._key, "is missing")
            return None if own is None else self._read(own)
        self._used.add(name)
        if name not in self._read_once:
            table.report(self._key, f"no [{self._key}.{name}]{hint(name, self._read_once)}")
        return self._read_once.get(name)

    def spare(self, table: Table) -> None:
        """What a table names is not unused, though an edit may put something else in its place."""
        name = table.raw.get(self._key)
        if isinstance(name, str):
            self._used.add(name)

    def report_unused(self) -> None:
        for name in sorted(self._read_once.keys() - self._used):
            problem = Problem(self._file.file, f"{self._key}.{name}", "", "is used by no parameter")
            self._file.problems.append(problem)


def hint(word: str, choices: Iterable[str]) -> str:
    """` (did you mean 'period_s'?)`, or nothing when no choice is near."""
    near = difflib.get_close_matches(word, sorted(choices), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _kind(value: object) -> str:
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value!r}"
        case list():
            return "a list"
        case dict():
            return "a table"
    return "a date or time"


def listed(choices: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = choices
    return f"{', '.join(first)} or {last}"
