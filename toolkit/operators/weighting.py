"""The operator that scales every datum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_finite_array
from ..magnitudes import ColumnNorms
from .operator import Operator


class Weighting(Operator):
    """Multiplies every datum by its weight.

    Parameters
    ----------
    weights : array_like of float
        The weights, in the shape of the data, such as inverse standard deviations.

    Raises
    ------
    ValueError
        If weights are not finite, not real, or all zero.

    Notes
    -----
    In matrix form ``diag(w)``.

    Examples
    --------
    >>> Weighting([1.0, 0.5]).apply(np.array([1.0, 2.0]))
    array([1., 1.])
    """

    def __init__(self, weights: ArrayLike) -> None:
        array = as_finite_array(weights, "weights")
        if array.dtype.kind == "c" or not array.any():
            raise ValueError("weights must be real and not all zero")
        self.weights = array
        self.domain_shape = self.range_shape = array.shape
        self.dtype = np.dtype(np.float32)  # weights of higher precision do not widen the data
        largest = float(np.abs(array).max())
        self.lipschitz = largest**2
        self.column_range = ColumnNorms(largest, largest)

    def _apply(self, x: Array) -> Array:
        result: Array = x * self.weights.astype(x.real.dtype, copy=False)
        return result

    def _adjoint(self, y: Array) -> Array:
        return self._apply(y)

    def column_norms(self) -> Array:
        """Return the magnitudes of the weights."""
        return np.abs(self.weights).astype(float)
