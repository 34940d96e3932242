"""The group minimax concave penalty (Zhang, 2010; Huang, Breheny and Ma, 2012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...arrays import Array, scalar_like
from ...checks import check_above
from ...groups import Groups
from ..block_forms import LinearSlope
from ..group_weights import GroupWeights
from ..penalty import GroupNormPenalty
from .folded_concave import best_shrinkage, sum_of_values


@dataclass(frozen=True, eq=False)
class GroupMCP(GroupNormPenalty):
    """``sum_g p(||x_g||)`` with ``p'(t) = max(0, alpha w_g - t / gamma)``: nonconvex.

    Parameters
    ----------
    alpha : float
        Strength, positive: the slope at zero.
    gamma : float, default 3
        Concavity, above 1: the penalty is flat from ``gamma alpha w_g`` on,
        and closer to l0 the smaller it is. Meant for columns of about unit norm.
    group_weights : None, "sqrt" or array_like of float, optional
        As in `L21`.

    Raises
    ------
    ValueError
        If `alpha` is not positive, `gamma` not above 1, or a weight negative or NaN.

    Examples
    --------
    >>> groups = Groups.blocks(2, 4)
    >>> GroupMCP(1.0).prox(np.array([3.0, 4.0, 0.9, 1.2]), 1.0, groups)
    array([3.  , 4.  , 0.45, 0.6 ])
    """

    convex: ClassVar[bool] = False
    alpha: float
    gamma: float = 3.0
    group_weights: GroupWeights = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_above("gamma", self.gamma, 1)

    def values(self, norms: Array, strengths: Array) -> Array:
        """Return ``lam t - t^2 / (2 gamma)`` up to ``t = gamma lam``, constant beyond."""
        reach = np.minimum(norms, self.gamma * strengths)
        result: Array = strengths * reach - reach**2 / (2 * self.gamma)
        return result

    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return the sum of the penalties of groups with these norms."""
        return sum_of_values(self.values, norms, self.strengths(groups))

    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return the proximal step's norms relative to the norms given.

        While the proximal objective is convex, that is firm thresholding in closed form:
        ``(1 - step lam / t) / (1 - step / gamma)``, kept between zero and one.
        """
        if step >= self.gamma:
            strengths = self.strengths(groups)
            return best_shrinkage(self.values, self._candidates, norms, step, strengths)
        factors = self.soft_factors(norms, step, groups)
        factors /= scalar_like(1 - step / self.gamma, norms)
        return np.minimum(factors, 1, out=factors)

    def _candidates(self, norms: Array, step: float, strengths: Array) -> list[Array]:
        """Return the norms on the flat piece, the only minima apart from zero of a long step."""
        return [np.where(norms >= self.gamma * strengths, norms, 0.0)]

    def slopes(self, norms: Array, groups: Groups) -> Array:
        """Return ``max(0, alpha w_g - norms / gamma)``."""
        return np.maximum(0.0, self.strengths(groups) - norms / self.gamma)

    def block_form(self, groups: Groups) -> LinearSlope:
        """Return the slopes at zero, and how fast they fall as a group grows."""
        return LinearSlope(self.strengths(groups), 1 / self.gamma)
