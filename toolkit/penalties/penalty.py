"""The contract of every penalty, and of those that are functions of the group norms."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np

from ..arrays import Array, IntArray, as_coefficients, squared_magnitude
from ..checks import check_instance, check_level, check_strength
from ..groups import Groups
from .block_forms import BlockForm
from .group_weights import GroupWeights, check_group_weights, weights_of


class Penalty(ABC):
    """``alpha * Omega(x)`` for coefficients in groups.

    A penalty is a frozen dataclass. Its field `group_weights`, if it has one, is as in `L21`.
    A penalty that depends on the group norms alone is a `GroupNormPenalty`.
    """

    convex: ClassVar[bool]
    alpha: float
    group_weights: GroupWeights = None
    ridge: float = 0.0

    def __post_init__(self) -> None:
        check_strength("alpha", self.alpha)
        check_group_weights(self.group_weights)

    @abstractmethod
    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return the penalty of `x`, whose group norms are known."""

    @abstractmethod
    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step, as `prox`, and the norms of its groups."""

    @abstractmethod
    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return, per group, the distance of ``-gradient`` from the subdifferential at `x`."""

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return, per group, the distance of ``-gradient`` from the subdifferential at zero."""
        return self.group_distances(np.zeros_like(gradient), gradient, groups)

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return the dual norm of Omega at `gradient`, the critical strength.

        Parameters
        ----------
        gradient : ndarray
            Coefficient-shaped.
        groups : Groups
            The grouping.

        Returns
        -------
        float
            The smallest `alpha` for which no penalised group of ``prox(gradient, 1)`` is active;
            infinite if an unpenalised group's gradient is not zero.
        """
        raise ValueError(
            f"penalty must have a strength from which on zero is the solution; "
            f"{type(self).__name__} has none"
        )

    def polar(self, gradient: Array, groups: Groups) -> float:
        """Return the smallest `alpha` for which the conjugate at `gradient` is finite."""
        return self.dual_norm(gradient, groups)

    def conjugate(self, gradient: Array, groups: Groups) -> float:
        """Return ``sup_x Re<gradient, x> - penalty(x)``, where `polar` is at most `alpha`.

        Zero for a multiple of a norm.
        """
        return 0.0

    def block_form(self, groups: Groups) -> BlockForm:
        """Return what compiled block coordinate descent needs to know, per group."""
        raise ValueError(
            f"penalty must have a step for single groups; {type(self).__name__} has none"
        )

    def value(self, x: Array, groups: Groups) -> float:
        """Return ``alpha * Omega(x)``."""
        self._check_groups(groups)
        x = as_coefficients(x, "x")
        return self.value_with_norms(x, groups.norms(x), groups)

    def prox(self, x: Array, step: float, groups: Groups) -> Array:
        """Return the minimiser of ``1/2 ||u - x||^2 + step * penalty(u)``.

        Parameters
        ----------
        x : ndarray
            Coefficients, real or complex; not changed.
        step : float
            The step size.
        groups : Groups
            Their grouping; unpenalised coefficients pass unchanged.

        Returns
        -------
        ndarray
            Of the shape and dtype of `x`.

        Raises
        ------
        ValueError
            If groups overlap, or an argument is not finite or too large to be computed with.
        """
        self._check_groups(groups)
        check_level("step", step)
        with np.errstate(over="ignore"):  # an infinite threshold leaves zero
            return self.prox_with_norms(as_coefficients(x, "x"), step, groups)[0]

    def subdifferential_distance(self, x: Array, gradient: Array, groups: Groups) -> float:
        """Return the norm of the smallest subgradient of the whole objective.

        Parameters
        ----------
        x : ndarray
            Coefficients.
        gradient : ndarray
            The gradient of the data term at `x`.
        groups : Groups
            Their grouping.

        Returns
        -------
        float
            Zero exactly at a stationary point.

        Raises
        ------
        ValueError
            If groups overlap, or an argument is not finite or too large to be computed with.
        """
        self._check_groups(groups)
        x, gradient = as_coefficients(x, "x"), as_coefficients(gradient, "gradient")
        if x.shape != gradient.shape:
            raise ValueError(f"gradient must have the shape of x, {x.shape}, got {gradient.shape}")
        free = squared_magnitude(gradient.ravel()[groups.unpenalised]).sum()
        distances = self.group_distances(x, gradient, groups)
        return float(np.sqrt(free + np.sum(distances**2)))

    def _check_groups(self, groups: Groups) -> None:
        check_instance("groups", groups, Groups)
        if groups.overlapping:
            raise ValueError(
                f"groups overlap: {type(self).__name__} is evaluated for disjoint groups, such as "
                "the latent copies of LatentOverlap.copies(groups)"
            )

    @property
    def core(self) -> Penalty:
        """The penalty without a ridge term."""
        return self

    @property
    def base(self) -> Penalty:
        """The penalty without a ridge term and without bounds."""
        return self

    @property
    def takes_group_weights(self) -> bool:
        """Whether the penalty has group weights."""
        return any(field.name == "group_weights" for field in dataclasses.fields(self))  # type: ignore[arg-type]

    def with_alpha(self, alpha: float) -> Self:
        """Return the same penalty at another strength."""
        return dataclasses.replace(self, alpha=alpha)  # type: ignore[type-var]

    def with_group_weights(self, group_weights: GroupWeights) -> Self:
        """Return the same penalty with other group weights."""
        if not self.takes_group_weights:
            raise ValueError(f"{type(self).__name__} has no group weights")
        return dataclasses.replace(self, group_weights=group_weights)  # type: ignore[type-var]

    def weights(self, groups: Groups) -> Array:
        """Return ``w_g``, shape (n_groups,): one each for a penalty without group weights."""
        return weights_of(self.group_weights, groups)

    def strengths(self, groups: Groups) -> Array:
        """Return ``alpha w_g``, shape (n_groups,)."""
        return self.alpha * self.weights(groups)

    def free_groups(self, groups: Groups) -> Array:
        """Return which groups are not penalised, shape (n_groups,): those of weight zero."""
        result: Array = self.weights(groups) == 0
        return result

    def free_coefs(self, groups: Groups) -> Array:
        """Return which coefficients are in no group or in one of `free_groups`, (n_coefs,)."""
        return groups.spread(self.free_groups(groups))

    def excluded_groups(self, groups: Groups) -> Array:
        """Return which groups have infinite weight and must stay zero, shape (n_groups,)."""
        return np.isinf(self.weights(groups))


class GroupNormPenalty(Penalty):
    """``sum_g p_g(||x_g||)``: its proximal step multiplies each group by a factor.

    `group_distances`, `zero_distances` and `dual_norm` are those of a concave ``p_g`` whose
    slope at zero is ``alpha w_g``.
    """

    @abstractmethod
    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return the penalty of groups with these norms."""

    @abstractmethod
    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return the factor by which the proximal step multiplies each group."""

    @abstractmethod
    def slopes(self, norms: Array, groups: Groups) -> Array:
        """Return ``p_g'`` at these norms; the slope at zero for a group of weight infinity."""

    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return the penalty of `x`, whose group norms are known."""
        return self.value_of_norms(norms, groups)

    def soft_factors(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return ``max(0, 1 - step alpha w_g / norms_g)``, in the precision of the norms."""
        thresholds: Array = np.asarray(step * self.alpha, dtype=float)
        if self.group_weights is not None:
            thresholds = thresholds * self.weights(groups)
        limits = np.finfo(norms.dtype)
        # Infinite for an excluded group.
        thresholds = np.minimum(thresholds, limits.max).astype(norms.dtype, copy=False)
        factors: Array = np.maximum(norms, np.maximum(thresholds, limits.tiny))
        np.divide(thresholds, factors, out=factors)
        return np.subtract(1, factors, out=factors)

    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step, and the norms of its groups."""
        norms = groups.norms(x)
        factors = self.shrinkage(norms, step, groups)
        return groups.scale(x, factors), factors * norms

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the distances: to one vector where `x_g` is not zero, to a ball where it is."""
        norms = groups.norms(x)
        distances = self.zero_distances(gradient, groups)
        active = np.flatnonzero(norms)
        if active.size:
            slopes = self.slopes(norms, groups)[active]
            pull = np.where(np.isfinite(slopes), slopes, 0.0) / norms[active]
            distances[active] = _norms_of_sums(x, gradient, pull, groups, active)
        distances[self.excluded_groups(groups)] = 0
        return distances

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return by how much the gradient's norm exceeds the slope at zero."""
        distances = groups.norms(gradient).astype(float)
        distances -= self.strengths(groups)
        np.maximum(distances, 0.0, out=distances)
        return distances

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return ``max_g ||gradient_g|| / w_g``, the dual norm of the weighted l2,1 norm."""
        check_instance("groups", groups, Groups)
        norms = groups.norms(as_coefficients(gradient, "gradient"))
        weights = self.weights(groups)
        ratios = np.full(norms.shape, np.inf)
        np.divide(norms, weights, out=ratios, where=weights > 0)
        ratios[(weights == 0) & (norms == 0)] = 0
        return float(ratios.max(initial=0.0))


def _norms_of_sums(
    x: Array, gradient: Array, pull: Array, groups: Groups, active: IntArray
) -> Array:
    """Return the norms of ``gradient_g + pull_g x_g`` for the active groups."""
    chosen = np.zeros(groups.n_groups, dtype=bool)
    chosen[active] = True
    sizes = groups.sizes[active]
    places = groups.indices[np.repeat(chosen, groups.sizes)]
    sums = gradient.ravel()[places] + np.repeat(pull, sizes) * x.ravel()[places]
    starts = np.cumsum(sizes) - sizes
    return np.sqrt(np.add.reduceat(squared_magnitude(sums), starts))
