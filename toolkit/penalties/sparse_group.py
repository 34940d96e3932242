"""The sparse group penalty: few groups, and few coefficients inside them (Simon et al., 2013)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_coefficients
from ..checks import check_share
from ..groups import Groups
from .block_forms import TwoThresholds
from .group_weights import GroupWeights, check_group_weights, spread_over_features
from .penalty import Penalty

_ROOT_ITERATIONS = 100


@dataclass(frozen=True, eq=False)
class SparseGroup(Penalty):
    """``alpha * (l1_ratio sum_j v_j |x_j| + (1 - l1_ratio) sum_g w_g ||x_g||)``, convex.

    Parameters
    ----------
    alpha : float
        Strength, positive.
    l1_ratio : float, default 0.5
        From 0 (the l2,1 norm) to 1 (the l1 norm of what is in groups).
    group_weights : None, "sqrt" or array_like of float, optional
        ``w_g`` as in `L21`. Zero leaves the l1 norm of the group, infinity excludes it.
    feature_weights : array_like of float, shape (n_features,), optional
        ``v_j``, one each by default; the same in all channels. Zero leaves a feature to the norm
        of its group, infinity excludes it.

    Raises
    ------
    ValueError
        If `alpha` is not positive, `l1_ratio` not in [0, 1], a weight is negative or NaN, or
        neither norm penalises some features of a group that has others.

    Examples
    --------
    >>> groups = Groups.blocks(2, 4)
    >>> SparseGroup(1.0, 0.5).prox(np.array([3.5, 0.4, 0.6, 0.4]), 1.0, groups)
    array([2.5, 0. , 0. , 0. ])
    """

    convex: ClassVar[bool] = True
    alpha: float
    l1_ratio: float = 0.5
    group_weights: GroupWeights = None
    feature_weights: ArrayLike | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("l1_ratio", self.l1_ratio)
        if isinstance(self.feature_weights, str):
            raise ValueError(f"feature_weights must be numbers, got {self.feature_weights!r}")
        check_group_weights(self.feature_weights, "feature_weights")

    def thresholds(self, groups: Groups) -> tuple[Array, Array]:
        """Return ``alpha l1_ratio v_j`` of every coefficient and ``alpha (1 - l1_ratio) w_g``."""
        excluded = self.excluded_groups(groups)
        finite = np.where(excluded, 0.0, self.weights(groups))
        of_groups = np.where(excluded, np.inf, self.alpha * (1 - self.l1_ratio) * finite)
        return self.alpha * self.shares(groups), of_groups

    def shares(self, groups: Groups) -> Array:
        """Return ``l1_ratio v_j`` for every coefficient, shape (n_coefs,); zero if in no group."""
        if self.feature_weights is None or self.l1_ratio == 0:
            return groups.per_coefficient(np.full(groups.n_groups, float(self.l1_ratio)))
        return float(self.l1_ratio) * spread_over_features(self.feature_weights, groups)

    def free_groups(self, groups: Groups) -> Array:
        """Return which groups neither term penalises."""
        if self.feature_weights is None:
            return super().free_groups(groups) & (self.l1_ratio == 0)
        by_norm = super().free_groups(groups) | (self.l1_ratio == 1) & ~self.excluded_groups(groups)
        n_free = groups.sums((self.shares(groups) == 0).astype(int))
        if np.any(by_norm & (n_free > 0) & (n_free < groups.sizes)):
            raise ValueError(
                "feature_weights of zero leave some features of a group without any penalty; "
                "put them into a group of their own"
            )
        free: Array = by_norm & (n_free == groups.sizes)
        return free

    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return the penalty of `x`, whose group norms are known."""
        of_entries, of_groups = self.thresholds(groups)
        magnitude = np.abs(x).ravel().astype(float)
        sums = groups.sums(np.multiply(of_entries, magnitude, out=magnitude, where=magnitude > 0))
        counted = norms > 0
        return float(sums[counted].sum() + of_groups[counted] @ norms[counted])

    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step: entries shrink first, then groups."""
        of_entries, of_groups = self.thresholds(groups)
        softened = _soften(x, step * of_entries)
        norms = groups.norms(softened)
        limits = np.finfo(norms.dtype)
        threshold = np.minimum(step * of_groups, limits.max).astype(norms.dtype)
        factors = 1 - threshold / np.maximum(norms, np.maximum(threshold, limits.tiny))
        return groups.scale(softened, factors), factors * norms

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the distance of ``-gradient`` from the subdifferential, group by group."""
        of_entries, of_groups = self.thresholds(groups)
        excluded = np.isinf(of_groups)
        ball = np.where(excluded, 0.0, of_groups)
        norms = groups.norms(x)
        active = norms > 0
        pull = np.divide(ball, norms, out=np.zeros(norms.shape), where=active)
        pulled = gradient + groups.scale(x, pull)
        magnitude = np.abs(x)
        signs = np.divide(x, magnitude, out=np.zeros_like(x), where=magnitude > 0)
        level = of_entries.reshape(x.shape)
        shifted = pulled + np.where(np.isinf(level), 0, level) * signs
        at_entries = np.where(magnitude > 0, np.abs(shifted), np.maximum(0, np.abs(pulled) - level))
        at_active = groups.norms(at_entries)
        at_zero = self.zero_distances(gradient, groups)
        return np.where(excluded, 0.0, np.where(active, at_active, at_zero))

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return by how much a group's norm, its entries shrunk, exceeds its strength."""
        of_entries, of_groups = self.thresholds(groups)
        norms = groups.norms(_soften(gradient, of_entries))
        distances: Array = np.maximum(0.0, norms - of_groups)
        return distances

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return the least ``t`` with ``||soft(gradient_g, l1 v t)|| <= (1 - l1) w_g t``.

        For all groups.

        Newton's method from below: the function is convex and falls, so no step passes the root.
        """
        gradient = as_coefficients(gradient, "gradient")
        free, excluded = self.free_groups(groups), self.excluded_groups(groups)
        if np.any(groups.norms(gradient)[free] > 0):
            return float(np.inf)
        counted = ~free & ~excluded
        if not counted.any():
            return 0.0
        finite = np.where(excluded, 1.0, self.weights(groups))
        slope = np.where(counted, (1 - self.l1_ratio) * finite, 1.0)
        shares = self.shares(groups)
        kept = np.isfinite(shares)
        magnitude = np.where(kept, np.abs(gradient).ravel().astype(float), 0.0)
        shares = np.where(kept, shares, 0.0)
        roots = np.zeros(groups.n_groups)
        for _ in range(_ROOT_ITERATIONS):
            above = np.maximum(0.0, magnitude - shares * groups.per_coefficient(roots))
            size = groups.norms(above)
            excess = size - slope * roots
            sums = groups.sums(shares * above)
            falling = np.divide(sums, size, out=np.zeros_like(size), where=size > 0)
            steps = excess / np.maximum(falling + slope, np.finfo(float).tiny)
            roots = roots + np.maximum(steps, 0.0)
            if not np.any(steps > 1e-15 * roots):
                break
        return float(roots[counted].max())

    def block_form(self, groups: Groups) -> TwoThresholds:
        """Return the strengths of both terms."""
        of_entries, of_groups = self.thresholds(groups)
        if self.feature_weights is None:
            return TwoThresholds(
                of_groups, np.full((groups.n_groups, 1), self.alpha * self.l1_ratio)
            )
        return TwoThresholds(of_groups, _pad(of_entries, groups))


def _pad(of_entries: Array, groups: Groups) -> Array:
    """Return the values of every group's features in one channel, a row for each group."""
    features = groups.features or groups
    n_channels = groups.n_coefs // max(features.n_coefs, 1)
    rows = np.repeat(np.arange(groups.n_groups), features.sizes)
    padded = np.zeros((groups.n_groups, int(features.sizes.max(initial=1))))
    padded[rows, np.arange(rows.size) - features.indptr[rows]] = of_entries[groups.indices][
        ::n_channels
    ]
    return padded


def _soften(x: Array, thresholds: Array) -> Array:
    """Return `x` with the magnitude of every entry shrunk by its threshold."""
    level = thresholds.reshape(x.shape)
    magnitude = np.abs(x)
    kept = np.maximum(0.0, magnitude - level)
    shrinks = (magnitude > 0) & (magnitude < np.inf)
    factors = np.divide(kept, magnitude, out=np.ones_like(kept), where=shrinks)
    result: Array = (x * factors).astype(x.dtype)
    return result
