"""A small mission database with every kind of limit, and random days of it that try them all."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ingest.record import Record
from ingest.segment import Timed
from telemetry import wire
from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.clock import SECOND_NS
from telemetry.contact import Contact, ContactSchedule
from telemetry.frame import Frame
from telemetry.incident import Consequence, IncidentRule
from telemetry.limit import Band, Context, Limits, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem, Value
from telemetry.plan import PlanCommand, PlanVerb
from telemetry.topics import GROUND, Topics
from tests.small import ADCS, RESPONSE, band, small_database

TOPICS: Final = Topics()
START_NS: Final = 1_634_289_120 * SECOND_NS


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def eventful_database() -> MissionDatabase:
    small = small_database()
    wide = Context(planned=frozenset({PlannedState.MANOEUVRE}), range={Severity.WARNING: band(100)})
    lost = Context(mode={"MODE": frozenset({"LOST"})}, rate={Severity.CAUTION: band(5)})
    quiet = Context(mode={"MODE": frozenset({"DRIFT"})}, range={}, rate={})
    adcs = {p.id: p for p in ADCS}
    err = adcs["ERR"]
    adcs["ERR"] = replace(err, limits=replace(err.limits, contexts=(wide, quiet)))
    adcs |= {one.id: one for one in (_rate("RATE", 6.0, contexts=(lost,)), _rate("STEP", 0.0))}
    adcs["SLOW"] = Parameter(
        id="SLOW",
        name="Slow",
        type=ParameterType.FLOAT,
        unit="deg",
        limits=Limits(
            range={
                Severity.ADVISORY: band(1),
                Severity.CAUTION: band(2),
                Severity.WARNING: band(3),
            },
            persistence_s=5.0,
            hysteresis=0.3,
            response=RESPONSE,
        ),
    )
    adcs["ON"] = Parameter(
        id="ON",
        name="On time",
        type=ParameterType.FLOAT,
        unit="s",
        limits=Limits(
            increase={Severity.CAUTION: Band(high=3), Severity.WARNING: Band(high=8)},
            increase_over_s=20.0,
            response=RESPONSE,
        ),
    )
    iss = small.spacecraft["iss"]
    down = (LinkName.S_BAND,)
    watched = replace(iss.subsystems["adcs"], parameters=adcs, links=down)
    computed = Subsystem(
        id="derived",
        name="Derived",
        period_s=1.0,
        parameters={"SUM": replace(adcs["SLOW"], id="SUM")},
        derived_from=("adcs",),
    )
    iss = replace(iss, subsystems={**iss.subsystems, "adcs": watched, "derived": computed})
    own = replace(watched, id="ingest", parameters={"ON": adcs["ON"]}, links=())
    ground = Spacecraft(id=GROUND, name="Ground", subsystems={"ingest": own})
    rule = IncidentRule(
        name="drift",
        title="Drift",
        roots=("iss/MODE.limit",),
        consequences=(Consequence(alarm="iss/VOLT.limit"), Consequence(alarm="iss/RATE.rate")),
        evidence=("iss/ERR", "iss/NAME", "soyuz/VOLT"),
    )
    craft = {**small.spacecraft, "iss": iss, GROUND: ground}
    return MissionDatabase(spacecraft=craft, version="1", incidents={"drift": rule})


def _rate(id_: str, over_s: float, contexts: tuple[Context, ...] = ()) -> Parameter:
    limits = Limits(
        rate={Severity.CAUTION: band(1), Severity.WARNING: band(2)},
        rate_over_s=over_s,
        contexts=contexts,
        response=RESPONSE,
    )
    return Parameter(id=id_, name=id_, type=ParameterType.FLOAT, unit="deg", limits=limits)


class Day:
    """Some minutes of it, from a seed: mostly quiet, at times not."""

    def __init__(self, seed: int, seconds: int = 200) -> None:
        self._random = random.Random(seed)
        self._seconds = seconds
        self._value: dict[str, float] = {}
        self._wild = self._random.choice((0.02, 0.1, 0.4))
        #: From then on nothing of a spacecraft comes for a while; the schedule says when.
        self._out_s = self._random.uniform(20, seconds)

    def frames(self, database: MissionDatabase) -> list[Frame]:
        """In order of their subsystems; a store puts them in order of time."""
        return [
            frame
            for craft in database.spacecraft.values()
            for subsystem in craft.subsystems.values()
            for frame in self._of(craft.id, subsystem)
        ]

    def announcements(self) -> tuple[Timed, ...]:
        """A manoeuvre, planned and approved, and when there is contact."""
        begins_s = self._random.uniform(0, self._seconds)
        turn = Activity(
            id="turn",
            title="A turn",
            kind=ActivityKind.MANOEUVRE,
            spacecraft="iss",
            start_ns=at(begins_s),
            end_ns=at(begins_s + self._random.uniform(1, 60)),
            planned_states=(PlannedState.MANOEUVRE,),
        )
        spans = ((at(-900), at(self._out_s)), (at(self._out_s + 30), at(9_000)))
        schedule = ContactSchedule(
            from_ns=at(-900),
            to_ns=at(9_000),
            links=(LinkName.S_BAND,),
            contacts=tuple(
                Contact(link=LinkName.S_BAND, start_ns=start, end_ns=end) for start, end in spans
            ),
        )
        when_s = sorted(self._random.uniform(-5, self._seconds) for _ in range(3))
        said = (
            (TOPICS.contacts("iss"), wire.encode(schedule)),
            _command(PlanVerb.PROPOSE, "Ann", activity=turn),
            _command(PlanVerb.APPROVE, "Bob"),
        )
        return tuple(
            Timed(at(second), Record(n, at(second), topic, payload))
            for n, (second, (topic, payload)) in enumerate(zip(when_s, said, strict=True), 1)
        )

    def _of(self, craft: str, subsystem: Subsystem) -> Iterator[Frame]:
        any_ = self._random
        second, sequence = any_.uniform(0, 3) if craft != "soyuz" else any_.uniform(0, 50), 0
        while second < self._seconds:
            out = craft == "iss" and self._out_s < second < self._out_s + 30
            if not out and any_.random() > 0.02:
                yield self._frame(craft, subsystem, second, sequence)
            sequence += 1
            if any_.random() < 0.004:
                second += any_.uniform(3, 40)
                sequence = 0  # a publisher that began anew
            step_s = subsystem.period_s
            second += step_s if any_.random() < 0.7 else step_s * any_.uniform(0.3, 1.1)

    def _frame(self, craft: str, subsystem: Subsystem, second: float, sequence: int) -> Frame:
        values: dict[str, Value] = {}
        invalid: dict[str, int] = {}
        for parameter in subsystem.parameters.values():
            chance = self._random.random()
            if chance < 0.003:
                invalid[parameter.id] = 3
            elif chance < 0.5:
                values[parameter.id] = self._sample(f"{craft}/{parameter.id}", parameter)
        return Frame(
            spacecraft=craft,
            subsystem=subsystem.id,
            time_ns=at(second),
            received_ns=at(second),
            sequence=sequence,
            values=values,
            invalid=invalid,
        )

    def _sample(self, key: str, parameter: Parameter) -> Value:
        any_, wild = self._random, self._random.random() < self._wild
        match parameter.type:
            case ParameterType.ENUMERATION:
                code = any_.choice((0, 0, 1, 2)) if wild else int(self._value.get(key, 0))
                self._value[key] = code
                return code
            case ParameterType.BOOLEAN:
                return wild
            case ParameterType.STRING:
                return any_.choice(("calm", "busy"))
            case ParameterType.INTEGER:
                return any_.randint(0, 9)
        usual = 155.0 if parameter.id == "VOLT" else 0.0
        value = self._value.get(key, usual)
        if parameter.id == "ON":
            value = 0.0 if any_.random() < 0.01 else value + (any_.uniform(0, 4) if wild else 0)
        elif wild:
            value = any_.choice((value, usual + any_.gauss(0, 8), usual + any_.choice((1, 1.5, 2))))
        elif any_.random() < 0.3:
            value += any_.gauss(0, 0.2)
        self._value[key] = value
        return value


def _command(verb: PlanVerb, by: str, **fields: object) -> tuple[str, bytes]:
    command = PlanCommand(id=f"{verb}", by=by, plan="turn", **fields)  # type: ignore[arg-type]
    return TOPICS.plan_command("iss", verb), wire.encode(command)
