"""The command line of the reproduced experiments: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..terminal.options import Json, Quiet, shows_text

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
    json_to: Json = None,
    quiet: Quiet = False,
) -> None:
    """Repeat an experiment of the papers: a table beside the published values, and a figure.

    Each finished trial is kept at once, so an interrupted run continues where it stopped; asking
    for more trials runs only those that are missing.

    Example: groupsparse reproduce l0l2-fig1 --trials 20 --jobs 2
    """
    from ..files.atomic import check_distinct_paths
    from ..terminal.hints import hint_at
    from ..terminal.json_output import check_json, write_json
    from .catalogue import find_experiment
    from .job import Job, prepare

    check_json(json_to, overwrite=overwrite)
    shows = shows_text(quiet=quiet, json_to=json_to)
    if name == "list":
        write_json(json_to, {"experiments": _list_experiments()}, overwrite=overwrite)
        if shows:
            _show_experiments()
        return
    job = Job(find_experiment(name), out, trials, jobs, overwrite)
    with hint_at(path="choose another --out", restart="or start again with --overwrite"):
        prepared = prepare(job)
    check_distinct_paths([*prepared.paths, prepared.file.path, json_to])
    results = _run(job, prepared, quiet=not shows)
    write_json(json_to, _as_json(results), overwrite=overwrite)
    if shows:
        _show_results(job.experiment, results)


def _list_experiments() -> list[dict[str, object]]:
    """Return the name, the number of trials and the subject of every experiment."""
    from .catalogue import EXPERIMENTS

    return [
        {"name": e.name, "trials": e.default_trials, "what it shows": f"{e.title} ({e.source})"}
        for e in EXPERIMENTS
    ]


def _show_experiments() -> None:
    """Print all experiments."""
    from ..report.content import Table
    from ..terminal.tables import show_table

    rows = _list_experiments()
    show_table(Table(list(rows[0]), [list(row.values()) for row in rows]))


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
    for kind, path in _name_files(results).items():
        typer.echo(f"{kind}: {path}")


def _name_files(results: Results) -> dict[str, str]:
    """Return the paths of all files, by what they hold."""
    kinds = ("summary", "trials", "figure", "kept trials")
    return {kind: str(path) for kind, path in zip(kinds, results.paths, strict=True)}


def _as_json(results: Results) -> dict[str, object]:
    """Return the summary, in which missing values are None, the notes and the paths."""
    rows = results.summary.astype(object).where(results.summary.notna(), None)
    return {
        "results": rows.to_dict("records"),
        "notes": list(results.notes),
        "files": _name_files(results),
    }


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
