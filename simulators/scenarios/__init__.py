"""The scenarios that ship, and reading of any: one TOML file each, as docs/scenarios.md says.

Whatever is wrong in a file or a `--set` is collected and told with file, key and what was
expected; rows are counted from 1. Nothing is run here.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from simulators.scenarios.fields import show
from simulators.scenarios.reader import Reader
from simulators.scenarios.scenario import Scenario, ScenarioError
from telemetry.errors import Problem
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint

SHIPPED: Final = Path(__file__).parent
MAX_BYTES: Final = 1 << 20

__all__ = ["SHIPPED", "names", "read"]


def names() -> list[str]:
    """Every scenario that ships."""
    return [path.stem for path in sorted(SHIPPED.glob("*.toml"))]


def read(
    path_or_name: str | Path,
    sets: Sequence[str] = (),
    *,
    database: MissionDatabase,
    epoch_ns: int | None = None,
) -> Scenario:
    """A shipped scenario by name, or one of a file.

    sets: `NAME=VALUE`, over the file's values. epoch_ns: the time to move its start to.
    database: that has the spacecraft and parameters a scenario may name.
    :raises ScenarioError: with everything that is wrong in it.
    """
    path = _find(str(path_or_name))
    problems: list[Problem] = []
    raw = _load(path, problems)
    scenario = None
    if raw is not None:
        reader = Reader(path.stem, path.name, raw, problems, database)
        scenario = reader.scenario(sets, epoch_ns)
    if problems or scenario is None:
        raise ScenarioError(problems)
    return scenario


def _find(name: str) -> Path:
    if "\0" not in name and (name.endswith(".toml") or "/" in name):
        return Path(name)
    if name not in (known := names()):
        near = hint(name, known)
        message = f"there is none of that name{near}; there are {', '.join(known)}, or give a file"
        raise ScenarioError([Problem(show(name), "", "", message)])
    return SHIPPED / f"{name}.toml"


def _load(path: Path, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES} bytes")
        return tomllib.loads(content.decode())
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        message = "is no UTF-8 text"
    except RecursionError:
        message = "is no TOML: nested too deep"
    except tomllib.TOMLDecodeError as error:
        message = f"is no TOML: {error}"
    except ValueError as error:
        message = str(error)
    problems.append(Problem(path.name, "", "", " ".join(message.split())))
    return None
