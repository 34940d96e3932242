"""The group smoothly clipped absolute deviation (Fan and Li, 2001; Wang, Chen and Li, 2007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...checks import check_above
from ...groups import Groups
from ..block_forms import ClippedSlope
from ..group_weights import GroupWeights
from ..penalty import GroupNormPenalty
from .folded_concave import best_shrinkage, sum_of_values


@dataclass(frozen=True, eq=False)
class GroupSCAD(GroupNormPenalty):
    """``sum_g p(||x_g||)``, nonconvex: linear, then constant from ``gamma alpha w_g``.

    Its slope is ``p'(t) = min(alpha w_g, max(0, gamma alpha w_g - t) / (gamma - 1))``.

    Parameters
    ----------
    alpha : float
        Strength, positive: the slope at zero.
    gamma : float, default 3.7
        Concavity, above 2.
    group_weights : None, "sqrt" or array_like of float, optional
        As in `L21`.

    Raises
    ------
    ValueError
        If `alpha` is not positive, `gamma` not above 2, or a weight negative or NaN.

    Examples
    --------
    >>> groups = Groups.blocks(2, 4)
    >>> GroupSCAD(1.0).prox(np.array([3.0, 4.0, 0.9, 1.2]), 1.0, groups)
    array([3. , 4. , 0.3, 0.4])
    """

    convex: ClassVar[bool] = False
    alpha: float
    gamma: float = 3.7
    group_weights: GroupWeights = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_above("gamma", self.gamma, 2)

    def values(self, norms: Array, strengths: Array) -> Array:
        """Return ``lam t``, then a parabola, then the constant ``lam^2 (gamma + 1) / 2``."""
        reach = np.minimum(norms, self.gamma * strengths)
        beyond = np.maximum(0.0, reach - strengths)
        result: Array = strengths * reach - beyond**2 / (2 * (self.gamma - 1))
        return result

    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return the sum of the penalties of groups with these norms."""
        return sum_of_values(self.values, norms, self.strengths(groups))

    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return the proximal step's norms relative to the norms given."""
        return best_shrinkage(self.values, self._candidates, norms, step, self.strengths(groups))

    def _candidates(self, norms: Array, step: float, strengths: Array) -> list[Array]:
        """Return, for each piece, the norm at which the proximal objective is stationary."""
        end = self.gamma * strengths
        far = np.where(norms >= end, norms, 0.0)
        near = np.clip(norms - step * strengths, 0.0, strengths)
        if step >= self.gamma - 1:
            return [far, near]
        middle = ((self.gamma - 1) * norms - step * end) / (self.gamma - 1 - step)
        return [far, near, np.clip(middle, strengths, end)]

    def slopes(self, norms: Array, groups: Groups) -> Array:
        """Return ``alpha w_g`` up to that norm, then falling to zero at ``gamma alpha w_g``."""
        strengths = self.strengths(groups)
        falling = (self.gamma * strengths - norms) / (self.gamma - 1)
        return np.clip(falling, 0.0, strengths)

    def block_form(self, groups: Groups) -> ClippedSlope:
        """Return the slopes at zero, and gamma."""
        return ClippedSlope(self.strengths(groups), float(self.gamma))
