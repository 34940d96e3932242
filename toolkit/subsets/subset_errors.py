"""Residual norms of least-squares fits on chosen columns, and the bound for any choice."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, as_finite_array, squared_magnitude
from .independent_columns import IndependentColumns


def subset_errors(X: ArrayLike, Y: ArrayLike, subsets: Iterable[ArrayLike]) -> Array:
    """Return the residual norm of the fit on each of several sets of columns.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_features)
        The columns to choose among.
    Y : array_like, shape (n_rows, n_targets)
        The targets; X itself, if the chosen columns are to represent all columns.
    subsets : iterable of array_like of int
        Columns, which may depend on one another.

    Returns
    -------
    ndarray of float
        ``min_Z ||Y - X_S Z||_F`` for each set S.

    Raises
    ------
    ValueError
        If X and Y are not matrices of finite numbers with the same rows, or a set names
        a column that does not exist.

    Examples
    --------
    >>> X = np.diag([3.0, 4.0])
    >>> subset_errors(X, X, [[], [1], [0, 1]])
    array([5., 3., 0.])
    """
    columns, data = check_columns_and_data(X, Y)
    return np.array([order_errors(columns, data, subset)[-1] for subset in subsets])


def order_errors(X: ArrayLike, Y: ArrayLike, order: ArrayLike) -> Array:
    """Return the residual norms of the fits on the first 0, 1, ... columns of an order.

    They have shape (len(order) + 1,), decrease, and follow from one QR factorisation. The
    columns may depend on one another.

    Examples
    --------
    >>> X = np.diag([3.0, 4.0])
    >>> order_errors(X, X, [1, 0])
    array([5., 3., 0.])
    """
    columns, data = check_columns_and_data(X, Y)
    features = _check_order(order, columns.shape[1])
    place, kept = _find_independent(columns, features)
    basis = scipy.linalg.qr(columns[:, kept], mode="economic", check_finite=False)[0]
    parts = basis.conj().T @ data
    rest = float(squared_magnitude(data - basis @ parts).sum())
    energies = squared_magnitude(parts).sum(axis=1)
    # Summed from the end, since small errors would be lost in a difference of large numbers.
    errors = np.sqrt(rest + np.append(np.cumsum(energies[::-1])[::-1], 0.0))
    result: Array = errors[place]
    return result


def svd_bound(Y: ArrayLike) -> Array:
    """Return the residual norms ``min ||Y - B||_F`` over matrices B of rank 0, 1, ... at most.

    No choice of n columns fits better: the fit has rank n at most, and no matrix of rank n is
    nearer to Y than its truncated singular value decomposition (Eckart and Young, 1936).

    Examples
    --------
    >>> svd_bound([[3.0, 0.0], [0.0, 4.0]])
    array([5., 3., 0.])
    """
    array = as_finite_array(Y, "Y")
    if array.ndim != 2:
        raise ValueError(f"Y must have rows and columns, got shape {array.shape}")
    largest = float(np.abs(array).max()) or 1.0
    wide = array.astype(np.result_type(array.dtype, np.float64), copy=False) / largest
    values = scipy.linalg.svdvals(wide, check_finite=False)
    tails = np.cumsum(values[::-1] ** 2)[::-1]
    result: Array = largest * np.sqrt(np.append(tails, 0.0))
    return result


def check_columns_and_data(X: ArrayLike, Y: ArrayLike) -> tuple[Array, Array]:
    """Return both as arrays; raise a `ValueError` unless they are matrices with the same rows."""
    columns, data = as_finite_array(X, "X"), as_finite_array(Y, "Y")
    if columns.ndim != 2 or data.ndim != 2 or len(columns) != len(data):
        raise ValueError(
            "X and Y must be matrices with the same rows, "
            f"got shapes {columns.shape} and {data.shape}"
        )
    return columns, data


def _find_independent(columns: Array, features: IntArray) -> tuple[IntArray, IntArray]:
    """Return how many of the first 0, 1, ... columns are independent, and all of these."""
    wide = columns[:, features].astype(np.result_type(columns.dtype, np.float64), copy=False)
    found = IndependentColumns(wide, float(np.finfo(columns.dtype).eps) ** 0.7)
    place = np.zeros(features.size + 1, dtype=np.intp)
    for n in range(features.size):
        if found.find_usable()[n]:
            found.include(n)
        place[n + 1] = len(found.chosen)
    return place, features[found.order]


def _check_order(order: ArrayLike, n_columns: int) -> IntArray:
    features = np.asarray(order)
    if features.ndim != 1 or (features.size and features.dtype.kind not in "iu"):
        raise ValueError(f"a subset must be a list of column numbers, got {order!r}")
    if features.size and not 0 <= features.min() <= features.max() < n_columns:
        raise ValueError(
            f"a subset must name columns from 0 to {n_columns - 1}, "
            f"got {int(features.min())} to {int(features.max())}"
        )
    return features.astype(np.intp)
