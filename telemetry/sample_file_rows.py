"""Rows of a file of samples, made into frames; what is wrong with one is counted and told. Pure.

A row or a sample that cannot be used is reported with its place and costs no other: people edit
CSV. Values get their types from the mission database, so that they are exactly what was written.
"""

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar, Final, Self

from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Value
from telemetry.sample_file import EXACT
from telemetry.sample_file_about import About

#: Flaws of a kind kept to be shown; the others are only counted.
_SHOWN: Final = 5
_INT64: Final = range(-(2**63), 2**63)

#: time_ns, received_ns, spacecraft, subsystem, sequence: what the rows of one frame have in common.
Key = tuple[int, int, str, str, int]
#: Where it stands, then its key, parameter, value, text and quality.
Row = tuple[int, Key, str | None, float | None, str | None, int]


class Flaw(StrEnum):
    """What can be wrong with a row; what became of it is part of the text."""

    UNREADABLE = "row cannot be read, skipped"
    UNKNOWN_SUBSYSTEM = "no such subsystem in the mission database, row skipped"
    UNKNOWN_PARAMETER = "no such parameter in the mission database, sample skipped"
    WRONG_VALUE = "value is not of its parameter's type, sample skipped"


class Flaws:
    """How often each flaw was found, and the first of each: (where, detail)."""

    def __init__(self) -> None:
        self.counts: Counter[Flaw] = Counter()
        self.first: dict[Flaw, list[tuple[str, str]]] = {}

    def add(self, flaw: Flaw, where: str, detail: str) -> None:
        self.counts[flaw] += 1
        first = self.first.setdefault(flaw, [])
        if len(first) < _SHOWN:
            first.append((where, detail))

    def summary(self) -> list[str]:
        """For people, nothing if all is well."""
        lines = []
        for flaw, first in self.first.items():
            lines.append(f"{self.counts[flaw]} x {flaw}")
            lines.extend(f"  {where}: {detail}" for where, detail in first)
            if (more := self.counts[flaw] - len(first)) > 0:
                lines.append(f"  and {more} more")
        return lines


class SampleReader(ABC):
    """An open file of samples.

    about: what it says of itself. label: what it must not be taken for, once a row was read.
    total: how much there is to read, in rows or bytes. unit: what a place in it counts.
    """

    about: About
    total: int
    unit: ClassVar[str]

    def __init__(self, database: MissionDatabase) -> None:
        self._database = database
        self.flaws = Flaws()
        self.label = ""

    def flag(self, flaw: Flaw, place: int, detail: str) -> None:
        self.flaws.add(flaw, f"{self.unit} {place}", detail)

    @property
    @abstractmethod
    def done(self) -> int:
        """How much of `total` has been read."""

    @abstractmethod
    def _rows(self) -> Iterator[Row]: ...

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def frames(self) -> Iterator[Frame]:
        """Every frame in the order of the file.

        :raises RecordingError: where the file is damaged; what came before it is sound.
        """
        key: Key | None = None
        parameters: Mapping[str, Parameter] | None = None
        values: dict[str, Value] = {}
        invalid: dict[str, int] = {}
        for place, row_key, id_, number, text, quality in self._rows():
            if row_key != key or not id_ or id_ in values or id_ in invalid:
                if key is not None and parameters is not None:
                    yield _frame(key, values, invalid)
                key, values, invalid = row_key, {}, {}
                parameters = self._parameters(key)
            if parameters is None:
                self.flag(Flaw.UNKNOWN_SUBSYSTEM, place, f"{row_key[2]}/{row_key[3]}")
            elif not id_:
                yield _frame(row_key, values, invalid)
                key = None
            elif (parameter := parameters.get(id_)) is None:
                self.flag(Flaw.UNKNOWN_PARAMETER, place, f"{'/'.join(row_key[2:4])} {id_}")
            elif quality:
                invalid[id_] = quality
            elif (value := _typed(parameter.type, number, text)) is None:
                said = text or number
                self.flag(Flaw.WRONG_VALUE, place, f"{id_} {said!a:.60} ({parameter.type})")
            else:
                values[id_] = value
        if key is not None and parameters is not None:
            yield _frame(key, values, invalid)

    def _parameters(self, key: Key) -> Mapping[str, Parameter] | None:
        try:
            return self._database.subsystem(key[2], key[3]).parameters
        except KeyError:
            return None


def _frame(key: Key, values: Mapping[str, Value], invalid: Mapping[str, int]) -> Frame:
    time_ns, received_ns, spacecraft, subsystem, sequence = key
    return Frame(
        spacecraft=spacecraft,
        subsystem=subsystem,
        time_ns=time_ns,
        received_ns=received_ns,
        sequence=sequence,
        values=values,
        invalid=invalid,
    )


def _typed(kind: ParameterType, number: float | None, text: str | None) -> Value | None:
    """The value that was written; None if there is none of that type."""
    match kind:
        case ParameterType.STRING:
            return text if text is not None and _is_unicode(text) else None
        case ParameterType.INTEGER | ParameterType.ENUMERATION if text:
            digits = text.removeprefix("-")
            if not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
                return None
            return int(text) if int(text) in _INT64 else None
        case _ if number is None or not math.isfinite(number):
            return None
        case ParameterType.FLOAT:
            return number
        case ParameterType.BOOLEAN:
            return bool(number) if number in (0, 1) else None
    return int(number) if number.is_integer() and abs(number) <= EXACT else None


def _is_unicode(text: str) -> bool:
    """Not so if there were bytes that are no UTF-8."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False
