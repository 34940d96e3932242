"""Columns far from one another: the next one is farthest from the nearest of those chosen.

The greedy choice of centres (Gonzalez, "Clustering to minimize the maximum intercluster
distance", 1985): no other choice of as many columns brings every column nearer to a chosen one
than half as far. Which columns a few can be combined to does not count. Cost: two products
with the matrix per column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray
from ..ties import index_of_largest
from ._independent import Independent, scaled_columns

_ROUNDING = 100.0  # of a squared distance, in units of the largest energy's precision


def farthest_points(X: ArrayLike, n: int) -> IntArray:
    """Return columns of which each is far from those before it.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Real or complex.
    n : int
        How many columns are wanted.

    Returns
    -------
    ndarray of int
        At most `n` columns. The first is that of largest norm; columns that depend on those
        before them are left out. Of equals the one of lowest index.

    Raises
    ------
    ValueError
        If `X` is not a matrix of finite numbers, or `n` not a positive integer.

    Examples
    --------
    >>> farthest_points([[3.0, 2.9, -2.0], [0.0, 1.0, 0.5]], 2)
    array([1, 2])
    """
    columns, precision = scaled_columns(X, n)
    found = Independent(columns, precision)
    distances = found.energies.copy()
    rounding = _ROUNDING * float(np.finfo(float).eps * distances.max())
    while len(found.chosen) < n and (usable := found.usable()).any():
        column = index_of_largest(np.where(usable, distances, -1), rounding)
        found.include(column)
        from_it = _squared_distances(columns, found.energies, column)
        distances = from_it if len(found.chosen) == 1 else np.minimum(distances, from_it)
    return found.order()


def _squared_distances(columns: Array, energies: Array, column: int) -> Array:
    """Return the squared distance of every column from one."""
    products = (columns[:, column].conj() @ columns).real
    result: Array = np.maximum(energies + energies[column] - 2 * products, 0)
    return result
