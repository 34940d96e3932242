"""The interface of an experiment: trials with parameters, a summary of them, and a figure.

The parameters of all trials are known beforehand, each trial depends on its parameters only, and
summary and figure are computed from the rows of all trials. So trials can run in any order, on
several cores, and on different days.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
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
        Its name on the command line and in file names.
    source : str
        The paper, and the figure or table in it.
    default_trials : int
        The default number of trials of each kind.
    version : int
        Raised whenever earlier trials can no longer be compared with new ones.
    timed : bool
        Whether seconds matter. Otherwise every trial runs with one BLAS
        thread, so that its numbers are the same bits for any number of jobs.
    max_jobs : int, optional
        The largest number of trials that may run at the same time.
    note : str
        How it differs from the source.
    trials_of : str
        The experiment whose trials are shown, if they are not its own. Both
        must run the same ones.
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
    def list_tasks(self, n_trials: int) -> list[Task]:
        """List the parameters of all trials with seeds 0, 1, ..., in the order of their rows.

        Parameters are strings and numbers; those for fewer trials are among those for more.
        """

    def keep_possible(self, tasks: Sequence[Task]) -> list[Task]:
        """Return the tasks that can be run here; a subclass warns of those whose data are missing.

        It is asked for tasks without results only.
        """
        return list(tasks)

    @abstractmethod
    def run(self, task: Task) -> list[Row]:
        """Run one trial; return rows of strings and numbers, without the parameters of the task.

        Durations are in columns whose names begin with "seconds".
        """

    @abstractmethod
    def summarise(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Summarise trials in one table; its columns named "published..." hold the paper's values.

        `trials` holds all rows: the columns of the task, "jobs", the columns of `run`.
        """

    @abstractmethod
    def draw(self, trials: pd.DataFrame, summary: pd.DataFrame) -> Figure:
        """Draw the figure from trials and their summary."""

    def make_header(self) -> dict[str, Any]:
        """Return what trials depend on beside their task: name, version, the subclass' fields."""
        described = {field.name for field in dataclasses.fields(Experiment)}
        added = {key: v for key, v in dataclasses.asdict(self).items() if key not in described}
        return self._add_name(added)

    def _add_name(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the header with these settings, as JSON reads it back."""
        header = {"experiment": self.trials_name, "version": self.version, "settings": settings}
        parsed: dict[str, Any] = json.loads(json.dumps(header))
        return parsed
