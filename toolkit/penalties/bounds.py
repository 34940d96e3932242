"""Bounds of coefficients added to a penalty, such as zero for positive coefficients.

With bounds of zero (or none), the proximal step is that of the penalty at the point projected on
the bounds: for a norm ``r`` of a group, ``<u, x>`` is largest for ``u`` along the projection, or
zero if that is zero. With other bounds ``l <= 0 <= h`` and a penalty ``s ||u||`` the minimiser is
``u = clip(x r / (r + s), l, h)`` where ``r = ||u||``, one equation for ``r``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_coefficients, as_number_array
from ..groups import Groups
from ..magnitudes import LEAST, MOST
from .l21 import L21
from .latent_overlap import LatentOverlap
from .penalty import GroupNormPenalty, Penalty
from .sparse_group import SparseGroup
from .wrapped import WrappedPenalty

_ROUNDS = 100
_NEWTON = 50
_ACCURACY = 1e-16
_Piece: TypeAlias = Callable[[Array, Array, Array], tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class WithBounds(WrappedPenalty):
    """A penalty of real coefficients that must lie between bounds; infinite outside.

    Coefficients in no group have no bounds; those in a group of weight zero have.

    Parameters
    ----------
    penalty : Penalty
        A penalty of the group norms, or `SparseGroup`, without a ridge: the ridge goes around the
        bounds, ``WithRidge(WithBounds(L21(alpha)), ridge)``.
    lower : float or array_like, default 0
        The lower bounds, at most zero: one for all, or one for each coefficient.
    upper : float or array_like, default infinity
        The upper bounds, at least zero. Bounds other than zero and infinity are for `L21` and
        `SparseGroup`; `LatentOverlap` has one pair of bounds for all.

    Raises
    ------
    ValueError
        If `penalty` cannot be bounded, or the bounds do not contain zero.

    Notes
    -----
    With `LatentOverlap`, the latent copies are bounded: for bounds of zero and infinity this is
    the same as bounding their sums. Groups of weight zero that have bounds leave no critical
    strength, and their duality gap is not tight.

    Examples
    --------
    >>> penalty = WithBounds(L21(1.0))
    >>> penalty.prox(np.array([3.0, 4.0, 0.9, -7.0]), 1.0, Groups.blocks(2, 4))
    array([2.4, 3.2, 0. , 0. ])
    """

    penalty: Penalty
    lower: ArrayLike = 0.0
    upper: ArrayLike = np.inf

    def __post_init__(self) -> None:
        if not isinstance(self.penalty, GroupNormPenalty | SparseGroup):
            raise ValueError(
                "penalty must be a penalty of group norms such as L21(alpha), or SparseGroup, "
                f"without a ridge, got {self.penalty!r}"
            )
        lower, upper = _read_bounds("lower", self.lower, -1), _read_bounds("upper", self.upper, 1)
        if not self._is_cone and type(self.penalty) not in (L21, SparseGroup):
            raise ValueError(
                "lower and upper must be zero or infinite for "
                f"{type(self.penalty).__name__}; other bounds are for L21 and SparseGroup"
            )
        if isinstance(self.penalty, LatentOverlap) and lower.size * upper.size > 1:
            raise ValueError("lower and upper must be one number each for LatentOverlap")

    def free_groups(self, groups: Groups) -> Array:
        """Return which groups have neither a penalty nor a bound."""
        lower, upper = self._spread(groups)
        bounded = groups.norms(np.isfinite(lower) | np.isfinite(upper)) > 0
        return self.penalty.free_groups(groups) & ~bounded

    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return the penalty of `x`, infinite outside the bounds."""
        lower, upper = self._bounds_of(x, groups)
        if np.any((x < lower) | (x > upper)):
            return np.inf
        return self.penalty.value_with_norms(x, norms, groups)

    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step, and the norms of its groups."""
        lower, upper = self._bounds_of(x, groups)
        if self._is_cone:
            return self.penalty.prox_with_norms(np.clip(x, lower, upper), step, groups)
        of_entries, of_groups = self._thresholds(groups)
        wide = x.astype(float).ravel()
        reach = np.maximum(0.0, np.abs(wide) - step * of_entries)
        limits = _in_direction(wide, lower, upper)
        strengths = step * of_groups
        norms, _ = _find_norms(reach, limits, strengths, groups, _shrink)
        kept = np.divide(norms, norms + strengths, out=np.zeros(norms.shape), where=norms > 0)
        size = np.minimum(reach * groups.per_coefficient(kept), limits)
        result = np.clip(np.copysign(size, wide).astype(x.dtype).reshape(x.shape), lower, upper)
        result.ravel()[groups.unpenalised] = x.ravel()[groups.unpenalised]
        return result, norms.astype(x.dtype)

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the distances; at a bound, a gradient that pushes beyond it counts as none."""
        lower, upper = self._bounds_of(x, groups)
        if gradient.dtype.kind == "c":
            raise ValueError(f"gradient must be real where there are bounds, got {gradient.dtype}")
        slope = np.zeros_like(x) if self._is_cone else self._slope(x, groups)
        held = np.where(x >= upper, np.maximum(gradient, -slope), gradient)
        held = np.where(x <= lower, np.minimum(held, -slope), held)
        distances = self.penalty.group_distances(x, held.astype(x.dtype), groups)
        outside = groups.norms((x < lower) | (x > upper)) > 0
        return np.where(outside, np.inf, distances)

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return those of the gradient without what pushes beyond a bound of zero."""
        return self.penalty.zero_distances(-self._project(-gradient, groups), groups)

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return the critical strength: of the correlations that bounds of zero do not stop."""
        gradient = as_coefficients(gradient, "gradient")
        reach = self.penalty.dual_norm(self._project(gradient, groups), groups)
        if np.isinf(reach):
            raise ValueError(
                "penalty must have a strength from which on zero is the solution; groups of "
                "weight zero with bounds have none: give alphas, or small group_weights"
            )
        return reach

    def polar(self, gradient: Array, groups: Groups) -> float:
        """Return the strength from which on the conjugate is finite: finite bounds do not count."""
        lower, upper = self._bounds_of(gradient, groups)
        least = np.where(np.isinf(lower), gradient, np.maximum(gradient, 0))
        kept = np.where(np.isinf(upper), least, np.minimum(least, 0)).astype(gradient.dtype)
        return self.penalty.dual_norm(kept, groups)

    def conjugate(self, gradient: Array, groups: Groups) -> float:
        """Return ``sup <gradient, x> - penalty(x)`` between the bounds, where that is finite.

        It is attained at ``x = clip(c r / s, l, h)`` with ``r = ||x||``.
        """
        if self._is_cone:
            return 0.0
        lower, upper = self._bounds_of(gradient, groups)
        of_entries, of_groups = self._thresholds(groups)
        wide = gradient.astype(float).ravel()
        reach = np.maximum(0.0, np.abs(wide) - of_entries)
        limits = _in_direction(wide, lower, upper)
        _, held = _find_norms(reach, limits, of_groups, groups, _extend)
        gained = groups.sums(np.multiply(reach, limits, out=np.zeros(reach.shape), where=held))
        left = _find_slack(groups.sums(np.where(held, 0, reach) ** 2), of_groups)
        paid = np.sqrt(left * groups.sums(np.where(held, limits, 0) ** 2))
        paid = np.multiply(of_groups, paid, out=np.zeros(paid.shape), where=paid > 0)
        return float(np.maximum(0, gained - paid).sum())

    @property
    def _is_cone(self) -> bool:
        """Whether all finite bounds are zero."""
        both = np.concatenate([np.ravel(self.lower), np.ravel(self.upper)])
        return not np.any(both[np.isfinite(both)])

    def _thresholds(self, groups: Groups) -> tuple[Array, Array]:
        """Return the strengths of every coefficient's magnitude and of every group's norm."""
        if isinstance(self.penalty, SparseGroup):
            return self.penalty.thresholds(groups)
        return np.zeros(groups.n_coefs), self.penalty.strengths(groups)

    def _slope(self, x: Array, groups: Groups) -> Array:
        """Return the gradient of the penalty at `x`, zero where a coefficient is zero."""
        of_entries, of_groups = self._thresholds(groups)
        norms = groups.norms(x)
        pull = np.divide(of_groups, norms, out=np.zeros(norms.shape), where=norms > 0)
        per_norm = groups.per_coefficient(pull).reshape(x.shape) * x
        slope: Array = per_norm + np.where(x == 0, 0, of_entries.reshape(x.shape)) * np.sign(x)
        return slope

    def _project(self, gradient: Array, groups: Groups) -> Array:
        """Return the part of directions from zero that the bounds allow."""
        lower, upper = self._bounds_of(gradient, groups)
        above = np.where(lower == 0, np.maximum(gradient, 0), gradient)
        return np.where(upper == 0, np.minimum(above, 0), above).astype(gradient.dtype)

    def _bounds_of(self, x: Array, groups: Groups) -> tuple[Array, Array]:
        """Return bounds in the shape and precision of `x`."""
        if x.dtype.kind == "c":
            raise ValueError(f"lower and upper are bounds of real coefficients, got {x.dtype}")
        lower, upper = self._spread(groups)
        return lower.reshape(x.shape).astype(x.dtype), upper.reshape(x.shape).astype(x.dtype)

    def _spread(self, groups: Groups) -> tuple[Array, Array]:
        """Return the bounds of every coefficient, infinite for those in no group."""
        spread = []
        for name, value, none in (("lower", self.lower, -np.inf), ("upper", self.upper, np.inf)):
            bounds = np.ravel(np.asarray(value, dtype=float))
            if bounds.size not in (1, groups.n_coefs):
                raise ValueError(
                    f"{name} must be one number or {groups.n_coefs}, got {bounds.size} of them"
                )
            everywhere = np.array(np.broadcast_to(bounds, groups.n_coefs))
            everywhere[groups.unpenalised] = none
            spread.append(everywhere)
        return spread[0], spread[1]


def _read_bounds(name: str, value: ArrayLike, sign: int) -> Array:
    """Return bounds of one side; a `ValueError` unless zero is inside."""
    bounds = as_number_array(value, name)
    if bounds.dtype.kind == "c" or not bounds.size or not np.all(sign * bounds >= 0):
        side = "not positive" if sign < 0 else "not negative"
        raise ValueError(f"{name} must be real numbers, {side} and not NaN, got {value!r}")
    sizes = np.abs(bounds[np.isfinite(bounds) & (bounds != 0)])
    if sizes.size and (sizes.min() < LEAST or sizes.max() > MOST):
        raise ValueError(
            f"{name} must be zero, infinite or from {LEAST:g} to {MOST:g} in magnitude, "
            f"got {sizes.min():g} to {sizes.max():g}"
        )
    return bounds


def _in_direction(x: Array, lower: Array, upper: Array) -> Array:
    """Return the magnitude of the bound that lies in the direction of every `x`."""
    limits: Array = np.abs(np.where(x < 0, lower.ravel(), upper.ravel()).astype(float))
    return limits


def _find_norms(
    reach: Array, limits: Array, strengths: Array, groups: Groups, piece: _Piece
) -> tuple[Array, Array]:
    """Return ``r`` with ``sum_j min(a_j / d, b_j / r)^2 = 1`` in every group, and what is held.

    `reach` holds ``a_j``, `limits` ``b_j``; what is held is where the second is the lesser, and
    `piece` returns ``r`` and ``d`` where that is known. Any other choice gives a larger ``r``, so
    choosing anew at each ``r`` falls to the root, in finitely many rounds.
    """
    held = np.zeros(reach.shape, dtype=bool)
    for _ in range(_ROUNDS):
        free = groups.sums(np.where(held, 0, reach) ** 2)
        norms, divisors = piece(free, groups.sums(np.where(held, limits, 0) ** 2), strengths)
        with np.errstate(invalid="ignore"):
            ahead = reach * groups.per_coefficient(norms)
            following = ahead > limits * groups.per_coefficient(divisors)
        if np.array_equal(following, held):
            break
        held = following
    return norms, held


def _shrink(free: Array, held: Array, strengths: Array) -> tuple[Array, Array]:
    """Return ``r`` with ``free / (r + s)^2 + held / r^2 = 1``, and ``r + s``.

    Zero if there is none. By Newton's method on the reciprocal root of the sum, which is concave:
    it rises to the root.
    """
    norms = np.maximum(np.sqrt(held), np.sqrt(free) - strengths)
    norms = np.where(np.isinf(strengths), 0, np.maximum(norms, 0))
    moving = np.flatnonzero((held > 0) & (norms > 0))
    free, held, offset = free[moving], held[moving], strengths[moving]
    for _ in range(_NEWTON):
        r = norms[moving]
        value = 1 / np.sqrt(free / (r + offset) ** 2 + held / r**2)
        step = (1 - value) / (value**3 * (free / (r + offset) ** 3 + held / r**3))
        norms[moving] = r + step
        if not np.any(step > _ACCURACY * r):
            break
    return norms, norms + strengths


def _extend(free: Array, held: Array, strengths: Array) -> tuple[Array, Array]:
    """Return ``r`` with ``free / s^2 + held / r^2 = 1``, and ``s``; infinite if there is none."""
    left = _find_slack(free, strengths)
    norms = np.full(left.shape, np.inf)
    np.divide(np.sqrt(held), np.sqrt(left), out=norms, where=left > 0)
    return norms, strengths


def _find_slack(free: Array, strengths: Array) -> Array:
    """Return ``1 - free / s^2``, zero if that is negative."""
    share = np.zeros(free.shape)
    with np.errstate(divide="ignore", over="ignore"):  # strengths of zero bound nothing
        np.divide(np.sqrt(free), strengths, out=share, where=free > 0)
        return np.maximum(0.0, 1 - share**2)
