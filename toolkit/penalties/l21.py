"""The l2,1 norm: the sum of the group norms (Yuan and Lin, 2006; joint sparsity, MMV)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..groups import Groups
from .group_norm_penalty import GroupNormPenalty, checked_alpha


@dataclass(frozen=True, eq=False)
class L21(GroupNormPenalty):
    """``alpha * sum_g w_g ||x_g||``: convex, zero groups as a whole.

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
    group_weights: ArrayLike | None = None

    def __post_init__(self) -> None:
        checked_alpha(self.alpha)
        if isinstance(self.group_weights, str):
            if self.group_weights != "sqrt":
                raise ValueError(
                    f'group_weights must be None, "sqrt" or an array, got {self.group_weights!r}'
                )
        elif self.group_weights is not None:
            weights = np.asarray(self.group_weights, dtype=float)
            if not np.all(weights >= 0):
                raise ValueError("group_weights must be non-negative and not NaN")

    def weights(self, groups: Groups) -> Array:
        """Return the weight of every group.

        Parameters
        ----------
        groups : Groups
            The grouping.

        Returns
        -------
        ndarray of float, shape (n_groups,)
            One per group.

        Raises
        ------
        ValueError
            If the number of weights is another.
        """
        if self.group_weights is None:
            return np.ones(groups.n_groups)
        if isinstance(self.group_weights, str):
            return np.sqrt(groups.sizes)
        weights = np.asarray(self.group_weights, dtype=float)
        if weights.shape != (groups.n_groups,):
            raise ValueError(
                f"group_weights must have shape ({groups.n_groups},), got {weights.shape}"
            )
        return weights

    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return ``alpha * sum_g w_g norms_g``; an excluded zero group costs nothing."""
        if self.group_weights is None:
            return float(self.alpha * np.sum(norms, dtype=float))
        weights = self.weights(groups)
        counted = norms > 0
        return float(self.alpha * np.sum(weights[counted] * norms[counted]))

    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return ``max(0, 1 - step alpha w_g / norms_g)``."""
        threshold = np.asarray(step * self.alpha, dtype=norms.dtype)
        if self.group_weights is not None:
            threshold = (threshold * self.weights(groups)).astype(norms.dtype, copy=False)
        limits = np.finfo(norms.dtype)
        threshold = np.minimum(threshold, limits.max)  # infinite for an excluded group
        factors: Array = 1 - threshold / np.maximum(norms, np.maximum(threshold, limits.tiny))
        return factors

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the distances: to one vector where `x_g` is not zero, to a ball where it is."""
        weights = self.alpha * self.weights(groups)
        finite = np.where(np.isfinite(weights), weights, 0.0)
        norms = groups.norms(x)
        active = norms > 0
        pull = np.divide(finite, norms, out=np.zeros(norms.shape), where=active)
        at_active = groups.norms(gradient + groups.scaled(x, pull))
        at_zero = np.maximum(0.0, groups.norms(gradient) - finite)
        return np.where(np.isfinite(weights), np.where(active, at_active, at_zero), 0.0)

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
