"""Every error stationwatch raises on purpose.

StationwatchError              one line for the user, with an exit code
 +- UsageError                 a setting or argument is wrong                      exit 2
 +- MissionDatabaseError       mistakes in the mission database, all of them       exit 2
 +- RecordingError             a recording cannot be read at all                   exit 2
 +- LinkError                  the broker cannot be reached or refused us          exit 3
 |   +- LinkRefused            the broker does not let us in                       exit 3
 |   +- PublisherConflict      another publisher already speaks for the spacecraft exit 4
 +- StoreError                 the store refused; trying again will not help       exit 3
 |   +- StoreUnavailable       the store is away or overloaded; try again
 |   +- StoreSchemaError       the store holds something we must not touch         exit 4
 +- SpoolError                 the spool cannot be read or written                 exit 3
     +- SpoolFull              no room left within the spool's bound; try again

Who raises says whether trying again can help (`retryable`); who loops decides.
"""

from dataclasses import dataclass
from typing import ClassVar


class StationwatchError(Exception):
    """Base of the tree. `str(error)` is one line a user can act on."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False


class UsageError(StationwatchError):
    exit_code = 2


class RecordingError(StationwatchError):
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it is, what it is."""

    file: str
    table: str
    key: str
    message: str

    def __str__(self) -> str:
        where = f"[{self.table}] {self.key}".strip() if self.table else self.key
        return ": ".join(part for part in (self.file, where, self.message) if part)


class MissionDatabaseError(StationwatchError):
    """All mistakes found in the mission database, as `problems`."""

    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more: run `stationwatch check`)" if problems[1:] else ""
        super().__init__(f"mission database: {problems[0]}{more}")


class LinkError(StationwatchError):
    exit_code = 3
    retryable = True


class LinkRefused(LinkError):
    retryable = False


class PublisherConflict(LinkError):
    exit_code = 4
    retryable = False


class StoreError(StationwatchError):
    exit_code = 3


class StoreUnavailable(StoreError):
    retryable = True


class StoreSchemaError(StoreError):
    exit_code = 4


class SpoolError(StationwatchError):
    exit_code = 3


class SpoolFull(SpoolError):
    retryable = True
