"""`stationwatch demo`, as a newcomer starts it."""

import json
import re
import signal
from pathlib import Path

import psutil

from tests.eventually import eventually
from tests.system.programs import Program, get, metric


async def test_demo_says_how_to_reach_it_watches_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = Program(tmp_path / "demo.log", "demo", "--port=0", f"--keep={tmp_path / 'kept'}")
    try:
        said = demo.line()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address, demo.log.read_text()
        assert "stationwatch" in get(address[0])
        demo.line()
        spoken = dict(pair.split("=", 1) for pair in demo.line().removeprefix("export ").split())
        supervisor = psutil.Process(demo.process.pid)
        family = supervisor.children(recursive=True)
        listening = {
            c.laddr.ip
            for process in family
            for c in process.net_connections()
            if c.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}

        ports = [
            c.laddr.port
            for process in family
            for c in process.net_connections()
            if c.status == psutil.CONN_LISTEN
        ]

        async def health() -> list[object]:
            answers = [get(f"http://127.0.0.1:{port}/healthz") for port in ports]
            return [json.loads(a) for a in answers if '"broker": true' in a]

        assert await eventually(health)

        # The demonstration's alarms come by themselves, within its first minute.
        async def alarms() -> float:
            return max(metric(port, "alarms_active") for port in ports)

        assert await eventually(alarms, lambda standing: standing > 0) > 0

        # What it prints is enough for another terminal.
        listed = Program(tmp_path / "list.log", "recording", "list", "--json", environment=spoken)
        assert listed.line() == "[]"
        assert listed.wait() == 0
        plan = Program(tmp_path / "plan.log", "plan", "list", environment=spoken)
        assert "2021-10-15T09:12:00Z" in plan.process.communicate()[0]
        assert plan.wait() == 0
    finally:
        demo.process.send_signal(signal.SIGINT)
    assert demo.line() == ""
    assert demo.wait() == 0
    assert demo.log.read_text() == ""
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert len(gone) >= 4


def test_demo_says_which_program_ended_and_why(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "ingest.sqlite").write_text("this is no spool" * 1000)
    demo = Program(tmp_path / "demo.log", "demo", "--port=0", f"--keep={kept}")
    assert demo.wait() == 1
    (line,) = demo.log.read_text().splitlines()
    assert line.startswith("stationwatch: ingest ended with exit code 3: stationwatch: the spool")
