"""Columns of the features at work: left in place, gathered, or kept sparse.

A dense matrix in Fortran order holds its columns side by side, and sweeps read
them where they are. Columns of any other operator, or those that a Gram matrix
is made of, are gathered once into another array. Columns of a sparse matrix stay
sparse: sweeps then need the Gram matrix.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from ...arrays import Array, IntArray
from ...operators import Matrix, Operator

_GROWTH = 4  # room that is not written to costs nothing


def make_columns(
    operator: Operator, n_rows: int, dtype: np.dtype[Any]
) -> DenseColumns | SparseColumns:
    """Return an empty store that suits the operator, for columns of `n_rows` entries."""
    if isinstance(operator, Matrix) and operator.is_sparse:
        return SparseColumns(operator.values, dtype)
    return DenseColumns(operator, n_rows, dtype)


class DenseColumns:
    """Columns as rows of a table, in place or gathered, in the order in which they were taken."""

    in_table = True

    def __init__(self, operator: Operator, n_rows: int, dtype: np.dtype[Any]) -> None:
        self.operator, self.dtype = operator, np.dtype(dtype)
        self.features: IntArray = np.empty(0, np.intp)
        self._in_place = _find_in_place(operator, self.dtype)
        self._gathered: Array = np.empty((0, n_rows), dtype)

    def take(self, members: IntArray, sizes: IntArray, weights: Array | None) -> list[Array]:
        """Take features in, block after block; return the weighted Gram matrix of every block."""
        before = self.features.size
        self.features = np.concatenate([self.features, members])
        new = self._gather(before) if self._in_place is None else self._in_place[members]
        parts = (new[some] for some in _split(sizes))
        if weights is None:
            return [_conjugate(part) @ part.T for part in parts]
        return [(_conjugate(part) * weights) @ part.T for part in parts]

    def multiply_blocks(self, places: IntArray, sizes: IntArray, weights: Array) -> list[Array]:
        """Return the weighted Gram matrices of blocks of working features at `places`."""
        table, rows = self.table, self.places[places]
        parts = (table[rows[some]] for some in _split(sizes))
        return [(_conjugate(part) * weights) @ part.T for part in parts]

    def multiply_rows(self, rows: Array) -> Array:
        """Return the correlations of the features with one row per channel."""
        result: Array = rows @ _conjugate(self.table[self.places]).T
        return result

    def multiply_all(self, weights: Array) -> Array:
        """Return the weighted Gram matrix, as `correlate` has it."""
        columns = self.table[self.places]
        result: Array = (columns * weights) @ _conjugate(columns).T
        return result

    def _gather(self, before: int) -> Array:
        """Copy the columns of the features from `before` on, and return them."""
        after = self.features.size
        if len(self._gathered) < after:
            grown = np.empty((_GROWTH * after, self._gathered.shape[1]), self.dtype)
            grown[:before] = self._gathered[:before]
            self._gathered = grown
        new = self._gathered[before:after]
        new[...] = self.operator.columns(self.features[before:])
        return new

    @property
    def table(self) -> Array:
        """The columns, or the whole matrix, as rows."""
        return self._gathered if self._in_place is None else self._in_place

    @property
    def places(self) -> IntArray:
        """Which row of `table` belongs to each working feature."""
        return np.arange(self.features.size) if self._in_place is None else self.features

    def correlate(self, begin: int) -> Array:
        """Return the correlations of the features from `begin` on with all of them."""
        if self._in_place is not None:
            self._in_place = None
            self._gather(0)
        columns = self._gathered[: self.features.size]
        result: Array = columns[begin:] @ _conjugate(columns).T
        return result

    def combine(self, x: Array, active: IntArray) -> Array:
        """Return the combination of all columns, of which only `active` ones count."""
        if self._in_place is None and 2 * active.size > self.features.size:
            whole: Array = x @ self._gathered[: self.features.size]
            return whole
        part: Array = x[:, active] @ self.table[self.places[active]]
        return part


class SparseColumns:
    """Columns of a sparse matrix, in the order in which they were taken."""

    in_table = False

    def __init__(self, values: sp.csc_array, dtype: np.dtype[Any]) -> None:
        self.values, self.dtype = values, np.dtype(dtype)
        self.features: IntArray = np.empty(0, np.intp)

    def take(self, members: IntArray, sizes: IntArray, weights: Array | None) -> list[Array]:
        """Take features in, block after block; return the weighted Gram matrix of every block."""
        before = self.features.size
        self.features = np.concatenate([self.features, members])
        places = np.arange(before, self.features.size)
        if weights is not None:
            return self.multiply_blocks(places, sizes, weights)
        chosen = self.values[:, members]
        parts = (chosen[:, some] for some in _split(sizes))
        return [(part.conj().T @ part).toarray() for part in parts]

    def multiply_blocks(self, places: IntArray, sizes: IntArray, weights: Array) -> list[Array]:
        """Return the weighted Gram matrices of blocks of working features at `places`."""
        chosen, scale = self.values[:, self.features[places]], sp.diags_array(weights)
        parts = (chosen[:, some] for some in _split(sizes))
        return [(part.conj().T @ (scale @ part)).toarray() for part in parts]

    def multiply_rows(self, rows: Array) -> Array:
        """Return the correlations of the features with one row per channel."""
        images = self.values[:, self.features].conj().T @ rows.T
        return np.ascontiguousarray(images.T.astype(self.dtype, copy=False))

    def multiply_all(self, weights: Array) -> Array:
        """Return the weighted Gram matrix, as `correlate` has it."""
        chosen = self.values[:, self.features]
        result: Array = (chosen.T @ (sp.diags_array(weights) @ chosen.conj())).toarray()
        return result

    @property
    def table(self) -> Array:
        """Nothing: sweeps read the Gram matrix."""
        return np.empty((0, 0), self.dtype)

    @property
    def places(self) -> IntArray:
        """Nothing."""
        return np.empty(0, np.intp)

    def correlate(self, begin: int) -> Array:
        """Return the correlations of the features from `begin` on with all of them."""
        chosen = self.values[:, self.features]
        result: Array = (chosen[:, begin:].T @ chosen.conj()).toarray()
        return result

    def combine(self, x: Array, active: IntArray) -> Array:
        """Return the combination of all columns, of which only `active` ones count."""
        images = self.values[:, self.features[active]] @ x[:, active].T
        return np.ascontiguousarray(images.T.astype(self.dtype, copy=False))


def _split(sizes: IntArray) -> list[slice]:
    """Return where blocks of these sizes lie, one after another."""
    ends = np.cumsum(sizes)
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _find_in_place(operator: Operator, dtype: np.dtype[Any]) -> Array | None:
    """Return a matrix's columns as rows, if they lie side by side in this dtype."""
    if not isinstance(operator, Matrix) or operator.is_sparse or operator.dtype != dtype:
        return None
    values: Array = operator.values
    # Compiled code for arrays that cannot be written to would be compiled once more.
    usable = values.flags.f_contiguous and values.flags.writeable
    return values.T if usable else None


def _conjugate(x: Array) -> Array:
    """Return the complex conjugate, without a copy of real values."""
    return x.conj() if x.dtype.kind == "c" else x
