"""Least squares on the first groups of an order, for all their numbers at once.

A QR factorisation grows by one group after another, and what is left of the data
tells which number of groups is enough for a noise level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arrays import Array, IntArray
from ...reformulations.feature_view import FeatureView
from .growing_fit import GreedyFit


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
        self.view = view
        self._members = [view.groups.members(int(g)) for g in order]
        self.n_features = np.cumsum([0, *(m.size for m in self._members)])
        self.ranks = np.zeros(order.size + 1, dtype=np.intp)
        fit = GreedyFit(view)
        self.residual_norms = np.full(order.size + 1, fit.residual_norm)
        for n in _included(fit, self._members):
            self.ranks[n:], self.residual_norms[n:] = fit.qr.size, fit.residual_norm

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

    def coefficients(self, n_groups: int, view: FeatureView | None = None) -> Array:
        """Return the fit by the first groups, shape (K, n_features), in this or another view."""
        fit = GreedyFit(self.view if view is None else view)
        blocks = self._members[:n_groups]
        if blocks and self.ranks[n_groups] == self.n_features[n_groups]:
            blocks = [np.concatenate(blocks)]  # no column depends on others: no order is needed
        for _ in _included(fit, blocks):
            pass
        return fit.coefficients()


def _included(fit: GreedyFit, blocks: list[IntArray]) -> Iterator[int]:
    """Include features block by block, until the data determine no more; count the blocks."""
    for n, features in enumerate(blocks, start=1):
        if fit.qr.size == fit.qr.n_rows:
            return
        fit.include(features)
        yield n
