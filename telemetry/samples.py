"""A frame as it came -> a frame whose every sample fits the mission database, and what does not."""

from dataclasses import dataclass
from typing import cast

from telemetry.frame import Frame
from telemetry.parameter import Subsystem, Value
from telemetry.wire import RawFrame, Reason


@dataclass(frozen=True, slots=True)
class Reject:
    """A message, or one sample of it (`parameter`), that cannot be used."""

    reason: Reason
    detail: str
    parameter: str = ""


def checked(
    raw: RawFrame, spacecraft: str, subsystem: Subsystem, received_ns: int
) -> tuple[Frame, tuple[Reject, ...]]:
    """One bad sample never costs the others: each that cannot be used is named with its reason."""
    body = raw.body
    if not raw.defects and not body.q and subsystem.fits(body.values):
        frame = Frame(
            spacecraft=spacecraft,
            subsystem=subsystem.id,
            time_ns=body.t,
            received_ns=received_ns,
            sequence=body.seq,
            values=cast("dict[str, Value]", body.values),
        )
        return frame, ()
    rejects = [
        Reject(reason, "lost to its encoding", parameter)
        for parameter, reason in raw.defects.items()
    ]
    values: dict[str, Value] = {}
    invalid: dict[str, int] = {}
    for id_, loose in raw.body.values.items():
        parameter = subsystem.parameters.get(id_)
        if parameter is None:
            rejects.append(Reject(Reason.UNKNOWN_PARAMETER, f"not in {subsystem.id}", id_))
        elif loose is None or (raw.body.q and raw.quality(id_)):
            invalid[id_] = raw.quality(id_)
        elif (value := parameter.typed(loose)) is None:
            rejects.append(Reject(Reason.WRONG_TYPE, f"{loose!r:.40} is no {parameter.type}", id_))
        else:
            values[id_] = value
    frame = Frame(
        spacecraft=spacecraft,
        subsystem=subsystem.id,
        time_ns=raw.body.t,
        received_ns=received_ns,
        sequence=raw.body.seq,
        values=values,
        invalid=invalid,
    )
    return frame, tuple(rejects)
