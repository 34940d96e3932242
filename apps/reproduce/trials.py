"""Trials of an experiment on several cores, each run only once.

Each finished trial is on disk before the next one is awaited, so that a run can be interrupted
and continued, or extended by more trials. joblib distributes the work: inside
``joblib.parallel_config(backend="dask")`` it goes to a Dask cluster.
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
    """Run the trials that the file does not hold yet; return the rows of all, ordered as `tasks`.

    With two jobs and more, each trial uses one BLAS thread. `on_done` is called after each.
    """
    missing = find_missing_tasks(tasks, file)
    for trial in _run_in_parallel(experiment, missing, jobs):
        file.add(trial)
        on_done()
    return tabulate_trials([file.finished[encode_task(task)] for task in tasks])


def find_missing_tasks(tasks: Iterable[Task], file: TrialsFile) -> list[Task]:
    """Return the tasks whose trials a file does not hold, in the same order."""
    return [task for task in tasks if encode_task(task) not in file.finished]


def tabulate_trials(trials: Iterable[FinishedTrial]) -> pd.DataFrame:
    """Return the rows of trials as one table: columns of the task, "jobs", columns of the rows.

    >>> tabulate_trials([FinishedTrial({"seed": 0}, 1, [{"exact": 1}, {"exact": 0}])])
       seed  jobs  exact
    0     0     1      1
    1     0     1      0
    """
    return pd.DataFrame(
        [{**trial.task, "jobs": trial.jobs, **row} for trial in trials for row in trial.rows]
    )


def _run_in_parallel(
    experiment: Experiment, tasks: Sequence[Task], jobs: int
) -> Iterable[FinishedTrial]:
    """Yield trials as they end, in any order."""
    from joblib import Parallel, delayed

    if not tasks:
        return
    one_thread = jobs > 1 or not experiment.timed
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    calls = (delayed(_run)(experiment, task, one_thread) for task in tasks)
    with closing(parallel(calls)) as results:  # trials still running end with an interruption
        for task, rows in results:
            yield FinishedTrial(task, jobs, rows)


def _run(experiment: Experiment, task: Task, one_thread: bool) -> tuple[Task, list[Row]]:
    """Run one trial in the worker process."""
    from ...toolkit.execution.blas_threads import one_blas_thread

    with one_blas_thread() if one_thread else nullcontext():
        return task, experiment.run(task)
