"""What can be trained, for a page that knows nothing of simulators: scenarios, faults. Pure."""

import inspect
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from simulators.craft.vehicles import JET_TABLES
from simulators.physics.thruster import load_jets
from simulators.scenarios import names, read
from simulators.scenarios.actions import ACTIONS, Action
from simulators.scenarios.fields import expected
from simulators.scenarios.names import PORTS
from simulators.scenarios.scenario import Scenario
from telemetry.missiondb import MissionDatabase
from telemetry.topics import GROUND
from telemetry.training import ActionCard, FieldCard, Moment, ScenarioCard, TrainingCatalogue

#: What goes wrong; the other actions are what operators do.
FAULTS: Final = frozenset({"fire", "leak", "bearing-wear", "cmg-off", "gap", "sensor-fault"})
#: Units by the end of a field's name, longest first.
UNITS: Final = (
    ("_m_s", "m/s"),
    ("_deg_s", "deg/s"),
    ("rate_per_s", "a second"),
    ("_mm", "mm"),
    ("_deg", "deg"),
    ("per_hour", "an hour"),
    ("_m", "m"),
    ("_s", "s"),
)


def catalogue(database: MissionDatabase, since_ns: int, most: int) -> TrainingCatalogue:
    """since_ns: when the service came on line. most: sessions at once."""
    return TrainingCatalogue(
        online=True,
        since_ns=since_ns,
        most=most,
        scenarios=tuple(_scenario(read(name, database=database)) for name in names()),
        actions=tuple(_action(name, kind, database) for name, kind in ACTIONS.items()),
        jets={vehicle: tuple(_jets(table)) for vehicle, table in JET_TABLES.items()},
    )


def _jets(table: str) -> Iterable[str]:
    return (jet.name for jet in load_jets(table))


def _scenario(scenario: Scenario) -> ScenarioCard:
    return ScenarioCard(
        name=scenario.name,
        title=scenario.title,
        summary=" ".join(scenario.summary.split()),
        label=scenario.label,
        start_ns=scenario.start_ns,
        duration_s=scenario.duration_s,
        moments=tuple(sorted(_moments(scenario), key=lambda one: one.start_ns)),
    )


def _moments(scenario: Scenario) -> Iterable[Moment]:
    for activity in scenario.activities:
        yield Moment(
            kind="activity",
            start_ns=activity.start_ns,
            end_ns=activity.end_ns,
            says=activity.title,
        )
    for gap in scenario.links.gaps:
        told = "announced" if gap.announced else "not announced"
        yield Moment(
            kind="gap", start_ns=gap.start_ns, end_ns=gap.end_ns, says=f"{gap.link} lost, {told}"
        )
    for event in scenario.events:
        action = event.action
        kind = "fault" if action is not None and is_fault(action) else "event"
        says = event.says or (words(action) if action is not None else "")
        yield Moment(kind=kind, start_ns=event.at_ns, says=says)


def tag(action: Action) -> str:
    return str(type(action).__struct_config__.tag)


def is_fault(action: Action) -> bool:
    """Whether something goes wrong by it: an announced loss of signal is nothing wrong."""
    return tag(action) in FAULTS and not getattr(action, "announced", False)


def words(action: Action) -> str:
    """An action for people: "fire soyuz DPO-07 DPO-08 for 30 s"."""
    said = [tag(action)]
    for field in msgspec.structs.fields(type(action)):
        value = getattr(action, field.name)
        if value is None or value is False:
            continue
        if isinstance(value, tuple):
            said.append(" ".join(map(str, value)))
        elif value is True:
            said.append(field.name)
        elif isinstance(value, float):
            unit = _unit(field.name)
            name = "for" if field.name == "for_s" else _plain(field.name)
            said.append(" ".join(filter(None, (name, f"{value:g}", unit))))
        elif field.name in ("cmg", "manifold", "to", "port", "pairs"):
            said.append(f"{field.name} {value}")
        else:
            said.append(str(value))
    return " ".join(said)


def _unit(name: str) -> str:
    return next((unit for end, unit in UNITS if name.endswith(end)), "")


def _plain(name: str) -> str:
    """A field's name without its unit: "pulse", "from range"."""
    end = next((end for end, _ in UNITS if name.endswith(end)), "")
    return name.removesuffix(end).replace("_", " ").strip()


def _action(name: str, kind: type[Any], database: MissionDatabase) -> ActionCard:
    return ActionCard(
        name=name,
        help=(inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ").replace("`", ""),
        fault=name in FAULTS,
        fields=tuple(_field(field, database) for field in msgspec.structs.fields(kind)),
    )


def _field(field: Any, database: MissionDatabase) -> FieldCard:
    known = {
        "vehicle": tuple(JET_TABLES),
        "port": PORTS,
        "spacecraft": tuple(one for one in database.spacecraft if one != GROUND),
    }
    info = _without_none(msgspec.inspect.type_info(field.type))
    kind, choices = "names", known.get(field.name, ())
    low = high = None
    low_too = True
    match info:
        case _ if field.name in ("jets", "parameter"):
            kind = field.name
        case _ if choices:
            kind = "choice"
        case msgspec.inspect.LiteralType():
            kind, choices = "choice", tuple(map(str, info.values))
        case msgspec.inspect.EnumType():
            kind, choices = "choice", tuple(str(member.value) for member in info.cls)
        case msgspec.inspect.BoolType():
            kind = "flag"
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            kind = "whole" if isinstance(info, msgspec.inspect.IntType) else "number"
            low_too = info.gt is None
            low, high = info.ge if low_too else info.gt, info.le
    default = field.default
    return FieldCard(
        name=field.name,
        kind=kind,
        help=expected(field.type),
        required=bool(field.required),
        choices=choices,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        low_too=low_too,
        default=""
        if field.required or default in (None, False)
        else f"{default:g}"
        if isinstance(default, float)
        else str(default),
        unit=_unit(field.name),
    )


def _without_none(info: msgspec.inspect.Type) -> msgspec.inspect.Type:
    if isinstance(info, msgspec.inspect.UnionType):
        return next(one for one in info.types if not isinstance(one, msgspec.inspect.NoneType))
    return info
