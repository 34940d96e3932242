"""Spark and Kruskal rank: how few columns are linearly dependent.

To find the spark is a combinatorial problem: either sets of columns are tested by rising size,
from a bound by the cumulative coherence on, or all circuits of the kernel, whichever are fewer.
Columns count as dependent if, scaled to unit norm, they have a singular value within the
rounding of the matrix.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np

from ..arrays import Array
from ..operators import OperatorLike
from ..problem import Problem
from .babel import largest_sums
from .circuits import (
    MAX_SUBSETS,
    KernelVectors,
    check_sets,
    circuits,
    count_sets,
    echelon_vectors,
    index_sets,
    kernel_basis,
)
from .unit_columns import ColumnRows, unit_columns

_BATCH_ENTRIES = 1 << 20


class SparkBounds(NamedTuple):
    """A lower and an upper bound on the spark; equal where the spark is known."""

    lower: int
    upper: int


def spark(matrix: OperatorLike | Problem, *, max_subsets: int = MAX_SUBSETS) -> int:
    """Return the smallest number of columns that are linearly dependent.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex; small. Columns need not be normalised.
    max_subsets : int
        The largest number of sets of columns to test; ten thousand take about a
        tenth of a second to a second.

    Returns
    -------
    int
        From 1 (a column is zero) to the rank + 1. If all columns are
        independent, the number of columns + 1, by convention.

    Raises
    ------
    ValueError
        If more than `max_subsets` sets would be needed; `spark_bounds` then returns
        what is known.

    Examples
    --------
    >>> spark([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]), spark(np.eye(3))
    (3, 4)
    """
    columns = unit_columns(matrix)
    basis = kernel_basis(*columns)
    lower, upper = _bounds(columns, basis)
    by_columns = sum(comb(len(columns.rows), size) for size in range(lower, upper))
    by_circuits = count_sets(basis)
    needed = min(by_columns, by_circuits)
    question = f"the spark lies from {lower} to {upper}; to find it takes up to"
    check_sets(needed, max_subsets, question, "use spark_bounds")
    if by_columns <= by_circuits:
        return _smallest_dependent(columns, lower, upper)
    return min(upper, *(_fewest_entries(found, columns) for found in circuits(basis)))


def kruskal_rank(matrix: OperatorLike | Problem, *, max_subsets: int = MAX_SUBSETS) -> int:
    """Return the largest k such that any k columns are linearly independent.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        As for `spark`.
    max_subsets : int
        As for `spark`.

    Returns
    -------
    int
        The spark - 1; the number of columns if all are independent.

    Raises
    ------
    ValueError
        As `spark`.

    Examples
    --------
    >>> kruskal_rank([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]), kruskal_rank(np.eye(3))
    (2, 3)
    """
    return spark(matrix, max_subsets=max_subsets) - 1


def spark_bounds(matrix: OperatorLike | Problem) -> SparkBounds:
    """Return inexpensive bounds on the spark.

    The lower one: if the cumulative coherence of k columns is less than 1, any
    k + 1 columns are independent, by Gershgorin's discs of their Gram matrix. So
    the spark is at least ``1 + 1 / mu`` with the mutual coherence mu (Donoho and
    Elad, 2003), and often more. The upper one: the number of entries of the sparsest vector
    of an echelon basis of the kernel, at most the rank + 1.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex. Columns need not be normalised.

    Returns
    -------
    SparkBounds
        Equal if a column is zero or all are independent.

    Examples
    --------
    >>> spark_bounds(np.hstack([np.eye(4), np.ones((4, 1))]))
    SparkBounds(lower=3, upper=5)
    """
    columns = unit_columns(matrix)
    return _bounds(columns, kernel_basis(*columns))


def _bounds(columns: ColumnRows, basis: Array) -> SparkBounds:
    n_features, dimension = basis.shape
    if not columns.rows.any(axis=1).all():
        return SparkBounds(1, 1)
    if not dimension:
        return SparkBounds(n_features + 1, n_features + 1)
    upper = min(n_features - dimension + 1, _fewest_entries(echelon_vectors(basis), columns))
    below_one = largest_sums(columns.rows) < 1 - columns.rounding
    lower = 1 + int(np.count_nonzero(below_one))
    return SparkBounds(min(lower, upper), upper)


def _smallest_dependent(columns: ColumnRows, lower: int, upper: int) -> int:
    """Return the size of the smallest dependent set, `upper` if all below are independent."""
    rows, rounding = columns
    for size in range(lower, upper):
        batch = _BATCH_ENTRIES // (size * rows.shape[1])
        for chosen in index_sets(len(rows), size, batch):
            if np.linalg.svd(rows[chosen], compute_uv=False)[:, -1].min() <= rounding:
                return size
    return upper


def _fewest_entries(found: KernelVectors, columns: ColumnRows) -> int:
    """Return the fewest entries of a vector; one whose entries are unclear counts as full."""
    vectors, determined = found
    cut = columns.rounding / determined
    entries = np.abs(vectors) > cut[:, None]
    residuals = np.linalg.norm((vectors * entries) @ columns.rows, axis=1)
    counts = np.where(residuals <= columns.rounding, entries.sum(axis=1), len(columns.rows))
    return int(counts.min(initial=len(columns.rows)))
