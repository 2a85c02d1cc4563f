"""What the processes below this one use, sampled; named by what they are. I/O: /proc."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import psutil

MB = 1e6

#: (process or thing, what is measured of it) -> (seconds since the start, value)
Series = dict[tuple[str, str], list[tuple[float, float]]]


class Processes:
    """All children, by kind: broker, ingest, replays, simulators, console, pages, browser."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[int, float], str] = {}
        self._cpu_s: dict[tuple[int, float], float] = {}
        self._sampled_s: float | None = None

    def sample(self, at_s: float) -> Mapping[tuple[str, str], float]:
        """MB, handles, threads and the share of a core since the last sample; summed by kind."""
        found: dict[tuple[str, str], float] = defaultdict(float)
        before_s, self._sampled_s = self._sampled_s, at_s
        cpu_s = {}
        for process in psutil.Process().children(recursive=True):
            try:
                key = process.pid, process.create_time()
                kind = self._kinds.get(key) or kind_of(process)
                with process.oneshot():
                    memory, times = process.memory_full_info(), process.cpu_times()
                    handles, threads = process.num_fds(), process.num_threads()
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            if not kind:
                continue
            self._kinds[key] = kind
            cpu_s[key] = times.user + times.system
            spent = cpu_s[key] - self._cpu_s.get(key, 0.0)
            found[kind, "processes"] += 1
            found[kind, "RSS, MB"] += memory.rss / MB
            found[kind, "USS, MB"] += memory.uss / MB
            found[kind, "handles"] += handles
            found[kind, "threads"] += threads
            if before_s is not None:
                found[kind, "CPU, %"] += 100 * spent / (at_s - before_s)
        self._cpu_s = cpu_s
        return found


def kind_of(process: psutil.Process) -> str:
    """Empty: what serves the measuring only, or has not become what it will be."""
    line = process.cmdline()
    if not line:
        return ""
    program = Path(line[0]).name
    if program == "mosquitto":
        return "broker"
    if program == "influxd":
        return "InfluxDB"
    if "chrom" in program:
        return "pages" if "--type=renderer" in line else "browser"
    parent = process.parent()
    if parent is not None and "ingest" in parent.cmdline()[:4]:
        return "replays"
    names = {"ingest": "ingest", "simulate": "simulators", "console": "console"}
    return next((kind for word, kind in names.items() if word in line[:4]), "")


def sizes(home: Path) -> Mapping[tuple[str, str], float]:
    """MB of what is kept on disk: the DuckDB file, ingest's SQLite files, its archive."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for path in home.rglob("*"):
        try:
            size = path.stat().st_size / MB if path.is_file() else 0.0
        except FileNotFoundError:
            continue  # a log that was folded in meanwhile
        if ".duckdb" in path.relative_to(home).parts[0]:
            found["disk", "DuckDB, MB"] += size
        elif "state" in path.relative_to(home).parts[:1]:
            kind = "SQLite, MB" if "sqlite" in path.name or ".db" in path.name else "archive, MB"
            found["disk", kind] += size
    return found
