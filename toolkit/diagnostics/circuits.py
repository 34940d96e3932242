"""The circuits of a matrix: vectors of its kernel with the fewest entries.

The support of a circuit holds that of no other vector of the kernel. In a kernel of dimension d
a circuit is zero on some d - 1 features that determine it up to a factor, so solving for each
set of d - 1 features (`count_sets`) finds all circuits. They are the extreme points of the
kernel's l1 ball if real, and the one with the fewest entries has as many as the spark says.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb, log10
from typing import NamedTuple

import numpy as np
from scipy.linalg import qr

from ..arrays import Array, IntArray
from ..checks import check_count

MAX_SUBSETS = 100_000
_READABLE = 10**15
_BATCH_ENTRIES = 1 << 20
_LEAST_DETERMINED = 1e-6  # smallest singular value of what determines a vector


class KernelVectors(NamedTuple):
    """Some vectors of the kernel, and how well each is determined by where it is zero.

    `vectors` (n_vectors, n_features) are of unit norm. Rounding divided by `determined`
    (n_vectors,) is the error of an entry.
    """

    vectors: Array
    determined: Array


def kernel_basis(rows: Array, rounding: float) -> Array:
    """Return an orthonormal basis of the kernel, shape (n_features, d).

    `rows` (n_features, n_rows) are the columns of the matrix. Singular values up to `rounding`
    times the largest one count as zero.
    """
    _, values, right = np.linalg.svd(rows.T)
    rank = np.count_nonzero(values > rounding * values.max(initial=0.0))
    basis: Array = right[rank:].conj().T
    return basis


def count_sets(basis: Array) -> int:
    """Return the number of sets of features that determine all circuits: n_features over d - 1."""
    n_features, dimension = basis.shape
    return comb(n_features, dimension - 1) if dimension else 0


def circuits(basis: Array) -> Iterator[KernelVectors]:
    """Yield all circuits in batches, some many times, and other vectors of the kernel.

    `basis` (n_features, d) is an orthonormal basis of the kernel.
    """
    n_features, dimension = basis.shape
    if not dimension:
        return
    for chosen in index_sets(n_features, dimension - 1, _BATCH_ENTRIES // dimension**2):
        square = np.zeros((len(chosen), dimension, dimension), basis.dtype)
        square[:, :-1] = basis[chosen]  # the last row stays zero, and so a singular value
        _, values, right = np.linalg.svd(square)
        determined = np.column_stack([np.ones(len(chosen)), values])[:, dimension - 1]
        kept = determined > _LEAST_DETERMINED
        yield KernelVectors(right[kept, -1].conj() @ basis.T, determined[kept])


def echelon_vectors(basis: Array) -> KernelVectors:
    """Return d independent vectors of the kernel, each zero on d - 1 features.

    The features are those on which the kernel, of orthonormal basis (n_features, d), is largest.
    """
    dimension = basis.shape[1]
    pivots = qr(basis.conj().T, mode="economic", pivoting=True)[2][:dimension]
    vectors = np.linalg.solve(basis[pivots].T, basis.T)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return KernelVectors(vectors / norms, 1 / norms[:, 0])


def check_sets(needed: int, max_subsets: int, question: str, way_out: str) -> None:
    """Raise a `ValueError` if more sets are needed than allowed.

    The message says what needs them (`question`) and what may be done instead (`way_out`).
    """
    check_count("max_subsets", max_subsets)
    if needed > max_subsets:
        number = f"{needed:,}" if needed < _READABLE else f"about 10^{log10(needed):.0f}"
        raise ValueError(
            f"{question} {number} sets of columns, more than max_subsets = {max_subsets:,}: "
            f"raise it, or {way_out}"
        )


def index_sets(n: int, size: int, batch: int) -> Iterator[IntArray]:
    """Yield all sets of `size` of 0 .. n - 1 in lexicographic order, at most `batch` at once."""
    sets = combinations(range(n), size)
    while chunk := list(islice(sets, max(1, batch))):
        yield np.array(chunk, dtype=np.intp).reshape(len(chunk), size)
