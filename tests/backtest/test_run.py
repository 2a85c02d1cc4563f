"""Several mission databases judge one pass over a store; what they say is theirs alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

import backtest.run as running
from backtest.run import Journal, run
from ingest.happened import History
from telemetry.alarm import EventKind
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.limit import Band, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.store.memory import MemoryStore
from tests.backtest.said import DATABASE, at


def tighter() -> MissionDatabase:
    iss = DATABASE.spacecraft["iss"]
    eps = iss.subsystems["eps"]
    volt = eps.parameters["VOLT"]
    limits = replace(volt.limits, range={Severity.CAUTION: Band(low=150, high=160)})
    eps = replace(eps, parameters={"VOLT": replace(volt, limits=limits)})
    iss = replace(iss, subsystems={**iss.subsystems, "eps": eps})
    return replace(DATABASE, spacecraft={**DATABASE.spacecraft, "iss": iss}, version="tight")


def volts(second: int, value: float) -> Frame:
    return Frame(
        spacecraft="iss",
        subsystem="eps",
        time_ns=at(second),
        received_ns=at(second),
        sequence=second,
        values={"VOLT": value},
    )


async def journals(
    frames: Sequence[Frame], databases: Sequence[MissionDatabase], **how: object
) -> list[Journal]:
    async with MemoryStore(DATABASE) as store:
        await store.write(frames)
        history = History(
            store=store,
            database=DATABASE,
            start_ns=at(0),
            stop_ns=at(100),
            heartbeat=False,
            **how,  # type: ignore[arg-type]
        )
        return await run(history, databases)


@pytest.mark.parametrize("derive", [False, True])
async def test_each_database_says_its_own(derive: bool) -> None:
    frames = [volts(n, 162.0 if 10 <= n < 20 else 155.0) for n in range(50)]
    today, edited = await journals(frames, [DATABASE, tighter()], derive=derive)
    assert today.events == []
    assert [(one.kind, one.time_ns) for one in edited.events] == [
        (EventKind.VIOLATED, at(10)),
        (EventKind.RETURNED, at(20)),
    ]
    assert today.frames == edited.frames == 50
    assert (today.judged < 50) is not derive


async def test_what_is_said_before_the_start_is_not_told() -> None:
    frames = [volts(n, 162.0 if n < 5 else 155.0) for n in range(-20, 50)]
    (edited,) = await journals(frames, [tighter()])
    assert [one.kind for one in edited.early] == [EventKind.VIOLATED]
    assert [one.kind for one in edited.events] == [EventKind.RETURNED]


async def test_limits_that_never_stop_talking_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MAX_EVENTS", 10)
    frames = [volts(n, 162.0 if n % 2 else 155.0) for n in range(50)]
    with pytest.raises(UsageError, match=r"more than 10 alarm events .* of iss/VOLT\.limit"):
        await journals(frames, [tighter()])
