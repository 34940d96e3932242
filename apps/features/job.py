"""One selection from a table to names, scores and ranks: its settings, preparation and run.

The problem is ``min ||Y - X Z||_F`` over coefficients ``Z`` with few nonzero rows: ``Y`` is the
table ``X`` itself (column subset selection), or classes or a response (supervised).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...toolkit.arrays import Array
from ...toolkit.checks import check_choice
from ...toolkit.estimators import ColumnSubsetSelector, JointSparseSelector
from ...toolkit.estimators.selectors.response import RESPONSES
from ..terminal.hints import blame
from ..terminal.messages import quote, quote_names
from .reading.table_file import load_table
from .table import FeatureTable, ReadOptions


@dataclass(frozen=True)
class Settings:
    """How features are selected; see `ColumnSubsetSelector` for the fields named as there.

    `supervised` selects features that predict the labels instead of all other features. The
    selection is repeated on `resamples` random halves of the samples, `jobs` of them at a time;
    `seed` determines the halves. `response` says what the labels hold, as in
    `JointSparseSelector`.
    """

    n_features: int | None = None
    tol: float | None = None
    method: str = "search"
    polish: bool = False
    standardize: bool = False
    supervised: bool = False
    resamples: int = 0
    seed: int = 0
    jobs: int = 1
    response: str = "auto"

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the selector with these settings."""
        return {
            "n_features_to_select": self.n_features,
            "tol": self.tol,
            "method": self.method,
            "polish": self.polish,
            "standardize": self.standardize,
            "n_resamples": self.resamples,
            "random_state": self.seed,
            "n_jobs": self.jobs,
        }


@dataclass(frozen=True)
class Job:
    """A file or data set to select features of, how to read it, and how to select."""

    source: str
    reading: ReadOptions = field(default_factory=ReadOptions)
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, eq=False)
class Selection:
    """A fitted selector with its settings.

    `rows` has the columns name, score, rank (missing for features that were not selected) and
    selection_frequency (missing without resampling), a row per feature in the order of the table.
    """

    settings: Settings
    selector: ColumnSubsetSelector | JointSparseSelector
    rows: pd.DataFrame

    @property
    def selected_rows(self) -> pd.DataFrame:
        """The rows of the selected features, the most important first."""
        return self.rows[self.rows["rank"].notna()].sort_values("rank")


def prepare(job: Job) -> FeatureTable:
    """Return the table of a job; raise if it does not suit the settings."""
    check_choice("response", job.settings.response, RESPONSES)
    table, settings = load_table(job.source, job.reading), job.settings
    if settings.supervised and table.labels is None:
        message = "a supervised selection needs labels: name the column that holds them"
        raise blame(ValueError(message), "supervised", "label")
    if len(table.values) < 2:
        raise ValueError(f"{table.source}: a selection needs at least 2 samples, got 1")
    most = len(table.feature_names)
    if settings.n_features is not None and settings.n_features > most:
        message = f"n_features: got {settings.n_features}, but there are {most} features"
        raise blame(ValueError(message), "n_features")
    return table


def run(job: Job, table: FeatureTable) -> Selection:
    """Select features of the prepared table.

    >>> job = Job("wisconsin", settings=Settings(n_features=2, standardize=True))
    >>> run(job, prepare(job)).selected_rows["name"].to_list()
    ['worst perimeter', 'mean compactness']
    """
    settings = job.settings
    selector: ColumnSubsetSelector | JointSparseSelector
    if settings.supervised:
        selector = JointSparseSelector(response=settings.response, **settings.parameters)
    else:
        selector = ColumnSubsetSelector(**settings.parameters)
    selector.fit(table.frame, table.labels)
    return Selection(settings, selector, _tabulate(table, selector))


def _tabulate(
    table: FeatureTable, selector: ColumnSubsetSelector | JointSparseSelector
) -> pd.DataFrame:
    chosen = selector.get_support()
    frequency: Array = getattr(selector, "selection_frequency_", np.full(chosen.size, np.nan))
    return pd.DataFrame(
        {
            "name": list(table.feature_names),
            "score": selector.scores_,
            "rank": np.where(chosen, selector.ranking_, np.nan),
            "selection_frequency": frequency,
        }
    )


def describe_response(selection: Selection) -> str:
    """Return a sentence on what the labels were taken for, empty unless they are predicted."""
    selector = selection.selector
    if not isinstance(selector, JointSparseSelector):
        return ""
    is_classes = selector.response_ == "classes"
    what = f"{selector.classes_.size} classes" if is_classes else "numbers"
    return f"The labels were taken for {what}."


def list_remarks(table: FeatureTable) -> list[str]:
    """Return one sentence each on constant and on equal features, with their names.

    >>> values = np.array([[1.0, 1.0, 5.0], [2.0, 2.0, 5.0]])
    >>> list_remarks(FeatureTable(values, ("a", "b", "c")))
    ["Constant, never chosen: 'c'.", "Equal, so that at most one is chosen: 'a' and 'b'."]
    """
    values, names = table.values, table.feature_names
    constant = (values == values[0]).all(axis=0)
    found = []
    if constant.any():
        which = [names[place] for place in np.flatnonzero(constant)]
        found.append(f"Constant, never chosen: {quote_names(which)}.")
    first: dict[bytes, int] = {}
    equal = []
    for place in np.flatnonzero(~constant):
        other = first.setdefault(values[:, place].tobytes(), int(place))
        if other != place:
            equal.append(f"{quote(names[other])} and {quote(names[place])}")
    if equal:
        more = f" and {len(equal) - 5} more pairs" if len(equal) > 5 else ""
        found.append(f"Equal, so that at most one is chosen: {', '.join(equal[:5])}{more}.")
    return found
