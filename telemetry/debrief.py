"""How fast the faults of a training were detected and its alarms answered, in figures. Pure."""

from collections.abc import Sequence
from statistics import median

import msgspec

from telemetry.training import Fault, FaultState, Reaction


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Times in s, None where there is nothing to measure.

    waiting: not acknowledged yet. missed: never acknowledged. faults: those that were done;
    detected: of them. Detection is in simulated seconds, from fault to alarm; reaction in seconds
    of people's time, from annunciation to acknowledgement.
    """

    annunciated: int
    acknowledged: int
    waiting: int
    missed: int
    median_s: float | None
    worst_s: float | None
    faults: int
    detected: int
    detection_median_s: float | None
    detection_worst_s: float | None


def summary(faults: Sequence[Fault], reactions: Sequence[Reaction], *, over: bool) -> Summary:
    """over: nobody can acknowledge anything any more."""
    took = [took_s for one in reactions if (took_s := one.took_s) is not None]
    open_ = len(reactions) - len(took)
    done = [fault for fault in faults if fault.state is FaultState.DONE]
    after = [after_s for one in done if (after_s := one.detected_after_s) is not None]
    return Summary(
        annunciated=len(reactions),
        acknowledged=len(took),
        waiting=0 if over else open_,
        missed=open_ if over else 0,
        median_s=median(took) if took else None,
        worst_s=max(took, default=None),
        faults=len(done),
        detected=len(after),
        detection_median_s=median(after) if after else None,
        detection_worst_s=max(after, default=None),
    )
