"""Runs a scenario into files as fast as it goes, and says how far it is. I/O: writes the files."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from simulators.files.chart import Chart
from simulators.scenarios.scenario import Scenario, Span
from simulators.simulation import Simulation
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.frame import Frame
from telemetry.missiondb import MissionDatabase

#: How much simulated time passes between two signs of progress while nothing is said.
_SKIP_NS: Final = 60 * SECOND_NS

#: The time reached, and how many samples there have been so far.
Tell = Callable[[int, int], None]


def run_offline(
    scenario: Scenario,
    database: MissionDatabase,
    spacecraft: Sequence[str],
    wanted: Span,
    *,
    out: Path | None = None,
    plot: Path | None = None,
    tell: Tell = lambda time_ns, samples: None,
) -> int:
    """Simulate into a file of samples, a page to look at, or both; how many samples there were.

    :raises UsageError: if a file cannot be written, or something in the scenario cannot be done.
    """
    simulation = Simulation(scenario, database, spacecraft=spacecraft)
    frames = _frames(simulation, wanted, tell)
    chart = None
    if plot is not None:
        if plot.suffix != ".html" or not plot.parent.is_dir():
            raise UsageError(f"{plot}: a plot is a file in a folder, its name ends in .html")
        chart = Chart(scenario, database, wanted.start_ns, wanted.end_ns)
        frames = _also(frames, chart.take)
    samples = 0
    if out is not None:
        from telemetry.sample_file import write

        samples = write(frames, out, database, tell, label=scenario.tag if scenario.label else "")
    else:
        for batch in frames:
            samples += sum(len(frame.values) + len(frame.invalid) for frame in batch)
            if batch:
                tell(batch[-1].received_ns, samples)
    if chart is not None and plot is not None:
        from simulators.files.plot import write as write_page  # plotly is slow to load

        write_page(chart, plot)
    return samples


def _frames(simulation: Simulation, wanted: Span, tell: Tell) -> Iterator[list[Frame]]:
    skipped_ns = simulation.next_ns
    while skipped_ns < wanted.start_ns:
        skipped_ns = min(skipped_ns + _SKIP_NS, wanted.start_ns)
        simulation.skip(skipped_ns)
        tell(skipped_ns, 0)
    while (time_ns := simulation.next_ns) < wanted.end_ns:
        yield simulation.step(time_ns)


def _also(
    frames: Iterator[list[Frame]], take: Callable[[list[Frame]], None]
) -> Iterator[list[Frame]]:
    for batch in frames:
        take(batch)
        yield batch


@contextmanager
def progress(scenario: Scenario, wanted: Span, console: Console | None = None) -> Iterator[Tell]:
    """A progress bar on standard error if somebody can see it."""
    console = console or Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[samples]:,} samples"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        total = wanted.end_ns - scenario.start_ns
        task = bar.add_task(scenario.name, total=total, samples=0)
        told_ns = 0

        def tell(time_ns: int, samples: int) -> None:
            nonlocal told_ns
            if time_ns - told_ns >= total // 200:
                told_ns = time_ns
                bar.update(task, completed=time_ns - scenario.start_ns, samples=samples)

        yield tell
