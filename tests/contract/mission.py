"""A small mission database with a parameter of every type, and frames for it."""

from msgspec.structs import replace

from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value

T = ParameterType

#: 2021-10-15T09:13:00Z, when MS-18's thrusters should have stopped; with odd nanoseconds.
T0 = 1_634_289_180_000_000_001
SECOND = 1_000_000_000
DAY = 86_400 * SECOND

MOTION = {
    "RATE": T.FLOAT,
    "ANGLE": T.FLOAT,
    "COUNT": T.INTEGER,
    "MODE": T.ENUMERATION,
    "READY": T.BOOLEAN,
    "NOTE": T.STRING,
}
WIDE = {f"P{n:03}": tuple(T)[n % len(T)] for n in range(150)}


def subsystem(id_: str, types: dict[str, ParameterType]) -> Subsystem:
    parameters = {p: Parameter(id=p, name=p, type=kind) for p, kind in types.items()}
    return Subsystem(id=id_, name=id_, period_s=1.0, parameters=parameters)


def database(motion: dict[str, ParameterType] = MOTION) -> MissionDatabase:
    iss = [subsystem("adcs", motion), subsystem("wide", WIDE)]
    return MissionDatabase(
        spacecraft={
            "iss": Spacecraft(id="iss", name="ISS", subsystems={each.id: each for each in iss}),
            "soyuz": Spacecraft(
                id="soyuz", name="Soyuz", subsystems={"adcs": subsystem("adcs", {"RATE": T.FLOAT})}
            ),
        },
        version="test",
    )


MISSION = database()


def frame(at: int, *, invalid: dict[str, int] | None = None, **values: Value) -> Frame:
    """A frame of the station's attitude, `at` nanoseconds after T0."""
    return Frame(
        spacecraft="iss",
        subsystem="adcs",
        time_ns=T0 + at,
        received_ns=T0 + at + 250_000_000,
        sequence=at % 1000,
        values=values,
        invalid=invalid or {},
    )


def of(spacecraft: str, subsystem_id: str, original: Frame) -> Frame:
    return replace(original, spacecraft=spacecraft, subsystem=subsystem_id)


def event(number: int, *, at: int = 0, spacecraft: str = "iss", comment: str = "") -> Event:
    alarm = Alarm(
        spacecraft=spacecraft,
        id="RATE.limit",
        subject="RATE",
        condition=Condition.LIMIT,
        state=State.UNACK,
        value=0.5,
        occurrence=f"{spacecraft}/RATE.limit/{T0}",
        events=number,
    )
    return Event(
        id=f"{alarm.occurrence}/{number:04}",
        kind=EventKind.VIOLATED,
        time_ns=T0 + at,
        received_ns=T0 + at,
        previous=State.NORMAL,
        alarm=alarm,
        comment=comment,
    )
