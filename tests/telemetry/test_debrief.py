from telemetry.clock import SECOND_NS
from telemetry.debrief import summary
from telemetry.limit import Severity
from telemetry.training import Fault, FaultState, Reaction


def reaction(took_s: float | None) -> Reaction:
    return Reaction(
        spacecraft="iss",
        alarm="A.limit",
        subject="A",
        condition="limit",
        occurrence="o",
        severity=Severity.WARNING,
        heard_ns=1,
        asked_ns=5 * SECOND_NS,
        answered_ns=0 if took_s is None else round((5 + took_s) * SECOND_NS),
    )


def fault(after_s: float | None, state: FaultState = FaultState.DONE) -> Fault:
    seen = after_s is not None
    return Fault(
        id="f",
        title="t",
        action={},
        state=state,
        time_ns=SECOND_NS,
        detected_by="iss/A.limit" if seen else "",
        detected_ns=round((1 + (after_s or 0)) * SECOND_NS) if seen else 0,
    )


REACTIONS = [reaction(one) for one in (4.0, 2.0, 12.0, None)]
FAULTS = [fault(1.0), fault(5.0), fault(None), fault(None, FaultState.DROPPED)]


def test_the_figures_of_a_training() -> None:
    figures = summary(FAULTS, REACTIONS, over=True)
    assert (figures.annunciated, figures.acknowledged) == (4, 3)
    assert (figures.missed, figures.waiting) == (1, 0)
    assert (figures.median_s, figures.worst_s) == (4.0, 12.0)
    assert (figures.faults, figures.detected) == (3, 2)
    assert (figures.detection_median_s, figures.detection_worst_s) == (3.0, 5.0)


def test_while_it_runs_nothing_is_missed_yet() -> None:
    figures = summary(FAULTS, REACTIONS, over=False)
    assert (figures.missed, figures.waiting) == (0, 1)


def test_of_nothing_there_are_no_times() -> None:
    figures = summary([], [], over=True)
    assert (figures.median_s, figures.worst_s, figures.detection_median_s) == (None, None, None)
