"""Which chosen feature stands for which of those that were left out.

A dropped feature is represented best by the chosen one with which its
correlation is strongest, of either sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, IntArray


def correlations(X: ArrayLike, selected: Sequence[int] | IntArray) -> Array:
    """Return Pearson's correlation of chosen features with all features.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, in any scale.
    selected : sequence of int
        The chosen columns.

    Returns
    -------
    ndarray of float, shape (n_selected, n_features)
        Between -1 and 1; not-a-number where a feature is constant.

    Examples
    --------
    >>> X = np.array([[1.0, 2.0, -1.0], [2.0, 4.0, -2.0], [4.0, 8.0, -4.0]])
    >>> correlations(X, [0]).round(6)
    array([[ 1.,  1., -1.]])
    """
    centred = np.asarray(X, dtype=np.float64)
    constant = np.ptp(centred, axis=0) == 0
    centred = centred - centred.mean(axis=0)
    norms = np.where(constant, np.nan, np.linalg.norm(centred, axis=0))
    chosen = np.asarray(selected, dtype=np.intp)
    products = centred[:, chosen].T @ centred
    result: Array = np.clip(products / norms[chosen, None] / norms, -1, 1)
    return result


def best_representatives(correlation: Array, selected: IntArray) -> IntArray:
    """Return for every feature the place of the chosen one that represents it best.

    Parameters
    ----------
    correlation : ndarray, shape (n_selected, n_features)
        As :func:`correlations` returns it.
    selected : ndarray of int, shape (n_selected,)
        The chosen columns.

    Returns
    -------
    ndarray of int, shape (n_features,)
        A row of `correlation`; -1 for chosen and constant features.

    Examples
    --------
    >>> best_representatives(np.array([[1, 0, 0.3], [0, 1, -0.9]]), np.array([0, 1]))
    array([-1, -1,  1])
    """
    strength = np.nan_to_num(np.abs(correlation), nan=-1.0)
    places: IntArray = np.argmax(strength, axis=0)
    places[strength.max(axis=0) < 0] = -1
    places[selected] = -1
    return places
