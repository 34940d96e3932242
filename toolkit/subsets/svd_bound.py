"""The error that no choice of columns can go below: that of the best low-rank approximation.

A fit on n columns has rank n at most, and no matrix of rank n is nearer to Y than its
truncated singular value decomposition (Eckart and Young, 1936).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ..arrays import Array, checked_array


def svd_bound(Y: ArrayLike) -> Array:
    """Return the residual norms of the best approximations of every rank.

    Parameters
    ----------
    Y : array_like, shape (n_rows, n_columns)
        Real or complex.

    Returns
    -------
    ndarray of float, shape (min(n_rows, n_columns) + 1,)
        ``min ||Y - B||_F`` over B of rank 0, 1, ... at most; the last is 0.

    Raises
    ------
    ValueError
        If `Y` is not a matrix of finite numbers.

    Examples
    --------
    >>> svd_bound([[3.0, 0.0], [0.0, 4.0]])
    array([5., 3., 0.])
    """
    array = checked_array(Y, "Y")
    if array.ndim != 2:
        raise ValueError(f"Y must have rows and columns, got shape {array.shape}")
    largest = float(np.abs(array).max()) or 1.0
    wide = array.astype(np.result_type(array.dtype, np.float64), copy=False) / largest
    values = scipy.linalg.svdvals(wide, check_finite=False)
    tails = np.cumsum(values[::-1] ** 2)[::-1]
    result: Array = largest * np.sqrt(np.append(tails, 0.0))
    return result
