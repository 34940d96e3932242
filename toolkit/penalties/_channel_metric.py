"""The metric between channels that orthogonal weighting uses, in low-rank form where that is less.

For coefficients as rows of channels, Z of shape (K, n_features), it is
``M = gamma I + (1 - gamma) Z Z^H``. Powers of M act through its eigenvectors. Where
fewer features are active than there are channels, those of Z alone are needed: on
their complement M is gamma times the identity (Petrosyan, Pieper and Tran, 2023,
remark 6.1). Negative powers are those of the pseudo-inverse.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg

from ..arrays import Array, real_dtype


class ChannelMetric(NamedTuple):
    """``gamma I + (1 - gamma) Z Z^H`` by its eigenvectors.

    Attributes
    ----------
    vectors : ndarray, shape (K, r)
        Orthonormal; all of them, or those not in the complement.
    values : ndarray of float, shape (r,)
        Their eigenvalues, in double precision; none is negative.
    gamma : float
        The eigenvalue on the complement.
    """

    vectors: Array
    values: Array
    gamma: float

    @classmethod
    def at(cls, rows: Array, gamma: float) -> ChannelMetric:
        """Return the metric at coefficients of shape (K, n_features)."""
        active = rows[:, rows.any(axis=0)]
        if active.shape[1] >= len(rows):
            return complete_metric(active, gamma)
        vectors, singular, _ = np.linalg.svd(active, full_matrices=False)
        squares = singular.astype(float) ** 2
        return cls(vectors, gamma + (1 - gamma) * squares, gamma)

    @property
    def largest(self) -> float:
        """The largest eigenvalue."""
        n_channels, r = self.vectors.shape
        return float(self.values.max(initial=self.gamma if r < n_channels else 0.0))

    @property
    def margin(self) -> float:
        """The smallest over the largest eigenvalue: zero for a singular metric."""
        n_channels, r = self.vectors.shape
        ends = [self.values.min(initial=np.inf), self.values.max(initial=0.0)]
        if r < n_channels:
            ends += [self.gamma]
        return float(min(ends) / max(ends)) if max(ends) > 0 else 0.0

    @property
    def is_singular(self) -> bool:
        """Whether an eigenvalue is no more than rounding."""
        # Eigenvalues are squares, in double precision; coefficients need not be.
        floor = max(_rounding(self.values), (10 * _rounding(self.vectors)) ** 2)
        return self.margin <= floor * len(self.vectors)

    def times(self, rows: Array, power: float) -> Array:
        """Return a power of the metric times rows of channels, shape (K, n)."""
        outside = _power(np.array([self.gamma]), power, 0.0)[0]
        floor = _rounding(self.vectors) * float(self.values.max(initial=0.0))
        inside = _power(self.values, power, floor)
        if self.vectors.shape[0] == self.vectors.shape[1]:
            outside = 0.0
        factors = (inside - outside).astype(real_dtype(rows.dtype))
        result: Array = self.vectors @ (factors[:, None] * (self.vectors.conj().T @ rows))
        if outside:
            result += rows.dtype.type(outside) * rows
        return result


def complete_metric(rows: Array, gamma: float) -> ChannelMetric:
    """Return the metric with all K eigenvectors.

    Parameters
    ----------
    rows : ndarray, shape (K, n)
        The coefficients.
    gamma : float
        From 0 to 1.

    Returns
    -------
    ChannelMetric
        With as many vectors as channels.
    """
    wide = rows.astype(np.result_type(rows, np.float64), copy=False)
    gram = (1 - gamma) * (wide @ wide.conj().T)
    gram[np.diag_indices(len(gram))] += gamma
    values, vectors = _eigen(gram)
    return ChannelMetric(vectors.astype(rows.dtype, copy=False), np.maximum(values, gamma), gamma)


def _eigen(gram: Array) -> tuple[Array, Array]:
    """Return eigenvalues and eigenvectors of a Hermitian matrix in double precision.

    By SciPy's BLAS library, which solvers hold to one thread: matrices are
    small, and threads that wait for cores cost more than they do.
    """
    solve = scipy.linalg.lapack.zheevd if np.iscomplexobj(gram) else scipy.linalg.lapack.dsyevd
    values, vectors, info = solve(gram)
    if info:
        return np.linalg.eigh(gram)
    return values, vectors


def _rounding(vectors: Array) -> float:
    return 10 * float(np.finfo(vectors.dtype).eps)


def _power(values: Array, power: float, floor: float) -> Array:
    """Return powers; negative ones of what does not exceed the floor are zero."""
    if power >= 0:
        result: Array = values**power
        return result
    beyond = values > floor
    return np.where(beyond, np.where(beyond, values, 1.0) ** power, 0.0)
