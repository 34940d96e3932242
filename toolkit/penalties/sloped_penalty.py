"""Penalties that are a function of each group norm with a slope at zero: l2,1, MCP, SCAD."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from ..arrays import Array, IntArray, squared_magnitude
from ..groups import Groups
from .group_norm_penalty import GroupNormPenalty
from .group_weights import WeightedPenalty


class SlopedPenalty(WeightedPenalty, GroupNormPenalty):
    """``sum_g p(||x_g||; alpha w_g)`` with ``p`` concave, and its slope at zero ``alpha w_g``."""

    @abstractmethod
    def slopes(self, norms: Array, groups: Groups) -> Array:
        """Return ``p'`` at these norms; the slope at zero for a group of weight infinity."""

    def strengths(self, groups: Groups) -> Array:
        """Return ``alpha w_g``.

        Parameters
        ----------
        groups : Groups
            The grouping.

        Returns
        -------
        ndarray of float, shape (n_groups,)
            The slope of the penalty at zero.
        """
        return self.alpha * self.weights(groups)

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the distances: to one vector where `x_g` is not zero, to a ball where it is."""
        norms = groups.norms(x)
        distances = self.zero_distances(gradient, groups)
        active = np.flatnonzero(norms)
        if active.size:
            slopes = self.slopes(norms, groups)[active]
            pull = np.where(np.isfinite(slopes), slopes, 0.0) / norms[active]
            distances[active] = self._pulled(x, gradient, pull, groups, active)
        distances[self.excluded(groups)] = 0
        return distances

    @staticmethod
    def _pulled(x: Array, gradient: Array, pull: Array, groups: Groups, active: IntArray) -> Array:
        """Return the norms of ``gradient_g + pull_g x_g`` for the active groups."""
        chosen = np.zeros(groups.n_groups, dtype=bool)
        chosen[active] = True
        sizes = groups.sizes[active]
        places = groups.indices[np.repeat(chosen, groups.sizes)]
        sums = gradient.ravel()[places] + np.repeat(pull, sizes) * x.ravel()[places]
        starts = np.cumsum(sizes) - sizes
        return np.sqrt(np.add.reduceat(squared_magnitude(sums), starts))

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return by how much the gradient's norm exceeds the slope at zero."""
        distances = groups.norms(gradient).astype(float)
        distances -= self.strengths(groups)
        np.maximum(distances, 0.0, out=distances)
        return distances

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return ``max_g ||gradient_g|| / w_g``, the dual norm of the weighted l2,1 norm.

        Parameters
        ----------
        gradient : ndarray
            Coefficient-shaped.
        groups : Groups
            The grouping.

        Returns
        -------
        float
            Infinite if an unpenalised group's gradient is not zero.
        """
        norms, weights = groups.norms(gradient), self.weights(groups)
        ratios = np.full(norms.shape, np.inf)
        np.divide(norms, weights, out=ratios, where=weights > 0)
        ratios[(weights == 0) & (norms == 0)] = 0
        return float(ratios.max(initial=0.0))
