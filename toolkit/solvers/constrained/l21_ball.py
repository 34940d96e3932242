"""The ball ``sum_g w_g ||x_g|| <= radius``: its norm, dual norm and projection.

The projection shrinks every group by ``theta * w_g`` with one number theta
(van den Berg and Friedlander, 2008, section 4, for groups 2011, section 6):
``sum_g w_g max(0, ||x_g|| - theta w_g)`` falls piecewise linearly in theta, so
that sorting the kinks ``||x_g|| / w_g`` finds where it meets the radius. A
weight of zero and a coefficient in no group are not bounded, an infinite weight
keeps its group at zero. Cost: a pass over the coefficients and a sort of the
groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...arrays import Array, inner, real_dtype
from ...groups import Groups


@dataclass(frozen=True, eq=False)
class L21Ball:
    """The weighted l2,1 norm of disjoint groups, and projection onto its balls.

    Weights are not negative; zero leaves a group free, infinity excludes it.

    Examples
    --------
    >>> ball = L21Ball(Groups.blocks(2, 4), np.ones(2))
    >>> ball.project(np.array([3.0, 4.0, 0.3, 0.4]), 4.0)
    array([2.4, 3.2, 0. , 0. ])
    """

    groups: Groups
    weights: Array

    @cached_property
    def penalised(self) -> Array:
        """Which groups the norm counts: all but the free and the excluded ones."""
        return (self.weights > 0) & np.isfinite(self.weights)

    @cached_property
    def free(self) -> Array:
        """Flat positions of the coefficients that nothing bounds."""
        return np.flatnonzero(self.groups.spread(self.weights == 0))

    @cached_property
    def _keeps_all(self) -> bool:
        return bool(np.isfinite(self.weights).all())

    def norm(self, norms: Array) -> float:
        """Return ``sum_g w_g norms_g`` over the penalised groups, in double precision."""
        return float(self.weights[self.penalised] @ norms[self.penalised].astype(float))

    def dual_norm(self, correlation: Array) -> float:
        """Return ``max_g ||correlation_g|| / w_g`` over the penalised groups."""
        norms = self.groups.norms(correlation)[self.penalised]
        return float((norms / self.weights[self.penalised]).max(initial=0.0))

    def remove_excluded(self, x: Array) -> Array:
        """Return `x` with the excluded groups set to zero; `x` itself if there are none."""
        if self._keeps_all:
            return x
        return self.groups.scale(x, np.isfinite(self.weights).astype(float))

    def select_free(self, x: Array) -> Array:
        """Return the free coefficients of `x`, flat."""
        part: Array = x.reshape(-1)[self.free]
        return part

    def penalised_inner(self, x: Array, y: Array) -> float:
        """Return the real part of the inner product over what is not free."""
        if not self.free.size:
            return inner(x, y)
        return inner(x, y) - inner(self.select_free(x), self.select_free(y))

    def per_coefficient(self, values: Array, like: Array) -> Array:
        """Return one value per coefficient from one per group, zero in no group.

        Real, of the shape and precision of `like`.
        """
        typed = values.astype(real_dtype(like.dtype))
        return self.groups.per_coefficient(typed).reshape(like.shape)

    def group_inner(self, x: Array, y: Array) -> Array:
        """Return the real part of the inner product of every group."""
        return self.groups.sums((x.conj() * y).real)

    def project(self, x: Array, radius: float) -> Array:
        """Return the nearest point of the ball; the radius may be infinite."""
        norms = self.groups.norms(x).astype(float)
        return self.groups.scale(x, find_projection_factors(norms, self.weights, radius))


def find_projection_factors(norms: Array, weights: Array, radius: float) -> Array:
    """Return the factors, 0 to 1, by which the projection multiplies groups of these norms.

    Examples
    --------
    >>> find_projection_factors(np.array([5.0, 1.0]), np.array([1.0, 1.0]), 4.0)
    array([0.8, 0. ])
    """
    counted = (weights > 0) & np.isfinite(weights) & (norms > 0)
    factors = np.isfinite(weights).astype(float)
    size, weight = norms[counted], weights[counted]
    if size @ weight > radius:
        kept = np.maximum(size - _find_threshold(size, weight, radius) * weight, 0.0)
        factors[counted] = kept / size
    return factors


def _find_threshold(size: Array, weight: Array, radius: float) -> float:
    """Return theta with ``sum w max(0, size - theta w) = radius``."""
    order = np.argsort(-size / weight)
    size, weight = size[order], weight[order]
    theta = (np.cumsum(size * weight) - radius) / np.cumsum(weight**2)
    n_kept = np.count_nonzero(size > theta * weight)
    return float(theta[max(n_kept - 1, 0)])
