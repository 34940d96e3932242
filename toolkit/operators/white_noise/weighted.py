"""Operators with weighted rows: any operator, and a dense matrix without a copy of it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...arrays import Array, IntArray
from ...magnitudes import ColumnNorms, check_magnitude
from ..matrix import Matrix
from ..operator import Operator


class Weighted(Operator):
    """``diag(w) A``: every datum of an operator, times its weight.

    `weights` are real, in the shape of the operator's range.
    """

    def __init__(self, operator: Operator, weights: Array) -> None:
        self.operator, self.weights = operator, weights
        self.domain_shape, self.range_shape = operator.domain_shape, operator.range_shape
        self.dtype, self.channel_axis = operator.dtype, operator.channel_axis
        self.n_channels, self.exact_columns = operator.n_channels, operator.exact_columns
        largest = float(np.abs(weights).max())
        self.column_range = scale_range(operator.column_range, largest)
        if operator.lipschitz is not None:
            self.lipschitz = operator.lipschitz * largest**2
        if operator.orthonormal_rows:
            self.row_energy = float(np.mean(np.square(weights, dtype=float)))

    def widen(self) -> Operator:
        """Return the same with the operator in double precision."""
        return Weighted(self.operator.widen(), self.weights)

    def _apply(self, x: Array) -> Array:
        return self._weigh(self.operator.apply(x))

    def _adjoint(self, y: Array) -> Array:
        return self.operator.adjoint(self._weigh(y))

    def _weigh(self, y: Array) -> Array:
        result: Array = y * self.weights.astype(y.real.dtype, copy=False)
        return result

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        columns = self.operator.columns(features)
        weighted = self._weigh(columns.reshape(features.size, *self.range_shape))
        return weighted.reshape(columns.shape)

    def __repr__(self) -> str:
        return f"Weighting({self.range_shape}) @ {self.operator!r}"


class WeightedMatrix(Weighted, Matrix):
    """``diag(w) A`` of a dense matrix, applied without forming it.

    `values` are formed when they are asked for.
    """

    is_sparse = False

    def __init__(self, matrix: Matrix, weights: Array) -> None:
        super().__init__(matrix, weights)
        self.matrix = matrix

    @cached_property
    def values(self) -> Array:
        """The weighted matrix, a copy."""
        return self._weigh(self.matrix.values.T).T

    def widen(self) -> Matrix:
        """Return the same with the matrix in double precision."""
        return WeightedMatrix(self.matrix.widen(), self.weights)

    def columns(self, features: IntArray) -> Array:
        """Return some columns, each as a row."""
        columns = self.matrix.columns(features)  # a copy
        columns *= self.weights.astype(columns.real.dtype, copy=False)
        return columns

    def rows(self, places: IntArray) -> Array:
        """Return some rows."""
        rows = self.matrix.rows(places)
        result: Array = rows * self.weights[places, None].astype(rows.real.dtype, copy=False)
        return result


def scale_range(columns: ColumnNorms | None, factor: float) -> ColumnNorms | None:
    """Return the order of the norms of columns times a factor; None if they are zero or unknown.

    A `ValueError` if they are out of the range of double precision.
    """
    if columns is None or not factor:
        return None
    scaled = columns.scale(factor)
    check_magnitude("weights times operator", scaled.most, "column norms")
    return scaled
