"""A small ridge term added to a penalty, for columns that are nearly parallel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, scalar_like, squared_magnitude
from ..checks import check_strength
from ..groups import Groups
from .block_forms import BlockForm
from .penalty import Penalty
from .wrapped import WrappedPenalty


@dataclass(frozen=True, eq=False)
class WithRidge(WrappedPenalty):
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

    def block_form(self, groups: Groups) -> BlockForm:
        """Return that of the penalty; the ridge belongs to the groups' Gram matrices."""
        return self.penalty.block_form(groups)

    def free_groups(self, groups: Groups) -> Array:
        """Return which groups neither term penalises."""
        return self.penalty.free_groups(groups)

    def _penalised_part(self, x: Array, groups: Groups) -> Array:
        """Return `x` with zeros where nothing is penalised."""
        result: Array = np.where(self.free_coefs(groups).reshape(x.shape), 0, x).astype(x.dtype)
        return result
