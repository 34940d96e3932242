"""The null-space constant: whether the l2,1 norm recovers all matrices with few rows.

The null-space property of order s is ``||x_I||_1 < ||x_rest||_1`` for all nonzero x of the
kernel and all sets I of s features (Petrosyan, Pieper and Tran, theorem 3.1). It is necessary
and sufficient for the l1 norm of vectors and for the l2,1 norm of matrices with s rows,
whatever their rank. The largest share of s features in ``||x||_1`` is a convex function on the
kernel's l1 ball, so it is attained at one of the extreme points, the circuits.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..checks import check_count
from ..operators import OperatorLike
from ..problem import Problem
from .circuits import MAX_SUBSETS, check_sets, circuits, count_sets, kernel_basis
from .unit_columns import all_columns


def null_space_constant(
    matrix: OperatorLike | Problem, n_active: int, *, max_subsets: int = MAX_SUBSETS
) -> float:
    """Return the null-space constant: the largest ``||x_I||_1 / ||x_rest||_1`` over the kernel.

    The null-space property of order s holds if and only if it is less than 1.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real and small.
    n_active : int
        s.
    max_subsets : int
        The largest number of sets of features to test: n_features over d - 1 are
        needed, where d is the dimension of the kernel.

    Returns
    -------
    float
        From 0 (only zero is in the kernel) to infinity (a vector of the kernel
        has at most s entries).

    Raises
    ------
    ValueError
        If the matrix is complex, `n_active` is not from 1 to the number of
        columns, or more than `max_subsets` sets are needed.

    Examples
    --------
    >>> round(null_space_constant([[0.5, 1.0, 0.0], [0.5, 0.0, 1.0]], 1), 6)
    1.0
    >>> round(null_space_constant([[0.8, 1.0, 0.0], [0.8, 0.0, 1.0]], 1), 6)
    0.625
    """
    rows, rounding = all_columns(matrix)
    if rows.dtype.kind == "c":
        raise ValueError("matrix must be real, got a complex one: its constant is not known")
    check_count("n_active", n_active, most=len(rows))
    basis = kernel_basis(rows, rounding)
    check_sets(count_sets(basis), max_subsets, "the constant takes", "take a smaller matrix")
    share = max((_largest_share(x, n_active) for x, _ in circuits(basis)), default=0.0)
    return share / (1 - share) if 1 - share > rounding else float("inf")


def _largest_share(vectors: Array, n_active: int) -> float:
    """Return the largest part of the l1 norm that some entries can have."""
    sizes = np.sort(np.abs(vectors), axis=1)
    shares = sizes[:, -n_active:].sum(axis=1) / sizes.sum(axis=1)
    return float(shares.max(initial=0.0))
