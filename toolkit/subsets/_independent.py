"""What is left of every column of a matrix beside those chosen so far.

An orthonormal basis of the chosen columns grows by one vector at a time, and the energy of
what is left of each column is down-dated: one product with the matrix per column chosen, and
neither a copy of the matrix nor a square one is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray, checked_array, squared_magnitude
from ..checks import check_count

_ANEW = 1e-4  # once so little is left of what was computed directly, down-dating loses digits
_BLOCK = 2**22  # numbers in a block of columns


class Independent:
    """Columns that are chosen one by one, none of them dependent on others.

    Parameters
    ----------
    columns : ndarray, shape (n_rows, n_columns)
        The matrix, in double precision.
    precision : float
        A column is dependent if so small a part of it is left.

    Attributes
    ----------
    energies, left : ndarray of float, shape (n_columns,)
        The squared norm of each column, and of what is left of it.
    chosen : list of int
        In the order in which they came.
    """

    def __init__(self, columns: Array, precision: float) -> None:
        self._columns = columns
        self.energies: Array = squared_magnitude(columns).sum(axis=0)
        self.left = self.energies.copy()
        self.chosen: list[int] = []
        self._floor = precision**2 * self.energies
        self._basis = np.empty((len(columns), 0), columns.dtype)
        self._trusted = _ANEW * self.energies
        self._usable: Array = self.energies > 0

    def usable(self) -> Array:
        """Return which columns are neither chosen nor dependent on those that are."""
        if len(self.chosen) == len(self._columns):
            return np.zeros(self.left.size, dtype=bool)
        self._compute_anew(np.flatnonzero((self.left < self._trusted) & self._usable))
        return self._usable

    def include(self, column: int) -> None:
        """Choose a usable column."""
        vector = self._off(self._off(self._columns[:, [column]]))
        vector /= np.linalg.norm(vector)
        self._basis = np.hstack([self._basis, vector])
        self.left -= squared_magnitude((vector.conj().T @ self._columns)[0])
        self.left[column], self._usable[column] = 0, False
        self.chosen.append(column)

    def order(self) -> IntArray:
        """Return the chosen columns in the order in which they came."""
        return np.asarray(self.chosen, dtype=np.intp)

    def _compute_anew(self, which: IntArray) -> None:
        step = max(1, _BLOCK // len(self._columns))
        for begin in range(0, which.size, step):
            block = which[begin : begin + step]
            self.left[block] = squared_magnitude(self._off(self._columns[:, block])).sum(axis=0)
        self._trusted[which] = _ANEW * self.left[which]
        self._usable[which] = self.left[which] > self._floor[which]

    def _off(self, vectors: Array) -> Array:
        result: Array = vectors - self._basis @ (self._basis.conj().T @ vectors)
        return result


def scaled_columns(X: ArrayLike, n: int) -> tuple[Array, float]:
    """Return a matrix in double precision, and below which part a column counts as dependent.

    Parameters
    ----------
    X : array_like, shape (n_rows, n_columns)
        What the caller passed.
    n : int
        How many columns are asked for.

    Returns
    -------
    columns : ndarray
        In units of its largest entry.
    precision : float
        By the dtype that came in.

    Raises
    ------
    ValueError
        If it is not a matrix of finite numbers, or `n` not a positive integer.
    """
    check_count("n", n)
    array = checked_array(X, "X")
    if array.ndim != 2:
        raise ValueError(f"X must have rows and columns, got shape {array.shape}")
    columns = array.astype(np.result_type(array.dtype, np.float64), copy=False)
    largest = float(np.abs(columns).max()) or 1.0
    return columns / largest, float(np.finfo(array.dtype).eps) ** 0.7
