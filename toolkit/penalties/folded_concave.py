"""Folded concave penalties: l2,1 near zero, constant far from it, concave between."""

from __future__ import annotations

from abc import abstractmethod
from numbers import Real

import numpy as np

from ..arrays import Array
from ..groups import Groups
from .sloped_penalty import SlopedPenalty


class FoldedConcavePenalty(SlopedPenalty):
    """``sum_g p(||x_g||; alpha w_g, gamma)``, quadratic splines that end flat at ``gamma alpha``.

    The proximal step is the best of the stationary points of each piece, so it
    is right for every step size, also where the sum is not convex.
    """

    gamma: float

    @abstractmethod
    def values(self, norms: Array, strengths: Array) -> Array:
        """Return the penalty of each group."""

    @abstractmethod
    def _candidates(self, norms: Array, step: float, strengths: Array) -> list[Array]:
        """Return, for each piece, the norm at which the proximal objective is stationary."""

    def value_of_norms(self, norms: Array, groups: Groups) -> float:
        """Return the sum of the penalties of groups with these norms."""
        counted = norms > 0
        strengths = self.strengths(groups)[counted]
        return float(self.values(norms[counted].astype(float), strengths).sum())

    def shrinkage(self, norms: Array, step: float, groups: Groups) -> Array:
        """Return the norm that minimises the proximal objective, relative to the norm given."""
        wide = norms.astype(float)
        strengths = self.strengths(groups)
        finite = np.where(np.isfinite(strengths), strengths, 0.0)
        best, least = np.zeros(wide.shape), wide**2 / 2
        for candidate in self._candidates(wide, step, finite):
            cost = (candidate - wide) ** 2 / 2 + step * self.values(candidate, finite)
            better = cost < least
            best, least = np.where(better, candidate, best), np.where(better, cost, least)
        best = np.where(np.isfinite(strengths), best, 0.0)
        factors = np.divide(best, wide, out=np.zeros(wide.shape), where=wide > 0)
        result: Array = factors.astype(norms.dtype)
        return result


def checked_concavity(gamma: float, least: float) -> float:
    """Return a concavity parameter as a float, or say why it cannot be one.

    Parameters
    ----------
    gamma : float
        The parameter.
    least : float
        What it must exceed.

    Returns
    -------
    float
        Finite and above `least`.

    Raises
    ------
    ValueError
        Otherwise.

    Examples
    --------
    >>> checked_concavity(3, 1)
    3.0
    """
    if not isinstance(gamma, Real) or not least < float(gamma) < np.inf:
        raise ValueError(f"gamma must be a finite number above {least:g}, got {gamma!r}")
    return float(gamma)
