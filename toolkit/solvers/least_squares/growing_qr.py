"""A QR factorisation that grows by blocks of columns.

A new block is projected on the orthogonal complement of the columns before it,
twice, since once loses orthogonality and twice is enough (Giraud, Langou,
Rozloznik and van den Eshof, 2005), and factorised with column pivoting, which
tells its numerical rank: columns that depend on earlier ones are left out. Cost
of a block of s columns: ``n_rows * size * s`` four times over. Vectors are kept
as rows, so that all of them are one contiguous matrix at any time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray, squared_magnitude

_FIRST_CAPACITY = 32
_LARGEST_LOSS = 100.0


class Remainder(NamedTuple):
    """Columns (as rows) after projection: ``columns = coordinates @ vectors + rows``.

    Attributes
    ----------
    rows : ndarray, shape (n_columns, n_rows)
        What is orthogonal to the first vectors of the factorisation.
    coordinates : ndarray, shape (n_columns, n_vectors)
        With respect to these vectors.
    """

    rows: Array
    coordinates: Array

    @property
    def norms(self) -> Array:
        """The norms of the columns, before any projection."""
        energy = squared_magnitude(self.rows).sum(axis=1)
        norms: Array = np.sqrt(energy + squared_magnitude(self.coordinates).sum(axis=1))
        return norms

    def combined(self, weights: Array) -> Remainder:
        """Return ``weights @ columns``."""
        return Remainder(weights @ self.rows, weights @ self.coordinates)


class Appended(NamedTuple):
    """How a block of s columns entered the factorisation as k independent ones.

    Attributes
    ----------
    back : ndarray, shape (s, k)
        Coefficients of the block are ``back @ z`` for coefficients ``z`` of
        what was appended.
    loss : float
        The largest factor by which what was new in a column was smaller than
        the column: new vectors carry its rounding times this.
    """

    back: Array
    loss: float


class GrowingQR:
    """Orthonormal vectors of the span of columns, and the triangle that leads back to them.

    Parameters
    ----------
    n_rows : int
        The length of a column.
    dtype : dtype
        The floating-point dtype of columns and vectors.
    exact : bool
        Whether columns are known exactly. If they are computed, one that is
        tiny beside the largest is nothing but rounding.

    Attributes
    ----------
    size : int
        The number of vectors.
    tolerance : float
        A column is dependent if less than this part of it is left.
    """

    def __init__(self, n_rows: int, dtype: Any, *, exact: bool = True) -> None:
        self.size = 0
        self.n_rows = n_rows
        self.tolerance = 10 * float(np.finfo(dtype).eps) * n_rows**0.5
        self._exact, self._largest = exact, 0.0
        self._vectors = np.zeros((min(_FIRST_CAPACITY, n_rows), n_rows), dtype)
        self._lower = np.zeros((len(self._vectors), len(self._vectors)), dtype)

    @property
    def vectors(self) -> Array:
        """The orthonormal vectors as rows, shape (size, n_rows)."""
        return self._vectors[: self.size]

    @property
    def lower(self) -> Array:
        """The lower triangle L, shape (size, size): columns (as rows) are ``L @ vectors``."""
        return self._lower[: self.size, : self.size]

    def project(self, rows: Array, begin: int = 0) -> Array:
        """Return the coordinates of `rows`, shape (n, n_rows), on the vectors from `begin` on."""
        basis = self.vectors[begin:]
        if np.iscomplexobj(basis):
            result: Array = (rows.conj() @ basis.T).conj()
            return result
        result = rows @ basis.T
        return result

    def take_out(self, rows: Array, begin: int = 0) -> Array:
        """Project `rows` in place off the vectors from `begin` on; return the coordinates."""
        coordinates = self.project(rows, begin)
        rows -= coordinates @ self.vectors[begin:]
        return coordinates

    def remainder(self, columns: Array) -> Remainder:
        """Return what is left of columns, given as rows of shape (n, n_rows)."""
        nothing = np.zeros((len(columns), 0), self._vectors.dtype)
        return self.updated(Remainder(columns, nothing))

    def updated(self, old: Remainder) -> Remainder:
        """Return a remainder after projection off the vectors appended since it was taken."""
        begin = old.coordinates.shape[1]
        rows = np.array(old.rows, dtype=self._vectors.dtype, order="C")
        added = self.take_out(rows, begin)
        added += self.take_out(rows, begin)
        return Remainder(rows, np.hstack([old.coordinates, added]))

    def append(self, block: Remainder) -> Appended:
        """Append a block of columns, without those that depend on others.

        Parameters
        ----------
        block : Remainder
            From `remainder`, now or earlier.

        Returns
        -------
        Appended
            Where the columns of the block alone are dependent, `back` gives
            the coefficients of least norm.
        """
        before, n_columns = self.size, len(block.rows)
        current = self.updated(block)
        norms = current.norms
        finite = np.isfinite(norms)
        current.rows[~finite], current.coordinates[~finite] = 0, 0
        self._largest = max(self._largest, float(norms[finite].max(initial=0.0)))
        kept, loss = self._append(current)
        back = np.eye(n_columns, dtype=self._vectors.dtype)
        if kept.size < n_columns:
            weights = self._least_norm_weights(current, before)
            if weights.shape[1] < n_columns:
                self.size, back = before, weights
                kept, loss = self._append(current.combined(weights.T))
        return Appended(back[:, kept], loss)

    def solve(self, coordinates: Array) -> Array:
        """Return the coefficients of the appended columns for vectors' coordinates (K, size)."""
        result: Array = scipy.linalg.solve_triangular(
            self.lower, coordinates.T, trans="T", lower=True, check_finite=False
        ).T
        return result

    def _append(self, block: Remainder) -> tuple[IntArray, float]:
        """Append independent columns; return which ones, and what they lost by cancellation."""
        norms = self._sound(block.norms)
        q, r, pivot = scipy.linalg.qr(
            (block.rows * _inverse(norms)[:, None]).T,
            mode="economic",
            pivoting=True,
            overwrite_a=True,
            check_finite=False,
        )
        left = np.abs(np.diagonal(r))
        rank = min(int(np.count_nonzero(left > self.tolerance)), self.n_rows - self.size)
        kept = pivot[:rank]
        vectors, lower = q.T[:rank], r[:rank, :rank].T * norms[kept, None]
        coordinates = block.coordinates[kept]
        loss = 1 / float(left[:rank].min(initial=1.0))
        if loss > _LARGEST_LOSS:
            vectors = np.array(vectors, order="C")
            correction = self.take_out(vectors)
            coordinates = coordinates + lower @ correction
            q, r = scipy.linalg.qr(vectors.T, mode="economic", check_finite=False)
            vectors, lower = q.T, lower @ r.T
        self._place(vectors, coordinates, lower)
        return kept, loss

    def _place(self, vectors: Array, coordinates: Array, lower: Array) -> None:
        """Write new vectors, and their rows of the triangle, behind those there are."""
        begin, end = self.size, self.size + len(vectors)
        if end > len(self._vectors):
            capacity = min(self.n_rows, max(2 * len(self._vectors), end))
            larger = np.zeros((capacity, self.n_rows), self._vectors.dtype)
            triangle = np.zeros((capacity, capacity), self._vectors.dtype)
            larger[:begin], triangle[:begin, :begin] = self.vectors, self.lower
            self._vectors, self._lower = larger, triangle
        self._vectors[begin:end] = vectors
        self._lower[begin:end, :begin] = coordinates
        self._lower[begin:end, begin:end] = lower
        self.size = end

    def _sound(self, norms: Array) -> Array:
        """Return norms with zero for columns that are nothing but rounding."""
        least = 0.0 if self._exact else self.tolerance * self._largest
        return np.where(norms > least, norms, 0)

    def _least_norm_weights(self, block: Remainder, n_before: int) -> Array:
        """Return orthonormal V, shape (n_columns, rank), that spans the row space of the block.

        With ``x = V z`` in place of ``x``, coefficients of dependent columns
        have least norm. The rank is that of the columns scaled to unit norm.
        """
        columns = block.rows + block.coordinates @ self._vectors[:n_before]
        norms = self._sound(block.norms)
        scaled = (columns * _inverse(norms)[:, None]).T
        r, pivot = scipy.linalg.qr(scaled, mode="r", pivoting=True, check_finite=False)
        rank = int(np.count_nonzero(np.abs(np.diagonal(r)) > self.tolerance))
        rows = np.zeros((len(norms), rank), r.dtype)
        rows[pivot] = (r[:rank] * norms[pivot]).conj().T
        spanning: Array = scipy.linalg.qr(rows, mode="economic", check_finite=False)[0]
        spanning[norms == 0] = 0
        return spanning


def _inverse(norms: Array) -> Array:
    """Return ``1 / norms``, and 0 for 0."""
    return np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
