"""Everything that is derived from telemetry, in the order it is asked. The one list of them."""

from collections.abc import Sequence

from ingest.derive.base import Derivation
from ingest.derive.firing import FiringDerivation
from ingest.derive.station import StationDerivation
from telemetry.missiondb import MissionDatabase


def derivations(database: MissionDatabase) -> Sequence[Derivation]:
    """Those the mission database has parameters for."""
    return (FiringDerivation(database), StationDerivation(database))
