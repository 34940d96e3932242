"""The fits on all sets of features of a size, where these are few.

Exchanges end in a local optimum, most often where a set has nearly as many features as the
data have dimensions and a few sets fit almost exactly. A small problem has so few sets that
one QR factorisation of each, in stacks, takes no longer than a search.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude

_MOST_WORK = 2**20  # entries of the columns and residuals of all sets
_STACK = 4096  # sets that are factorised at once
_DEPENDENT = 1e-5  # of a column's norm: less, beside the others, is rounding


def are_few_subsets(columns: Array, data: Array, size: int) -> bool:
    """Return whether all sets of columns of a size can be tried, to fit data (n_rows, K).

    Also false where a set of this size cannot be independent.
    """
    n_rows, n_columns = columns.shape
    entries = n_rows * (size + data.shape[1])  # of one set
    return bool(size <= min(columns.shape)) and comb(n_columns, size) * entries <= _MOST_WORK


def fit_all_subsets(columns: Array, data: Array, size: int) -> tuple[IntArray, Array]:
    """Fit data, (n_rows, K), on every independent set of columns of a size.

    Returns the sets, (n_sets, size), in lexicographic order, and the squared Frobenius norm of
    the residual of each.
    """
    norms = np.sqrt(squared_magnitude(columns).sum(axis=0))
    found = []
    for subsets in _generate_stacks(columns.shape[1], size):
        basis, triangle = np.linalg.qr(columns[:, subsets].transpose(1, 0, 2))
        left = np.abs(np.diagonal(triangle, axis1=1, axis2=2))
        kept = (left > _DEPENDENT * norms[subsets]).all(axis=1)
        basis = basis[kept]
        residuals = data - basis @ (basis.conj().transpose(0, 2, 1) @ data)
        found.append((subsets[kept], squared_magnitude(residuals).sum(axis=(1, 2))))
    subsets, energies = map(np.concatenate, zip(*found, strict=True))
    return subsets, energies


def _generate_stacks(n_columns: int, size: int) -> Iterator[IntArray]:
    """Yield all sets of a size, some thousand at a time."""
    every = combinations(range(n_columns), size)
    while some := list(islice(every, _STACK)):
        yield np.array(some, dtype=np.intp)
