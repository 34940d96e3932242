"""The Cholesky factor of a Gram matrix, updated as columns are added and removed.

``R^H R = G`` with ``R`` upper triangular, stored in panels of columns: columns added
together form one panel, and adding more never copies existing ones. Adding k columns
to m costs one triangular solve, ``k m^2`` operations. Removing k columns leaves a
triangle with k further rows below it, which an orthogonal reduction (LAPACK's
``tpqrt``) turns back into a triangle, one panel, in ``2 k m^2`` operations (the idea is
that of Gill, Golub, Murray and Saunders, 1974). Columns that depend on the present
ones to working precision are rejected.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from scipy.linalg import get_lapack_funcs

from ...arrays import Array, IntArray

_SMALLEST_PIVOT = 1e-12  # of columns of unit norm: within 1e-6 of the span of the others
_BLOCK = 32
_REBUILD = 6  # rebuild when fewer columns stay than this times the number removed


class _Panel(NamedTuple):
    """Columns ``begin`` to ``end``: the rows above the diagonal block, and that block."""

    begin: int
    end: int
    above: Array
    corner: Array


class UpdatedFactor:
    """The Cholesky factor, in double precision, of columns of about unit norm.

    `keys` are the identifiers of its columns, in their order in the factor.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self.keys: IntArray = np.empty(0, np.intp)
        self._panels: list[_Panel] = []
        names = ("trtrs", "potrf", "pstrf", "tpqrt")
        functions: Any = get_lapack_funcs(names, (np.empty((0, 0), dtype),))
        self._trtrs, self._potrf, self._pstrf, self._tpqrt = functions
        self._dtype = self._trtrs.dtype

    @property
    def spread(self) -> float:
        """The ratio of the largest to the smallest pivot, at most the condition number."""
        if not self._panels:
            return 1.0
        pivots = np.concatenate([np.abs(np.diagonal(panel.corner)) for panel in self._panels])
        return float(pivots.max() / pivots.min())

    def change(self, keys: IntArray, gram: Array, places: IntArray) -> None:
        """Update to the columns `keys`; their inner products are ``gram[places[i], places[j]]``."""
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
        x = self.whiten(right)
        for panel in reversed(self._panels):
            here = slice(panel.begin, panel.end)
            x[here] = self._trtrs(panel.corner, x[here], lower=0, trans=0)[0]
            if panel.begin:
                x[: panel.begin] -= panel.above @ x[here]
        return x

    def whiten(self, right: Array) -> Array:
        """Return ``R^-H b`` for every column of `right`."""
        x = np.array(right, self._dtype)
        for panel in self._panels:
            here = slice(panel.begin, panel.end)
            if panel.begin:
                x[here] -= panel.above.conj().T @ x[: panel.begin]
            x[here] = self._trtrs(panel.corner, x[here], lower=0, trans=2)[0]
        return x

    def _append(self, fresh: IntArray, cross: Array, own: Array) -> None:
        """Append columns with inner products `cross` with the present ones and `own` mutually."""
        above = self.whiten(cross)
        corner, chosen = self._corner(own - above.conj().T @ above)
        if chosen.size:
            begin = self.keys.size
            self.keys = np.concatenate([self.keys, fresh[chosen]])
            self._panels.append(_Panel(begin, self.keys.size, above[:, chosen], corner))

    def _corner(self, own: Array) -> tuple[Array, IntArray]:
        """Return the factor of the projected new columns, and the columns it accepts."""
        corner, failed = self._potrf(own, lower=0, clean=1)
        if not failed and np.abs(np.diagonal(corner)).min() ** 2 > _SMALLEST_PIVOT:
            return corner, np.arange(len(own))
        if not np.diagonal(own).real.max() > _SMALLEST_PIVOT:  # LAPACK takes any first pivot
            return own[:0, :0], np.empty(0, np.intp)
        corner, order, rank, _ = self._pstrf(own, tol=_SMALLEST_PIVOT, lower=0)
        kept = np.asfortranarray(np.triu(corner[:rank, :rank]))
        return kept, np.asarray(order[:rank], np.intp) - 1

    def _remove(self, stays: Array) -> None:
        """Remove columns; all columns from the first removed one on become one panel."""
        first = int(np.argmin(stays))
        untouched = [panel for panel in self._panels if panel.end <= first]
        begin = untouched[-1].end if untouched else 0
        above, square = self._assemble(begin)
        kept, gone = np.flatnonzero(stays[begin:]), np.flatnonzero(~stays[begin:])
        self.keys, self._panels = self.keys[stays], untouched
        if not kept.size:
            return
        triangle = np.asfortranarray(square[np.ix_(kept, kept)])
        below = np.asfortranarray(square[np.ix_(gone, kept)])
        block = min(_BLOCK, kept.size)
        corner = self._tpqrt(0, block, triangle, below, overwrite_a=1, overwrite_b=1)[0]
        self._panels.append(_Panel(begin, self.keys.size, above[:, kept], corner))

    def _assemble(self, begin: int) -> tuple[Array, Array]:
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
