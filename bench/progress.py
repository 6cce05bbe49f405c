"""Progress of a benchmark on standard error: a bar on a terminal, else a line for each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def steps(total: int, console: Console) -> Iterator[Callable[[str], None]]:
    """Gives a function that is called with a description at the beginning of each of the steps."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting", total=total, completed=-1)

        def say(step: str) -> None:
            progress.update(task, advance=1, description=step)
            if not console.is_terminal:
                console.print(step, highlight=False)

        yield say
        progress.update(task, completed=total, description="done")
