"""Orders of columns by the columns alone: pivoted QR, farthest points, leverage scores."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, squared_magnitude
from ..checks import check_count
from ..ties import falling_order, index_of_largest
from .independent_columns import IndependentColumns, scale_columns

_ROUNDING = 100.0  # of a squared distance, in units of the largest energy's precision
_EQUAL = 1e-10  # scores so near to one another are equal; the largest are near one


def pivoted_qr(X: ArrayLike, n: int) -> IntArray:
    """Return the first `n` pivots of a QR factorisation: next comes the column of largest residual.

    As in Businger and Golub, "Linear least squares solutions by Householder transformations"
    (1965), stopped after n columns, or fewer where the rank is smaller: n products with the
    matrix, where a complete factorisation costs as many as its rank. Of equals the first.

    Examples
    --------
    >>> pivoted_qr([[3.0, 3.0, 0.0], [0.0, 0.1, 2.0]], 3)
    array([1, 2])
    """
    found = IndependentColumns(*scale_columns(X, n))
    while len(found.chosen) < n and (usable := found.find_usable()).any():
        found.include(index_of_largest(np.where(usable, found.residuals, -1)))
    return found.order


def farthest_points(X: ArrayLike, n: int) -> IntArray:
    """Return `n` columns of which each is farthest from the nearest of those before it.

    The greedy choice of centres (Gonzalez, "Clustering to minimize the maximum intercluster
    distance", 1985): no other choice of as many columns brings every column nearer to a chosen
    one than half as far. The first is that of largest norm; columns that depend on those before
    them are left out. Of equals the first. Cost: two products with the matrix per column.

    Examples
    --------
    >>> farthest_points([[3.0, 2.9, -2.0], [0.0, 1.0, 0.5]], 2)
    array([1, 2])
    """
    columns, precision = scale_columns(X, n)
    found = IndependentColumns(columns, precision)
    distances = found.energies.copy()
    rounding = _ROUNDING * float(np.finfo(float).eps * distances.max())
    while len(found.chosen) < n and (usable := found.find_usable()).any():
        column = index_of_largest(np.where(usable, distances, -1), rounding)
        found.include(column)
        products = (columns[:, column].conj() @ columns).real
        squares = np.maximum(found.energies + found.energies[column] - 2 * products, 0)
        distances = squares if len(found.chosen) == 1 else np.minimum(distances, squares)
    return found.order


def leverage_scores(X: ArrayLike, k: int) -> Array:
    """Return the leverage of every column on the best approximation of rank k.

    With the k leading right singular vectors V of X, the score of column j is the squared norm
    of row j of V, from 0 to 1 (Mahoney and Drineas, "CUR matrix decompositions for improved data
    analysis", 2009, equation 3, there divided by k). Cost: a singular value decomposition of X.

    Examples
    --------
    >>> leverage_scores([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], 1)
    array([0.36, 0.64, 0.  ])
    """
    check_count("k", k)
    return _sum_scores(*_find_right_vectors(*scale_columns(X, k)), k)


def leverage_order(X: ArrayLike, n: int, k: int | None = None) -> IntArray:
    """Return the `n` columns of largest leverage on rank k, by default `n`; see `leverage_orders`.

    Examples
    --------
    >>> leverage_order([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], 2)
    array([2, 1])
    """
    return leverage_orders(X, [n], k)[n]


def leverage_orders(X: ArrayLike, sizes: list[int], k: int | None = None) -> dict[int, IntArray]:
    """Return the columns of largest leverage for several numbers, by one decomposition.

    Mahoney and Drineas (2009) sample from the scores; here the largest are taken, for each
    number at most so many columns: those that depend on columns before them are left out. The
    rank behind the scores is `k`, or each number itself.

    Examples
    --------
    >>> leverage_orders([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]], [1, 2])
    {1: array([1]), 2: array([2, 1])}
    """
    for size in sizes if k is None else [*sizes, k]:
        check_count("n", size)
    columns, precision = scale_columns(X, max(sizes))
    vectors = _find_right_vectors(columns, precision)
    return {
        n: _select_independent(columns, precision, _sum_scores(*vectors, n if k is None else k), n)
        for n in sizes
    }


def _find_right_vectors(columns: Array, precision: float) -> tuple[Array, int]:
    """Return the right singular vectors as rows, and how many are not rounding."""
    _, values, vectors = scipy.linalg.svd(columns, full_matrices=False, check_finite=False)
    return vectors, int(np.count_nonzero(values > precision * values[0]))


def _sum_scores(vectors: Array, rank: int, k: int) -> Array:
    scores: Array = squared_magnitude(vectors[: min(k, rank)]).sum(axis=0)
    return scores


def _select_independent(columns: Array, precision: float, scores: Array, n: int) -> IntArray:
    """Return the columns of largest score that do not depend on ones before them."""
    found = IndependentColumns(columns, precision)
    for column in falling_order(scores, _EQUAL):
        if len(found.chosen) == n:
            break
        if found.find_usable()[column]:
            found.include(int(column))
    return found.order
