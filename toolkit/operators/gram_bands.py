"""The banded Gram matrix of short columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Array, IntArray


class GramBands(NamedTuple):
    """A banded Hermitian matrix G with possibly equal rows.

    Attributes
    ----------
    rows : ndarray, shape (n_rows, 2 * width - 1)
        ``rows[which[j], width - 1 + lag] = G[j, j + lag]``; zero beyond the ends.
    which : ndarray of int, shape (n_samples,)
        The row of every sample.
    """

    rows: Array
    which: IntArray

    @property
    def width(self) -> int:
        """One more than the largest lag."""
        return int(self.rows.shape[1] + 1) // 2

    def diagonal(self) -> Array:
        """Return the diagonal of G, real."""
        return np.ascontiguousarray(self.rows[self.which, self.width - 1].real)

    def among(self, samples: IntArray) -> Array:
        """Return ``G[samples][:, samples]``, shape (n, n), for samples in any order."""
        lags = samples[None, :] - samples[:, None]
        near = np.abs(lags) < self.width
        places = np.where(near, lags + self.width - 1, 0)
        part: Array = np.where(near, self.rows[self.which[samples][:, None], places], 0)
        return part

    def product(self, samples: IntArray, values: Array) -> Array:
        """Return ``G x``, shape (n_samples,), for an x that is zero except at some samples.

        The samples are distinct; `values` are those of x there.
        """
        n, width = self.which.size, self.width
        padded = np.zeros(n + 2 * width, np.result_type(self.rows, values))
        rows = self.rows[self.which[samples]].conj() * values[:, None]
        np.add.at(padded, samples[:, None] + np.arange(2 * width - 1), rows)
        return padded[width - 1 : width - 1 + n]


def bands_of(segments: Array, width: int, which: IntArray) -> GramBands:
    """Return the bands of ``A^H A``, in double precision, for columns of few entries.

    `segments` (n_samples, n_lags) holds the columns around their sample, zero outside the record.
    `width` is one more than the largest lag and at least `n_lags`. `which` is the row of every
    sample of a record that may be longer.
    """
    n, n_lags = segments.shape
    segments = segments.astype(np.result_type(segments.dtype, np.float64), copy=False)
    rows = np.zeros((n, 2 * width - 1), segments.dtype)
    for lag in range(min(n_lags, n)):
        first = segments[: n - lag, lag:].conj()
        products = np.einsum("jm,jm->j", first, segments[lag:, : n_lags - lag])
        rows[: n - lag, width - 1 + lag] = products
        rows[lag:, width - 1 - lag] = products.conj()
    return GramBands(rows, which.astype(np.intp))
