"""The l0(l2) penalty: the number of groups that are not zero (Jiao, Jin and Lu, eq. 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array
from ..groups import Groups
from .penalty import GroupNormPenalty


@dataclass(frozen=True, eq=False)
class GroupL0(GroupNormPenalty):
    """``alpha * #{g : x_g != 0}``: nonconvex; active groups are not shrunk.

    Parameters
    ----------
    alpha : float
        Strength, positive.

    Raises
    ------
    ValueError
        If `alpha` is not positive.

    Examples
    --------
    >>> groups = Groups.blocks(2, 4)
    >>> GroupL0(1.0).prox(np.array([3.0, 4.0, 0.3, 0.4]), 1.0, groups)
    array([3., 4., 0., 0.])
    """

    convex: ClassVar[bool] = False
    alpha: float

    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return ``alpha`` times the number of norms that are not zero."""
        return float(self.alpha * np.count_nonzero(norms))

    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return 1 where the norm exceeds ``sqrt(2 step alpha)`` and 0 elsewhere."""
        kept: Array = norms > np.sqrt(2 * step * self.alpha)
        return kept.astype(norms.dtype)

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the gradient's norm on active groups; at zero every direction cancels it."""
        return np.where(groups.norms(x) > 0, groups.norms(gradient), 0.0)

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return zeros."""
        return np.zeros(groups.n_groups)

    def slopes(self, norms: Array, groups: Groups) -> Array:
        """Return zeros: nothing pulls at a group that is kept."""
        return np.zeros_like(norms)

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Raise a `ValueError`: from which strength on zero is a solution depends on the step."""
        raise ValueError(
            "penalty must have a strength from which on zero is the solution, whatever the step "
            "size; GroupL0 has none: give alphas, or use PrimalDualActiveSet, which has its own"
        )
