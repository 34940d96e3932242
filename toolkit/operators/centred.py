"""A matrix whose rows are weighted and whose columns are centred, without a copy of it."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from .matrix import Matrix
from .operator import Operator

_ROUNDING = 100.0


class CentredMatrix(Operator):
    """``D^(1/2) (X - 1 m^T)`` with sample weights ``D`` and the weighted column means ``m``.

    Least squares with it is least squares with sample weights and an
    unpenalised intercept. A sparse matrix stays sparse. Constant columns are
    zero, not the rounding that centring leaves of them.

    Parameters
    ----------
    matrix : Matrix
        ``X``, shape (n_samples, n_features).
    sample_weight : ndarray of float, shape (n_samples,)
        Not negative, not all zero.
    centred : bool
        Whether the means are taken off.

    Attributes
    ----------
    constant : ndarray of int
        The columns that are nothing but their mean, if it is taken off.

    Examples
    --------
    >>> centred = CentredMatrix(Matrix([[1.0], [3.0]]), np.ones(2), centred=True)
    >>> centred.apply(np.array([1.0]))
    array([-1.,  1.])
    """

    channel_axis = -1

    def __init__(self, matrix: Matrix, sample_weight: Array, *, centred: bool) -> None:
        self.matrix = matrix
        self.domain_shape, self.range_shape = matrix.domain_shape, matrix.range_shape
        self.dtype = matrix.dtype
        real = np.empty(0, matrix.dtype).real.dtype
        shares = (sample_weight / sample_weight.sum()).astype(real)
        self.roots = np.sqrt(sample_weight).astype(real)
        self.means = np.zeros(matrix.domain_shape, matrix.dtype)
        self.constant: IntArray = np.empty(0, np.intp)
        if centred:
            self.means = matrix._adjoint(shares).conj().astype(matrix.dtype)
            self.constant = self._constant_columns()

    def _apply(self, x: Array) -> Array:
        if self.constant.size:
            x = np.array(x)
            x[..., self.constant] = 0
        offset = (x @ self.means)[..., None]
        result: Array = (self.matrix._apply(x) - offset) * self.roots
        return result

    def _adjoint(self, y: Array) -> Array:
        weighted = y * self.roots
        total = weighted.sum(axis=-1)[..., None]
        result: Array = self.matrix._adjoint(weighted) - total * self.means.conj()
        result[..., self.constant] = 0
        return result

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        columns = self.matrix.columns(features) - self.means[features, None]
        result: Array = columns * self.roots
        if self.constant.size:
            result[np.isin(features, self.constant)] = 0
        return result

    def _constant_columns(self) -> IntArray:
        """Return the columns whose norm is rounding after centring."""
        energy = np.concatenate(
            [
                squared_magnitude(self.columns(batch)).sum(axis=1)
                for batch in np.array_split(np.arange(self.means.size), -(-self.means.size // 256))
            ]
        )
        whole = energy + squared_magnitude(self.means) * float(squared_magnitude(self.roots).sum())
        rounding = (_ROUNDING * float(np.finfo(self.dtype).eps)) ** 2
        return np.flatnonzero(energy <= rounding * whole)
