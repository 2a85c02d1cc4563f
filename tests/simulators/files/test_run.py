"""A scenario into files, and what the terminal says meanwhile."""

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from simulators import scenarios
from simulators.files.run import progress, run_offline
from simulators.publishing.live import Status
from simulators.scenarios.scenario import Scenario, Span, span
from telemetry import missiondb
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError

DATABASE = missiondb.load()
BOTH = ("iss", "soyuz")


def ms18(*sets: str) -> Scenario:
    return scenarios.read("ms18", sets, database=DATABASE)


def write(path: Path, scenario: Scenario, wanted: Span) -> Path:
    run_offline(scenario, DATABASE, BOTH, wanted, out=path)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_the_same_scenario_and_seed_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    wanted = span(ms18(), "09:12:10", 20)
    one, same = (write(tmp_path / f"{n}{suffix}", ms18(), wanted) for n in (1, 2))
    other = write(tmp_path / f"3{suffix}", ms18("seed=2"), wanted)
    assert one.read_bytes() == same.read_bytes()
    assert one.read_bytes() != other.read_bytes()


def test_a_file_has_what_was_asked_for_and_nothing_from_before(tmp_path: Path) -> None:
    scenario = ms18()
    wanted = span(scenario, "09:12:10", 20)
    told: list[tuple[int, int]] = []
    samples = run_offline(
        scenario,
        DATABASE,
        BOTH,
        wanted,
        out=tmp_path / "a.parquet",
        tell=lambda time_ns, count: told.append((time_ns, count)),
    )
    table = pq.read_table(tmp_path / "a.parquet")
    times = table["time"].cast("int64").to_pylist()
    assert min(times) == wanted.start_ns
    assert max(times) == wanted.end_ns - SECOND_NS // 10  # tenths, while something fires
    assert samples == sum(value is not None for value in table["parameter"].to_pylist())
    firing = {
        (time_ns - wanted.start_ns) / SECOND_NS
        for time_ns, parameter, value in zip(
            times, table["parameter"].to_pylist(), table["value"].to_pylist(), strict=True
        )
        if parameter == "SIM_SOYUZ_DPO07_CMD" and value == 1
    }
    assert min(firing) == 8.0
    # what was flown before is told as progress only
    flown_ns, counts = [t for t, _ in told], [n for _, n in told]
    assert flown_ns == sorted(flown_ns)
    assert scenario.start_ns < flown_ns[0] < wanted.start_ns
    assert counts[0] == 0
    assert counts[-1] == samples


def test_a_page_and_a_file_come_from_one_run(tmp_path: Path) -> None:
    scenario = ms18()
    files = tmp_path / "a.csv", tmp_path / "a.html"
    samples = run_offline(
        scenario, DATABASE, BOTH, span(scenario, "09:02", 3), out=files[0], plot=files[1]
    )
    assert len(files[0].read_text().splitlines()) > samples > 0
    assert scenario.label.upper() in files[1].read_text()


@pytest.mark.parametrize("plot", ["a.png", "no/a.html"])
def test_a_page_that_cannot_be_is_told_before_anything_is_flown(tmp_path: Path, plot: str) -> None:
    told: list[int] = []
    with pytest.raises(UsageError, match=r"ends in \.html"):
        run_offline(
            ms18(),
            DATABASE,
            BOTH,
            span(ms18()),
            plot=tmp_path / plot,
            tell=lambda time_ns, count: told.append(count),
        )
    assert told == []


def test_what_a_scenario_cannot_do_is_told(tmp_path: Path) -> None:
    text = (scenarios.SHIPPED / "ms18.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text + '\n[[event]]\nat = 5\ndo = "undock"\nvehicle = "progress"\n')
    scenario = scenarios.read(path, database=DATABASE)
    with pytest.raises(UsageError, match="progress is not docked"):
        run_offline(scenario, DATABASE, BOTH, span(scenario, for_s=10), out=tmp_path / "a.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_where_somebody_can_see_it(terminal: bool) -> None:
    screen = io.StringIO()
    scenario = ms18()
    console = Console(file=screen, force_terminal=terminal, width=100)
    with progress(scenario, span(scenario), console) as tell:
        for second in range(0, 3_600, 10):
            tell(scenario.start_ns + second * SECOND_NS, 12_345 + second)
    assert ("ms18" in screen.getvalue()) is terminal


def test_the_status_line_says_how_the_flight_is_going() -> None:
    status = Status("ms18", "10x", time_ns=ms18().start_ns, mode="CMGs hold attitude", sent=1_234)
    status.online = True
    assert status.line() == (
        "ms18 | 2021-10-15T09:00:00Z | 10x | CMGs hold attitude | 1,234 frames sent"
    )
    status.online, status.waiting, status.note = False, 99, "injected: fire"
    assert status.line().endswith("| waiting for the broker, 99 frames kept | injected: fire")
