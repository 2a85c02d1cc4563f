"""From a folder of TOML files to spacecraft; the folder's mistakes, all of them, come along.

`telemetry.missiondb` describes the format; this file says what is right and wrong in it.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from telemetry.activity import LinkName
from telemetry.errors import Problem
from telemetry.incident import IncidentRules
from telemetry.limit import LEVELS, Response, Severity
from telemetry.missiondb.changes import CHANGES, approved
from telemetry.missiondb.edits import Edits, read_edits
from telemetry.missiondb.incidents import rules_of
from telemetry.missiondb.limits import States, check_modes, read_limits, read_response
from telemetry.missiondb.table import Raw, Shared, Table, hint, listed
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem
from telemetry.wire import MAX_FRAME_PARAMETERS

#: How TOML says that a number has no unit; an empty text would look forgotten.
DIMENSIONLESS = "1"

#: `meta/clock` and `meta/contacts` are other things, so no subsystem can be called that.
RESERVED = frozenset({"clock", "contacts"})

#: Of the folder itself: the rules that make one incident of many alarms.
INCIDENTS = "incidents.toml"

_FOLDER_ID = re.compile(r"[a-z0-9_-]+")
_PARAMETER_ID = re.compile(r"[A-Za-z0-9_-]+")
_CODE = re.compile(r"0|-?[1-9][0-9]{0,8}")

_LINKS = {link.value: link for link in LinkName}
_TYPES = {kind.value: kind for kind in ParameterType}
_STALE = {level.name.lower(): level for level in (Severity.NOMINAL, *LEVELS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in a folder; besides the problems it means nothing when there are any.

    version: names the content, the same on every machine.
    """

    spacecraft: dict[str, Spacecraft]
    incidents: IncidentRules
    version: str
    problems: tuple[Problem, ...]


def read_directory(path: Path, edited: Path | None = None) -> Content:
    """Read every spacecraft in `path`, and the incident rules.

    Limits are those of the files as approved changes have edited them, and at last `edited`.
    """
    problems: list[Problem] = []
    digest = hashlib.sha256()
    spacecraft = {}
    edits = read_edits([*approved(path, problems), *([edited] if edited else [])], path, problems)
    for folder in _folders(path, problems):
        spacecraft[folder.name] = _read_spacecraft(folder, digest, problems, edits)
    edits.finish(spacecraft, problems)
    for content in edits.contents:
        digest.update(b"edit\0" + content)
    incidents: IncidentRules = {}
    if (rules := path / INCIDENTS).is_file() and (
        table := _read_file(rules, path, digest, problems)
    ):
        # with a mistake in the limits, which alarms there can be is not known
        incidents = rules_of(table, spacecraft) if not problems else {}
    return Content(
        spacecraft=spacecraft,
        incidents=incidents,
        version=digest.hexdigest()[:12],
        problems=tuple(sorted(problems, key=lambda p: p.file)),
    )


def _folders(path: Path, problems: list[Problem]) -> list[Path]:
    if not path.is_dir():
        problems.append(Problem(path.name, "", "", "there is no such folder"))
        return []
    problems.extend(
        Problem(stray.name, "", "", "must be in the folder of its spacecraft")
        for stray in sorted(path.glob("*.toml"))
        if stray.name != INCIDENTS
    )
    folders = [
        f
        for f in sorted(path.iterdir())
        if f.is_dir() and f.name[0] not in "._" and f.name != CHANGES
    ]
    if not folders:
        problems.append(Problem(path.name, "", "", "holds no spacecraft: no folder in it"))
    return folders


def _read_spacecraft(
    folder: Path, digest: "hashlib._Hash", problems: list[Problem], edits: Edits
) -> Spacecraft:
    tables = {
        file.stem: _read_file(file, folder.parent, digest, problems)
        for file in sorted(folder.glob("*.toml"))
    }
    name = source = ""
    if not _FOLDER_ID.fullmatch(folder.name):
        problems.append(Problem(folder.name, "", "", "a spacecraft's id is of a-z, 0-9, _ and -"))
    if "spacecraft" not in tables:
        problems.append(Problem(f"{folder.name}/spacecraft.toml", "", "", "is missing"))
    elif about := tables.pop("spacecraft"):
        name, source = about.text("name"), about.text("source")
        about.finish()
    if not tables:
        problems.append(Problem(folder.name, "", "", "holds no subsystem"))
    subsystems = {
        stem: _read_subsystem(stem, table, folder.name, edits)
        for stem, table in tables.items()
        if table is not None
    }
    _report_duplicates(folder.name, subsystems, problems)
    _report_sources(folder.name, subsystems, problems)
    return Spacecraft(id=folder.name, name=name, source=source, subsystems=subsystems)


def _read_file(
    file: Path, path: Path, digest: "hashlib._Hash", problems: list[Problem]
) -> Table | None:
    """The file as a table, and into the digest; None when it is not TOML at all."""
    name = file.relative_to(path).as_posix()  # a copy under another name is the same version
    try:
        # a checkout may have turned the ends of lines into another platform's
        content = file.read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        problems.append(Problem(name, "", "", f"cannot be read: {error.strerror}"))
        return None
    digest.update(f"{name}\0{len(content)}\0".encode() + content)
    try:
        raw: Raw = tomllib.loads(content.decode())
    except ValueError as error:  # tomllib's own, not UTF-8, or an integer of absurd length
        problems.append(Problem(name, "", "", f"is not TOML: {error}"))
        return None
    return Table(raw, file=name, name="", problems=problems)


def _read_subsystem(identity: str, file: Table, spacecraft: str, edits: Edits) -> Subsystem:
    if not _FOLDER_ID.fullmatch(identity):
        file.report("", f"a subsystem's id is of a-z, 0-9, _ and -, which {identity!r} is not")
    if identity in RESERVED:
        file.report("", f"{identity!r} cannot be the id of a subsystem")
    name, period_s = "", None
    links: tuple[LinkName, ...] = ()
    derived_from: tuple[str, ...] = ()
    if about := file.child("subsystem"):
        name, period_s = about.text("name"), about.positive("period_s", required=True)
        links, derived_from = _read_links(about), _read_sources(about)
        about.finish()
    elif "subsystem" not in file.raw:
        file.report("subsystem", "is missing")
    stale, stale_response = _read_stale(file)
    parameters = _read_parameters(file, spacecraft, edits)
    file.finish()
    return Subsystem(
        id=identity,
        name=name,
        period_s=period_s or 1.0,
        parameters=parameters,
        stale=stale,
        stale_response=stale_response,
        links=links,
        derived_from=derived_from,
    )


def _read_links(about: Table) -> tuple[LinkName, ...]:
    """By which links its frames come down; none when the file does not say."""
    if "links" not in about:
        return ()
    links = []
    for item in about.items("links"):
        if isinstance(item, str) and item in _LINKS:
            links.append(_LINKS[item])
        else:
            about.report("links", f"must be of {listed(_LINKS)}, which {item!r} is not")
    return tuple(links)


def _read_sources(about: Table) -> tuple[str, ...]:
    """Subsystems it is derived from; whether there are such, `_report_sources` sees."""
    items = about.items("derived_from") if "derived_from" in about else []
    for item in items:
        if not isinstance(item, str):
            about.report("derived_from", f"a subsystem is given by its id, not as {item!r}")
    return tuple(item for item in items if isinstance(item, str))


def _report_sources(folder: str, subsystems: dict[str, Subsystem], problems: list[Problem]) -> None:
    for stem, subsystem in subsystems.items():
        for source in subsystem.derived_from:
            if source not in subsystems or subsystems[source].derived:
                message = f"{source!r} is no measured subsystem{hint(source, subsystems)}"
                file = f"{folder}/{stem}.toml"
                problems.append(Problem(file, "subsystem", "derived_from", message))


def _read_stale(file: Table) -> tuple[Severity, Response | None]:
    """How bad the subsystem's silence is; an advisory when the file does not say."""
    stale = file.child("stale")
    if stale is None:
        return Severity.ADVISORY, None
    severity = stale.choice("severity", _STALE) or Severity.NOMINAL
    # one text given means that all four were meant
    wanted = severity >= Severity.CAUTION or bool(stale.raw.keys() - {"severity"})
    response = read_response(stale) if wanted else None
    stale.finish()
    return severity, response


def _read_parameters(file: Table, spacecraft: str, edits: Edits) -> dict[str, Parameter]:
    states = Shared(file, "states", _read_states)
    responses = Shared(file, "response", _read_whole_response)
    table = file.child("parameter")
    if table is None:
        file.report("parameter", "holds no parameter")
        return {}
    if len(table.raw) > MAX_FRAME_PARAMETERS:
        message = f"holds {len(table.raw)} parameters; a frame carries {MAX_FRAME_PARAMETERS}"
        file.report("parameter", message)
    parameters = {}
    for identity in table.raw:
        if not _PARAMETER_ID.fullmatch(identity):
            table.report(identity, "a parameter's id is of A-Z, a-z, 0-9, _ and -")
        if one := table.child(identity):
            responses.spare(one)
            one = edits.apply(spacecraft, identity, one)
            parameters[identity] = _read_parameter(identity, one, states, responses)
    check_modes(table, parameters)
    states.report_unused()
    responses.report_unused()
    return parameters


def _read_parameter(
    identity: str, table: Table, states: Shared[States], responses: Shared[Response]
) -> Parameter:
    kind = table.choice("type", _TYPES)
    codes: States | None = None
    if kind is ParameterType.ENUMERATION:
        codes = states.of(table, required=True)
    elif "states" in table and kind is not None:
        table.report("states", f"only an enumeration has states; this is of type {kind}")
    parameter = Parameter(
        id=identity,
        name=table.text("name"),
        type=kind or ParameterType.FLOAT,
        unit=_read_unit(table, kind),
        description=table.text("description", required=False),
        states=codes or {},
        period_s=table.positive("period_s"),
        limits=read_limits(table, kind, codes or {}, responses.of(table, required=False)),
    )
    table.finish()
    return parameter


def _read_unit(table: Table, kind: ParameterType | None) -> str:
    if kind is None or not kind.numeric:
        return table.text("unit", required=False)
    if "unit" not in table:
        table.report("unit", f'is missing; a number without one has the unit "{DIMENSIONLESS}"')
        return ""
    unit = table.text("unit", required=False)
    if unit == "" and isinstance(table.raw["unit"], str):
        table.report("unit", f'is empty; a number without one has the unit "{DIMENSIONLESS}"')
    return "" if unit == DIMENSIONLESS else unit


def _read_states(table: Table) -> States:
    """Codes and names of an enumeration; two codes of one name could not be told apart."""
    states: dict[int, str] = {}
    for code in table.raw:
        name = table.text(code)
        if not _CODE.fullmatch(code):
            table.report(code, "a state's code is an integer")
        elif name and name in states.values():
            table.report(code, f"another state is called {name!r} already")
        elif name:
            states[int(code)] = name
    if not table.raw:
        table.report("", "names no state")
    return states


def _read_whole_response(table: Table) -> Response:
    response = read_response(table)
    table.finish()
    return response


def _report_duplicates(
    folder: str, subsystems: dict[str, Subsystem], problems: list[Problem]
) -> None:
    """A parameter is asked for by spacecraft and id, so no two subsystems can share an id."""
    first: dict[str, str] = {}
    for stem, subsystem in subsystems.items():
        for parameter in subsystem.parameters:
            if parameter in first:
                message = f"is defined in {folder}/{first[parameter]}.toml already"
                problems.append(
                    Problem(f"{folder}/{stem}.toml", f"parameter.{parameter}", "", message)
                )
            first.setdefault(parameter, stem)
