"""A QR factorisation that grows by blocks of columns.

A new block is projected twice onto the orthogonal complement of the earlier
columns, since one projection loses orthogonality and two suffice (Giraud, Langou,
Rozloznik and van den Eshof, 2005). Column pivoting then reveals the numerical rank
of the block, and dependent columns are dropped. A block of s columns costs
``4 n_rows * size * s``. Vectors are stored as rows of one contiguous matrix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import DTypeLike

from ...arrays import Array, IntArray, squared_magnitude

_FIRST_CAPACITY = 32
_LARGEST_LOSS = 100.0


class Remainder(NamedTuple):
    """Columns (as rows) after projection: ``columns = coordinates @ vectors + rows``."""

    rows: Array
    coordinates: Array

    @property
    def norms(self) -> Array:
        """The norms of the columns, before any projection."""
        energy = squared_magnitude(self.rows).sum(axis=1)
        norms: Array = np.sqrt(energy + squared_magnitude(self.coordinates).sum(axis=1))
        return norms

    def combine(self, weights: Array) -> Remainder:
        """Return ``weights @ columns``."""
        return Remainder(weights @ self.rows, weights @ self.coordinates)


class Appended(NamedTuple):
    """The k independent columns that a block of s columns added.

    The coefficients of the block are ``back @ z``, shape (s, k), for coefficients ``z``
    of the appended columns. `loss` is the largest ratio of a column's norm to the norm of
    its new part; rounding errors of the column grow by it.
    """

    back: Array
    loss: float


class GrowingQR:
    """The QR factorisation of columns of length `n_rows`, grown block by block.

    `exact` says that columns are given rather than computed: a computed column that is
    tiny beside the largest is treated as rounding. A column is dependent if less than
    `tolerance` of its norm remains after projection. `size` is the number of vectors.
    """

    def __init__(self, n_rows: int, dtype: DTypeLike, *, exact: bool = True) -> None:
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
        """Return columns, given as rows of shape (n, n_rows), projected off all vectors."""
        nothing = np.zeros((len(columns), 0), self._vectors.dtype)
        return self.update(Remainder(columns, nothing))

    def update(self, old: Remainder) -> Remainder:
        """Return a remainder projected off the vectors appended since it was computed."""
        begin = old.coordinates.shape[1]
        rows = np.array(old.rows, dtype=self._vectors.dtype, order="C")
        added = self.take_out(rows, begin)
        added += self.take_out(rows, begin)
        return Remainder(rows, np.hstack([old.coordinates, added]))

    def append(self, block: Remainder) -> Appended:
        """Append the independent columns of a block returned by `remainder`.

        Where the columns of the block are dependent among themselves, `back` leads to the
        coefficients of least norm.
        """
        before, n_columns = self.size, len(block.rows)
        current = self.update(block)
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
                kept, loss = self._append(current.combine(weights.T))
        return Appended(back[:, kept], loss)

    def solve(self, coordinates: Array) -> Array:
        """Return the coefficients of the appended columns for vectors' coordinates (K, size)."""
        result: Array = scipy.linalg.solve_triangular(
            self.lower, coordinates.T, trans="T", lower=True, check_finite=False
        ).T
        return result

    def _append(self, block: Remainder) -> tuple[IntArray, float]:
        """Append independent columns; return their positions and the loss by cancellation."""
        norms = self._without_rounding(block.norms)
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
        """Store new vectors and their rows of the triangle after the existing ones."""
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

    def _without_rounding(self, norms: Array) -> Array:
        """Return norms, zero for columns at the level of rounding."""
        least = 0.0 if self._exact else self.tolerance * self._largest
        return np.where(norms > least, norms, 0)

    def _least_norm_weights(self, block: Remainder, n_before: int) -> Array:
        """Return orthonormal V, shape (n_columns, rank), spanning the row space of the block.

        Substituting ``x = V z`` gives dependent columns coefficients of least norm. The rank
        is that of the columns scaled to unit norm.
        """
        columns = block.rows + block.coordinates @ self._vectors[:n_before]
        norms = self._without_rounding(block.norms)
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
