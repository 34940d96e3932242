"""Mutual and blockwise mutual coherence: how similar columns are, and groups of columns.

The blockwise mutual coherence is the largest cosine of a principal angle between the spans of
two groups (Jiao, Jin and Lu, "Group sparse recovery via the l0(l2) penalty", eq. 8): the
largest singular value of ``U_i^H U_j`` for orthonormal bases (lemma 2). Correlated columns
inside a group do not count. All products take ``n_rows * n_features^2`` operations, a strip at
a time; singular values are needed only of products whose Frobenius norm exceeds the largest
singular value so far.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from ..checks import check_count
from ..groups.parsing import GroupsLike
from ..operators import OperatorLike
from ..problem import Problem
from .grouped_columns import (
    GroupedColumns,
    features_and_groups,
    orthonormal_columns,
)

_STRIP = 512
_PAIR_ENTRIES = 1 << 18


class RecoveryCondition(NamedTuple):
    """Whether the blockwise mutual coherence is small enough to guarantee recovery.

    Attributes
    ----------
    holds : bool
        Whether ``mu < 1 / (3 T)`` for the given number T of active groups.
    block_coherence : float
        mu.
    largest_n_active : int
        The largest T for which it holds; 0 if there is none.
    """

    holds: bool
    block_coherence: float
    largest_n_active: int


def mutual_coherence(matrix: OperatorLike | Problem) -> float:
    """Return the largest cosine of the angle between two columns.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex. Columns need not be normalised; zero columns do not
        count.

    Returns
    -------
    float
        nu, from 0 to 1; 0 if fewer than two columns are not zero.

    Examples
    --------
    >>> round(mutual_coherence([[1.0, 0.0, 3.0], [0.0, 2.0, 4.0]]), 6)
    0.8
    """
    operator = features_and_groups(matrix, None)[0]
    return block_coherence(operator)


def block_coherence(operator: OperatorLike | Problem, groups: GroupsLike = None) -> float:
    """Return the largest cosine of a principal angle between the spans of two groups.

    Parameters
    ----------
    operator : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex. A problem brings its groups along.
    groups : Groups, int, array_like or sequence of array_like, optional
        Disjoint groups, as for `Problem`. Unpenalised columns do not count.

    Returns
    -------
    float
        mu, from 0 to 1; 0 if fewer than two groups are not zero.

    Raises
    ------
    ValueError
        If groups overlap or do not describe the features, or come with a
        problem that has its own.

    Examples
    --------
    >>> matrix = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 3.0], [0.0, 0.0, 4.0]])
    >>> round(block_coherence(matrix, [[0, 1], [2]]), 6)
    0.6
    """
    base, found = features_and_groups(operator, groups)
    if found.n_groups < 2:
        return 0.0
    bases = orthonormal_columns(base, found, np.arange(found.n_groups))
    return min(1.0, _largest_cosine(bases))


def recovery_condition(
    operator: OperatorLike | Problem, groups: GroupsLike = None, *, n_active: int
) -> RecoveryCondition:
    """Check the recovery condition ``mu < 1 / (3 T)`` (assumption 2.1 of Jiao, Jin and Lu).

    Under it the active groups are found if they are far enough above the noise,
    and exact data are recovered exactly (theorems 8 and 13).

    Parameters
    ----------
    operator : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex. A problem brings its groups along.
    groups : Groups, int, array_like or sequence of array_like, optional
        Disjoint groups, as for `Problem`.
    n_active : int
        T.

    Returns
    -------
    RecoveryCondition
        Whether it holds, mu, and the largest T for which it holds.

    Raises
    ------
    ValueError
        If `n_active` is not from 1 to the number of groups, or the groups do
        not fit.

    Examples
    --------
    >>> recovery_condition(np.eye(4), 2, n_active=2)
    RecoveryCondition(holds=True, block_coherence=0.0, largest_n_active=2)
    """
    base, found = features_and_groups(operator, groups)
    check_count("n_active", n_active, most=found.n_groups)
    mu = block_coherence(base, found)
    largest = found.n_groups
    if 3 * largest * mu >= 1:
        largest = int(1 / (3 * mu))
        largest -= 3 * largest * mu >= 1
    return RecoveryCondition(n_active <= largest, mu, largest)


def _largest_cosine(bases: GroupedColumns) -> float:
    """Return the largest singular value of ``U_i^H U_j`` over all pairs of groups."""
    ranks = np.diff(bases.indptr)
    ranks = ranks[ranks > 0]
    starts = np.concatenate([[0], np.cumsum(ranks)])
    best, first = 0.0, 0
    while first < ranks.size - 1:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _STRIP, "right")) - 1)
        rows = bases.rows[starts[first] : starts[last]]
        products = rows.conj() @ bases.rows[starts[first] :].T
        best = _largest_in_strip(products, ranks[first:], last - first, best)
        first = last
    return best


def _largest_in_strip(products: Array, ranks: IntArray, n_first: int, best: float) -> float:
    """Return the larger of `best` and the singular values of the blocks of a strip.

    The strip holds the products of the first `n_first` groups with all; only those above the
    diagonal of blocks count.
    """
    starts = np.cumsum(ranks) - ranks
    energy = np.add.reduceat(squared_magnitude(products), starts, axis=1)
    energy = np.add.reduceat(energy, starts[:n_first], axis=0)
    energy[np.tril_indices(n_first, m=ranks.size)] = 0
    bound = np.sqrt(energy)
    least = bound / np.sqrt(np.minimum.outer(ranks[:n_first], ranks))
    best = max(best, float(least.max()))
    pairs = np.argwhere(bound > best)
    pairs = pairs[np.argsort(-bound[tuple(pairs.T)])]
    largest_rank = int(ranks[np.unique(pairs)].max(initial=1))
    step = max(1, _PAIR_ENTRIES // largest_rank**2)
    for begin in range(0, len(pairs), step):
        batch = pairs[begin : begin + step]
        if bound[tuple(batch[0])] <= best:
            break
        blocks = _blocks(products, starts, ranks, batch, largest_rank)
        best = max(best, float(np.linalg.svd(blocks, compute_uv=False)[:, 0].max()))
    return best


def _blocks(
    products: Array, starts: IntArray, ranks: IntArray, pairs: IntArray, size: int
) -> Array:
    """Return the blocks of pairs of groups, padded with zeros to one size."""
    offset = np.arange(size)
    rows, columns = (starts[pairs[:, side], None] + offset for side in (0, 1))
    in_rows, in_columns = (offset < ranks[pairs[:, side], None] for side in (0, 1))
    rows, columns = np.where(in_rows, rows, 0), np.where(in_columns, columns, 0)
    blocks: Array = products[rows[:, :, None], columns[:, None, :]]
    return blocks * (in_rows[:, :, None] & in_columns[:, None, :])
