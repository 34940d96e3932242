"""What an experiment is: trials with parameters, a summary of them, and a figure.

The parameters of all trials are known beforehand (`Experiment.tasks`), each
trial is run by itself and depends on its parameters only (`Experiment.run`),
and what is shown is computed from the rows of all trials. So trials can run in
any order, on several cores, and on different days.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Task = dict[str, Any]
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment(ABC):
    """An experiment of a paper; a subclass adds its sizes as further fields.

    Attributes
    ----------
    name : str
        What it is called on the command line and in file names.
    title : str
        What it shows, in one line.
    source : str
        The paper, and the figure or table in it.
    default_trials : int
        How many trials are run if nothing else is asked for.
    version : int
        Raised whenever trials of before can no longer stand beside new ones.
    timed : bool
        Whether seconds matter. Otherwise every trial runs with one BLAS
        thread, so that its numbers are the same bits for any number of jobs.
    max_jobs : int, optional
        The most trials that may run at the same time.
    note : str
        What the source says about it, and what differs here.
    trials_of : str
        The experiment whose trials are shown; its own if empty. Both must run
        the same ones.
    """

    name: str
    title: str
    source: str
    default_trials: int
    version: int = 1
    timed: bool = False
    max_jobs: int | None = None
    note: str = ""
    trials_of: str = ""

    @property
    def trials_name(self) -> str:
        """The name under which trials are kept."""
        return self.trials_of or self.name

    @abstractmethod
    def tasks(self, n_trials: int) -> list[Task]:
        """List the parameters of all trials, in the order in which rows are reported.

        Parameters
        ----------
        n_trials : int
            How many trials of each kind, with seeds 0, 1, ...

        Returns
        -------
        list of dict
            Strings and numbers. Those for fewer trials are among those for more.
        """

    @abstractmethod
    def run(self, task: Task) -> list[Row]:
        """Run one trial.

        Parameters
        ----------
        task : dict
            One of `tasks`.

        Returns
        -------
        list of dict
            Strings and numbers, without those of the task; durations in
            columns whose names begin with "seconds".
        """

    @abstractmethod
    def summary(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Summarise trials, beside what was published.

        Parameters
        ----------
        trials : DataFrame
            All rows: the columns of the task, "jobs", the columns of `run`.

        Returns
        -------
        DataFrame
            Published values in columns whose names begin with "published".
        """

    @abstractmethod
    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw the figure.

        Parameters
        ----------
        trials, summary : DataFrame
            As for `summary`, and its result.

        Returns
        -------
        matplotlib.figure.Figure
            To be saved.
        """

    def settings(self) -> dict[str, Any]:
        """Return what trials depend on beside their task, as JSON gives it back.

        Returns
        -------
        dict
            Name and version, and the fields that the subclass added.
        """
        described = {field.name for field in dataclasses.fields(Experiment)}
        own = {key: v for key, v in dataclasses.asdict(self).items() if key not in described}
        return self._with_name(own)

    def _with_name(self, own: Mapping[str, Any]) -> dict[str, Any]:
        settings = {"experiment": self.trials_name, "version": self.version, "settings": own}
        parsed: dict[str, Any] = json.loads(json.dumps(settings))
        return parsed
