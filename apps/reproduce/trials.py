"""Run the trials of an experiment on several cores, and never one of them twice.

Each finished trial is on disk before the next one is waited for, so that a run
can be interrupted and continued, or extended by more trials. The work is handed
out by joblib: inside ``joblib.parallel_config(backend="dask")`` it goes to a
Dask cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, nullcontext

import pandas as pd

from .experiment import Experiment, Row, Task
from .trials_file import FinishedTrial, TrialsFile, encode_task


def run_trials(
    experiment: Experiment,
    tasks: Sequence[Task],
    file: TrialsFile,
    *,
    jobs: int = 1,
    on_done: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Run the trials that the file does not hold yet.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    tasks : sequence of dict
        The parameters of the trials.
    file : TrialsFile
        Where each trial goes as soon as it is done.
    jobs : int
        How many run at the same time. From two on, each uses one BLAS thread.
    on_done : callable
        Called after each trial.

    Returns
    -------
    DataFrame
        The rows of all trials in the order of `tasks`: the columns of the
        task, "jobs", the columns of `Experiment.run`.
    """
    missing = find_missing_tasks(tasks, file)
    for trial in _finished(experiment, missing, jobs):
        file.add(trial)
        on_done()
    return tabulate_trials([file.finished[encode_task(task)] for task in tasks])


def find_missing_tasks(tasks: Iterable[Task], file: TrialsFile) -> list[Task]:
    """Return the tasks whose trials a file does not hold.

    Parameters
    ----------
    tasks : iterable of dict
        The parameters of the trials.
    file : TrialsFile
        What was run before.

    Returns
    -------
    list of dict
        In the same order.
    """
    return [task for task in tasks if encode_task(task) not in file.finished]


def tabulate_trials(trials: Iterable[FinishedTrial]) -> pd.DataFrame:
    """Return the rows of trials as one table.

    Parameters
    ----------
    trials : iterable of FinishedTrial
        In the order of the rows.

    Returns
    -------
    DataFrame
        The columns of the task, "jobs", the columns of the rows.

    Examples
    --------
    >>> tabulate_trials([FinishedTrial({"seed": 0}, 1, [{"exact": 1}, {"exact": 0}])])
       seed  jobs  exact
    0     0     1      1
    1     0     1      0
    """
    return pd.DataFrame(
        [{**trial.task, "jobs": trial.jobs, **row} for trial in trials for row in trial.rows]
    )


def _finished(experiment: Experiment, tasks: Sequence[Task], jobs: int) -> Iterable[FinishedTrial]:
    """Yield trials as they end, in any order."""
    from joblib import Parallel, delayed

    if not tasks:
        return
    one_thread = jobs > 1 or not experiment.timed
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    calls = (delayed(_run)(experiment, task, one_thread) for task in tasks)
    with closing(parallel(calls)) as results:  # what still runs ends with an interruption
        for task, rows in results:
            yield FinishedTrial(task, jobs, rows)


def _run(experiment: Experiment, task: Task, one_thread: bool) -> tuple[Task, list[Row]]:
    """Run one trial in whatever process this is."""
    from ...toolkit.execution.blas_threads import one_blas_thread

    with one_blas_thread() if one_thread else nullcontext():
        return task, experiment.run(task)
