"""Vectors of the kernel with the fewest entries: the circuits of a matrix.

A circuit is a vector of the kernel whose support holds that of no other one. In
a kernel of dimension d it is zero on some d - 1 features that determine it up to
a factor, so all circuits are found by solving for each set of d - 1 features
(`n_sets`). They are the extreme points of the kernel's l1 ball if real, and the
one with the fewest entries has as many of them as the spark says.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb, log10
from typing import NamedTuple

import numpy as np
from scipy.linalg import qr

from ..arrays import Array, IntArray

MAX_SUBSETS = 100_000
_READABLE = 10**15
_BATCH_ENTRIES = 1 << 20
_LEAST_DETERMINED = 1e-6  # smallest singular value of what determines a vector


class KernelVectors(NamedTuple):
    """Some vectors of the kernel, and how well each is determined by where it is zero.

    Attributes
    ----------
    vectors : ndarray, shape (n_vectors, n_features)
        Of unit norm.
    determined : ndarray of float, shape (n_vectors,)
        Rounding, divided by this, is the error of an entry.
    """

    vectors: Array
    determined: Array


def kernel_basis(rows: Array, rounding: float) -> Array:
    """Return an orthonormal basis of the kernel.

    Parameters
    ----------
    rows : ndarray, shape (n_features, n_rows)
        The columns of the matrix.
    rounding : float
        Singular values up to this part of the largest one count as zero.

    Returns
    -------
    ndarray, shape (n_features, d)
        Columns are the basis.
    """
    _, values, right = np.linalg.svd(rows.T)
    rank = np.count_nonzero(values > rounding * values.max(initial=0.0))
    basis: Array = right[rank:].conj().T
    return basis


def n_sets(basis: Array) -> int:
    """Return how many sets of features have to be gone through for all circuits.

    Parameters
    ----------
    basis : ndarray, shape (n_features, d)
        Of the kernel.

    Returns
    -------
    int
        n_features over d - 1; none for the kernel that is zero.
    """
    n_features, dimension = basis.shape
    return comb(n_features, dimension - 1) if dimension else 0


def circuits(basis: Array) -> Iterator[KernelVectors]:
    """Yield all circuits, some of them many times, and vectors of the kernel that are none.

    Parameters
    ----------
    basis : ndarray, shape (n_features, d)
        Orthonormal, of the kernel.

    Yields
    ------
    KernelVectors
        A batch.
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

    Parameters
    ----------
    basis : ndarray, shape (n_features, d)
        Orthonormal, of the kernel.

    Returns
    -------
    KernelVectors
        The features are those on which the kernel is largest.
    """
    dimension = basis.shape[1]
    pivots = qr(basis.conj().T, mode="economic", pivoting=True)[2][:dimension]
    vectors = np.linalg.solve(basis[pivots].T, basis.T)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return KernelVectors(vectors / norms, 1 / norms[:, 0])


def check_sets(needed: int, max_subsets: int, question: str, way_out: str) -> None:
    """Refuse to go through too many sets.

    Parameters
    ----------
    needed : int
        How many there are, however many that is.
    max_subsets : int
        How many are allowed.
    question, way_out : str
        What takes so many, and what may be done instead.

    Raises
    ------
    ValueError
        If more are needed than allowed.
    """
    if needed > max_subsets:
        number = f"{needed:,}" if needed < _READABLE else f"about 10^{log10(needed):.0f}"
        raise ValueError(
            f"{question} {number} sets of columns, more than max_subsets = {max_subsets:,}: "
            f"raise it, or {way_out}"
        )


def index_sets(n: int, size: int, batch: int) -> Iterator[IntArray]:
    """Yield all sets of some size in batches.

    Parameters
    ----------
    n : int
        Sets are taken from 0 .. n - 1.
    size : int
        The members of each.
    batch : int
        The most sets at a time.

    Yields
    ------
    ndarray of int, shape (n_sets, size)
        In lexicographic order.
    """
    sets = combinations(range(n), size)
    while chunk := list(islice(sets, max(1, batch))):
        yield np.array(chunk, dtype=np.intp).reshape(len(chunk), size)
