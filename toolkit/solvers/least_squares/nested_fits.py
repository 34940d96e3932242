"""Least-squares fits by the first 0, 1, 2, ... groups of an order.

One QR factorisation grows group by group; the residuals show how many groups suffice
for a noise level.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arrays import Array, IntArray
from ...reformulations.feature_view import FeatureView
from .growing_fit import GreedyFit


class NestedFits:
    """Fits of a view's data by the first groups of an order.

    For the first 0, 1, ... groups: `n_features`, the number of their features, `ranks`, the
    number of linearly independent columns among them, and `residual_norms` of their fits.
    """

    def __init__(self, view: FeatureView, order: IntArray) -> None:
        self.view = view
        self._members = [view.groups.members(int(g)) for g in order]
        self.n_features = np.cumsum([0, *(m.size for m in self._members)])
        self.ranks = np.zeros(order.size + 1, dtype=np.intp)
        fit = GreedyFit(view)
        self.residual_norms = np.full(order.size + 1, fit.residual_norm)
        for n in _include_blocks(fit, self._members):
            self.ranks[n:], self.residual_norms[n:] = fit.qr.size, fit.residual_norm

    def find_sufficient(self, noise_level: float, n_channels: int) -> int | None:
        """Return the smallest number of groups whose residual is noise, or None.

        A fit by k features reduces the norm of white noise to ``sqrt(1 - k / n_rows)`` of
        `noise_level`: the first residual below that, within two standard deviations, is
        noise; failing that, the first below `noise_level`. Fits with as many independent
        features as rows are ignored.
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
        """Return the fit by the first groups, (K, n_features), of this or another view's data."""
        fit = GreedyFit(self.view if view is None else view)
        blocks = self._members[:n_groups]
        if blocks and self.ranks[n_groups] == self.n_features[n_groups]:
            blocks = [np.concatenate(blocks)]  # independent columns: their order does not matter
        for _ in _include_blocks(fit, blocks):
            pass
        return fit.coefficients()


def _include_blocks(fit: GreedyFit, blocks: list[IntArray]) -> Iterator[int]:
    """Include features block by block while the data determine them; yield the count."""
    for n, features in enumerate(blocks, start=1):
        if fit.qr.size == fit.qr.n_rows:
            return
        fit.include(features)
        yield n
