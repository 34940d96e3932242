"""The cumulative coherence: how similar one column is to several others together."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..operators import OperatorLike
from ..problem import Problem
from .unit_columns import unit_columns

_STRIP = 512


def cumulative_coherence(matrix: OperatorLike | Problem) -> Array:
    """Return, for every k, the largest sum of cosines between one column and k others.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex. Columns need not be normalised; the cosine with a zero
        column is 0.

    Returns
    -------
    ndarray of float, shape (n_features,)
        ``mu_1(k)`` for k = 0 .. n_features - 1, from 0 on never falling;
        ``mu_1(1)`` is the mutual coherence.

    Notes
    -----
    It is the Babel function of Tropp, "Greed is good: algorithmic results for sparse
    approximation" (2004), definition 2.3: at most k times the mutual coherence, and often far
    smaller. It takes ``n_rows * n_features^2`` operations.

    Examples
    --------
    >>> cumulative_coherence([[1.0, 0.0, 3.0], [0.0, 2.0, 4.0]]).round(6)
    array([0. , 0.8, 1.4])
    """
    return largest_sums(unit_columns(matrix).rows)


def largest_sums(rows: Array) -> Array:
    """Return the cumulative coherence of columns of unit norm or zero, given as rows."""
    largest = np.zeros(len(rows))
    for begin in range(0, len(rows), _STRIP):
        cosines = np.abs(rows[begin : begin + _STRIP].conj() @ rows.T)
        own = np.arange(len(cosines))
        cosines[own, begin + own] = 0
        cosines.sort(axis=1)
        sums = cosines[:, :0:-1].cumsum(axis=1).max(axis=0)
        largest[1:] = np.maximum(largest[1:], sums)
    return largest
