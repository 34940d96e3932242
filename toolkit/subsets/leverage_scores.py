"""Columns by statistical leverage: how much each takes part in the leading singular vectors.

With the k leading right singular vectors V of X, the score of column j is the squared norm of
row j of V (Mahoney and Drineas, "CUR matrix decompositions for improved data analysis", 2009,
equation 3, there divided by k and sampled from; here the largest are taken). Cost: a
singular value decomposition of X.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, squared_magnitude
from ..checks import check_count
from ..ties import falling_order
from ._independent import Independent, scaled_columns

_EQUAL = 1e-10  # scores so near to one another are equal; the largest are near one


def leverage_scores(X: ArrayLike, k: int) -> Array:
    """Return the leverage of every column on the best approximation of rank k.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Real or complex.
    k : int
        The rank; that of X if it is smaller.

    Returns
    -------
    ndarray of float, shape (n_columns,)
        From 0 to 1; they sum to the rank.

    Raises
    ------
    ValueError
        If `X` is not a matrix of finite numbers, or `k` not a positive integer.

    Examples
    --------
    >>> leverage_scores([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], 1)
    array([0.36, 0.64, 0.  ])
    """
    check_count("k", k)
    columns, precision = scaled_columns(X, k)
    return _all_scores(*_right_vectors(columns, precision), k)


def leverage_order(X: ArrayLike, n: int, k: int | None = None) -> IntArray:
    """Return the columns of largest leverage.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Real or complex.
    n : int
        How many columns are wanted.
    k : int, optional
        The rank behind the scores, `n` by default.

    Returns
    -------
    ndarray of int
        At most `n` columns, that of largest score first; those that depend on columns
        before them are left out.

    Raises
    ------
    ValueError
        As for `leverage_scores`.

    Examples
    --------
    >>> leverage_order([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], 2)
    array([2, 1])
    """
    return leverage_orders(X, [n], k)[n]


def leverage_orders(X: ArrayLike, sizes: list[int], k: int | None = None) -> dict[int, IntArray]:
    """Return the columns of largest leverage for several numbers, by one decomposition.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        Real or complex.
    sizes : list of int
        How many columns are wanted, at least one number.
    k : int, optional
        The rank behind the scores; by default each number itself.

    Returns
    -------
    dict of int to ndarray of int
        As `leverage_order`, for each number.

    Raises
    ------
    ValueError
        As for `leverage_scores`.

    Examples
    --------
    >>> leverage_orders([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], [1, 2])
    {1: array([1]), 2: array([2, 1])}
    """
    for size in sizes if k is None else [*sizes, k]:
        check_count("n", size)
    columns, precision = scaled_columns(X, max(sizes))
    vectors = _right_vectors(columns, precision)
    return {
        n: _independent_first(columns, precision, _all_scores(*vectors, n if k is None else k), n)
        for n in sizes
    }


def _right_vectors(columns: Array, precision: float) -> tuple[Array, int]:
    """Return the right singular vectors as rows, and how many are not rounding."""
    _, values, vectors = scipy.linalg.svd(columns, full_matrices=False, check_finite=False)
    return vectors, int(np.count_nonzero(values > precision * values[0]))


def _all_scores(vectors: Array, rank: int, k: int) -> Array:
    scores: Array = squared_magnitude(vectors[: min(k, rank)]).sum(axis=0)
    return scores


def _independent_first(columns: Array, precision: float, scores: Array, n: int) -> IntArray:
    """Return the columns of largest score that do not depend on ones before them."""
    found = Independent(columns, precision)
    for column in falling_order(scores, _EQUAL):
        if len(found.chosen) == n:
            break
        if found.usable()[column]:
            found.include(int(column))
    return found.order()
