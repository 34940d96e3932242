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
            wide = active.astype(np.result_type(rows, np.float64), copy=False)
            values, vectors = np.linalg.eigh((1 - gamma) * (wide @ wide.conj().T))
            vectors = vectors.astype(rows.dtype, copy=False)
            return cls(vectors, np.maximum(values, 0) + gamma, gamma)
        vectors, singular, _ = np.linalg.svd(active, full_matrices=False)
        squares = singular.astype(float) ** 2
        return cls(vectors, gamma + (1 - gamma) * squares, gamma)

    @property
    def margin(self) -> float:
        """The smallest over the largest eigenvalue: zero for a singular metric."""
        n_channels, r = self.vectors.shape
        ends = [self.values.min(initial=np.inf), self.values.max(initial=0.0)]
        if r < n_channels:
            ends += [self.gamma]
        return float(min(ends) / max(ends)) if max(ends) > 0 else 0.0

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


def _rounding(vectors: Array) -> float:
    return 10 * float(np.finfo(vectors.dtype).eps)


def _power(values: Array, power: float, floor: float) -> Array:
    """Return powers; negative ones of what does not exceed the floor are zero."""
    if power >= 0:
        result: Array = values**power
        return result
    beyond = values > floor
    return np.where(beyond, np.where(beyond, values, 1.0) ** power, 0.0)
