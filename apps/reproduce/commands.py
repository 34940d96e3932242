"""The command line of the reproduced experiments: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from ..report.content import Table
    from .experiment import Experiment
    from .job import Job, Prepared, Results


def reproduce_command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The experiment; list shows all of them.")
    ] = "list",
    trials: Annotated[
        int | None,
        typer.Option(
            help="Trials of each kind, with seeds 0, 1, ...; each experiment has a default."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Trials that run at the same time.")] = 1,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files go.")] = Path(
        "out/reproduce"
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Discard the trials of earlier runs.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar, no table.")] = False,
) -> None:
    """Repeat an experiment of the papers: a table beside the published values, and a figure.

    Each finished trial is kept at once, so an interrupted run continues where it stopped; asking
    for more trials runs only those that are missing.

    Example: groupsparse reproduce l0l2-fig1 --trials 20 --jobs 2
    """
    from ..terminal.hints import hint_at
    from .catalogue import find_experiment
    from .job import Job, prepare

    if name == "list":
        _show_experiments()
        return
    job = Job(find_experiment(name), out, trials, jobs, overwrite)
    with hint_at(path="choose another --out", restart="or start again with --overwrite"):
        prepared = prepare(job)
    results = _run(job, prepared, quiet=quiet)
    if not quiet:
        _show_results(job.experiment, results)


def _show_experiments() -> None:
    """Print all experiments."""
    from ..report.content import Table
    from ..terminal.tables import show_table
    from .catalogue import EXPERIMENTS

    rows = [[e.name, e.default_trials, f"{e.title} ({e.source})"] for e in EXPERIMENTS]
    show_table(Table(("name", "trials", "what it shows"), rows))


def _run(job: Job, prepared: Prepared, *, quiet: bool) -> Results:
    """Run the job with a progress bar; if it is interrupted, print where its trials are kept."""
    from ..terminal.progress import counting_bar
    from .job import run

    total = len(prepared.tasks)
    done = total - prepared.n_missing
    try:
        with counting_bar(job.experiment.name, total, done=done, quiet=quiet) as on_done:
            return run(job, prepared, on_done=on_done)
    except KeyboardInterrupt:
        done = total - prepared.n_missing
        if done:
            kept = f"{done} of {total} trials are kept in {prepared.file.path}"
            typer.echo(f"{kept}: the same command continues from there", err=True)
        raise


def _show_results(experiment: Experiment, results: Results) -> None:
    """Print the summary, the notes, and the paths of all files."""
    from ..terminal.tables import show_table

    caption = f"{experiment.title} ({experiment.source})"
    show_table(_make_table(results.summary, caption))
    for note in results.notes:
        typer.echo(note)
    kinds = ("summary", "trials", "figure", "kept trials")
    for kind, path in zip(kinds, results.paths, strict=True):
        typer.echo(f"{kind}: {path}")


def _make_table(summary: pd.DataFrame, caption: str) -> Table:
    """Return a summary as a table, in which missing values become dashes."""
    import pandas as pd

    from ..report.content import Table

    rows = [
        [None if pd.isna(value) else value for value in row]
        for row in summary.itertuples(index=False)
    ]
    columns = [str(name).replace("_", " ") for name in summary.columns]
    return Table(columns, rows, caption=caption)
