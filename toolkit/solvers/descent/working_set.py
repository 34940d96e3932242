"""The groups at work in block coordinate descent: coefficients, blocks, Gram matrices.

The Gram matrix of the working set is made when it is first asked for, and later
only for the groups that came in since. Memory: the square of the number of
working features, and their columns where these cannot be read in place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import Array, IntArray, real_dtype
from ...reformulations.feature_view import FeatureView
from .block_kernels import Blocks
from .columns import columns_of


class WorkingSet:
    """Blocks of features in the order in which they came in.

    Parameters
    ----------
    view : FeatureView
        Operator, groups of features, data.
    dtype : dtype
        That of the coefficients.
    """

    def __init__(self, view: FeatureView, dtype: Any) -> None:
        self.view, self.dtype = view, dtype
        self.columns = columns_of(view.operator, view.data.shape[1], dtype)
        self.features: IntArray = np.empty(0, np.intp)
        self.x: Array = np.empty((view.data.shape[0], 0), dtype)
        self.norms: Array = np.empty(0)
        self._block_of: IntArray = np.empty(0, np.intp)
        self.blocks = _no_blocks(dtype)
        self._gram: Array = np.empty((0, 0), dtype)
        self._n_gram = 0

    @property
    def active(self) -> IntArray:
        """Places of the blocks that are not zero."""
        return np.flatnonzero(self.norms)

    def places(self, order: IntArray) -> IntArray:
        """Return the places of these blocks' features among the working ones."""
        chosen = np.zeros(self.norms.size, dtype=bool)
        chosen[order] = True
        return np.flatnonzero(chosen[self._block_of])

    def add(self, members: IntArray, sizes: IntArray, numbers: IntArray, ridge: float) -> None:
        """Take blocks of features in, with coefficients of zero.

        Parameters
        ----------
        members : ndarray of int
            Their features, block after block.
        sizes : ndarray of int, shape (n_blocks,)
            How many features each has.
        numbers : ndarray of int, shape (n_blocks,)
            Which group of the penalty each is.
        ridge : float
            Added to their Gram matrices.
        """
        self.features = np.concatenate([self.features, members])
        self.x = np.concatenate([self.x, np.zeros((len(self.x), members.size), self.dtype)], axis=1)
        blocks = np.repeat(self.norms.size + np.arange(sizes.size), sizes)
        self._block_of = np.concatenate([self._block_of, blocks])
        self.norms = np.concatenate([self.norms, np.zeros(numbers.size)])
        grams = self.columns.take(members, sizes)
        self.blocks = _extended(self.blocks, numbers, sizes, grams, np.full(numbers.size, ridge))

    def gram(self) -> Array:
        """Return ``<a_i, a_j>`` for working features as entry (j, i), made as far as missing.

        Returns
        -------
        ndarray
            At least as large as the number of features, in C order.
        """
        n, done = self.features.size, self._n_gram
        if done < n:
            if len(self._gram) < n:
                grown = np.empty((max(n, 3 * done // 2),) * 2, self.dtype)
                grown[:done, :done] = self._gram[:done, :done]
                self._gram = grown
            self._gram[done:n, :n] = self.columns.products(done)
            self._gram[:done, done:n] = self._gram[done:n, :done].conj().T
            self._n_gram = n
        return self._gram

    def image(self) -> Array:
        """Return ``A x`` for every channel."""
        return self.columns.image(self.x, self.places(self.active))

    def full(self) -> Array:
        """Return the coefficients of all features, shape (channels, n_features)."""
        coef = np.zeros((len(self.x), self.view.groups.n_coefs), self.dtype)
        coef[:, self.features] = self.x
        return coef


def _no_blocks(dtype: Any) -> Blocks:
    whole, real = np.empty(0, np.intp), np.empty(0, real_dtype(dtype))
    return Blocks(
        whole,
        np.zeros(1, np.intp),
        whole,
        np.empty(0, dtype),
        np.empty(0, dtype),
        real,
        np.empty(0),
    )


def _extended(
    blocks: Blocks, numbers: IntArray, sizes: IntArray, grams: list[Array], ridges: Array
) -> Blocks:
    """Return the blocks with more at the end, their eigendecompositions made."""
    values, vectors = _decomposed(grams, sizes, ridges)
    starts = blocks.grams.size + np.cumsum(sizes**2) - sizes**2
    return Blocks(
        np.concatenate([blocks.numbers, numbers]),
        np.concatenate([blocks.indptr, blocks.indptr[-1] + np.cumsum(sizes)]),
        np.concatenate([blocks.offsets, starts]),
        np.concatenate([blocks.grams, *(gram.ravel() for gram in grams)]),
        np.concatenate([blocks.vectors, *(vector.ravel() for vector in vectors)]),
        np.concatenate([blocks.values, *values]),
        np.concatenate([blocks.ridges, ridges]),
    )


def _decomposed(
    grams: list[Array], sizes: IntArray, ridges: Array
) -> tuple[list[Array], list[Array]]:
    """Return eigenvalues and vectors of all matrices, those of one size at a time."""
    values: list[Array] = [np.empty(0)] * len(grams)
    vectors: list[Array] = [np.empty(0)] * len(grams)
    for size in np.unique(sizes):
        which = np.flatnonzero(sizes == size)
        found, basis = np.linalg.eigh(np.stack([grams[i] for i in which]))
        rounding = size * float(np.finfo(found.dtype).eps)
        found[found <= rounding * found[:, -1:]] = 0
        found += ridges[which, None].astype(found.dtype)
        for i, place in enumerate(which):
            values[place], vectors[place] = found[i], basis[i]
    return values, vectors
