"""One selection from a table to names, scores and ranks: what the command line runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...toolkit.arrays import Array
from ...toolkit.estimators import ColumnSubsetSelector, JointSparseSelector
from ..terminal.hints import blame
from ..terminal.messages import quote, quote_names
from .table import FeatureTable


@dataclass(frozen=True)
class Settings:
    """How features are chosen.

    Attributes
    ----------
    n_features : int, optional
        How many; see `ColumnSubsetSelector`.
    tol : float, optional
        The largest root-mean-square error.
    method : str
        See `ColumnSubsetSelector`.
    polish, standardize : bool
        The same.
    supervised : bool
        Whether features are to predict the labels, instead of all other features.
    resamples : int
        On how many random halves of the samples the selection is repeated.
    seed : int
        Of the halves.
    jobs : int
        How many halves at once.
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

    def selector(self) -> ColumnSubsetSelector | JointSparseSelector:
        """Return the selector with these settings, not fitted."""
        make = JointSparseSelector if self.supervised else ColumnSubsetSelector
        return make(
            self.n_features,
            tol=self.tol,
            method=self.method,
            polish=self.polish,
            standardize=self.standardize,
            n_resamples=self.resamples,
            random_state=self.seed,
            n_jobs=self.jobs,
        )


def select(table: FeatureTable, settings: Settings) -> Any:
    """Choose features of a table.

    Parameters
    ----------
    table : FeatureTable
        Samples by features.
    settings : Settings
        How.

    Returns
    -------
    ColumnSubsetSelector or JointSparseSelector
        Fitted.

    Raises
    ------
    ValueError
        If labels are needed and not there, or as the selectors say.

    Examples
    --------
    >>> from groupsparse.apps.features.reading.sources import load_table
    >>> table = load_table("wisconsin")
    >>> chosen = select(table, Settings(n_features=2, standardize=True))
    >>> [table.feature_names[place] for place in chosen.selected_]
    ['worst perimeter', 'mean compactness']
    """
    if settings.supervised and table.labels is None:
        message = "a supervised selection needs labels: name the column that holds them"
        raise blame(ValueError(message), "supervised", "label")
    if len(table.values) < 2:
        raise ValueError(f"{table.source}: a selection needs at least 2 samples, got 1")
    most = len(table.feature_names)
    if settings.n_features is not None and settings.n_features > most:
        message = f"n_features: got {settings.n_features}, but there are {most} features"
        raise blame(ValueError(message), "n_features")
    return settings.selector().fit(table.frame, table.labels)


def selection_table(table: FeatureTable, selector: Any) -> pd.DataFrame:
    """Return what is known of every feature.

    Parameters
    ----------
    table : FeatureTable
        Whose features were chosen.
    selector : ColumnSubsetSelector or JointSparseSelector
        Fitted.

    Returns
    -------
    DataFrame
        Columns name, score, rank (missing for features that were not chosen) and
        selection_frequency (missing without resampling), in the order of the table.

    Examples
    --------
    >>> from groupsparse.apps.features.reading.sources import load_table
    >>> table = load_table("wisconsin")
    >>> rows = selection_table(table, select(table, Settings(n_features=2)))
    >>> int(rows["rank"].notna().sum()), len(rows)
    (2, 30)
    """
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


def remarks(table: FeatureTable) -> list[str]:
    """Return what is odd about the features, with their names: constant and equal ones.

    Parameters
    ----------
    table : FeatureTable
        Samples by features.

    Returns
    -------
    list of str
        One sentence for each kind.

    Examples
    --------
    >>> values = np.array([[1.0, 1.0, 5.0], [2.0, 2.0, 5.0]])
    >>> remarks(FeatureTable(values, ("a", "b", "c")))
    ["Constant, never chosen: 'c'.", "Equal, so that one at most is chosen: 'a' and 'b'."]
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
        found.append(f"Equal, so that one at most is chosen: {', '.join(equal[:5])}{more}.")
    return found
