"""Choosing features one by one: the usual supervised baselines."""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn.feature_selection import SelectKBest, f_classif, mutual_info_classif

from ...toolkit.arrays import Array

# A column of so few values is not taken for a continuous one.
_FEW_VALUES = 10


def univariate_selectors(random_state: int = 0) -> dict[str, SelectKBest]:
    """Return the usual supervised choices, which judge every feature by itself.

    Parameters
    ----------
    random_state : int
        Of the noise by which the mutual information of continuous features
        is estimated.

    Returns
    -------
    dict of str to SelectKBest
        By the F statistic of a one-way analysis of variance, and by mutual
        information; features of at most ten values count as discrete there.

    Examples
    --------
    >>> list(univariate_selectors())
    ['ANOVA F', 'mutual information']
    """
    information = partial(_information, random_state=random_state)
    return {"ANOVA F": SelectKBest(_f_statistic), "mutual information": SelectKBest(information)}


def _f_statistic(X: Array, y: Array) -> Array:
    # A feature that is constant within every class tells them apart alone: infinite, and best.
    with np.errstate(divide="ignore"):
        statistic: Array = f_classif(X, y)[0]
    return statistic


def _information(X: Array, y: Array, *, random_state: int) -> Array:
    """Return the mutual information of every feature with the class."""
    values = X.copy()
    discrete = np.zeros(X.shape[1], dtype=bool)
    for number, column in enumerate(X.T):
        distinct, places = np.unique(column, return_inverse=True)
        if distinct.size <= _FEW_VALUES:
            discrete[number], values[:, number] = True, places
    scores: Array = mutual_info_classif(
        values, y, discrete_features=discrete, random_state=random_state
    )
    return scores
