"""An experiment from the command line's point of view: checks, trials, three files."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..files.atomic import check_target, replace_file
from ..report.content import Table
from ..terminal.progress import counting_bar
from .experiment import Experiment, Task
from .trials import find_missing_tasks, run_trials
from .trials_file import TrialsFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 150


@dataclass(frozen=True, eq=False)
class Results:
    """What an experiment left.

    Attributes
    ----------
    summary : DataFrame
        The table that stands beside the published values.
    paths : tuple of pathlib.Path
        The summary, all rows, the figure, and the trials to go on from.
    notes : tuple of str
        What is to be known about the summary.
    """

    summary: pd.DataFrame
    paths: tuple[Path, ...]
    notes: tuple[str, ...]


class Run:
    """One experiment with its files, checked before anything is computed.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    folder : path-like
        Where the files go.
    n_trials : int, optional
        How many trials of each kind; by default the experiment's own number.
    jobs : int
        How many run at the same time.
    overwrite : bool
        Whether trials of before are thrown away, and files that are not the
        experiment's own replaced.

    Raises
    ------
    ValueError
        If a number is not positive, or the folder holds trials of another
        version.
    OSError
        If a file could not be written.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        *,
        n_trials: int | None = None,
        jobs: int = 1,
        overwrite: bool = False,
    ) -> None:
        n_trials = experiment.default_trials if n_trials is None else n_trials
        for name, value in (("trials", n_trials), ("jobs", jobs)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        self.experiment = experiment
        self.tasks: list[Task] = experiment.tasks(n_trials)
        stem = folder / experiment.name
        kept = folder / f"{experiment.trials_name}-trials.jsonl"
        check_target(kept, overwrite=True)
        self.file = TrialsFile(kept, experiment.settings(), afresh=overwrite)
        self.paths = (Path(f"{stem}.csv"), Path(f"{stem}-trials.csv"), Path(f"{stem}.png"))
        for path in self.paths:  # beside trials that fit, they are the experiment's own
            check_target(path, overwrite=overwrite or self.file.continued)
        self.jobs = self._allowed(jobs)

    def _allowed(self, jobs: int) -> int:
        most = self.experiment.max_jobs
        if most is None or jobs <= most:
            return jobs
        warnings.warn(
            f"{self.experiment.name} is too large to run more than {most} at the same time: "
            f"jobs is {most} instead of {jobs}",
            stacklevel=3,
        )
        return most

    @property
    def n_missing(self) -> int:
        """How many trials are still to be run."""
        return len(find_missing_tasks(self.tasks, self.file))

    def complete(self, *, quiet: bool = False) -> Results:
        """Run what is missing and write the files.

        Parameters
        ----------
        quiet : bool
            Whether to show no bar.

        Returns
        -------
        Results
            What was written.
        """
        total, missing = len(self.tasks), self.n_missing
        name = self.experiment.name
        with counting_bar(name, total, done=total - missing, quiet=quiet) as on_done:
            trials = run_trials(
                self.experiment, self.tasks, self.file, jobs=self.jobs, on_done=on_done
            )
        summary = self.experiment.summary(trials)
        contents = (_csv(summary), _csv(trials), _png(self.experiment.draw(trials, summary)))
        for path, content in zip(self.paths, contents, strict=True):
            with replace_file(path, overwrite=True) as temporary:
                temporary.write_bytes(content)
        return Results(summary, (*self.paths, self.file.path), self._notes(trials))

    def _notes(self, trials: pd.DataFrame) -> tuple[str, ...]:
        notes = [self.experiment.note] if self.experiment.note else []
        if self.experiment.timed and int(trials["jobs"].max()) > 1:
            notes.append(
                "Seconds were measured while other trials ran at the same time: "
                "for honest ones, start afresh with --jobs 1."
            )
        return tuple(notes)


def as_table(summary: pd.DataFrame, caption: str) -> Table:
    """Return a summary as a table for people.

    Parameters
    ----------
    summary : DataFrame
        With one row per line.
    caption : str
        Above the table.

    Returns
    -------
    Table
        Missing values become dashes.
    """
    rows = [[_cell(value) for value in row] for row in summary.itertuples(index=False)]
    columns = [str(name).replace("_", " ") for name in summary.columns]
    return Table(columns, rows, caption=caption)


def _cell(value: Any) -> Any:
    return None if pd.isna(value) else value


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
