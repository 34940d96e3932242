"""Independent columns of a matrix, chosen one by one, and the residuals of all others.

An orthonormal basis of the chosen columns grows by one vector at a time, and the energy of each
column's residual is downdated: one product with the matrix per chosen column, and neither a copy
of the matrix nor a square one is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, as_finite_array, squared_magnitude
from ..checks import check_count

_TRUSTED = 1e-4  # below this part of what was computed directly, downdating loses digits
_BLOCK = 2**22  # numbers in a block of columns


class IndependentColumns:
    """Columns in double precision, none of those chosen dependent on the others.

    A column is dependent if the norm of its residual is at most `precision` times its own.
    `energies` and `residuals`, shape (n_columns,), are the squared norms of the columns and of
    their residuals.
    """

    def __init__(self, columns: Array, precision: float) -> None:
        self._columns = columns
        self.energies: Array = squared_magnitude(columns).sum(axis=0)
        self.residuals = self.energies.copy()
        self.chosen: list[int] = []
        self._floor = precision**2 * self.energies
        self._basis = np.empty((len(columns), 0), columns.dtype)
        self._trusted = _TRUSTED * self.energies
        self._usable: Array = self.energies > 0

    def find_usable(self) -> Array:
        """Return which columns are neither chosen nor dependent on those that are."""
        if len(self.chosen) == len(self._columns):
            return np.zeros(self.residuals.size, dtype=bool)
        self._recompute(np.flatnonzero((self.residuals < self._trusted) & self._usable))
        return self._usable

    def include(self, column: int) -> None:
        """Choose a usable column."""
        vector = self._project_out(self._project_out(self._columns[:, [column]]))
        vector /= np.linalg.norm(vector)
        self._basis = np.hstack([self._basis, vector])
        self.residuals -= squared_magnitude((vector.conj().T @ self._columns)[0])
        self.residuals[column], self._usable[column] = 0, False
        self.chosen.append(column)

    @property
    def order(self) -> IntArray:
        """The chosen columns in the order in which they came."""
        return np.asarray(self.chosen, dtype=np.intp)

    def _recompute(self, which: IntArray) -> None:
        step = max(1, _BLOCK // len(self._columns))
        for begin in range(0, which.size, step):
            block = which[begin : begin + step]
            rest = self._project_out(self._columns[:, block])
            self.residuals[block] = squared_magnitude(rest).sum(axis=0)
        self._trusted[which] = _TRUSTED * self.residuals[which]
        self._usable[which] = self.residuals[which] > self._floor[which]

    def _project_out(self, vectors: Array) -> Array:
        result: Array = vectors - self._basis @ (self._basis.conj().T @ vectors)
        return result


def scale_columns(X: ArrayLike, n: int) -> tuple[Array, float]:
    """Return a matrix in units of its largest entry and in double precision, and its precision.

    The precision follows from the dtype that came in: a column whose residual is smaller counts
    as dependent. Raise a `ValueError` if `X` is not a matrix of finite numbers, or `n`, the
    number of columns to choose, is not a positive integer.
    """
    check_count("n", n)
    array = as_finite_array(X, "X")
    if array.ndim != 2:
        raise ValueError(f"X must have rows and columns, got shape {array.shape}")
    columns = array.astype(np.result_type(array.dtype, np.float64), copy=False)
    largest = float(np.abs(columns).max()) or 1.0
    return columns / largest, float(np.finfo(array.dtype).eps) ** 0.7
