"""A live progress bar on the terminal, silent where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..toolkit.solution import Progress

Watch = Callable[[str], Callable[[Progress], None]]


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Watch]:
    """Yield a function that begins a step and returns the callback for its solver.

    Parameters
    ----------
    quiet : bool
        Whether to show nothing.

    Yields
    ------
    callable
        ``watch(name)`` returns a callback that takes `Progress`.

    Examples
    --------
    >>> with progress_bar(quiet=True) as watch:
    ...     watch("step")(Progress(1, 0.5, 0.0, 0))
    """
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[state]}"),
    )
    console = Console(stderr=True)
    with Bars(*columns, console=console, disable=quiet or not console.is_terminal) as bars:
        tasks: list[TaskID] = []

        def watch(name: str) -> Callable[[Progress], None]:
            for task in tasks:
                bars.update(task, completed=1)
            task = bars.add_task(name, total=1, state="")
            tasks.append(task)

            def report(progress: Progress) -> None:
                state = f"{progress.n_active} groups"
                bars.update(task, completed=progress.fraction, state=state)

            return report

        try:
            yield watch
        except BaseException:
            bars.live.transient = True  # what is said about the failure stands alone
            raise
        for task in tasks:
            bars.update(task, completed=1)
