"""A matrix, dense or sparse, as it is or with its columns centred."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from ..arrays import (
    Array,
    IntArray,
    as_filled_array,
    as_finite_array,
    as_number_array,
    real_dtype,
    squared_magnitude,
)
from ..checks import check_flag, check_instance
from ..magnitudes import TINIEST, check_values, find_column_norms, find_norm, summarise_norms
from .operator import Operator
from .shared_product import times_matrix

_ROWS, _BATCH = 16, 256


def find_constant_limit(dtype: np.dtype[Any]) -> float:
    """Return the part of its size up to which the spread of a column is only rounding."""
    return 100.0 * float(np.finfo(dtype).eps)


class Matrix(Operator):
    """An explicit matrix, dense or sparse, on vectors of features.

    Parameters
    ----------
    values : array_like or scipy.sparse matrix, shape (n_rows, n_features)
        Real or complex. Dense arrays are kept without a copy where their
        dtype allows; sparse ones are kept as compressed columns.
    name : str, default "operator matrix"
        What messages call the values.

    Attributes
    ----------
    is_sparse : bool
        Whether the values are kept as a sparse matrix.

    Raises
    ------
    ValueError
        If it is not a matrix, is empty, holds NaN or infinite values, or its largest magnitude
        is out of range.

    Notes
    -----
    In matrix form ``A`` is `values`, but that columns of norm below 1e-75 are zero.

    Examples
    --------
    >>> Matrix([[1.0, 2.0], [0.0, 1.0]]).adjoint(np.array([1.0, 1.0]))
    array([1., 3.])
    """

    channel_axis = -1
    exact_columns = True

    def __init__(self, values: Any, name: str = "operator matrix") -> None:
        self.is_sparse = bool(sp.issparse(values))
        if self.is_sparse:
            self.values: Any = _compress_columns(values, name)
        else:
            self.values = as_filled_array(values, name)
        if self.values.ndim != 2 or 0 in self.values.shape:
            raise ValueError(f"{name} must have rows and columns, got shape {self.values.shape}")
        self._check_columns(name)
        self.dtype = self.values.dtype
        self.range_shape, self.domain_shape = self.values.shape[:1], self.values.shape[1:]
        self._conjugated = self.values.conj(copy=False) if self.is_sparse else None

    def _check_columns(self, name: str) -> None:
        """Refuse values that are not finite or out of range, and clear the tiniest columns."""
        norms = find_column_norms(self.values)
        stored = self.values.data if self.is_sparse else self.values
        check_values(stored, name, find_norm(norms))
        tiny = (norms > 0) & (norms < TINIEST)
        if tiny.any():
            self.values = self.values.copy()
            if self.is_sparse:
                self.values.data[np.repeat(tiny, np.diff(self.values.indptr))] = 0
            else:
                self.values[:, tiny] = 0
            norms[tiny] = 0
        self.column_range = summarise_norms(norms)

    def widen(self) -> Matrix:
        """Return the matrix in double precision."""
        double = np.result_type(self.dtype, np.float64)
        return self if double == self.dtype else Matrix(self.values.astype(double))

    def weigh_stored(self, weights: Array) -> Matrix:
        """Return a sparse matrix with weighted rows, which shares the places of its values."""
        stored, weighted = self.values, copy(self)
        factors = weights.astype(real_dtype(self.dtype), copy=False)[stored.indices]
        parts = (stored.data * factors, stored.indices, stored.indptr)
        weighted.values = sp.csc_array(parts, shape=stored.shape)
        weighted._conjugated = weighted.values.conj(copy=False)
        weighted._check_columns("weights times operator matrix")
        return weighted

    def _apply(self, x: Array) -> Array:
        if self.is_sparse:
            return _multiply_vectors(self.values, x)
        return times_matrix(x, self.values.T)

    def _adjoint(self, y: Array) -> Array:
        if self._conjugated is not None:
            return _multiply_vectors(self._conjugated.T, y)
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


def _compress_columns(values: Any, name: str) -> Any:
    """Return a sparse matrix as compressed columns of finite numbers, of a dtype computed in."""
    compressed = sp.csc_array(as_sparse_numbers(values, name), copy=True)
    compressed.sum_duplicates()
    return compressed


def as_sparse_numbers(values: Any, name: str) -> Any:
    """Return a sparse matrix of a dtype computed in; a `ValueError` if it is no valid matrix.

    Formats without an array of values become another.
    """
    if values.ndim != 2:
        raise ValueError(f"{name} must have rows and columns, got shape {values.shape}")
    numbers = values.tocoo() if values.format in ("dok", "lil") else copy(values)
    numbers.data = as_number_array(numbers.data, name)  # SciPy adds duplicates in their dtype
    _check_positions(numbers, name)
    return numbers


def check_weights(sample_weight: ArrayLike, n_samples: int) -> Array:
    """Return weights of samples in double precision; a `ValueError` if they are none."""
    weights = as_finite_array(sample_weight, "sample_weight")
    if weights.shape != (n_samples,) or weights.dtype.kind == "c":
        raise ValueError(
            f"sample_weight must be real and of shape ({n_samples},), "
            f"got {weights.dtype} of shape {weights.shape}"
        )
    if weights.min() < 0 or not weights.max() > 0:
        raise ValueError(
            f"sample_weight must not be negative, and not all weights zero, "
            f"got values from {weights.min():g} to {weights.max():g}"
        )
    return weights.astype(float)


def _check_positions(values: Any, name: str) -> None:
    """Raise a `ValueError` if a value has its place outside: it would be written out of bounds."""
    try:
        if values.format == "coo":
            np.ravel_multi_index(values.coords, values.shape)
        elif hasattr(values, "check_format"):
            values.check_format()
    except ValueError as error:
        raise ValueError(f"{name} has values outside its shape {values.shape}: {error}") from error


def _multiply_vectors(matrix: Any, x: Array) -> Array:
    """Return the product of a sparse matrix with every vector along the last axis of `x`."""
    columns = x.reshape(-1, x.shape[-1]).T
    result: Array = (matrix @ columns).T.reshape(*x.shape[:-1], matrix.shape[0])
    return result


class CentredMatrix(Operator):
    """A matrix with weighted rows and centred columns, applied without forming it.

    Least squares with it is least squares with sample weights and an
    unpenalised intercept. A sparse matrix stays sparse. Constant columns are
    exactly zero, not rounding errors of centring.

    Parameters
    ----------
    matrix : Matrix
        ``X``, shape (n_samples, n_features).
    sample_weight : ndarray of float, shape (n_samples,)
        Not negative, not all zero.
    centred : bool
        Whether the means are subtracted.

    Attributes
    ----------
    constant : ndarray of int
        The columns that are constant, if the means are subtracted.

    Notes
    -----
    In matrix form ``A = D^(1/2) (X - 1 m^T)``, with the sample weights ``D`` and the weighted
    column means ``m``, zero unless `centred`.

    Examples
    --------
    >>> centred = CentredMatrix(Matrix([[1.0], [3.0]]), np.ones(2), centred=True)
    >>> centred.apply(np.array([1.0]))
    array([-1.,  1.])
    """

    channel_axis = -1

    def __init__(self, matrix: Matrix, sample_weight: Array, *, centred: bool) -> None:
        check_instance("matrix", matrix, Matrix)
        sample_weight = check_weights(sample_weight, matrix.range_shape[0])
        check_flag("centred", centred)
        self.matrix = matrix
        self.domain_shape, self.range_shape = matrix.domain_shape, matrix.range_shape
        self.dtype = matrix.dtype
        if matrix.column_range is not None:
            self.column_range = matrix.column_range.scale(float(np.sqrt(sample_weight.max())))
        self._sample_weight, self._is_centred = sample_weight, centred
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

    def widen(self) -> CentredMatrix:
        """Return the same matrix, weighted and centred in double precision."""
        return CentredMatrix(self.matrix.widen(), self._sample_weight, centred=self._is_centred)

    def explicit(self) -> Matrix:
        """Return a dense centred matrix as a `Matrix`, a copy in the order of the original."""
        values = np.subtract(self.matrix.values, self.means)
        values *= self.roots[:, None]
        values[:, self.constant] = 0
        return Matrix(values)

    def _constant_columns(self) -> IntArray:
        """Return the columns whose norm after centring is a rounding error."""
        rounding = find_constant_limit(self.dtype)
        total = float(squared_magnitude(self.roots).sum())
        found = []
        for features in np.array_split(*self._candidates(rounding)):
            energy = squared_magnitude(self.columns(features)).sum(axis=1)
            whole = energy + squared_magnitude(self.means[features]) * total
            found.append(features[energy <= rounding**2 * whole])
        return np.concatenate(found)

    def _candidates(self, rounding: float) -> tuple[IntArray, int]:
        """Return the columns that may be constant, by a few rows, and the number of batches."""
        heaviest = np.argsort(self.roots)[-_ROWS:]
        # A constant column's norm is rounding, so its entries are, in rows that weigh something.
        rows = heaviest[self.roots[heaviest] ** 2 >= np.mean(self.roots**2) / 2]
        deviations = np.abs(self.matrix.rows(rows) - self.means).max(axis=0)
        limit = 2 * rounding * np.sqrt(self.roots.size) * np.abs(self.means)
        features = np.flatnonzero(deviations <= limit)
        return features, max(1, -(-features.size // _BATCH))
