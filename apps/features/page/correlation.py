"""Correlations of selected features with all features.

The representative of a dropped feature is the selected one with the strongest correlation, of
either sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, IntArray


def correlate_features(X: ArrayLike, selected: Sequence[int] | IntArray) -> Array:
    """Return Pearson's correlation of the selected columns with all columns.

    The shape is (n_selected, n_features); entries are not-a-number where a feature is constant.

    >>> X = np.array([[1.0, 2.0, -1.0], [2.0, 4.0, -2.0], [4.0, 8.0, -4.0]])
    >>> correlate_features(X, [0]).round(6)
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


def find_representatives(correlation: Array, selected: IntArray) -> IntArray:
    """Return for every feature the row of `correlation` that represents it best.

    It is -1 for selected and for constant features.

    >>> find_representatives(np.array([[1, 0, 0.3], [0, 1, -0.9]]), np.array([0, 1]))
    array([-1, -1,  1])
    """
    strength = np.nan_to_num(np.abs(correlation), nan=-1.0)
    places: IntArray = np.argmax(strength, axis=0)
    places[strength.max(axis=0) < 0] = -1
    places[selected] = -1
    return places
