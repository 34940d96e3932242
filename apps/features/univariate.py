"""Supervised baselines that score every feature by itself."""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn.feature_selection import SelectKBest, f_classif, mutual_info_classif

from ...toolkit.arrays import Array
from ...toolkit.checks import check_count

# A column with at most this many distinct values counts as discrete.
_FEW_VALUES = 10


def make_univariate_selectors(random_state: int = 0) -> dict[str, SelectKBest]:
    """Return univariate supervised selectors of scikit-learn as baselines.

    Parameters
    ----------
    random_state : int
        Seed of the noise used to estimate the mutual information of continuous
        features.

    Returns
    -------
    dict of str to SelectKBest
        By the F statistic of a one-way analysis of variance, and by mutual
        information, for which features with at most ten values are discrete.

    Examples
    --------
    >>> list(make_univariate_selectors())
    ['ANOVA F', 'mutual information']
    """
    check_count("random_state", random_state, least=0, most=2**32 - 1)
    information = partial(_estimate_information, random_state=random_state)
    return {
        "ANOVA F": SelectKBest(_compute_f_statistic),
        "mutual information": SelectKBest(information),
    }


def _compute_f_statistic(X: Array, y: Array) -> Array:
    # A feature that is constant within every class separates them alone: infinite, and best.
    with np.errstate(divide="ignore"):
        statistic: Array = f_classif(X, y)[0]
    return statistic


def _estimate_information(X: Array, y: Array, *, random_state: int) -> Array:
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
