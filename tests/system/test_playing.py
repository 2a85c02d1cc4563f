"""The player against a real broker."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from simulators.publishing.player import run_player
from telemetry import missiondb
from telemetry.clock import SECOND_NS, StreamKind
from telemetry.errors import RecordingError, UsageError
from telemetry.isslive import frames, read_recording
from telemetry.settings import Settings
from telemetry.topics import Topics
from telemetry.wire import decode_clock, decode_link
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import listening

CUT = Path(__file__).parents[1] / "data" / "iss-2022-05-20"


async def test_every_sample_is_played_once_in_order(
    settings: Settings, broker: Mosquitto, root: str
) -> None:
    written = list(frames(read_recording(CUT, 2022, missiondb.load())))
    output = io.StringIO()
    async with listening(broker.url, root) as listener:
        await run_player(settings, CUT, 2022, None, root=root, console=Console(file=output))
        link = Topics(root).link("iss")
        await listener.until(
            lambda: [decode_link(p).online for p in listener.payloads(link)] == [True, False]
        )
    played = [(s, body.t, body.seq, body.values) for s, body in listener.frames()]
    assert played == [(f.subsystem, f.time_ns, f.sequence, f.values) for f in written]
    clock = decode_clock(listener.payloads(Topics(root).clock("iss"))[0])
    assert (clock.kind, clock.heartbeat) == (StreamKind.PLAYED, False)
    assert clock.epoch_ns == written[0].time_ns
    said = output.getvalue()
    assert "15887 samples of 59 parameters" in said
    assert "S1000009.txt:1" in said


async def test_a_speed_is_kept_by_the_clock_on_the_wall(
    settings: Settings, broker: Mosquitto, root: str, tmp_path: Path
) -> None:
    # 100 s of recording at 50x are 2 s
    lines = "".join(f"24.{n:04} {3_400 + n}\n" for n in range(0, 280, 4))
    (tmp_path / "S1000001.txt").write_text(lines)
    loop = asyncio.get_running_loop()
    async with listening(broker.url, root) as listener:
        begun_s = loop.time()
        recording = await run_player(
            settings, tmp_path, 2022, 50, root=root, console=Console(file=io.StringIO())
        )
        took_s = loop.time() - begun_s
    length_s = (recording.end_ns - recording.start_ns) / SECOND_NS
    assert took_s >= length_s / 50
    clock = decode_clock(listener.payloads(Topics(root).clock("iss"))[0])
    assert clock.rate == 50


async def test_a_recording_is_never_played_as_live(settings: Settings) -> None:
    with pytest.raises(UsageError, match="never played as live"):
        await run_player(settings, CUT, 2022, None, root="tlm")


@pytest.mark.parametrize("speed", [0, -1, 1e9])
async def test_a_speed_that_is_none_is_a_usage_error(speed: float, settings: Settings) -> None:
    with pytest.raises(UsageError, match="rate"):
        await run_player(settings, CUT, 2022, speed)


async def test_what_is_no_recording_is_told_before_connecting(
    settings: Settings, tmp_path: Path
) -> None:
    nowhere = replace(settings, broker="mqtt://127.0.0.1:1")
    with pytest.raises(RecordingError):
        await run_player(nowhere, tmp_path, 2022, None)
    with pytest.raises(UsageError, match="no spacecraft 'mir'"):
        await run_player(nowhere, CUT, 2022, None, "mir")
