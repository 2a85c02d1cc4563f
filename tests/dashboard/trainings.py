"""A training that runs: a fault that was seen, one that waits, an alarm that nobody answered."""

from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.limit import Severity
from telemetry.training import (
    ActionCard,
    Fault,
    FaultState,
    Moment,
    Reaction,
    ScenarioCard,
    Training,
    TrainingCatalogue,
    TrainingSpec,
    TrainingState,
)

NOW_NS = 1_000_000 * SECOND_NS
FIRING_NS = 1_634_289_138 * SECOND_NS

TRAINING = Training(
    id="a1b2",
    root="train-a1b2",
    by="Ina",
    spec=TrainingSpec(scenario="ms18", at="09:12", speed=2.0),
    state=TrainingState.RUNNING,
    title="Soyuz MS-18",
    created_ns=NOW_NS,
    began_ns=NOW_NS + SECOND_NS,
    ingest="http://127.0.0.1:4711",
    clock=StreamClock(kind=StreamKind.SIMULATED, epoch_ns=FIRING_NS, wall_ns=NOW_NS, rate=2.0),
    faults=(
        Fault(
            id="s4",
            title="Two thrusters fire",
            action={"do": "fire"},
            state=FaultState.DONE,
            time_ns=FIRING_NS,
            detected_by="iss/USLAB000022.limit",
            detected_subject="USLAB000022",
            detected_condition="limit",
            detected_ns=FIRING_NS + 3 * SECOND_NS,
        ),
        Fault(
            id="f2",
            title="leak station hole 4 mm",
            action={"do": "leak"},
            state=FaultState.PLANNED,
            time_ns=FIRING_NS + 60 * SECOND_NS,
            by="Ina",
        ),
    ),
    reactions=(
        Reaction(
            spacecraft="iss",
            alarm="USLAB000022.limit",
            subject="USLAB000022",
            condition="limit",
            occurrence="o",
            severity=Severity.WARNING,
            heard_ns=FIRING_NS + 3 * SECOND_NS,
            asked_ns=NOW_NS,
            answered_ns=NOW_NS + 9 * SECOND_NS,
            by="Ann",
            fault="s4",
        ),
    ),
)
CATALOGUE = TrainingCatalogue(
    online=True,
    since_ns=NOW_NS,
    most=2,
    scenarios=(
        ScenarioCard(
            name="ms18",
            title="Soyuz MS-18",
            summary="s",
            start_ns=FIRING_NS,
            duration_s=60.0,
            moments=(Moment(kind="fault", start_ns=FIRING_NS, says="they fire"),),
        ),
    ),
    actions=(ActionCard(name="leak", help="h", fault=True),),
    jets={"soyuz": ("DPO-01",)},
)
