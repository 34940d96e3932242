"""Least squares on the first groups of an order, for all their numbers at once.

One QR factorisation of the columns in order tells how much of the data each of
them adds to the fit of those before it. So the number of groups that is enough
for a noise level is found without a fit for each.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ..arrays import Array, IntArray, squared_magnitude
from ._feature_view import FeatureView

_DEPENDENT = 1e3


class NestedFits:
    """Fits of the data by the first groups of an order.

    Parameters
    ----------
    view : FeatureView
        Operator and data; columns of the groups are fetched.
    order : ndarray of int
        Groups, the most important one first.

    Attributes
    ----------
    n_features : ndarray of int, shape (n_groups + 1,)
        How many features the first 0, 1, ... groups hold.
    ranks : ndarray of int, shape (n_groups + 1,)
        How many of these have linearly independent columns.
    residual_norms : ndarray of float, shape (n_groups + 1,)
        What their fits leave of the data.
    """

    def __init__(self, view: FeatureView, order: IntArray) -> None:
        self.view, self.order = view, order
        members = [view.groups.members(int(g)) for g in order]
        self._features = np.concatenate([np.empty(0, dtype=np.intp), *members])
        self.n_features = np.cumsum([0, *(m.size for m in members)])
        columns = np.zeros((view.data.shape[1], 0), view.data.dtype)
        if self._features.size:
            columns = view.operator.columns(self._features).astype(view.data.dtype, copy=False).T
        self._kept, self._q, self._r = independent(columns)
        self.ranks = np.searchsorted(self._kept, self.n_features)
        self._coordinates = self._q.conj().T @ view.data.T
        self.residual_norms = self._left()

    def enough(self, noise_level: float, n_channels: int) -> int | None:
        """Return the least number of groups after which only noise is left.

        Parameters
        ----------
        noise_level : float
            The norm of the noise before any fit.
        n_channels : int
            Over which it spread.

        Returns
        -------
        int or None
            The first fit whose residual is no larger than what k features leave
            of white noise, ``sqrt(1 - k / n_rows)`` of its norm, within two
            standard deviations; failing that, the first whose residual is no
            larger than the noise level. Fits with as many independent features
            as rows say nothing.
        """
        n_rows = self.view.data.shape[1]
        free = (n_rows - self.ranks) / n_rows
        slack = 1 + 2 * np.sqrt(2 / np.maximum(n_channels * n_rows * free, 1))
        energies = self.residual_norms**2
        for bound in (noise_level**2 * free * slack, noise_level**2):
            found = np.flatnonzero((energies <= bound) & (free > 0))
            if found.size:
                return int(found[0])
        return None

    def coefficients(self, n_groups: int) -> Array:
        """Return the fit by the first groups, shape (K, n_features)."""
        n = int(self.ranks[n_groups])
        rows = np.zeros((len(self.view.data), self.view.groups.n_coefs), self.view.data.dtype)
        if n:
            fit = scipy.linalg.solve_triangular(
                self._r[:n, :n], self._coordinates[:n], check_finite=False
            )
            rows[:, self._features[self._kept[:n]]] = fit.T
        return rows

    def _left(self) -> Array:
        """Return the norms of what is left of the data after each number of groups."""
        added = squared_magnitude(self._coordinates).sum(axis=1).astype(float)
        total = float(squared_magnitude(self.view.data).sum())
        outside = self.view.data.T - self._q @ self._coordinates
        # Summed from the smallest part up: differences of large numbers would drown it.
        left = float(squared_magnitude(outside).sum()) + np.append(np.cumsum(added[::-1])[::-1], 0)
        left[0] = total
        norms: Array = np.sqrt(left)[self.ranks]
        return norms


def independent(columns: Array) -> tuple[IntArray, Array, Array]:
    """Return which columns do not depend on those before them, and their QR factors.

    Parameters
    ----------
    columns : ndarray, shape (n_rows, n)
        Finite.

    Returns
    -------
    kept : ndarray of int, shape (rank,)
        Rising positions.
    q, r : ndarray
        The factors of these columns, of shapes (n_rows, rank) and (rank, rank).
    """
    lengths = np.sqrt(squared_magnitude(columns).sum(axis=0))
    kept = np.flatnonzero(lengths)
    floor = _DEPENDENT * float(np.finfo(columns.dtype).eps) * lengths
    while True:
        q, r = scipy.linalg.qr(columns[:, kept], mode="economic", check_finite=False)
        n = len(r)
        dependent = np.flatnonzero(np.abs(np.diagonal(r)) <= floor[kept[:n]])
        if not dependent.size:
            return kept[:n], q, r[:, :n]
        # What comes after it was held against a direction of rounding: only one at a time.
        kept = np.delete(kept, dependent[0])
