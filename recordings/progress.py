"""How far a long piece of work is, for whoever waits for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

#: Told how much of the whole is done, 0 to 1, and how many samples there have been.
Tell = Callable[[float, int], None]


def quiet(_done: float, _samples: int) -> None:
    """Tells nobody."""


@contextmanager
def progress_bar(what: str, console: Console) -> Iterator[Tell]:
    """A bar on the console if somebody can see it; gone at the end."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[samples]:,} samples"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=1.0, samples=0)
        yield lambda done, samples: bar.update(task, completed=done, samples=samples)
