"""One run of an experiment: checks before any trial, the missing trials, and three files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...toolkit.checks import check_count
from ..files.atomic import check_target, replace_file
from .experiment import Experiment, Task
from .trials import find_missing_tasks, run_trials
from .trials_file import TrialsFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 150


@dataclass(frozen=True)
class Job:
    """An experiment, how often it is repeated, and where its files go.

    Parameters
    ----------
    n_trials : int, optional
        Trials of each kind; by default the experiment's own number.
    jobs : int
        How many trials run at the same time.
    overwrite : bool
        Whether to discard earlier trials, and to replace files that are not
        the experiment's own.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    experiment: Experiment
    folder: Path
    n_trials: int | None = None
    jobs: int = 1
    overwrite: bool = False

    def __post_init__(self) -> None:
        for name, value in (("trials", self.n_trials), ("jobs", self.jobs)):
            if value is not None:
                check_count(name, value)


@dataclass(frozen=True, eq=False)
class Prepared:
    """All trials of a job, those that are finished, and the files that it will write."""

    tasks: list[Task]
    file: TrialsFile
    paths: tuple[Path, ...]
    jobs: int

    @property
    def n_missing(self) -> int:
        """The number of trials still to be run."""
        return len(find_missing_tasks(self.tasks, self.file))


@dataclass(frozen=True, eq=False)
class Results:
    """The results of a job.

    Attributes
    ----------
    summary : DataFrame
        The table beside the published values.
    paths : tuple of pathlib.Path
        The summary, all rows, the figure, and the trials to continue from.
    notes : tuple of str
        Remarks about the summary.
    """

    summary: pd.DataFrame
    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def prepare(job: Job) -> Prepared:
    """Read the finished trials and check that all files can be written.

    Raises `ValueError` if the folder holds trials of another version, `OSError` if a file could
    not be written.
    """
    experiment = job.experiment
    n_trials = experiment.default_trials if job.n_trials is None else job.n_trials
    kept = job.folder / f"{experiment.trials_name}-trials.jsonl"
    check_target(kept, overwrite=True)
    file = TrialsFile(kept, experiment.make_header(), restart=job.overwrite)
    endings = (".csv", "-trials.csv", ".png")
    paths = tuple(job.folder / f"{experiment.name}{ending}" for ending in endings)
    for path in paths:  # beside trials that fit, they are the experiment's own
        check_target(path, overwrite=job.overwrite or file.continued)
    tasks = _list_possible_tasks(experiment, n_trials, file)
    return Prepared(tasks, file, paths, _limit_jobs(job))


def _list_possible_tasks(experiment: Experiment, n_trials: int, file: TrialsFile) -> list[Task]:
    """Return the tasks that are finished or can be run; a `ValueError` if there are none."""
    tasks = experiment.list_tasks(n_trials)
    missing = find_missing_tasks(tasks, file)
    possible = experiment.keep_possible(missing) if missing else []
    kept = [task for task in tasks if task in possible or task not in missing]
    if not kept:
        raise ValueError(f"{experiment.name} cannot be run: none of its data are here")
    return kept


def _limit_jobs(job: Job) -> int:
    most = job.experiment.max_jobs
    if most is None or job.jobs <= most:
        return job.jobs
    warnings.warn(
        f"{job.experiment.name} is too large to run more than {most} at the same time: "
        f"jobs is {most} instead of {job.jobs}",
        stacklevel=3,
    )
    return most


def run(
    job: Job, prepared: Prepared | None = None, *, on_done: Callable[[], None] = lambda: None
) -> Results:
    """Run the missing trials and write the files; `on_done` is called after each trial."""
    data = prepared or prepare(job)
    experiment = job.experiment
    trials = run_trials(experiment, data.tasks, data.file, jobs=data.jobs, on_done=on_done)
    summary = experiment.summarise(trials)
    figure = experiment.draw(trials, summary)
    contents = (_encode_csv(summary), _encode_csv(trials), _encode_png(figure))
    for path, content in zip(data.paths, contents, strict=True):
        with replace_file(path, overwrite=True) as temporary:
            temporary.write_bytes(content)
    return Results(summary, (*data.paths, data.file.path), _list_notes(experiment, trials))


def _list_notes(experiment: Experiment, trials: pd.DataFrame) -> tuple[str, ...]:
    notes = [experiment.note] if experiment.note else []
    if experiment.timed and int(trials["jobs"].max()) > 1:
        notes.append(
            "Seconds were measured while other trials ran at the same time; "
            "only trials that run alone have times that can be compared."
        )
    return tuple(notes)


def _encode_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def _encode_png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
