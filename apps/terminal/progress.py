"""Live progress bars on standard error, silent where it is not a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ...toolkit.solution import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars, TaskID

Watch = Callable[[str], Callable[[Progress], None]]


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Watch]:
    """Yield a function that begins a step and returns the callback for its solver.

    >>> with progress_bar(quiet=True) as watch:
    ...     watch("step")(Progress(1, 0.5, 0.0, 0))
    """
    with _show_bars(quiet) as bars:
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

        yield watch
        for task in tasks:
            bars.update(task, completed=1)


@contextmanager
def counting_bar(
    name: str, total: int, *, done: int = 0, quiet: bool = False
) -> Iterator[Callable[[], None]]:
    """Yield a function to be called whenever one of `total` pieces of work is done.

    >>> with counting_bar("trials", 10, done=9, quiet=True) as one_more:
    ...     one_more()
    """
    with _show_bars(quiet) as bars:
        task = bars.add_task(name, total=total, completed=done, state=f"{done} of {total}")

        def one_more() -> None:
            nonlocal done
            done += 1
            bars.update(task, completed=done, state=f"{done} of {total}")

        yield one_more


@contextmanager
def show_count(name: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that takes the numbers of pieces done and of all; the first shows a bar.

    >>> with show_count("slices", quiet=True) as progress:
    ...     progress(1, 3)
    """
    with ExitStack() as stack:
        advance: Callable[[], None] | None = None
        shown = 0

        def progress(n_done: int, total: int) -> None:
            nonlocal advance, shown
            if advance is None:
                advance = stack.enter_context(counting_bar(name, total, quiet=quiet))
            for _ in range(n_done - shown):
                advance()
            shown = n_done

        yield progress


@contextmanager
def hint_at_kept_parts(partial: Path) -> Iterator[None]:
    """Say where finished parts are kept if the block is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        if partial.is_dir():
            typer.echo(
                f"finished parts are kept in {partial}: the same command continues from them",
                err=True,
            )
        raise


@contextmanager
def step_bar(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Yield a function to be called with the name of every step as it begins.

    >>> with step_bar(quiet=True) as watch:
    ...     watch("reading")
    """
    with _show_bars(quiet) as bars:
        tasks: list[TaskID] = []

        def watch(name: str) -> None:
            for task in tasks:
                bars.update(task, total=1, completed=1)
            tasks.append(bars.add_task(name, total=None, state=""))

        yield watch
        for task in tasks:
            bars.update(task, total=1, completed=1)


@contextmanager
def _show_bars(quiet: bool) -> Iterator[Bars]:
    """Yield bars on standard error; they are removed if the block fails."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[state]}"),
    )
    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    bars = Progress(*columns, console=console, disable=hidden)
    # Before 14.3, rich writes an empty line at the end of bars that are hidden, too.
    with nullcontext(bars) if hidden else bars:
        try:
            yield bars
        except BaseException:
            bars.live.transient = True  # only the message about the failure remains
            raise
