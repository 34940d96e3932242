"""The command line of the reproduced experiments: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from .results import Results, Run


def reproduce_command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The experiment; list shows all of them.")
    ] = "list",
    trials: Annotated[
        int | None,
        typer.Option(
            help="Trials of each kind, with seeds from 0 on; each experiment has a default."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Trials that run at the same time.")] = 1,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files go.")] = Path(
        "out/reproduce"
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Throw away the trials that are there.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar, no table.")] = False,
) -> None:
    """Repeat an experiment of the papers: a table beside the published values, and a figure.

    Each finished trial is kept at once, so an interrupted run goes on where it was; asking for
    more trials runs only those that are missing.

    Example: groupsparse reproduce l0l2-fig1 --trials 20 --jobs 2
    """
    from .catalogue import find_experiment
    from .results import Run

    if name == "list":
        _list()
        return
    run = Run(find_experiment(name), out, n_trials=trials, jobs=jobs, overwrite=overwrite)
    results = _completed(run, quiet=quiet)
    if not quiet:
        _show(run, results)


def _list() -> None:
    """Print what there is."""
    from ..report.content import Table
    from ..terminal.tables import show_table
    from .catalogue import EXPERIMENTS

    rows = [[e.name, e.default_trials, f"{e.title} ({e.source})"] for e in EXPERIMENTS]
    show_table(Table(("name", "trials", "what it shows"), rows))


def _completed(run: Run, *, quiet: bool) -> Results:
    """Run it; say what is kept if it is interrupted."""
    try:
        return run.complete(quiet=quiet)
    except KeyboardInterrupt:
        done = len(run.tasks) - run.n_missing
        if done:
            kept = f"{done} of {len(run.tasks)} trials are kept in {run.file.path}"
            typer.echo(f"{kept}: the same command goes on from there", err=True)
        raise


def _show(run: Run, results: Results) -> None:
    """Print the summary, what is to be known about it, and where everything is."""
    from ..terminal.tables import show_table
    from .results import as_table

    experiment = run.experiment
    show_table(as_table(results.summary, f"{experiment.title} ({experiment.source})"))
    for note in results.notes:
        typer.echo(note)
    for what, path in zip(
        ("summary", "trials", "figure", "kept trials"), results.paths, strict=True
    ):
        typer.echo(f"{what}: {path}")
