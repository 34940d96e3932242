"""A matrix whose rows are weighted and whose columns are centred, without a copy of it."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from .matrix import Matrix
from .operator import Operator

_ROUNDING = 100.0
_ROWS, _BATCH = 16, 256


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
            self.means = matrix.adjoint(shares).conj().astype(matrix.dtype)
            self.constant = self._constant_columns()

    def _apply(self, x: Array) -> Array:
        if self.constant.size:
            x = np.array(x)
            x[..., self.constant] = 0
        offset = (x @ self.means)[..., None]
        result: Array = (self.matrix.apply(x) - offset) * self.roots
        return result

    def _adjoint(self, y: Array) -> Array:
        weighted = y * self.roots
        total = weighted.sum(axis=-1)[..., None]
        result: Array = self.matrix.adjoint(weighted) - total * self.means.conj()
        result[..., self.constant] = 0
        return result

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        columns = self.matrix.columns(features) - self.means[features, None]
        result: Array = columns * self.roots
        if self.constant.size:
            result[np.isin(features, self.constant)] = 0
        return result

    def explicit(self) -> Matrix:
        """Return the same as a matrix of its own, for a dense one.

        Returns
        -------
        Matrix
            A copy, in the order of the original.
        """
        values = np.subtract(self.matrix.values, self.means)
        values *= self.roots[:, None]
        values[:, self.constant] = 0
        return Matrix(values)

    def _constant_columns(self) -> IntArray:
        """Return the columns whose norm is rounding after centring."""
        rounding = _ROUNDING * float(np.finfo(self.dtype).eps)
        total = float(squared_magnitude(self.roots).sum())
        found = []
        for features in np.array_split(*self._candidates(rounding)):
            energy = squared_magnitude(self.columns(features)).sum(axis=1)
            whole = energy + squared_magnitude(self.means[features]) * total
            found.append(features[energy <= rounding**2 * whole])
        return np.concatenate(found)

    def _candidates(self, rounding: float) -> tuple[IntArray, int]:
        """Return columns that may be constant, by a few rows, and in how many batches to look."""
        heaviest = np.argsort(self.roots)[-_ROWS:]
        # A constant column's norm is rounding, so its entries are, in rows that weigh something.
        rows = heaviest[self.roots[heaviest] ** 2 >= np.mean(self.roots**2) / 2]
        deviations = np.abs(self.matrix.rows(rows) - self.means).max(axis=0)
        limit = 2 * rounding * np.sqrt(self.roots.size) * np.abs(self.means)
        features = np.flatnonzero(deviations <= limit)
        return features, max(1, -(-features.size // _BATCH))
