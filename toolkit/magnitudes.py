"""The magnitudes of numbers that algorithms can work with, and what is done about others.

Algorithms form powers of the values of a matrix A and of data y, up to ``A^6``, ``A^4 y^2`` and
``(y / A)^4``. Therefore

- the largest magnitude of an array must lie between `LEAST` and `MOST`, unless it is zero
  throughout: `check_values` refuses it otherwise;
- single precision becomes double where these powers could overflow or lose their digits in it:
  `fit_single_precision` says where they do not;
- a column of norm below `TINIEST` is taken as zero: the fourth power of its norm would be.

Measuring costs one pass. Only where squares overflow or underflow is there a second one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

LEAST, MOST = 1e-45, 1e45
"""The range of the largest magnitude of an array; all single-precision numbers are in it."""
TINIEST = 1e-75
_LEAST_IN_SINGLE = 1e-9
_POWERS_IN_SINGLE = 28.0


class ColumnNorms(NamedTuple):
    """The norms of a matrix' shortest and longest columns that are not zero, or their order."""

    least: float
    most: float

    def scale(self, factor: float) -> ColumnNorms:
        """Return the norms of the columns times a factor."""
        return ColumnNorms(self.least * factor, self.most * factor)

    def times(self, other: ColumnNorms) -> ColumnNorms:
        """Return the order of the norms of a product of two matrices."""
        return ColumnNorms(self.least * other.least, self.most * other.most)

    def join(self, other: ColumnNorms) -> ColumnNorms:
        """Return the norms of the columns of both."""
        return ColumnNorms(min(self.least, other.least), max(self.most, other.most))


UNIT_NORMS = ColumnNorms(1.0, 1.0)


def check_values(array: NDArray[Any], name: str, norm: float | None = None) -> None:
    """Raise a `ValueError` unless all values are finite, and the largest is in range or zero.

    `norm` is their norm, where it is known.
    """
    size = find_norm(array) if norm is None else norm
    if LEAST <= size <= MOST:
        return
    check_finite(array, name)
    with np.errstate(over="ignore"):
        check_magnitude(name, float(np.abs(array).max(initial=0.0)))


def check_finite(array: NDArray[Any], name: str) -> None:
    """Raise a `ValueError` if some values are NaN or infinite."""
    n_bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    if n_bad:
        raise ValueError(f"{name} has {n_bad} NaN or infinite values; all must be finite")


def check_magnitude(name: str, largest: float, what: str = "values") -> None:
    """Raise a `ValueError` unless the largest magnitude of some values is in range or zero."""
    if largest and not LEAST <= largest <= MOST:
        raise ValueError(
            f"{name} has {what} up to {largest:.1e}; "
            f"the largest must lie between {LEAST:g} and {MOST:g}: rescale the values"
        )


def check_largest(array: NDArray[Any], name: str) -> None:
    """Raise a `ValueError` if finite values are larger than those of coefficients can be."""
    if not is_computable(array):
        most = find_largest_coefficient(array.dtype)
        raise ValueError(
            f"{name} has values up to {np.abs(array).max():.1e}; {most:g} is the most that "
            f"{array.dtype} can compute with"
        )


def is_computable(array: NDArray[Any]) -> bool:
    """Return whether all values are finite and at most as large as coefficients can be."""
    most = find_largest_coefficient(array.dtype)
    return find_norm(array) <= most or bool(np.abs(array).max(initial=0.0) <= most)


def find_largest_coefficient(dtype: np.dtype[Any]) -> float:
    """Return the largest magnitude of coefficients; those below its reciprocal are zero."""
    return 10 ** (_POWERS_IN_SINGLE / 2) if np.finfo(dtype).precision < 10 else MOST**2


def find_norm(array: NDArray[Any]) -> float:
    """Return the Euclidean norm, or the largest magnitude where squares fail; else not finite."""
    with np.errstate(all="ignore"):
        square = _sum_all_squares(array)
        if np.finfo(array.dtype).tiny < square < np.inf:
            return float(np.sqrt(square))
        return float(np.abs(array).max(initial=0.0))


def find_column_norms(matrix: NDArray[Any] | sp.csc_array) -> NDArray[np.float64]:
    """Return the norm of every column, dense or sparse, or its order where squares fail.

    Not finite for a column that is not.
    """
    with np.errstate(all="ignore"):
        squares = _sum_squares(matrix)
        norms: NDArray[np.float64] = np.sqrt(squares.astype(float))
        fails = ~((squares > np.finfo(squares.dtype).tiny) & (squares < np.inf))
        if fails.any():
            largest = abs(matrix[:, fails]).max(axis=0)
            is_sparse = sp.issparse(matrix)
            norms[fails] = sp.coo_array(largest).toarray().ravel() if is_sparse else largest
    return norms


def summarise_norms(norms: NDArray[np.float64]) -> ColumnNorms | None:
    """Return the least and the largest norm of those that are not zero, None if all are."""
    some = norms[norms > 0]
    return ColumnNorms(float(some.min()), float(some.max())) if some.size else None


def fit_single_precision(columns: ColumnNorms, data_norm: float) -> bool:
    """Return whether powers of A and y of these norms neither overflow nor lose digits."""
    a, y = np.log10(columns.most), np.log10(data_norm) if data_norm else 0.0
    powers = np.abs([6 * a, 4 * a + 2 * y, 4 * (y - a)])
    return bool(powers.max() <= _POWERS_IN_SINGLE and columns.least >= _LEAST_IN_SINGLE)


def _sum_all_squares(array: NDArray[Any]) -> float:
    """Return the sum of all squared magnitudes, in the array's precision."""
    if array.flags.c_contiguous or array.flags.f_contiguous:
        flat = array.ravel(order="K").view(array.real.dtype)
        return float(np.einsum("i,i->", flat, flat))  # unlike BLAS, it waits for no other thread
    axes = list(range(array.ndim))
    parts = (array.real, array.imag) if np.iscomplexobj(array) else (array,)
    return float(sum(np.einsum(part, axes, part, axes, []) for part in parts))


def _sum_squares(matrix: NDArray[Any] | sp.csc_array) -> NDArray[Any]:
    """Return the sum of squared magnitudes of every column."""
    if sp.issparse(matrix):
        squares = matrix.copy()
        squares.data = np.abs(matrix.data) ** 2
        return np.asarray(squares.sum(axis=0)).ravel()
    if not np.iscomplexobj(matrix):
        return np.asarray(np.einsum("ij,ij->j", matrix, matrix))
    real = matrix.real.dtype
    if matrix.flags.c_contiguous:
        pairs = matrix.view(real)
        return np.asarray(np.einsum("ij,ij->j", pairs, pairs).reshape(-1, 2).sum(axis=1))
    if matrix.flags.f_contiguous:
        pairs = matrix.T.view(real)
        return np.asarray(np.einsum("ij,ij->i", pairs, pairs))
    parts = (matrix.real, matrix.imag)
    return np.asarray(sum(np.einsum("ij,ij->j", part, part) for part in parts))
