"""Whether what an action names is there: vehicles, ports, thrusters, parameters."""

from collections.abc import Iterable
from typing import Final

from simulators.craft.vehicles import JET_TABLES
from simulators.physics.thruster import MOUNTS, load_jets
from simulators.scenarios.actions import Action, ActionError, Fire, SensorFault
from simulators.scenarios.fields import show
from simulators.sensing import fault
from telemetry.errors import UsageError
from telemetry.missiondb import MissionDatabase
from telemetry.missiondb.table import hint

PORTS: Final = tuple(port for port in MOUNTS if port != "station")


def check_names(action: Action, database: MissionDatabase) -> None:
    """:raises ActionError: for the first name that is of nothing."""
    if (vehicle := getattr(action, "vehicle", None)) is not None:
        must_be_one_of("vehicle", vehicle, JET_TABLES)
    if (port := getattr(action, "port", None)) is not None:
        must_be_one_of("port", port, PORTS)
    match action:
        case Fire(vehicle=vehicle, jets=jets):
            known = [jet.name for jet in load_jets(JET_TABLES[vehicle])]
            for jet in jets:
                must_be_one_of("jets", jet, known)
        case SensorFault(spacecraft=spacecraft):
            must_be_one_of("spacecraft", spacecraft, database.spacecraft)
            try:
                fault.check(action.fault(0), database.spacecraft[spacecraft])
            except UsageError as error:
                raise ActionError("parameter", str(error)) from None


def must_be_one_of(field: str, name: str, known: Iterable[str]) -> None:
    """:raises ActionError: if it is not, with what is near and what there is."""
    known = list(known)
    if name in known:
        return
    if len(known) > 8:  # numbered: nearness of spelling means nothing
        there_are = f"{', '.join(known[:8])} ... {known[-1]}"
        raise ActionError(field, f"there is no {show(name)}; there are {there_are}")
    near = hint(name, known)
    raise ActionError(field, f"there is no {show(name)}{near}; there are {', '.join(known)}")
