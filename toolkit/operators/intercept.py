"""A matrix with a column of ones."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IntArray
from ..magnitudes import ColumnNorms
from ..short_text import shorten
from .matrix import CentredMatrix, Matrix
from .operator import Operator


class WithIntercept(Operator):
    """A matrix with a column of ones behind its own columns, applied without forming it.

    The last coefficient is an intercept. Groups that do not hold it leave it unpenalised.

    Parameters
    ----------
    matrix : Matrix or CentredMatrix
        ``X``, shape (n_rows, n_features).

    Raises
    ------
    ValueError
        If it is neither.

    Notes
    -----
    In matrix form ``A = [X, 1]``.

    Examples
    --------
    >>> WithIntercept(Matrix([[1.0], [3.0]])).apply(np.array([2.0, 1.0]))
    array([3., 7.])
    """

    channel_axis = -1

    def __init__(self, matrix: Matrix | CentredMatrix) -> None:
        if not isinstance(matrix, Matrix | CentredMatrix):
            raise ValueError(f"matrix must be a Matrix or CentredMatrix, got {shorten(matrix)}")
        self.matrix, self.dtype = matrix, matrix.dtype
        self.range_shape = matrix.range_shape
        self.domain_shape = (matrix.domain_shape[0] + 1,)
        norm = float(np.sqrt(self.range_shape[0]))
        if matrix.column_range is not None:
            self.column_range = matrix.column_range.join(ColumnNorms(norm, norm))

    def _apply(self, x: Array) -> Array:
        result: Array = self.matrix.apply(x[..., :-1]) + x[..., -1:]
        return result

    def _adjoint(self, y: Array) -> Array:
        total = y.sum(axis=-1, keepdims=True)
        return np.concatenate([self.matrix.adjoint(y), total], axis=-1)

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        last = self.domain_shape[0] - 1
        is_last = features == last
        if not is_last.any():
            return self.matrix.columns(features)
        columns = np.ones((features.size, self.range_shape[0]), self.dtype)
        columns[~is_last] = self.matrix.columns(features[~is_last])
        return columns

    def widen(self) -> WithIntercept:
        """Return the same with the matrix in double precision."""
        return WithIntercept(self.matrix.widen())
