"""The l2,1 norm: the sum of the group norms (Yuan and Lin, 2006; joint sparsity, MMV)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..arrays import Array
from ..groups import Groups
from .block_forms import LinearSlope
from .group_weights import GroupWeights
from .penalty import GroupNormPenalty


@dataclass(frozen=True, eq=False)
class L21(GroupNormPenalty):
    """``alpha * sum_g w_g ||x_g||``: convex; sets whole groups to zero.

    Parameters
    ----------
    alpha : float
        Strength, positive.
    group_weights : None, "sqrt" or array_like of float, optional
        ``w_g``: one for every group, the square root of the group's size, or
        given: zero leaves a group unpenalised, infinity excludes it.

    Raises
    ------
    ValueError
        If `alpha` is not positive, or a weight is negative or NaN.

    Examples
    --------
    >>> groups = Groups.blocks(2, 4)
    >>> L21(1.0).prox(np.array([3.0, 4.0, 0.3, 0.4]), 1.0, groups)
    array([2.4, 3.2, 0. , 0. ])
    """

    convex: ClassVar[bool] = True
    alpha: float
    group_weights: GroupWeights = None

    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return ``alpha * sum_g w_g norms_g``; an excluded zero group costs nothing."""
        if self.group_weights is None:
            return float(self.alpha * np.sum(norms, dtype=float))
        weights = self.weights(groups)
        counted = norms > 0
        return float(self.alpha * np.sum(weights[counted] * norms[counted]))

    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return ``max(0, 1 - step alpha w_g / norms_g)``."""
        return self.soft_factors(norms, step, groups)

    def slopes(self, norms: Array, groups: Groups) -> Array:
        """Return ``alpha w_g``, whatever the norm."""
        return self.strengths(groups)

    def block_form(self, groups: Groups) -> LinearSlope:
        """Return the slopes at zero; they do not fall as a group grows."""
        return LinearSlope(self.strengths(groups), 0.0)
