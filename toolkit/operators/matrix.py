"""A matrix, dense or sparse, as an operator on vectors of features."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..arrays import Array, IntArray, checked_array, inexact_dtype
from ._shared_product import times_matrix
from .operator import Operator


class Matrix(Operator):
    """The map ``x -> A x`` for an explicit matrix.

    Parameters
    ----------
    values : array_like or scipy.sparse matrix, shape (n_rows, n_features)
        Real or complex. Dense arrays are kept without a copy where their
        dtype allows; sparse ones are kept as compressed columns.

    Attributes
    ----------
    is_sparse : bool
        Whether the values are kept as a sparse matrix.

    Raises
    ------
    ValueError
        If it is not a matrix, is empty, or holds NaN or infinite values.

    Examples
    --------
    >>> Matrix([[1.0, 2.0], [0.0, 1.0]]).adjoint(np.array([1.0, 1.0]))
    array([1., 3.])
    """

    channel_axis = -1

    def __init__(self, values: Any) -> None:
        self.is_sparse = bool(sp.issparse(values))
        if self.is_sparse:
            self.values: Any = sp.csc_array(values)
            checked_array(self.values.data if self.values.nnz else np.zeros(1), "operator matrix")
            self.values = self.values.astype(inexact_dtype(self.values.dtype))
        else:
            self.values = checked_array(values, "operator matrix")
        if self.values.ndim != 2 or 0 in self.values.shape:
            raise ValueError(
                f"operator matrix must have rows and columns, got shape {self.values.shape}"
            )
        self.dtype = self.values.dtype
        self.range_shape, self.domain_shape = self.values.shape[:1], self.values.shape[1:]
        self._conjugated = self.values.conj(copy=False) if self.is_sparse else None

    def _apply(self, x: Array) -> Array:
        if self.is_sparse:
            return _through_columns(self.values, x)
        return times_matrix(x, self.values.T)

    def _adjoint(self, y: Array) -> Array:
        if self._conjugated is not None:
            return _through_columns(self._conjugated.T, y)
        if np.iscomplexobj(self.values):
            return times_matrix(y.conj(), self.values).conj()
        return times_matrix(y, self.values)

    def columns(self, features: IntArray) -> Array:
        """Return some columns of the matrix, each as a row."""
        if self.is_sparse:
            rows: Array = self.values[:, features].toarray().T
            return rows
        if self.values.flags.f_contiguous:
            return np.take(self.values.T, features, axis=0)
        return np.take(self.values, features, axis=1).T

    def rows(self, places: IntArray) -> Array:
        """Return some rows of the matrix."""
        if self.is_sparse:
            dense: Array = self.values[places].toarray()
            return dense
        return np.asarray(self.values[places])


def _through_columns(matrix: Any, x: Array) -> Array:
    """Multiply a sparse matrix with every vector along the last axis of `x`."""
    columns = x.reshape(-1, x.shape[-1]).T
    result: Array = (matrix @ columns).T.reshape(*x.shape[:-1], matrix.shape[0])
    return result
