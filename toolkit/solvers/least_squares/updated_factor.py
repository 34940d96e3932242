"""The Cholesky factor of a Gram matrix whose columns come and go.

``R^H R = G`` with ``R`` upper triangular, kept in panels of columns: what came
in at one time is one panel, and what is there is never copied when more comes.
Appending k columns to m costs one triangular solve, ``k m^2`` operations. Taking
k columns out leaves a triangle with k further rows below it; an orthogonal
reduction of the pair (LAPACK's ``tpqrt``) makes it a triangle again in ``2 k m^2``
operations, and one panel (Gill, Golub, Murray and Saunders, 1974, for the idea).
Columns that depend on those already there, to working precision, stay out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import get_lapack_funcs

from ...arrays import Array, IntArray

_SMALLEST_PIVOT = 1e-12  # of columns of unit norm: closer to the others' span than 1e-6
_BLOCK = 32
_REBUILD = 6  # when fewer columns stay than this times those that go, start anew


class _Panel(NamedTuple):
    """Columns ``begin`` to ``end`` of the factor: the rows above the diagonal block, and it.

    The diagonal block is upper triangular, with zeros below.
    """

    begin: int
    end: int
    above: Array
    corner: Array


class UpdatedFactor:
    """The factor of the Gram matrix of an ordered set of columns of about unit norm.

    Parameters
    ----------
    dtype : dtype
        Double precision, real or complex.

    Attributes
    ----------
    keys : ndarray of int
        What the columns are called, in their order in the factor.
    """

    def __init__(self, dtype: Any) -> None:
        self.keys: IntArray = np.empty(0, np.intp)
        self._panels: list[_Panel] = []
        names = ("trtrs", "potrf", "pstrf", "tpqrt")
        functions: Any = get_lapack_funcs(names, (np.empty((0, 0), dtype),))
        self._trtrs, self._potrf, self._pstrf, self._tpqrt = functions

    @property
    def spread(self) -> float:
        """The largest over the smallest pivot: a lower bound of the columns' condition."""
        if not self._panels:
            return 1.0
        pivots = np.concatenate([np.abs(np.diagonal(panel.corner)) for panel in self._panels])
        return float(pivots.max() / pivots.min())

    def change(self, keys: IntArray, gram: Array, places: IntArray) -> None:
        """Make the factor that of other columns.

        Parameters
        ----------
        keys : ndarray of int
            The columns wanted, each once.
        gram : ndarray
            All inner products that may be needed.
        places : ndarray of int
            Where in `gram` a key is: ``gram[places[i], places[j]]``.
        """
        stays = np.isin(self.keys, keys, assume_unique=True)
        n_leaving = self.keys.size - int(np.count_nonzero(stays))
        if n_leaving * _REBUILD > self.keys.size:
            self.keys, self._panels = self.keys[:0], []
        elif n_leaving:
            self._remove(stays)
        fresh = np.setdiff1d(keys, self.keys, assume_unique=True)
        if fresh.size:
            here, there = places[self.keys], places[fresh]
            self._append(fresh, gram[np.ix_(here, there)], gram[np.ix_(there, there)])

    def solve(self, right: Array) -> Array:
        """Return ``G^-1 b`` for every column of `right`, shape (n_columns, K)."""
        x = self._forward(right)
        for panel in reversed(self._panels):
            here = slice(panel.begin, panel.end)
            x[here] = self._trtrs(panel.corner, x[here], lower=0, trans=0)[0]
            if panel.begin:
                x[: panel.begin] -= panel.above @ x[here]
        return x

    def _forward(self, right: Array) -> Array:
        """Return ``R^-H b`` for every column of `right`."""
        x = np.array(right)
        for panel in self._panels:
            here = slice(panel.begin, panel.end)
            if panel.begin:
                x[here] -= panel.above.conj().T @ x[: panel.begin]
            x[here] = self._trtrs(panel.corner, x[here], lower=0, trans=2)[0]
        return x

    def _append(self, fresh: IntArray, cross: Array, own: Array) -> None:
        """Take in columns with inner products `cross` with those there, `own` among themselves."""
        above = self._forward(cross)
        corner, chosen = self._corner(own - above.conj().T @ above)
        if chosen.size:
            begin = self.keys.size
            self.keys = np.concatenate([self.keys, fresh[chosen]])
            self._panels.append(_Panel(begin, self.keys.size, above[:, chosen], corner))

    def _corner(self, own: Array) -> tuple[Array, IntArray]:
        """Return a factor of what is left of the new columns, and which of them it holds."""
        corner, failed = self._potrf(own, lower=0, clean=1)
        if not failed and np.abs(np.diagonal(corner)).min() ** 2 > _SMALLEST_PIVOT:
            return corner, np.arange(len(own))
        corner, order, rank, _ = self._pstrf(own, tol=_SMALLEST_PIVOT, lower=0)
        kept = np.asfortranarray(np.triu(corner[:rank, :rank]))
        return kept, np.asarray(order[:rank], np.intp) - 1

    def _remove(self, stays: Array) -> None:
        """Take out the columns that do not stay; all from the first of them on are one panel."""
        first = int(np.argmin(stays))
        untouched = [panel for panel in self._panels if panel.end <= first]
        begin = untouched[-1].end if untouched else 0
        above, square = self._assembled(begin)
        kept, gone = np.flatnonzero(stays[begin:]), np.flatnonzero(~stays[begin:])
        self.keys, self._panels = self.keys[stays], untouched
        if not kept.size:
            return
        triangle = np.asfortranarray(square[np.ix_(kept, kept)])
        below = np.asfortranarray(square[np.ix_(gone, kept)])
        block = min(_BLOCK, kept.size)
        corner = self._tpqrt(0, block, triangle, below, overwrite_a=1, overwrite_b=1)[0]
        self._panels.append(_Panel(begin, self.keys.size, above[:, kept], corner))

    def _assembled(self, begin: int) -> tuple[Array, Array]:
        """Return the columns from `begin` on as the rows above `begin`, and the triangle below."""
        panels = [panel for panel in self._panels if panel.begin >= begin]
        size = panels[-1].end - begin
        above = np.hstack([panel.above[:begin] for panel in panels])
        square = np.zeros((size, size), above.dtype, order="F")
        for panel in panels:
            left, right = panel.begin - begin, panel.end - begin
            square[:left, left:right] = panel.above[begin:]
            square[left:right, left:right] = panel.corner
        return above, square
