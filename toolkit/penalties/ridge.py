"""A small ridge term added to a penalty, for columns that are nearly parallel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, scalar_like, squared_magnitude
from ..checks import check_strength
from ..groups import Groups
from .block_forms import BlockForm
from .group_weights import GroupWeights
from .penalty import Penalty


@dataclass(frozen=True, eq=False)
class WithRidge(Penalty):
    """A penalty plus ``ridge / 2 * ||x||^2`` over the penalised coefficients.

    Along nearly parallel columns, coefficients of opposite signs can grow without bound; the
    ridge prevents that, and makes the minimiser of a convex penalty unique. With
    `LatentOverlap` the square is over the latent copies.

    Parameters
    ----------
    penalty : Penalty
        Any penalty.
    ridge : float
        Strength of the squares, positive; small compared with the squared norms of the
        columns.

    Raises
    ------
    ValueError
        If `ridge` is not positive, or `penalty` is no penalty or has a ridge already.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> WithRidge(L21(1.0), 0.5).prox(np.array([3.0, 4.0]), 1.0, Groups.blocks(2, 2))
    array([1.6       , 2.13333333])
    """

    penalty: Penalty
    ridge: float

    def __post_init__(self) -> None:
        if not isinstance(self.penalty, Penalty) or self.penalty.ridge:
            raise ValueError(
                f"penalty must be a penalty without a ridge, such as L21(alpha), "
                f"got {self.penalty!r}"
            )
        check_strength("ridge", self.ridge)

    @property
    def core(self) -> Penalty:
        """The penalty without the ridge."""
        return self.penalty

    @property
    def base(self) -> Penalty:
        """The penalty without the ridge and without bounds."""
        return self.penalty.base

    @property
    def convex(self) -> bool:  # type: ignore[override]
        """Whether the penalty without the ridge is convex."""
        return self.penalty.convex

    @property
    def alpha(self) -> float:  # type: ignore[override]
        """The strength of the penalty without the ridge."""
        return self.penalty.alpha

    def with_alpha(self, alpha: float) -> WithRidge:
        """Return the penalty at another strength with the same ridge."""
        return WithRidge(self.penalty.with_alpha(alpha), self.ridge)

    def with_group_weights(self, group_weights: GroupWeights) -> WithRidge:
        """Return the penalty with other group weights and the same ridge."""
        return WithRidge(self.penalty.with_group_weights(group_weights), self.ridge)

    def value_with_norms(self, x: Array, norms: Array, groups: Groups) -> float:
        """Return both terms at `x`, whose group norms are known."""
        squares = float(squared_magnitude(self._penalised_part(x, groups)).sum())
        return self.penalty.value_with_norms(x, norms, groups) + self.ridge / 2 * squares

    def prox_with_norms(self, x: Array, step: float, groups: Groups) -> tuple[Array, Array]:
        """Return the proximal step: that of the penalty at a point pulled towards zero."""
        shrunk = 1 / (1 + step * self.ridge)
        free = self.free_coefs(groups).reshape(x.shape)
        pulled = np.where(free, x, x * scalar_like(shrunk, x))
        return self.penalty.prox_with_norms(pulled, step * shrunk, groups)

    def group_distances(self, x: Array, gradient: Array, groups: Groups) -> Array:
        """Return the distances with the ridge's gradient added."""
        ridge = scalar_like(self.ridge, x) * self._penalised_part(x, groups)
        return self.penalty.group_distances(x, gradient + ridge, groups)

    def zero_distances(self, gradient: Array, groups: Groups) -> Array:
        """Return those of the penalty; the ridge is flat at zero."""
        return self.penalty.zero_distances(gradient, groups)

    def dual_norm(self, gradient: Array, groups: Groups) -> float:
        """Return the critical strength; a ridge does not change it."""
        return self.penalty.dual_norm(gradient, groups)

    @property
    def takes_group_weights(self) -> bool:
        """Whether the penalty without the ridge has group weights."""
        return self.penalty.takes_group_weights

    def weights(self, groups: Groups) -> Array:
        """Return the group weights of the penalty without the ridge."""
        return self.penalty.weights(groups)

    def block_form(self, groups: Groups) -> BlockForm:
        """Return that of the penalty; the ridge belongs to the groups' Gram matrices."""
        return self.penalty.block_form(groups)

    def free_groups(self, groups: Groups) -> Array:
        """Return which groups neither term penalises."""
        return self.penalty.free_groups(groups)

    def excluded_groups(self, groups: Groups) -> Array:
        """Return which groups must stay zero."""
        return self.penalty.excluded_groups(groups)

    def _penalised_part(self, x: Array, groups: Groups) -> Array:
        """Return `x` with zeros where nothing is penalised."""
        result: Array = np.where(self.free_coefs(groups).reshape(x.shape), 0, x).astype(x.dtype)
        return result
