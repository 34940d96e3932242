"""Columns by QR with pivoting: the next one is that of which most is left beside the others.

Businger and Golub, "Linear least squares solutions by Householder transformations" (1965),
stopped after as many columns as are wanted: n products with the matrix for n columns, where
a complete factorisation costs as many as its rank.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import IntArray
from ..ties import index_of_largest
from ._independent import Independent, scaled_columns


def pivoted_qr(X: ArrayLike, n: int) -> IntArray:
    """Return the first pivots of a QR factorisation.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Real or complex.
    n : int
        How many columns are wanted.

    Returns
    -------
    ndarray of int
        At most `n` columns, the first chosen first: fewer where the rank is smaller. Of equals
        the one of lowest index.

    Raises
    ------
    ValueError
        If `X` is not a matrix of finite numbers, or `n` not a positive integer.

    Examples
    --------
    >>> pivoted_qr([[3.0, 3.0, 0.0], [0.0, 0.1, 2.0]], 3)
    array([1, 2])
    """
    found = Independent(*scaled_columns(X, n))
    while len(found.chosen) < n and (usable := found.usable()).any():
        found.include(index_of_largest(np.where(usable, found.left, -1)))
    return found.order()
