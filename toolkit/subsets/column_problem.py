"""Which columns stand for a whole matrix, as a problem of joint sparsity that stays small.

Of K targets in M rows, no more than M combinations matter: fits and their errors do not
change when the targets are rotated. With the matrix itself as target and many more columns
than rows, the coefficients are then (n_columns, n_rows) instead of square.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ..arrays import checked_array
from ..problem import Problem


def column_problem(X: ArrayLike, Y: ArrayLike | None = None) -> Problem:
    """Return the problem of choosing columns, with no more channels than rows.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Whose columns are to be chosen.
    Y : array_like, shape (n_rows, n_targets), optional
        What they are to explain; X itself by default.

    Returns
    -------
    Problem
        Residual norms of its fits are those of fits to Y.

    Raises
    ------
    ValueError
        If these are not matrices of finite numbers with the same rows.

    Examples
    --------
    >>> column_problem(np.ones((3, 100))).shape
    (100, 3)
    """
    columns = checked_array(X, "X")
    data = columns if Y is None else checked_array(Y, "Y")
    if columns.ndim != 2 or data.ndim != 2 or len(columns) != len(data):
        raise ValueError(
            "X and Y must be matrices with the same rows, "
            f"got shapes {columns.shape} and {data.shape}"
        )
    if data.shape[1] > len(data):
        factor = scipy.linalg.qr(data.conj().T, mode="r", check_finite=False)[0]
        data = np.ascontiguousarray(factor[: len(data)].conj().T)
    return Problem(columns, data)
