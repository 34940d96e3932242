"""Penalties that see only the Euclidean norm of each group.

The proximal step of such a penalty multiplies every group by one number, so a
penalty needs to say just three things about an array of norms: its value, the
shrinkage factors, and the slope with which it pulls towards zero.
"""

from __future__ import annotations

from abc import abstractmethod

from ..arrays import Array
from ..groups import Groups
from .penalty import Penalty


class GroupNormPenalty(Penalty):
    """``alpha * Omega(x)`` with Omega a sum of functions of the group norms."""

    @abstractmethod
    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return the penalty of groups with these norms."""

    @abstractmethod
    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return the factor by which the proximal step multiplies each group."""

    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return the penalty of `x`, whose group norms are known."""
        return self.value_of_norms(norms, groups)

    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step, and the norms of its groups."""
        norms = groups.norms(x)
        factors = self.shrinkage(norms, step, groups)
        return groups.scale(x, factors), factors * norms
