"""A small mission database whose limits a test can hold in its head."""

from telemetry.limit import Band, Limits, Response, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem

RESPONSE = Response(cause="c", consequence="c", action="a", time_available="t")


def band(high: float) -> Band:
    return Band(low=-high, high=high)


ADCS = (
    Parameter(
        id="ERR",
        name="Attitude error",
        type=ParameterType.FLOAT,
        unit="deg",
        limits=Limits(
            range={
                Severity.ADVISORY: band(1),
                Severity.CAUTION: band(2),
                Severity.WARNING: band(3),
            },
            hysteresis=0.5,
            response=RESPONSE,
        ),
    ),
    Parameter(
        id="SLOW",
        name="Persistent",
        type=ParameterType.FLOAT,
        unit="deg",
        limits=Limits(
            range={Severity.CAUTION: band(1), Severity.WARNING: band(2)},
            persistence_s=3,
            response=RESPONSE,
        ),
    ),
    Parameter(
        id="RATE",
        name="Rate limited",
        type=ParameterType.FLOAT,
        unit="deg",
        period_s=1.0,
        limits=Limits(rate={Severity.WARNING: band(10)}, response=RESPONSE),
    ),
    Parameter(
        id="MODE",
        name="Mode",
        type=ParameterType.ENUMERATION,
        states={0: "HOLD", 1: "DRIFT", 2: "LOST"},
        limits=Limits(
            states={Severity.ADVISORY: frozenset({1}), Severity.WARNING: frozenset({2})},
            latching=True,
            response=RESPONSE,
        ),
    ),
    Parameter(id="COUNT", name="Counter", type=ParameterType.INTEGER),
    Parameter(id="FLAG", name="Flag", type=ParameterType.BOOLEAN),
    Parameter(id="NAME", name="Name", type=ParameterType.STRING),
)
POWER = (
    Parameter(
        id="VOLT",
        name="Voltage",
        type=ParameterType.FLOAT,
        unit="V",
        limits=Limits(range={Severity.CAUTION: Band(low=150, high=165)}, response=RESPONSE),
    ),
)


def subsystem(id_: str, period_s: float, parameters: tuple[Parameter, ...]) -> Subsystem:
    return Subsystem(
        id=id_,
        name=id_,
        period_s=period_s,
        parameters={p.id: p for p in parameters},
        stale=Severity.CAUTION,
        stale_response=RESPONSE,
    )


def small_database() -> MissionDatabase:
    iss = Spacecraft(
        id="iss",
        name="ISS",
        subsystems={"adcs": subsystem("adcs", 1.0, ADCS), "eps": subsystem("eps", 2.0, POWER)},
    )
    soyuz = Spacecraft(id="soyuz", name="Soyuz", subsystems={"eps": subsystem("eps", 1.0, POWER)})
    return MissionDatabase(spacecraft={"iss": iss, "soyuz": soyuz}, version="test")
